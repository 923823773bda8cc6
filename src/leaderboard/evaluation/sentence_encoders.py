"""The sentence encoders of one evaluation: loaded when the first free-text task is through, kept for the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi

from leaderboard.evaluation.semantic_similarity import (
    Encoder,
    EncoderError,
    above_floor,
    floor_of,
    load_encoder,
    similarities,
)
from leaderboard.suite import EncoderDeclaration

_FLOOR_SEED = 600
"""Fixed, so that the same references give the same floor for every model."""


@dataclass(frozen=True)
class Similarities:
    """What the items of a free-text task score."""

    scores: tuple[float, ...]
    """How far each answer lies above the floor, as a share of the way to 1."""
    floor: float
    """The cosine a fluent answer to the wrong question gets."""
    encoder: str
    """The encoder, with the commit that was loaded where it is from the Hub."""


class SentenceEncoders:
    """Loads each encoder once."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._loaded: dict[str, tuple[Encoder, str]] = {}

    def prepare(self, declared: EncoderDeclaration) -> None:
        """Load an encoder, so that a lack of it shows before a model has answered for an hour.

        Raises:
            EncoderError: the encoder cannot be loaded as the suite declares it.
        """
        self._encoder(declared)

    def score(self, declared: EncoderDeclaration, references: Sequence[str], answers: Sequence[str]) -> Similarities:
        """Return how near each answer comes to its reference.

        Raises:
            EncoderError: the encoder cannot be loaded as the suite declares it.
            TooFewReferencesError: the task has no two references that differ.
        """
        encoder, name = self._encoder(declared)
        floor = floor_of(encoder, references, _FLOOR_SEED, declared.prompt)
        cosines = similarities(encoder, answers, references, declared.prompt)
        # No answer says nothing: it stands at the floor, not as far below it as a cosine of 0 would.
        pairs = zip(answers, cosines, strict=True)
        scores = tuple(above_floor(cosine, floor) if answer.strip() else 0.0 for answer, cosine in pairs)
        return Similarities(scores, floor, name)

    def _encoder(self, declared: EncoderDeclaration) -> tuple[Encoder, str]:
        if declared.id not in self._loaded:  # a suite has one encoder
            try:
                revision = declared.revision or _newest_commit(declared.id)
                encoder = load_encoder(declared.id, revision, declared.max_tokens, self._device)
            except EncoderError:
                raise
            except Exception as error:  # whatever the Hub's client and sentence-transformers raise
                message = f"The sentence encoder {declared.id} cannot be had ({type(error).__name__}: {error})."
                raise EncoderError(message) from error
            self._loaded[declared.id] = encoder, f"{declared.id}@{revision}" if revision else declared.id
        return self._loaded[declared.id]


def _newest_commit(source: str) -> str | None:
    """Return the commit a Hub encoder is at now; None for a folder, which has none."""
    if Path(source).is_dir():
        return None
    sha = HfApi(token=False).model_info(source).sha
    if sha is None:
        message = f"The Hub names no commit for the encoder {source}. Name its `revision` in the suite."
        raise EncoderError(message)
    return sha
