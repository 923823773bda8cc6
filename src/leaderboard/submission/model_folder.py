"""Reads a model's folder as far as a submission needs it: headers, JSON, tokenizer, template. Runs nothing of it.

Works on a local model and on the skeleton of one on the Hub alike: a skeleton has every small file, and of the weights
only their headers. It is called in a short-lived child with limits (`reading_child`), never where a token is held: a
configuration, a tokenizer or a template may be made to exhaust whoever reads it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import ModelCard
from safetensors import SafetensorError, safe_open

from leaderboard.model_files import (
    ADAPTER_CONFIG,
    MOST_WEIGHT_FILES,
    TOKENIZER_FILES,
    WEIGHTS_INDEX,
    WHOLE_WEIGHTS,
    is_weights_file,
)
from leaderboard.records import visible
from leaderboard.submission.findings import CheckName, Facts, Finding, passed, refused, warned
from leaderboard.submission.problems import ProblemCode
from leaderboard.submission.weights import TensorHeader, quantisation_method, summarise_weights

MAX_JSON_BYTES = 4 * 2**20
_UNSAFE_SUFFIXES = {".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5", ".msgpack"}
_LONGEST_RENDERING = 200_000
_REASON = 200
_IDENTIFIER = re.compile(r"[A-Za-z0-9_]{1,80}", re.ASCII)
_METHOD = re.compile(r"[a-z0-9_.-]{1,40}", re.ASCII)

_TRIAL = (
    [{"role": "user", "content": "¿Qué significa «guay»?"}],
    [
        {"role": "user", "content": "Hola"},
        {"role": "assistant", "content": "Buenas."},
        {"role": "user", "content": "¿Qué tal?"},
    ],
)
"""Conversations that a template must be able to write. A system turn is not asked for: where a template knows none,
what it would say opens the user's turn."""


class _RefusedError(Exception):
    """A check ends here."""

    def __init__(self, problem: ProblemCode, **words: str) -> None:
        super().__init__(problem)
        self.problem, self.words = problem, words


