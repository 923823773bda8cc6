"""Fetches a model's skeleton: its small files, and of its weights only the headers, in files of their full length.

A weights file of the skeleton is sparse: it begins as the real one does and is as long, so that its header can be
checked against it, and takes no more of the disk than the header. Nothing fetched is looked into here but the eight
bytes that say how long a header is; `reading_child` does the rest. No size that the Hub tells is believed: every
answer is read as far as its limit and no further.
"""

import os
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import httpx
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.utils import get_session  # type: ignore[attr-defined]

from leaderboard.model_files import (
    ADAPTER_CONFIG,
    CONFIGURATION_FILES,
    MOST_WEIGHT_FILES,
    TOKENIZER_FILES,
    WEIGHTS_INDEX,
    loaded_weights,
)
from leaderboard.records import ModelReference
from leaderboard.submission.hub_model import PublicModel, hub_refusals, raise_for_answer
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError

_MIB = 2**20
_TIMEOUT_SECONDS = 20.0
"""For the next piece of an answer."""
_ALL_SECONDS = 120.0
"""For everything: an answer that comes drop by drop must end too."""
_AT_ONCE = 8

_LIMITS: Mapping[str, int] = {
    **dict.fromkeys(TOKENIZER_FILES, 64 * _MIB),
    **dict.fromkeys((*CONFIGURATION_FILES, ADAPTER_CONFIG, "README.md"), 4 * _MIB),
    WEIGHTS_INDEX: 32 * _MIB,
}
"""What is fetched whole, and how much of it at most. Gemma's tokenizer, the largest of today, has 33 MB."""

_ONLY_NAMED = re.compile(r"[\w.-]{1,100}\.(bin|pt|pth|pkl|ckpt|h5|msgpack)", re.ASCII)
"""What is not fetched, and yet must be seen to be there: one of them is enough."""

_FIRST_BYTES = 64 * 1024
_LONGEST_HEADER = 25 * _MIB
"""As huggingface_hub's own limit."""
_LENGTH_BYTES = 8
"""With which a safetensors file begins: the length of its header, the lowest byte first."""
_LONGEST_FILE = 2**40
_LONGEST_FIGURE = 15
_MOST_BYTES = 512 * _MIB
"""Of a whole skeleton. The headers of the largest models of today take 30 MB together."""


def fetch_skeleton(api: HfApi, model: PublicModel, into: Path, seconds: float = _ALL_SECONDS) -> None:
    """Fetch what a submission is judged by into the empty folder `into`, within so many seconds.

    Raises:
        SubmissionRefusedError: FILE_TOO_LARGE, TOO_MANY_FILES, WEIGHTS_BROKEN, or the Hub's own refusals.
    """
    fetch = _Fetch(api, model.reference, seconds)
    for name in list(filter(_ONLY_NAMED.fullmatch, model.files))[:1]:
        (into / name).touch()
    small = {name: limit for name, limit in _LIMITS.items() if name in model.files}
    weights = loaded_weights(model.files)
    if len(weights) > MOST_WEIGHT_FILES:
        count, most = str(len(weights)), str(MOST_WEIGHT_FILES)
        raise SubmissionRefusedError(ProblemCode.TOO_MANY_FILES, model=model.reference.name, count=count, most=most)
    with hub_refusals(model.reference.name, model.reference.revision), ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = [pool.submit(fetch.whole, name, limit, into) for name, limit in small.items()]
        jobs += [pool.submit(fetch.beginning, name, into) for name in weights]
        try:
            for job in jobs:
                job.result()
        finally:
            for job in jobs:
                job.cancel()


class _Fetch:
    """Fetches files of one commit of a public model, without a token, and straight to the disk."""

    def __init__(self, api: HfApi, model: ModelReference, seconds: float) -> None:
        self._endpoint, self._model = api.endpoint, model
        self._ends_at = time.monotonic() + seconds
        self._left, self._lock = _MOST_BYTES, threading.Lock()

    def whole(self, name: str, limit: int, into: Path) -> None:
        """Fetch a small file."""
        self._read(name, limit, into / name, {})

    def beginning(self, name: str, into: Path) -> None:
        """Fetch the header of a weights file, and make the file as long as the real one."""
        path = into / name
        size = self._read(name, _FIRST_BYTES, path, {"range": f"bytes=0-{_FIRST_BYTES - 1}"})
        with path.open("rb") as file:
            first = file.read(_LENGTH_BYTES)
        length = int.from_bytes(first, "little") + _LENGTH_BYTES
        if len(first) < _LENGTH_BYTES or length > min(_LONGEST_HEADER, size):
            reason = f"header: {length} B; file: {size} B"
            raise SubmissionRefusedError(ProblemCode.WEIGHTS_BROKEN, model=self._model.name, file=name, reason=reason)
        if length > _FIRST_BYTES:
            self._read(name, length, path, {"range": f"bytes=0-{length - 1}"})
        os.truncate(path, length)
        os.truncate(path, min(size, _LONGEST_FILE))

    def _read(self, name: str, limit: int, into: Path, headers: Mapping[str, str]) -> int:
        """Fetch at most `limit` bytes of a file, and return how long it is as a whole."""
        url = hf_hub_url(self._model.name, name, revision=self._model.revision, endpoint=self._endpoint)
        as_it_is = {**headers, "accept-encoding": "identity"}  # nothing that grows when it is unpacked
        with (
            get_session().stream("GET", url, headers=as_it_is, timeout=_TIMEOUT_SECONDS) as answer,
            into.open("wb") as file,
        ):
            if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return 0  # so an empty file is answered, of which there is no beginning
            raise_for_answer(answer)
            size = _whole_size(answer)
            if not headers and size is not None and size > limit:
                raise self._too_large(name, limit)
            read = 0
            for piece in answer.iter_bytes():
                self._count(name, len(piece))
                file.write(piece[: limit - read])
                read += len(piece)
                if read > limit:
                    if not headers:
                        raise self._too_large(name, limit)
                    break  # a range was asked for and the whole was sent
        return read if size is None else size

    def _count(self, name: str, count: int) -> None:
        """Keep to the limits of the whole."""
        if time.monotonic() > self._ends_at:
            raise SubmissionRefusedError(ProblemCode.HUB_UNREACHABLE, model=self._model.name)
        with self._lock:
            self._left -= count
        if self._left < 0:
            raise self._too_large(name, _MOST_BYTES)

    def _too_large(self, name: str, limit: int) -> SubmissionRefusedError:
        return SubmissionRefusedError(
            ProblemCode.FILE_TOO_LARGE, model=self._model.name, file=name, limit=str(limit // _MIB)
        )


def _whole_size(answer: httpx.Response) -> int | None:
    """Return the length of the whole file, as the answer tells it."""
    told = answer.headers.get("content-range", "").rpartition("/")[2] or answer.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _LONGEST_FIGURE else None
