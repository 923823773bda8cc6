"""The rows of a task, read by the unmodified clients from a Hub on loopback, and from folders."""

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("datasets", reason="evaluation is not installed: requirements-eval.txt")

from datasets import Dataset
from huggingface_hub import HfApi

from leaderboard.evaluation.few_shot import TooFewExamplesError
from leaderboard.evaluation.task_rows import ProcessDocs, RowsError, fetch_files, load_rows
from leaderboard.records import LeaderboardError
from leaderboard.suite import SuiteError, Task, load_suite
from leaderboard.suite.lock import Lock, write_lock
from tests.builders import declaration
from tests.hub_server import HubServer, running_hub

Row = dict[str, Any]

DATASET = "somos/preguntas"
CONVERTED = "refs/convert/parquet"

TWO_CONFIGS = """---
configs:
- config_name: facil
  data_files:
  - {split: test, path: data/facil/test.jsonl}
  - {split: train, path: data/facil/train.jsonl}
- config_name: dificil
  data_files:
  - {split: test, path: data/dificil/*.jsonl}
---
# Dos partes
"""


@dataclass(frozen=True)
class Loaded:
    """TaskRows as plain data, which goes from one process to another."""

    scored: list[Row]
    examples: list[Row] | None
    revision: str


def load(task: Task, process_docs: ProcessDocs | None = None) -> Loaded:
    """Load a task's rows; whatever is not ours among the errors becomes a RuntimeError, which every process knows."""
    try:
        rows = load_rows(task, process_docs)
    except LeaderboardError:
        raise
    except Exception as error:  # noqa: BLE001 - an error of the Hub's client does not come through the pipe whole
        message = f"{type(error).__name__}: {error}"
        raise RuntimeError(message) from None
    examples = None if rows.examples is None else rows.examples.to_list()
    return Loaded(rows.scored.to_list(), examples, rows.revision)


Reader = Callable[..., Loaded]


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    """One Hub for all these tests, each with datasets of its own names."""
    with running_hub() as server:
        yield server
    assert not server.unknown_requests, f"the Hub server does not know: {server.unknown_requests}"


