"""How near a free answer comes in meaning to its reference: the cosine of their sentence embeddings, above a floor.

Two fluent texts of one field resemble each other whatever they say, the more so the narrower the encoder's cone. The
floor is that resemblance, measured on the task's own references; only what lies above it counts.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from huggingface_hub import snapshot_download

from leaderboard.records import LeaderboardError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Never code, never pickles: only these files of an encoder's repository reach the disk.
_ALLOWED_FILES = ["*.safetensors", "*.json", "*.model", "*.txt"]
_PICKLE = "pytorch_model.bin"
_BATCH_SIZE = 32
_SAME = 1 - 1e-6
"""From this cosine on, two texts are the same to the encoder: what is missing is noise of single precision."""


class EncoderError(LeaderboardError):
    """A sentence encoder cannot be loaded as it is declared."""


class TooFewReferencesError(LeaderboardError):
    """The floor needs references that differ, and there are not two."""


class Encoder:
    """A sentence encoder in memory."""

    def __init__(self, model: "SentenceTransformer") -> None:
        self._model = model

    def unit_vectors(self, texts: Sequence[str], prompt: str) -> npt.NDArray[np.float64]:
        """Return a row of length 1 for each text, shape (texts, width of the encoder); `prompt` goes before each."""
        vectors = self._model.encode(
            list(texts),
            prompt=prompt,  # "" too: without one the encoder would put its own default there
            batch_size=_BATCH_SIZE,
            show_progress_bar=False,
            convert_to_numpy=True,
        ).astype(np.float64)
        # In double precision, not by the encoder in its own: a text's cosine with itself is then 1 to 15 digits.
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float64)


def load_encoder(source: str, revision: str | None, max_tokens: int, device: str) -> Encoder:
    """Load a sentence encoder in single precision.

    `source` is a local folder, or the id of a public model on the Hub, and `revision` then its commit. Texts are cut
    after `max_tokens` tokens. No code of the model's repository runs, only safetensors weights are read, and no token
    is sent.

    Raises:
        EncoderError: a Hub model has no revision, weights are not safetensors, or the encoder reads fewer tokens.
        HfHubHTTPError, LocalEntryNotFoundError: the Hub does not give the files, or is not to be asked.
    """
    # Seconds to import, for scikit-learn, datasets and the trainers come along: only tasks that need it wait for it.
    from sentence_transformers import SentenceTransformer

    folder = _folder_of(source, revision)
    _refuse_pickles(folder, source)
    model = SentenceTransformer(
        str(folder),
        device=device,
        trust_remote_code=False,
        token=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, "dtype": torch.float32},
    )
    limit = model.max_seq_length
    if limit is not None and max_tokens > limit:
        message = f"The encoder {source} reads {limit} tokens, not {max_tokens}; lower `max_tokens`."
        raise EncoderError(message)
    model.max_seq_length = max_tokens
    return Encoder(model)


def similarities(encoder: Encoder, answers: Sequence[str], references: Sequence[str], prompt: str = "") -> list[float]:
    """Return the cosine of each answer with its reference, from -1 to 1.

    An answer that is empty or blank gets exactly 0.0, whatever the encoder makes of it. `prompt` goes before answers
    and references alike.

    Raises:
        ValueError: there are not as many answers as references.
    """
    pairs = list(zip(answers, references, strict=True))
    cosines = iter(_cosines(encoder, [(answer, reference) for answer, reference in pairs if answer.strip()], prompt))
    return [next(cosines) if answer.strip() else 0.0 for answer in answers]


def floor_of(encoder: Encoder, references: Sequence[str], seed: int, prompt: str = "") -> float:
    """Return the mean cosine of each reference with that of another item: what a fluent answer to the wrong one gets.

    `prompt` has to be that of `similarities`. The same references, seed and encoder give the same floor.

    Raises:
        TooFewReferencesError: there are not two references that differ, or the encoder takes all for the same.
    """
    others = [references[place] for place in partners(references, seed)]
    cosines = _cosines(encoder, list(zip(references, others, strict=True)), prompt)
    floor = float(np.mean(cosines))
    if floor >= _SAME:
        message = "The encoder takes all references of the task for the same, so nothing lies above them. Use another."
        raise TooFewReferencesError(message)
    return floor


def partners(references: Sequence[str], seed: int) -> list[int]:
    """Return for each reference the place of its partner: the next one, in a shuffled circle, that is not the same.

    Where all references differ, that is a derangement: each is the partner of one other.

    Raises:
        TooFewReferencesError: there are not two references that differ.
    """
    if len(set(references)) < 2:  # noqa: PLR2004 - two, as the message says
        message = "A floor needs two references that differ; give the task more items or another metric."
        raise TooFewReferencesError(message)
    circle = random.Random(seed).sample(range(len(references)), len(references))  # noqa: S311 - a draw, no secret
    partner_of = dict[int, int]()
    for step, place in enumerate(circle):
        following = (circle[(step + ahead) % len(circle)] for ahead in range(1, len(circle)))
        partner_of[place] = next(other for other in following if references[other] != references[place])
    return [partner_of[place] for place in range(len(references))]


def above_floor(similarity: float, floor: float) -> float:
    """Return how far a similarity lies above the floor, as a share of the way to 1; below the floor it is negative.

    That is the score of an item; the raw score of a task is the mean of them.
    """
    return (similarity - floor) / (1 - floor)


def _folder_of(source: str, revision: str | None) -> Path:
    if Path(source).is_dir():
        return Path(source)
    if revision is None:
        message = f"The encoder {source} is no folder here, and from the Hub it needs a commit: name its `revision`."
        raise EncoderError(message)
    return Path(snapshot_download(source, revision=revision, allow_patterns=_ALLOWED_FILES, token=False))


def _refuse_pickles(folder: Path, source: str) -> None:
    """Refuse a pickle without safetensors beside it: modules after the transformer would fall back on it."""
    for pickle in folder.rglob(_PICKLE):
        if not any(pickle.parent.glob("*.safetensors")):
            message = f"The encoder {source} has weights that are not safetensors: {pickle.relative_to(folder)}."
            raise EncoderError(message)


def _cosines(encoder: Encoder, pairs: Sequence[tuple[str, str]], prompt: str) -> list[float]:
    """Return the cosine of the two texts of each pair. Each text is encoded once: the same text, the same vector."""
    if not pairs:
        return []
    texts = sorted({text for pair in pairs for text in pair})
    row_of = {text: row for row, text in enumerate(texts)}
    vectors = encoder.unit_vectors(texts, prompt)
    left, right = (vectors[[row_of[text] for text in column]] for column in zip(*pairs, strict=True))
    return [float(cosine) for cosine in np.clip(np.sum(left * right, axis=1), -1.0, 1.0)]