class ModelFolder:
    """One folder, and what was read of it so far."""

    def __init__(self, folder: Path, quantisations: frozenset[str]) -> None:
        """`quantisations` are the packings that this installation's workers can load."""
        self._folder = folder
        self._quantisations = quantisations
        self._config: dict[str, Any] = {}

    def findings(self) -> Iterator[Finding]:
        """Make every check in turn. One that is refused ends only those that need what it did not find."""
        config = self._made(CheckName.CONFIG, self._check_config)
        yield config
        if config.problem is None:
            yield self._made(CheckName.CODE, self._check_code)
            yield self._made(CheckName.ARCHITECTURE, self._check_architecture)
        yield self._made(CheckName.WEIGHTS, self._check_weights)
        tokenizer = self._made(CheckName.TOKENIZER, self._check_tokenizer)
        yield tokenizer
        if tokenizer.problem is None:
            yield self._made(CheckName.CHAT_TEMPLATE, self._check_chat_template)
        yield self._made(CheckName.CARD, self._check_card)
        yield self._made(CheckName.LINEAGE, self._check_lineage)

    def _made(self, check: CheckName, make: Callable[[], Finding]) -> Finding:
        try:
            return make()
        except _RefusedError as no:
            return refused(check, no.problem, **no.words)
        except OSError as error:  # a name that is too long for this system, a file that is closed to us
            return refused(check, ProblemCode.UNREADABLE, reason=self._said(error))

    def _check_config(self) -> Finding:
        if (self._folder / ADAPTER_CONFIG).is_file():  # also beside a whole model, to which it would be applied
            raise _RefusedError(ProblemCode.ADAPTER)
        self._config = self._json("config.json")
        return passed(CheckName.CONFIG)

    def _check_code(self) -> Finding:
        """No file may name code of the repository's own: nobody here would run it."""
        files = ("config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json")
        for name in files:
            if (self._folder / name).is_file() and "auto_map" in self._json(name):
                raise _RefusedError(ProblemCode.NEEDS_CODE, file=name)
        return passed(CheckName.CODE)

    def _check_architecture(self) -> Finding:
        from transformers.models.auto.modeling_auto import (
            MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
            MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        )

        kind = str(self._config.get("model_type", ""))
        by_kind = (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind), MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES.get(kind))
        known = [name for names in by_kind if names for name in ([names] if isinstance(names, str) else names)]
        # A classifier or an encoder of a known kind would be given a head of random weights.
        named = self._architecture() or next(iter(known), "")
        if named not in known:
            raise _RefusedError(ProblemCode.ARCHITECTURE_UNKNOWN, architecture=_shown(named or kind, 80) or "—")
        method = quantisation_method(self._quantisation())
        if method is not None and method not in self._quantisations:
            raise _RefusedError(ProblemCode.QUANTISATION_UNKNOWN, method=_shown(method, 40))
        facts = Facts(
            architecture=named if _IDENTIFIER.fullmatch(named) else None,
            quantisation=method if method and _METHOD.fullmatch(method) else None,
            vocabulary=_whole(self._of_text("vocab_size")),
        )
        return passed(CheckName.ARCHITECTURE, facts, architecture=named)

    def _check_weights(self) -> Finding:
        tied = self._of_text("tie_word_embeddings") is True
        summary = summarise_weights(self._tensors(), self._quantisation(), tied_embeddings=tied)
        facts = Facts(
            parameters=summary.parameters or None,
            native_precision=summary.native_precision,
            weights_bytes=summary.bytes or None,
        )
        if not summary.bytes:
            raise _RefusedError(ProblemCode.WEIGHTS_BROKEN, file="*.safetensors", reason="no tensors")
        if summary.parameters is None:
            return warned(CheckName.WEIGHTS, ProblemCode.PARAMETERS_UNKNOWN, facts)
        return passed(
            CheckName.WEIGHTS,
            facts,
            parameters=str(summary.parameters),
            precision=str(summary.native_precision or quantisation_method(self._quantisation()) or "—"),
            bytes=str(summary.bytes),
        )

    def _check_tokenizer(self) -> Finding:
        if not any((self._folder / file).is_file() for file in TOKENIZER_FILES):
            raise _RefusedError(ProblemCode.TOKENIZER_MISSING)
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(self._folder, trust_remote_code=False, local_files_only=True)
            tokens = tokenizer("El pingüino comió ñoquis.")["input_ids"]
        except Exception as error:  # whatever a foreign tokenizer raises is why it cannot be used
            raise _RefusedError(ProblemCode.TOKENIZER_BROKEN, reason=self._said(error)) from error
        if not tokens:
            raise _RefusedError(ProblemCode.TOKENIZER_BROKEN, reason="no tokens")
        self._tokenizer = tokenizer
        return passed(CheckName.TOKENIZER, tokens=str(len(tokenizer)))

    def _check_chat_template(self) -> Finding:
        """Write two conversations: a template is a program, in a sandbox of Jinja's, and may fail or never end."""
        if not self._tokenizer.chat_template:
            return passed(CheckName.CHAT_TEMPLATE, Facts(has_chat_template=False), found="none")
        try:
            written = [
                self._tokenizer.apply_chat_template(trial, tokenize=False, add_generation_prompt=True)
                for trial in _TRIAL
            ]
        except Exception as error:  # a template is a program, and may raise whatever programs do
            raise _RefusedError(ProblemCode.CHAT_TEMPLATE_BROKEN, reason=self._said(error)) from error
        if any(len(text) > _LONGEST_RENDERING for text in written):
            raise _RefusedError(ProblemCode.CHAT_TEMPLATE_TOO_LONG, limit=str(_LONGEST_RENDERING))
        for text, trial in zip(written, _TRIAL, strict=True):
            if trial[-1]["content"] not in text:
                raise _RefusedError(ProblemCode.CHAT_TEMPLATE_BROKEN, reason="it leaves out what the user says")
        return passed(CheckName.CHAT_TEMPLATE, Facts(has_chat_template=True), found="one")

    def _check_card(self) -> Finding:
        card = self._card()
        if card is None:
            return warned(CheckName.CARD, ProblemCode.CARD_MISSING)
        licence = card.get("license")
        if isinstance(licence, list):
            licence = ", ".join(map(str, licence))
        if licence == "other":
            licence = card.get("license_name") or licence
        if not licence:
            return warned(CheckName.CARD, ProblemCode.LICENCE_MISSING)
        return passed(CheckName.CARD, Facts(licence=_shown(licence, 80)), licence=_shown(licence, 80))

    def _check_lineage(self) -> Finding:
        card = self._card() or {}
        said = card.get("base_model") or []
        bases = [_shown(one, 200) for one in (said if isinstance(said, list) else [said])][:20]
        tags = card.get("tags")
        labels = {str(tag).lower() for tag in tags} if isinstance(tags, list) else set()
        merged = card.get("base_model_relation") == "merge" or bool(labels & {"merge", "mergekit"})
        facts = Facts(base_models=tuple(bases), is_merge=merged)
        kind = "merge" if merged else ("derived" if bases else "none")
        return passed(CheckName.LINEAGE, facts, found=kind, bases=", ".join(bases)[:300])

    def _architecture(self) -> str | None:
        """Return the class that the configuration names; None where it names none."""
        named = self._config.get("architectures")
        return str(named[0]) if isinstance(named, list) and named else None

    def _of_text(self, key: str) -> object:
        """Return what the configuration says of the model, or of the part of it that writes text."""
        text = self._config.get("text_config")
        inner = text.get(key) if isinstance(text, dict) else None
        said = self._config.get(key)
        return inner if said is None else said

    def _quantisation(self) -> Mapping[str, Any] | None:
        said = self._config.get("quantization_config") or self._config.get("compression_config")
        if said is None:
            return None
        return said if isinstance(said, dict) else {}

    def _tensors(self) -> Iterator[TensorHeader]:
        for file in self._weight_files():
            try:
                with safe_open(file, framework="numpy") as tensors:
                    for key in tensors.keys():  # noqa: SIM118 - this is no mapping
                        tensor = tensors.get_slice(key)
                        yield TensorHeader(key, tensor.get_dtype(), tuple(tensor.get_shape()))
            except (SafetensorError, OSError, ValueError) as error:
                reason = self._said(error)
                raise _RefusedError(ProblemCode.WEIGHTS_BROKEN, file=file.name, reason=reason) from error

    def _weight_files(self) -> list[Path]:
        """Return the files that transformers would load: other safetensors files beside them are not the model."""
        whole, index = self._folder / WHOLE_WEIGHTS, self._folder / WEIGHTS_INDEX
        if whole.is_file():
            return [whole]
        if index.is_file():
            parts = self._json(index.name).get("weight_map")
            names = sorted({str(name) for name in parts.values()}) if isinstance(parts, dict) else []
            files = [self._folder / name for name in names if is_weights_file(name)]
            if not files or len(files) < len(names) or len(files) > MOST_WEIGHT_FILES:
                raise _RefusedError(ProblemCode.WEIGHTS_BROKEN, file=index.name, reason="weight_map")
            missing = next((file.name for file in files if not file.is_file()), None)
            if missing:
                raise _RefusedError(ProblemCode.WEIGHTS_BROKEN, file=_shown(missing, 100), reason="not there")
            return files
        if any(file.suffix in _UNSAFE_SUFFIXES for file in self._folder.iterdir()):
            raise _RefusedError(ProblemCode.WEIGHTS_NOT_SAFE)
        raise _RefusedError(ProblemCode.WEIGHTS_MISSING)

    def _json(self, name: str) -> dict[str, Any]:
        path = self._folder / name
        if not path.is_file():
            raise _RefusedError(ProblemCode.CONFIG_MISSING, file=name)
        most = 8 * MAX_JSON_BYTES if name == WEIGHTS_INDEX else MAX_JSON_BYTES
        if path.stat().st_size > most:
            raise _RefusedError(ProblemCode.CONFIG_BROKEN, file=name, reason=f"> {most // 2**20} MiB")
        try:
            content = json.loads(path.read_bytes())
        # It may not be JSON or not UTF-8, have a number without end or brackets without end, or be closed to us.
        except (OSError, ValueError, RecursionError) as error:
            raise _RefusedError(ProblemCode.CONFIG_BROKEN, file=name, reason=self._said(error)) from error
        if not isinstance(content, dict):
            raise _RefusedError(ProblemCode.CONFIG_BROKEN, file=name, reason="not a JSON object")
        return content

    def _said(self, error: BaseException) -> str:
        """Return the first line of what an error says, as text that can be shown: no path of this machine is in it."""
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        first = (said.replace(str(self._folder), "…").strip().splitlines() or [""])[0]
        return _shown(f"{type(error).__name__}: {first}" if first else type(error).__name__, _REASON)

    def _card(self) -> dict[str, Any] | None:
        path = self._folder / "README.md"
        if not path.is_file() or path.stat().st_size > MAX_JSON_BYTES:
            return None
        try:
            return dict(ModelCard.load(path, ignore_metadata_errors=True).data.to_dict())
        # A head that cannot be read says nothing; what may be wrong with one, its reader tells in many ways.
        except (OSError, ValueError, TypeError, LookupError, AttributeError, yaml.YAMLError, RecursionError):
            return None


def _whole(value: object) -> int | None:
    """Return a number of a configuration, if it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**8 else None


def _shown(value: object, most: int) -> str:
    """Return text without signs that cannot be seen or that turn the direction of writing."""
    return visible(str(value))[:most]