@pytest.fixture(scope="module")
def client_process(hub: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """A process in which a user's token is set: the clients read such settings when they are imported, only then."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("HF_ENDPOINT", hub.url)
            environment.setenv("HF_HOME", str(tmp_path_factory.mktemp("hf-home")))
            environment.setenv("HF_TOKEN", "hf_" + "x" * 34)
            environment.setenv("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
            process.submit(os.getpid).result(timeout=60)
        yield process


@pytest.fixture
def read(hub: HubServer, client_process: Executor) -> Iterator[Reader]:
    """Load a task's rows in the clients' process; a token that was sent on the way fails the test."""
    yield lambda *arguments: client_process.submit(load, *arguments).result(timeout=120)
    sent = list(hub.authorised_requests)
    hub.authorised_requests.clear()
    assert not sent, "a token was sent"


def task_on(
    folder: Path, dataset: Mapping[str, Any] | None = None, *, locked: str | None = None, **changes: Any
) -> Task:
    """Return a task on a dataset, out of a suite in `folder`; `locked` is the commit that its lock file names."""
    data = changes.pop("data", None)
    about = {"id": DATASET, "split": "test", "columns": ["pregunta"], **(dataset or {})}
    of_others = {"files": None, "dataset": about, "items": None}
    declared = declaration("quiz", **(changes if "files" in changes else {**of_others, **changes}))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quiz.yaml").write_text(yaml.safe_dump({"task": "quiz", "output_type": "generate_until"}))
    suite_file = folder / "mini.yaml"
    suite_file.write_text(yaml.safe_dump({"name": "mini", "version": 1, "tasks": [declared]}))
    if locked:
        write_lock(suite_file, Lock(datasets={f"{about['id']}@{about.get('revision', 'main')}": locked}))
    return load_suite(str(suite_file), data=data).tasks[0]


def task_on_files(folder: Path, files: Mapping[str, Sequence[Row]], dataset: Mapping[str, Any], **changes: Any) -> Task:
    """Return a task whose dataset is replaced by files of this machine."""
    for path, rows in files.items():
        file = folder / "data" / "quiz" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(jsonl(*rows))
    return task_on(folder, dataset, data=folder / "data", **changes)


def questions(*texts: str, **columns: Any) -> list[Row]:
    """Return a row for each question, all with the same other columns."""
    return [{"pregunta": text, **columns} for text in texts]


def asked(rows: Sequence[Row] | None) -> list[str]:
    """Return the questions of rows."""
    return [row["pregunta"] for row in rows or ()]


def jsonl(*rows: Row) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def parquet(*rows: Row) -> bytes:
    file = io.BytesIO()
    Dataset.from_list(list(rows)).to_parquet(file)
    return file.getvalue()


# --- Datasets on the Hub


def test_the_locked_commit_is_read_although_the_branch_has_moved_on(hub: HubServer, read: Reader, tmp_path: Path):
    dataset = hub.add_dataset("somos/fijado", {"test.jsonl": jsonl(*questions("primera"))})
    locked = dataset.branches["main"]
    dataset.commit({"test.jsonl": jsonl(*questions("primera", "añadida"))})

    rows = read(task_on(tmp_path, {"id": "somos/fijado"}, locked=locked))

    assert asked(rows.scored) == ["primera"]
    assert rows.revision == locked != dataset.branches["main"]


def test_without_a_lock_the_newest_commit_is_read_and_named(hub: HubServer, read: Reader, tmp_path: Path):
    dataset = hub.add_dataset("somos/vivo", {"test.jsonl": jsonl(*questions("primera"))})
    task = task_on(tmp_path, {"id": "somos/vivo"})

    before = read(task)
    newest = dataset.commit({"test.jsonl": jsonl(*questions("segunda"))})
    after = read(task)

    assert (asked(before.scored), before.revision) == (["primera"], dataset.commits[0].sha)
    assert (asked(after.scored), after.revision) == (["segunda"], newest)


def test_a_commit_that_the_hub_does_not_give_is_never_replaced_by_another(hub: HubServer, read: Reader, tmp_path: Path):
    dataset = hub.add_dataset("somos/caduco", {"test.jsonl": jsonl(*questions("primera"))})
    newer = dataset.commit({"test.jsonl": jsonl(*questions("segunda"))})
    assert asked(read(task_on(tmp_path / "newer", {"id": "somos/caduco"}, locked=newer)).scored) == ["segunda"]

    del hub.datasets["somos/caduco"]  # and this machine has the newer commit in its cache
    older = task_on(tmp_path / "older", {"id": "somos/caduco"}, locked=dataset.commits[0].sha)
    with pytest.raises(RowsError, match=r"somos/caduco.*" + dataset.commits[0].sha[:7]):
        read(older)


def test_a_folder_of_the_same_name_is_not_taken_for_the_dataset(
    hub: HubServer, read: Reader, client_process: Executor, tmp_path: Path
):
    hub.add_dataset("somos/tapado", {"test.jsonl": jsonl(*questions("del Hub"))})
    impostor = tmp_path / "here" / "somos" / "tapado"
    impostor.mkdir(parents=True)
    (impostor / "test.jsonl").write_text(jsonl(*questions("de la carpeta")))

    before = client_process.submit(os.getcwd).result(timeout=60)
    client_process.submit(os.chdir, tmp_path / "here").result(timeout=60)
    try:
        rows = read(task_on(tmp_path / "suite", {"id": "somos/tapado"}))
    finally:
        client_process.submit(os.chdir, before).result(timeout=60)

    assert asked(rows.scored) == ["del Hub"]


def test_several_configs_are_put_together_in_the_declared_order(hub: HubServer, read: Reader, tmp_path: Path):
    files = {
        "README.md": TWO_CONFIGS,
        "data/facil/test.jsonl": jsonl(*questions("f1", "f2", pista="sí")),
        "data/facil/train.jsonl": jsonl(*questions("no se pide", pista="sí")),
        "data/dificil/test-0.jsonl": jsonl(*questions("d1")),
    }
    hub.add_dataset("somos/partes", files)

    rows = read(task_on(tmp_path, {"id": "somos/partes", "configs": ["dificil", "facil"]}))

    assert rows.scored == [
        {"pregunta": "d1", "_config": "dificil", "pista": None},
        {"pregunta": "f1", "_config": "facil", "pista": "sí"},
        {"pregunta": "f2", "_config": "facil", "pista": "sí"},
    ]


def test_one_config_is_that_part_and_gets_no_column(hub: HubServer, read: Reader, tmp_path: Path):
    files = {
        "README.md": TWO_CONFIGS,
        "data/facil/test.jsonl": jsonl(*questions("f1")),
        "data/facil/train.jsonl": jsonl(*questions("f0")),
        "data/dificil/test.jsonl": jsonl(*questions("d1")),
    }
    hub.add_dataset("somos/una_parte", files)
    assert read(task_on(tmp_path, {"id": "somos/una_parte", "configs": ["dificil"]})).scored == questions("d1")


@pytest.mark.parametrize("is_locked", [True, False])
def test_parquet_files_are_named_at_the_converted_branch(
    hub: HubServer, read: Reader, tmp_path: Path, *, is_locked: bool
):
    name = f"somos/convertido_{is_locked}"
    dataset = hub.add_dataset(
        name, {"script.py": "raise SystemExit", "es/test/0000.parquet": parquet(*questions("no"))}
    )
    shards = {f"es/test/{number:04}.parquet": parquet(*questions(f"p{number}")) for number in range(3)}
    others = {"es/train/0000.parquet": parquet(*questions("t")), "ca/test/0000.parquet": parquet(*questions("c"))}
    commit = dataset.commit({**shards, **others}, branch=CONVERTED)
    if is_locked:
        dataset.commit({"es/test/0000.parquet": parquet(*questions("p9"))}, branch=CONVERTED)

    rows = read(
        task_on(
            tmp_path,
            {"id": name, "revision": CONVERTED, "files": {"test": "es/test/*.parquet"}},
            locked=commit if is_locked else None,
        )
    )

    assert asked(rows.scored) == ["p0", "p1", "p2"]
    assert rows.revision == commit


def test_csv_files_are_named_one_by_one_or_by_a_glob(hub: HubServer, read: Reader, tmp_path: Path):
    files = {
        "README.md": "# Sin configs",
        "quiz-dev-es.csv": 'pregunta,n\n"uno, dos",1\n',
        "quiz-train-0.csv": "pregunta,n\na,1\n",
        "quiz-train-1.csv": "pregunta,n\nb,2\n",
        "quiz-dev-ca.csv": "pregunta,n\nno,1\n",
    }
    hub.add_dataset("somos/tablas", files)
    about = {
        "id": "somos/tablas",
        "split": "validation",
        "examples": {"split": "train"},
        "files": {"validation": "quiz-dev-es.csv", "train": "quiz-train-*.csv"},
    }

    rows = read(task_on(tmp_path, about, shots=2))

    assert rows.scored == [{"pregunta": "uno, dos", "n": 1}]
    assert asked(rows.examples) == ["a", "b"]


def test_examples_come_from_the_top_of_another_split(hub: HubServer, read: Reader, tmp_path: Path):
    splits = {"test.jsonl": jsonl(*questions("t0", "t1")), "train.jsonl": jsonl(*questions("e0", "e1", "e2"))}
    hub.add_dataset("somos/ejemplos", splits)
    about = {"id": "somos/ejemplos", "examples": {"split": "train"}}

    shown = read(task_on(tmp_path / "two", about, shots=2))
    none = read(task_on(tmp_path / "none", about, shots=0))

    assert (asked(shown.scored), asked(shown.examples)) == (["t0", "t1"], ["e0", "e1"])
    assert (asked(none.scored), none.examples) == (["t0", "t1"], None)


def test_other_examples_for_every_item_are_drawn_from_the_beginning_of_the_split(
    hub: HubServer, read: Reader, tmp_path: Path
):
    train = questions(*(f"e{number}" for number in range(510)))
    hub.add_dataset("somos/largo", {"test.jsonl": jsonl(*questions("t")), "train.jsonl": jsonl(*train)})
    rows = read(task_on(tmp_path, {"id": "somos/largo", "examples": {"split": "train"}}, shots=1, sampler="default"))
    assert asked(rows.examples) == [f"e{number}" for number in range(500)]


def test_held_out_examples_of_a_dataset_are_not_scored(hub: HubServer, read: Reader, tmp_path: Path):
    dataset = hub.add_dataset("somos/solo_test", {"test.jsonl": jsonl(*questions("q0", "q1", "q2", "q3"))})
    rows = read(task_on(tmp_path, {"id": "somos/solo_test", "examples": {}}, shots=2))
    assert (asked(rows.examples), asked(rows.scored)) == (["q0", "q1"], ["q2", "q3"])
    assert rows.revision == dataset.branches["main"]


def test_a_missing_column_is_named(hub: HubServer, read: Reader, tmp_path: Path):
    hub.add_dataset("somos/columnas", {"test.jsonl": jsonl(*questions("q", solucion=1))})
    task = task_on(tmp_path, {"id": "somos/columnas", "columns": ["pregunta", "respuesta", "opciones"]})
    with pytest.raises(
        RowsError, match=r"^somos/columnas has no column respuesta, opciones, only pregunta, solucion\. "
    ):
        read(task)


def test_a_missing_split_is_named(hub: HubServer, read: Reader, tmp_path: Path):
    hub.add_dataset("somos/sin_test", {"train.jsonl": jsonl(*questions("q"))})
    with pytest.raises(RowsError, match=r"somos/sin_test.*\btest\b.*\btrain\b"):
        read(task_on(tmp_path, {"id": "somos/sin_test"}))


def test_a_split_without_a_file_in_the_registry_is_named(hub: HubServer, read: Reader, tmp_path: Path):
    hub.add_dataset("somos/sin_fichero", {"a.csv": "pregunta\nq\n"})
    about = {"id": "somos/sin_fichero", "files": {"test": "a.csv"}, "examples": {"split": "train"}}
    with pytest.raises(RowsError, match=r"somos/sin_fichero.*no file for the split train"):
        read(task_on(tmp_path, about, shots=1))


@pytest.mark.parametrize("pattern", ["es/*.csv", "es.csv"])
def test_files_that_are_not_in_the_repository_are_named(hub: HubServer, read: Reader, tmp_path: Path, pattern: str):
    name = f"somos/vacio_{len(pattern)}"
    hub.add_dataset(name, {"ca.csv": "pregunta\nq\n"})
    with pytest.raises(RowsError, match=rf"{name}.*{pattern.replace('*', '.')}"):
        read(task_on(tmp_path, {"id": name, "files": {"test": pattern}}))


def _fetch(task: Task, folder: Path) -> list[Path]:
    return fetch_files(task, folder)


def test_fetched_files_stand_in_the_place_of_the_dataset(hub: HubServer, client_process: Executor, tmp_path: Path):
    """With the account of whoever fetches: gated data are given to no one else."""
    files = {
        "README.md": TWO_CONFIGS.replace("dificil/*", "dificil/test-0"),
        "data/facil/test.jsonl": jsonl(*questions("f1", "f2")),
        "data/facil/train.jsonl": jsonl(*questions("no se pide")),
        "data/dificil/test-0.jsonl": jsonl(*questions("d1")),
    }
    hub.add_dataset("somos/cerrado", files)
    about = {"id": "somos/cerrado", "configs": ["dificil", "facil"]}

    written = client_process.submit(_fetch, task_on(tmp_path, about), tmp_path / "data").result(timeout=120)
    assert hub.authorised_requests, "the account was not used"
    hub.authorised_requests.clear()

    names = [str(path.relative_to(tmp_path / "data")) for path in written]
    assert names == ["quiz/dificil/test.jsonl", "quiz/facil/test.jsonl"]
    rows = load(task_on(tmp_path, about, data=tmp_path / "data"))
    assert [(row["pregunta"], row["_config"]) for row in rows.scored] == [
        ("d1", "dificil"),
        ("f1", "facil"),
        ("f2", "facil"),
    ]


def test_own_files_are_not_fetched(tmp_path: Path):
    (tmp_path / "quiz.jsonl").write_text(
        jsonl(*({"id": f"q-{number}", "options": ["a", "b"], "answer": 0} for number in range(4)))
    )
    with pytest.raises(RowsError, match="nothing to fetch"):
        fetch_files(task_on(tmp_path, files={"test": "quiz.jsonl"}), tmp_path / "data")


def test_a_token_of_the_user_is_never_sent(hub: HubServer, read: Reader, client_process: Executor, tmp_path: Path):
    dataset = hub.add_dataset("somos/publico", {"test.jsonl": jsonl(*questions("q")), "test.csv": "pregunta\nq\n"})
    already = len(hub.requests)
    read(task_on(tmp_path / "plain", {"id": "somos/publico"}))
    read(task_on(tmp_path / "locked", {"id": "somos/publico"}, locked=dataset.branches["main"]))
    read(task_on(tmp_path / "files", {"id": "somos/publico", "files": {"test": "test.csv"}}))
    assert len(hub.requests) > already
    assert hub.authorised_requests == []

    client_process.submit(_ask_as_the_user, "somos/publico").result(timeout=60)
    assert hub.authorised_requests, "the client has the token: it would have been seen"
    hub.authorised_requests.clear()


def _ask_as_the_user(dataset_id: str) -> None:
    HfApi().dataset_info(dataset_id)


# --- Few-shot examples out of the split that is scored


def test_no_row_of_a_shown_passage_is_scored(tmp_path: Path):
    test = [
        *questions("a0", "a1", texto="A"),
        *questions("b0", texto="B"),
        *questions("a2", texto="A"),
        *questions("c0", "c1", texto="C"),
        *questions("b1", texto="B"),
    ]
    about = {"columns": ["pregunta", "texto"], "examples": {}}

    rows = load(task_on_files(tmp_path, {"test.jsonl": test}, about, shots=2, cluster_field="texto"))

    assert asked(rows.examples) == ["a0", "b0"]
    assert asked(rows.scored) == ["c0", "c1"]


def test_examples_that_leave_nothing_to_score_are_told(tmp_path: Path):
    test = [*questions("a0", "a1", texto="A"), *questions("b0", texto="B")]
    about = {"columns": ["pregunta", "texto"], "examples": {}}
    with pytest.raises(RowsError, match=r"its examples leave nothing to score"):
        load(task_on_files(tmp_path, {"test.jsonl": test}, about, shots=2, cluster_field="texto"))


def test_the_answers_take_turns_among_the_examples(tmp_path: Path):
    test = [*questions("n0", "n1", "n2", clave=0), *questions("s0", "s1", clave=1), *questions("n3", clave=0)]
    about = {"columns": ["pregunta", "clave"], "examples": {"balance": "clave"}}
    rows = load(task_on_files(tmp_path, {"test.jsonl": test}, about, shots=4))
    assert asked(rows.examples) == ["n0", "s0", "n1", "s1"]
    assert asked(rows.scored) == ["n2", "n3"]


def test_answers_and_passages_are_both_minded(tmp_path: Path):
    test = [
        {"pregunta": "A0", "clave": 0, "texto": "A"},
        {"pregunta": "A1", "clave": 1, "texto": "A"},
        {"pregunta": "B0", "clave": 0, "texto": "B"},
        {"pregunta": "B1", "clave": 1, "texto": "B"},
        {"pregunta": "C0", "clave": 0, "texto": "C"},
    ]
    about = {"columns": ["pregunta", "clave", "texto"], "examples": {"balance": "clave"}}
    rows = load(task_on_files(tmp_path, {"test.jsonl": test}, about, shots=2, cluster_field="texto"))
    assert asked(rows.examples) == ["A0", "B1"]
    assert asked(rows.scored) == ["C0"]


def test_examples_of_another_split_take_turns_too(tmp_path: Path):
    files = {
        "test.jsonl": questions("t", clave=0),
        "train.jsonl": [*questions("n0", "n1", clave=0), *questions("s0", clave=1)],
    }
    about = {"columns": ["pregunta", "clave"], "examples": {"split": "train", "balance": "clave"}}
    rows = load(task_on_files(tmp_path, files, about, shots=2))
    assert (asked(rows.scored), asked(rows.examples)) == (["t"], ["n0", "s0"])


def test_parts_take_turns_by_their_config(tmp_path: Path):
    files = {
        "facil/test.jsonl": questions("ft"),
        "facil/train.jsonl": questions("f0", "f1"),
        "dificil/test.jsonl": questions("dt"),
        "dificil/train.jsonl": questions("d0", "d1"),
    }
    about = {"configs": ["facil", "dificil"], "examples": {"split": "train", "balance": "_config"}}
    assert asked(load(task_on_files(tmp_path, files, about, shots=3)).examples) == ["f0", "d0", "f1"]


@pytest.mark.parametrize(
    ("about", "files", "cluster"),
    [
        ({"examples": {"split": "train"}}, {"test.jsonl": questions("t"), "train.jsonl": questions("e0", "e1")}, None),
        ({"examples": {}}, {"test.jsonl": questions("q0", "q1")}, None),
        ({"examples": {}}, {"test.jsonl": questions("q0", "q1", texto="A") + questions("q2", texto="B")}, "texto"),
    ],
    ids=["another split", "the same split", "passages"],
)
def test_too_few_examples_are_counted(
    tmp_path: Path, about: Row, files: Mapping[str, Sequence[Row]], cluster: str | None
):
    task = task_on_files(tmp_path, files, about, shots=3, cluster_field=cluster)
    with pytest.raises(TooFewExamplesError, match=r"^3 examples are wanted, and only 2 rows"):
        load(task)


@pytest.mark.parametrize("column", ["texto", "clave"])
def test_a_column_that_parts_examples_from_items_must_be_there(tmp_path: Path, column: str):
    """Without it nothing would be grouped or balanced, and nobody would see it."""
    test = [{"pregunta": f"q{number}", "texto": "A", "clave": 0} for number in range(3)]
    for row in test:
        del row[column]
    task = task_on_files(
        tmp_path, {"test.jsonl": test}, {"examples": {"balance": "clave"}}, shots=1, cluster_field="texto"
    )
    with pytest.raises(RowsError, match=rf"{DATASET} has no column {column},"):
        load(task)


def test_rows_are_processed_before_examples_are_held_out(tmp_path: Path):
    test = [*questions("vacía", util=False), *questions("q1", "q2", util=True)]
    about = {"columns": ["pregunta", "util"], "examples": {}}
    task = task_on_files(tmp_path, {"test.jsonl": test}, about, shots=1)
    rows = load(task, lambda rows: rows.filter(lambda row: row["util"]))
    assert (asked(rows.examples), asked(rows.scored)) == (["q1"], ["q2"])


def test_a_column_that_processing_makes_is_not_missed_and_one_it_takes_is_not_missed_either(tmp_path: Path):
    task = task_on_files(tmp_path, {"test.jsonl": questions("q")}, {})
    rows = load(task, lambda rows: rows.map(lambda row: {"prompt": row["pregunta"]}, remove_columns=["pregunta"]))
    assert rows.scored == [{"prompt": "q"}]


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"examples": {"split": "test"}}, "examples.split"),
        ({"configs": ["facil", "dificil"], "files": {"test": "test.csv"}}, "configs"),
        ({"files": {"test": "test.tsv"}}, "files"),
    ],
    ids=["the scored split as examples", "the same files for each config", "a format that is not read"],
)
def test_a_declaration_that_would_read_wrong_rows_is_refused(tmp_path: Path, about: Row, reason: str):
    with pytest.raises(SuiteError, match=reason):
        task_on(tmp_path, about, shots=1 if "examples" in about else 0)


# --- A sample of a long split


def test_a_sample_is_the_same_at_each_load_and_keeps_its_order(tmp_path: Path):
    test = questions(*(f"{number:03}" for number in range(130)))
    about = {"examples": {}, "sample": 100}
    task = task_on_files(tmp_path, {"test.jsonl": test}, about, shots=2)

    first, second = load(task), load(task)

    assert first == second
    assert asked(first.examples) == ["000", "001"]
    drawn = asked(first.scored)
    assert len(set(drawn)) == 100
    assert drawn == sorted(drawn) != asked(test)[2:102]
    assert not set(drawn) & set(asked(first.examples))


def test_a_split_that_is_no_longer_than_its_sample_is_scored_whole(tmp_path: Path):
    test = questions(*(f"{number:03}" for number in range(100)))
    assert load(task_on_files(tmp_path, {"test.jsonl": test}, {"sample": 100})).scored == test


# --- Files of this machine


def test_files_stand_in_the_place_of_the_dataset(tmp_path: Path):
    task = task_on_files(tmp_path, {"test.jsonl": questions("aquí")}, {}, locked="a" * 40)
    rows = load(task)
    assert asked(rows.scored) == ["aquí"]
    assert rows.revision == task.rows.sha256 != task_on(tmp_path, locked="a" * 40).rows.revision


def test_a_part_that_has_no_files_is_left_out(tmp_path: Path):
    about = {"configs": ["facil", "dificil"]}
    rows = load(task_on_files(tmp_path, {"dificil/test.jsonl": questions("d")}, about))
    assert rows.scored == [{"pregunta": "d", "_config": "dificil"}]


def test_no_part_at_all_is_told(tmp_path: Path):
    about = {"configs": ["facil", "dificil"]}
    with pytest.raises(RowsError, match=rf"{DATASET}: no part of it has the split test"):
        load(task_on_files(tmp_path, {"facil/train.jsonl": questions("d")}, about))


def test_a_missing_file_is_named_with_what_it_stands_for(tmp_path: Path):
    task = task_on_files(tmp_path, {"train.jsonl": questions("q")}, {})
    with pytest.raises(RowsError, match=rf"quiz/test\.jsonl is missing.*{DATASET}, split test"):
        load(task)


def test_a_missing_column_of_a_file_is_named(tmp_path: Path):
    task = task_on_files(tmp_path, {"test.jsonl": questions("q")}, {"columns": ["pregunta", "respuesta"]})
    with pytest.raises(RowsError, match=rf"{DATASET} has no column respuesta, only pregunta\."):
        load(task)


def test_a_column_of_some_rows_is_empty_in_the_others(tmp_path: Path):
    test = [*questions("q0"), *questions("q1", pista="sí")]
    rows = load(task_on_files(tmp_path, {"test.jsonl": test}, {"columns": ["pregunta", "pista"]}))
    assert rows.scored == [{"pregunta": "q0", "pista": None}, {"pregunta": "q1", "pista": "sí"}]


# --- The suite's own files


def test_own_files_are_scored_whole_and_shown_from_their_own_examples(tmp_path: Path):
    def options(*texts: str) -> list[Row]:
        return [{"id": text, "pregunta": text, "options": ["a", "b"], "answer": 0} for text in texts]

    (tmp_path / "quiz.jsonl").write_text(jsonl(*options("q0", "q1")))
    (tmp_path / "shown.jsonl").write_text(jsonl(*options("e0", "e1")))
    files = {"test": "quiz.jsonl", "fewshot": "shown.jsonl"}
    task = task_on(tmp_path, files=files, items=2, shots=2)

    rows = load(task, partial(_with_column, name="procesada"))

    assert (asked(rows.scored), asked(rows.examples)) == (["q0", "q1"], ["e0", "e1"])
    assert all(row["procesada"] for row in [*rows.scored, *(rows.examples or [])])
    assert rows.revision == task.rows.sha256


def _with_column(rows: Dataset, name: str) -> Dataset:
    return rows.map(lambda _row: {name: True})
