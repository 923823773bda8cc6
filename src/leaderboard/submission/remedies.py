"""What mends what a check found: a command to copy, or an address where it is done. The same in every language."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from leaderboard.records import is_model_id
from leaderboard.submission.findings import Finding
from leaderboard.submission.problems import ProblemCode

HUB_URL = "https://huggingface.co"


@dataclass(frozen=True)
class Remedy:
    """One of the two is given."""

    command: str | None = None
    link: str | None = None


_DOCS = f"{HUB_URL}/docs"
_SAVE = 'model.save_pretrained("FOLDER"); tokenizer.save_pretrained("FOLDER")'

_COMMANDS: Mapping[ProblemCode, str] = {
    ProblemCode.CONFIG_MISSING: _SAVE,
    ProblemCode.WEIGHTS_MISSING: 'model.save_pretrained("FOLDER")',
    ProblemCode.TOKENIZER_MISSING: 'tokenizer.save_pretrained("FOLDER")',
    ProblemCode.TOKENIZER_BROKEN: 'tokenizer.save_pretrained("FOLDER")',
    ProblemCode.WEIGHTS_BROKEN: 'model.save_pretrained("FOLDER")',
    ProblemCode.ADAPTER: 'model.merge_and_unload().save_pretrained("FOLDER")',
    ProblemCode.QUANTISATION_UNKNOWN: 'model.dequantize().save_pretrained("FOLDER")',
    ProblemCode.TOO_BIG: "python -m leaderboard check MODEL --precision bfloat16",
    ProblemCode.TOO_LONG: "make run",
    ProblemCode.SMOKE_FAILED: "python -m leaderboard check MODEL",
    ProblemCode.DUPLICATE: "python -m leaderboard queue",
    ProblemCode.ENDED_BEFORE: "python -m leaderboard retry ID",
    ProblemCode.QUOTA_OF_USER: "python -m leaderboard queue --owner ACCOUNT",
    ProblemCode.QUOTA_OF_ORGANISATION: "python -m leaderboard queue --owner ACCOUNT",
    ProblemCode.EVALUATION_MISSING: "pip install -r requirements-eval.txt",
    ProblemCode.LOCAL_NOT_ALLOWED: "make run",
    ProblemCode.PROVENANCE_BROKEN: "python -m json.tool provenance.json",
    ProblemCode.CONFIG_BROKEN: "python -m json.tool FILE",
}

_LINKS: Mapping[ProblemCode, str] = {
    ProblemCode.INVALID_MODEL_ID: f"{HUB_URL}/models",
    ProblemCode.WEIGHTS_NOT_SAFE: f"{HUB_URL}/spaces/safetensors/convert",
    ProblemCode.NEEDS_CODE: f"{_DOCS}/transformers/modular_transformers",
    ProblemCode.ARCHITECTURE_UNKNOWN: f"{_DOCS}/transformers/model_doc/auto",
    ProblemCode.CHAT_TEMPLATE_BROKEN: f"{_DOCS}/transformers/chat_templating_writing",
    ProblemCode.CHAT_TEMPLATE_TOO_LONG: f"{_DOCS}/transformers/chat_templating_writing",
    ProblemCode.CARD_MISSING: f"{_DOCS}/hub/model-cards",
    ProblemCode.LICENCE_MISSING: f"{_DOCS}/hub/repositories-licenses",
    ProblemCode.HUB_UNREACHABLE: "https://status.huggingface.co",
}

_PAGES_OF_THE_MODEL: Mapping[ProblemCode, str] = {
    ProblemCode.MODEL_NOT_FOUND: "settings",
    ProblemCode.NOT_ON_A_BRANCH: "commits/main",
    ProblemCode.UNREADABLE: "tree/main",
    ProblemCode.MODEL_GATED: "settings",
    ProblemCode.MODEL_DISABLED: "settings",
    ProblemCode.REVISION_NOT_FOUND: "commits/main",
    ProblemCode.FILE_TOO_LARGE: "tree/main",
    ProblemCode.TOO_MANY_FILES: "tree/main",
    ProblemCode.READING_FAILED: "tree/main",
}


def remedy_of(finding: Finding) -> Remedy | None:
    """Return what mends what was found, if there is something to be done about it."""
    if finding.problem is None:
        return None
    if command := _COMMANDS.get(finding.problem):
        return Remedy(command=command)
    if link := _LINKS.get(finding.problem):
        return Remedy(link=link)
    model, page = finding.words.get("model", ""), _PAGES_OF_THE_MODEL.get(finding.problem)
    return Remedy(link=f"{model_url(model)}/{page}") if page and is_model_id(model) else None


def model_url(model_id: str) -> str:
    """Return the address of a model on the Hub.

    Raises:
        ValueError: it is no model id: no address is made of anything else.
    """
    if not is_model_id(model_id):
        message = f"no address is made of {model_id!r}"
        raise ValueError(message)
    return f"{HUB_URL}/{quote(model_id)}"


def dataset_url(dataset_id: str, revision: str | None) -> str:
    """Return the address of a dataset on the Hub, at a commit where one is given. The registry has checked the id."""
    address = f"{HUB_URL}/datasets/{quote(dataset_id)}"
    return f"{address}/tree/{quote(revision)}" if revision else address
