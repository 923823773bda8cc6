"""From an exception to a cause class and one line for people."""

import re

from leaderboard.records import Cause, Failure

_PATH = re.compile(r"(?<!\w)(?:file://)?(?<![\w:/])(?:/[\w.@+~-]+){2,}/?|file:///\S+")
_TOKEN = re.compile(r"hf_[A-Za-z0-9]{8,}")

_RULES: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (Cause.OUT_OF_MEMORY, re.compile(r"out of memory|OutOfMemory|MemoryError|can't allocate memory", re.IGNORECASE)),
    (Cause.GATED, re.compile(r"GatedRepo|gated dataset")),
    (Cause.NOT_FOUND, re.compile(r"RepositoryNotFound|RevisionNotFound|RemoteEntryNotFound|DatasetNotFound")),
    (
        Cause.UNSUPPORTED_ARCHITECTURE,
        re.compile(
            r"does not recognize this architecture|Unrecognized (model|configuration)|model type `", re.IGNORECASE
        ),
    ),
    (Cause.TOKENIZER, re.compile(r"tokenizer|sentencepiece", re.IGNORECASE)),
)


def failure_of(error: BaseException, otherwise: Cause) -> Failure:
    """Classify `error`; what no rule knows is `otherwise`."""
    text = f"{type(error).__name__}: {error}"
    cause = next((cause for cause, pattern in _RULES if pattern.search(text)), otherwise)
    return Failure(cause=cause, detail=one_line(text))


def one_line(text: str) -> str:
    """Return the first line of `text`, short, without tokens and without paths of the machine."""
    line = text.strip().splitlines()[0] if text.strip() else "no message"
    return _PATH.sub("…", _TOKEN.sub("hf_***", line))[:500]
