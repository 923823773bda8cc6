"""Loading a suite: every mistake is named with its file, its line and what to do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.suite import FolderRows, HubRows, Language, OwnRows, Suite, SuiteError, load_suite
from leaderboard.suite.lock import Lock, write_lock
from tests.builders import (
    TWO_TASKS,
    bias_declaration,
    choice_rows,
    declaration,
    floor,
    foreign_declaration,
    some_sha256,
    tiny_suite,
    write_rows,
    write_suite,
)

Edit = Callable[[Path], None]


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    return write_suite(tmp_path / "suites")


def replaced(name: str, old: str, new: str) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def refusal(suite_file: Path, edit: Edit) -> SuiteError:
    """Load the suite after an edit; return the refusal."""
    edit(suite_file.parent)
    with pytest.raises(SuiteError) as refused:
        load_suite(str(suite_file))
    return refused.value


def line_with(path: Path, text: str, occurrence: int = 1) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, start=1) if text in line][occurrence - 1]


def test_a_suite_loads_whole(suite_file: Path):
    suite = load_suite(str(suite_file))
    assert (suite.label.name, suite.label.version) == ("mini", 1)
    assert [task.id for task in suite.tasks] == ["refranes", "sumas"]
    assert suite.languages == (Language.ES, Language.GL)
    assert suite.task("sumas") is suite.tasks[1]
    assert suite.task("nothing") is None
    assert [(one.task, one.config_hash) for one in suite.wanted()] == [
        (task.id, task.config_hash) for task in suite.tasks
    ]


def test_a_suite_is_found_by_its_name(suite_file: Path):
    assert load_suite("mini", suite_file.parent) == load_suite(str(suite_file))


def test_an_unknown_name_says_which_there_are(suite_file: Path):
    with pytest.raises(SuiteError, match=r"'mino'.*Known suites: mini"):
        load_suite("mino", suite_file.parent)


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path):
    with pytest.raises(SuiteError, match=r"nothing\.yaml: there is no such file. Check the path"):
        load_suite(str(tmp_path / "nothing.yaml"))


def test_a_typo_in_a_key_is_named_with_its_line(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "  shots: 0\n", "  shots: 0\n  filtre: x\n"))
    assert error.line == line_with(suite_file, "filtre")
    assert str(error).startswith(f"mini.yaml, line {error.line}: `tasks.0.filtre`")


def test_a_typo_in_a_key_that_must_be_there_says_which_is_missing(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "shots:", "shotz:"))
    assert str(error).startswith("mini.yaml, line ")
    assert "shots" in str(error)


def test_a_typo_at_the_top_is_named(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "name: mini\n", "name: mini\nauthor: me\n"))
    assert error.line == 2
    assert "author" in str(error)


def test_an_unknown_metric_is_named_with_its_line_and_the_known_ones(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "metric: acc", "metric: aciertos"))
    assert error.line == line_with(suite_file, "metric: aciertos")
    assert str(error).startswith("mini.yaml, line ")
    for word in ("tasks.0.metric", "'aciertos'", "'acc'", "'exact_match'"):
        assert word in str(error)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("language: es", "language: pt"),
        ("area: language", "area: trivia"),
        ("shots: 0", "shots: -1"),
        ("shots: 0", "shots: zero"),
        ("chance: 0.5", "chance: 1.0"),
        ("items: 4", "items: 0"),
        ("variety: null", "variety: Spain"),
        ("version: 1\n- id: sumas", "version: 0\n- id: sumas"),
        ("id: refranes", "id: Refranes"),
        ("es: Refranes", "en: Proverbs"),
        ("shots: 0", "shots: 2"),
        ("chance: 0.5", "chance: .nan"),
        ("citation: Ours, 2026", "citation: 2026-07-01"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_line(suite_file: Path, old: str, new: str):
    error = refusal(suite_file, replaced("mini.yaml", old, new))
    assert str(error).startswith("mini.yaml, line ")


def test_incident_14_a_duplicate_key_is_refused_with_both_lines(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "  shots: 0\n", "  shots: 0\n  shots: 5\n"))
    second = line_with(suite_file, "shots: 5")
    assert error.line == second
    assert f"line {second}: the key `shots` stands here and on line {second - 1}. Delete one" in str(error)


def test_incident_14_a_duplicate_key_in_a_tasks_own_configuration_is_refused(suite_file: Path):
    error = refusal(suite_file, replaced("sumas.yaml", "task: sumas\n", "task: sumas\noutput_type: generate_until\n"))
    assert str(error).startswith("sumas.yaml, line 3: the key `output_type`")


def test_a_task_declared_twice_is_refused_with_its_line(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "id: sumas", "id: refranes"))
    assert error.line == line_with(suite_file, "id: refranes", occurrence=2)
    assert "`refranes` is declared twice. Rename or delete one" in str(error)


@pytest.mark.parametrize("alias", ["refranes", "sUmas", "otra"])
def test_an_alias_belongs_to_one_task_only(tmp_path: Path, alias: str):
    path = write_suite(tmp_path, [declaration("refranes", aliases=["otra"]), declaration("sumas", aliases=[alias])])
    with pytest.raises(SuiteError, match=f"the alias `{alias}` of `sumas` is the name of a task already") as refused:
        load_suite(str(path))
    assert refused.value.line is not None
    assert refused.value.line > line_with(path, "id: sumas")


def test_an_alias_moves_no_score(tmp_path: Path):
    plain = load_suite(str(write_suite(tmp_path / "a", [declaration("sumas")])))
    named = load_suite(str(write_suite(tmp_path / "b", [declaration("sumas", aliases=["adds"])])))
    assert named.tasks[0].declaration.aliases == ("adds",)
    assert named.tasks[0].config_hash == plain.tasks[0].config_hash


def test_a_wrong_number_of_items_is_named_with_both_numbers(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "items: 4", "items: 5"))
    assert error.line == line_with(suite_file, "id: refranes")
    assert "`refranes` declares 5 items; refranes.jsonl has 4" in str(error)


def test_a_wrong_chance_is_named_with_what_the_items_give(suite_file: Path):
    error = refusal(suite_file, replaced("mini.yaml", "chance: 0.5", "chance: 0.25"))
    assert error.line == line_with(suite_file, "id: refranes")
    assert "`refranes` declares chance 0.25; its items give 0.500000" in str(error)


def test_free_answers_have_chance_zero(suite_file: Path):
    items = suite_file.parent / "sumas.jsonl"
    rows = [{"id": f"s-{number}", "question": "1+1", "answer": 2} for number in range(4)]
    items.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(SuiteError, match=r"its items give 0\.000000"):
        load_suite(str(suite_file))


@pytest.mark.parametrize("name", ["refranes.yaml", "refranes.jsonl"])
def test_a_missing_file_is_named(suite_file: Path, name: str):
    error = refusal(suite_file, lambda folder: (folder / name).unlink())
    assert str(error).startswith(f"{name}: there is no such file")


def test_missing_examples_are_named(tmp_path: Path):
    task = declaration("refranes", shots=2, files={"test": "refranes.jsonl", "fewshot": "ejemplos.jsonl"})
    path = write_suite(tmp_path, [task])
    with pytest.raises(SuiteError, match=r"^ejemplos\.jsonl: there is no such file"):
        load_suite(str(path))


def test_examples_that_are_no_items_are_named(tmp_path: Path):
    task = declaration("refranes", shots=2, files={"test": "refranes.jsonl", "fewshot": "ejemplos.jsonl"})
    path = write_suite(tmp_path, [task])
    (tmp_path / "ejemplos.jsonl").write_text("not JSON\n")
    with pytest.raises(SuiteError, match=r"^ejemplos\.jsonl, line 1: this is not JSON"):
        load_suite(str(path))


@pytest.mark.parametrize("name", ["mini.yaml", "sumas.yaml"])
def test_what_is_not_yaml_is_named_with_its_line(suite_file: Path, name: str):
    error = refusal(suite_file, lambda folder: (folder / name).write_text("task: [\n"))
    assert str(error).startswith(f"{name}, line 2: this is not YAML")


@pytest.mark.parametrize("text", ["just words\n", "- a\n- b\n", "task: another\n", "output_type: x\n"])
def test_a_configuration_of_another_task_is_named(suite_file: Path, text: str):
    error = refusal(suite_file, lambda folder: (folder / "sumas.yaml").write_text(text))
    assert str(error) == "sumas.yaml, line 1: `task` must be `sumas`."


@pytest.mark.parametrize("key", ["num_fewshot", "dataset_path", "dataset_name", "custom_dataset", "metadata"])
def test_a_configuration_cannot_decide_what_the_suite_file_decides(suite_file: Path, key: str):
    error = refusal(suite_file, replaced("sumas.yaml", "task: sumas\n", f"task: sumas\n{key}: 5\n"))
    assert str(error).startswith(f"sumas.yaml, line 2: `{key}` is decided by the suite file. Delete it")


def test_a_broken_item_is_named_with_its_line(suite_file: Path):
    error = refusal(suite_file, replaced("sumas.jsonl", '{"id": "sumas-2"', '{"id": sumas-2'))
    assert str(error).startswith("sumas.jsonl, line 3: this is not JSON")


def test_an_item_that_stands_twice_is_named(suite_file: Path):
    error = refusal(suite_file, replaced("sumas.jsonl", "sumas-2", "sumas-1"))
    assert "sumas.jsonl: the item 'sumas-1' stands there twice" in str(error)


@pytest.mark.parametrize("name", [None, 7, "", "x" * 73], ids=["none", "a number", "empty", "too long"])
def test_an_own_item_without_an_id_that_a_record_can_hold_is_named(tmp_path: Path, name: object):
    """Records of items would bear a hash, of the row as lm-eval sees it: no result of the task could be believed."""
    rows = [{"options": ["a", "b"], "answer": 0, **({} if name is None else {"id": name})}]
    path = write_suite(tmp_path, [declaration("uno", items=1)], rows={"uno": rows})
    with pytest.raises(SuiteError, match=r"^uno\.jsonl.*id"):
        load_suite(str(path))


def test_an_item_without_options_is_named(suite_file: Path):
    error = refusal(suite_file, replaced("sumas.jsonl", '"options": ["frase 0", "frase 1"]', '"options": []'))
    assert "sumas" in str(error)


def test_ids_that_only_letters_case_tells_apart_are_refused(tmp_path: Path):
    """Results are files, and some file systems take `sumasA` and `sumasa` for one."""
    path = write_suite(tmp_path, [declaration("sumasA"), declaration("sumasa")])
    with pytest.raises(SuiteError, match="the task `sumasa` is declared twice") as refused:
        load_suite(str(path))
    assert refused.value.line == line_with(path, "id: sumasa")


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (declaration("uno", show_items="text", licence="CC-BY-NC-4.0"), "`show_items: text` needs open data"),
        (declaration("uno", show_items="text", access="gated"), "`show_items: text` needs open data"),
        (bias_declaration("uno", direction="higher"), "area `bias` and a direction `target(…)` go together"),
        (declaration("uno", direction="target(0.5)"), "area `bias` and a direction `target(…)` go together"),
        (declaration("uno", shots=3), "3 shots need `files.fewshot` or `dataset.examples`"),
        (foreign_declaration("uno", shots=3), "3 shots need `files.fewshot` or `dataset.examples`"),
    ],
)
def test_a_task_that_contradicts_itself_is_refused_with_its_line(tmp_path: Path, task: dict[str, object], reason: str):
    path = write_suite(tmp_path, [declaration("otra"), task])
    with pytest.raises(SuiteError) as refused:
        load_suite(str(path))
    assert refused.value.line == line_with(path, "- id: uno")
    assert reason in str(refused.value)


def test_fewer_examples_than_shots_are_named(tmp_path: Path):
    task = declaration("refranes", shots=3, files={"test": "refranes.jsonl", "fewshot": "ejemplos.jsonl"})
    path = write_suite(tmp_path, [task])
    write_rows(tmp_path / "ejemplos.jsonl", choice_rows("ejemplo", 2))
    with pytest.raises(SuiteError, match=r"`refranes` wants 3 shots; ejemplos\.jsonl has fewer examples"):
        load_suite(str(path))


def loaded(folder: Path, **changes: object) -> Suite:
    return tiny_suite(folder, [{**TWO_TASKS[0], **changes}, TWO_TASKS[1]])


def hash_of(suite: Suite) -> str:
    return suite.tasks[0].config_hash


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"es": "Otro título", "en": "Another"}},
        {"licence": "CC0-1.0"},
        {"source": {"title": "Another", "citation": "Another, 2025"}},
        {"area": "comprehension"},
    ],
)
def test_what_moves_no_score_leaves_the_hash_of_the_configuration(tmp_path: Path, change: dict[str, object]):
    assert hash_of(loaded(tmp_path / "a")) == hash_of(loaded(tmp_path / "b", **change))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"metric": "exact_match"},
        {"filter": "number"},
        {"chat_template": "model"},
        {"items": 5},
        {"chance": 0.25},
    ],
)
def test_what_moves_a_score_changes_the_hash_of_its_task_only(tmp_path: Path, change: dict[str, object]):
    before, after = loaded(tmp_path / "a"), loaded(tmp_path / "b", **change)
    assert hash_of(before) != hash_of(after)
    assert before.tasks[1].config_hash == after.tasks[1].config_hash


@pytest.mark.parametrize(
    "edit",
    [
        replaced("refranes.jsonl", "frase 1", "frase una"),
        replaced("refranes.yaml", "doc_to_text: ''", "doc_to_text: 'Elige: '"),
    ],
    ids=["an item", "a prompt"],
)
def test_an_item_or_a_prompt_changes_the_hash(suite_file: Path, edit: Edit):
    before = load_suite(str(suite_file))
    edit(suite_file.parent)
    after = load_suite(str(suite_file))
    assert hash_of(before) != hash_of(after)
    assert before.tasks[1] == after.tasks[1]


def test_shots_and_their_examples_change_the_hash(tmp_path: Path):
    def with_examples(name: str, shots: int, example: str) -> Suite:
        folder = tmp_path / name
        folder.mkdir()
        examples = [{"id": f"{example}-{number}", "options": ["a", "b"], "answer": 0} for number in range(2)]
        (folder / "ejemplos.jsonl").write_text("".join(json.dumps(one) + "\n" for one in examples))
        return loaded(folder, shots=shots, files={"test": "refranes.jsonl", "fewshot": "ejemplos.jsonl"})

    suites = [with_examples("a", 1, "x"), with_examples("b", 2, "x"), with_examples("c", 1, "y")]
    assert len({hash_of(suite) for suite in suites}) == 3


def test_comments_and_the_order_of_keys_leave_the_hash(suite_file: Path):
    before = load_suite(str(suite_file))
    config = suite_file.parent / "refranes.yaml"
    config.write_text("# a comment\n" + "\n".join(reversed(config.read_text().splitlines())) + "\n")
    assert load_suite(str(suite_file)) == before


# --- Data of others, and what the lock file fixes

COMMIT = "a" * 40
OTHER_COMMIT = "b" * 40
ENCODER = {"id": "org/encoder", "max_tokens": 256}
UPSTREAM = foreign_declaration("uno", config="lm_eval:xquad/xquad_es.yaml")


def locked(folder: Path, task: dict[str, object], lock: Lock, data: Path | None = None, **top: object) -> Suite:
    """Return a suite of one task beside a lock file."""
    path = write_suite(folder, [task], **top)
    write_lock(path, lock)
    return load_suite(str(path), data=data)


def at_commit(folder: Path, commit: str, **changes: object) -> Suite:
    return locked(folder, foreign_declaration("uno", **changes), Lock(datasets={"org/uno@main": commit}))


def test_a_dataset_is_at_the_commit_that_is_locked(tmp_path: Path):
    suite = at_commit(tmp_path / "a", COMMIT)
    assert suite.tasks[0].rows == HubRows(revision=COMMIT)
    assert hash_of(suite) == hash_of(at_commit(tmp_path / "b", COMMIT))
    assert hash_of(suite) != hash_of(at_commit(tmp_path / "c", OTHER_COMMIT))


def test_a_dataset_that_is_not_locked_is_at_no_commit(tmp_path: Path):
    suite = locked(tmp_path, foreign_declaration("uno"), Lock(datasets={"org/uno@another-branch": COMMIT}))
    assert suite.tasks[0].rows == HubRows(revision=None)


@pytest.mark.parametrize(
    "change",
    [
        {"cluster_field": "passage"},
        {"shots": 2},
        {"sampler": "default"},
        {"dataset": {**UPSTREAM["dataset"], "examples": {"balance": "answer"}}},
        {"dataset": {**UPSTREAM["dataset"], "examples": {"split": "train"}}},
        {"dataset": {**UPSTREAM["dataset"], "examples": {}, "configs": ["a"]}},
        {"classes": [0, 2]},
    ],
)
def test_what_decides_which_rows_are_shown_and_scored_changes_the_hash(tmp_path: Path, change: dict[str, object]):
    """Examples that are held out are one of each cluster, and no row of their clusters is scored."""
    held_out = {"shots": 1, "metric": "macro_f1", "dataset": {**UPSTREAM["dataset"], "examples": {}}}
    before = at_commit(tmp_path / "a", COMMIT, **held_out)
    after = at_commit(tmp_path / "b", COMMIT, **{**held_out, **change})
    assert hash_of(before) != hash_of(after)


def test_files_in_the_place_of_a_dataset_give_another_hash(tmp_path: Path):
    def on_files(name: str, rows: int) -> Suite:
        write_rows(tmp_path / name / "data" / "uno" / "test.jsonl", choice_rows("uno", rows))
        lock = Lock(datasets={"org/uno@main": COMMIT})
        return locked(tmp_path / name, foreign_declaration("uno"), lock, tmp_path / name / "data")

    on_hub, two, three = at_commit(tmp_path / "hub", COMMIT), on_files("two", 2), on_files("three", 3)
    assert isinstance(two.tasks[0].rows, FolderRows)
    assert two.tasks[0].rows.folder == tmp_path / "two" / "data" / "uno"
    assert len({hash_of(on_hub), hash_of(two), hash_of(three)}) == 3
    assert hash_of(on_files("elsewhere", 2)) == hash_of(two)


def test_files_are_told_apart_by_where_they_lie_in_the_folder(tmp_path: Path):
    def laid_out(name: str, *files: str) -> str:
        for file in files:
            write_rows(tmp_path / name / "data" / "uno" / file, choice_rows("uno", 2))
        return hash_of(locked(tmp_path / name, foreign_declaration("uno"), Lock(), tmp_path / name / "data"))

    hashes = {laid_out("a", "test.jsonl"), laid_out("b", "es/test.jsonl"), laid_out("c", "test.jsonl", "train.jsonl")}
    assert len(hashes) == 3


@pytest.mark.parametrize("folder", ["data", "data/another", "data/uno"])
def test_a_task_without_files_in_the_folder_keeps_its_dataset(tmp_path: Path, folder: str):
    (tmp_path / folder).mkdir(parents=True)
    lock = Lock(datasets={"org/uno@main": COMMIT})
    suite = locked(tmp_path / "suite", foreign_declaration("uno"), lock, tmp_path / "data")
    assert suite.tasks[0].rows == HubRows(revision=COMMIT)


def test_own_items_are_never_replaced(tmp_path: Path):
    write_rows(tmp_path / "data" / "uno" / "test.jsonl", choice_rows("other", 4))
    path = write_suite(tmp_path / "suite", [declaration("uno")])
    assert load_suite(str(path), data=tmp_path / "data") == load_suite(str(path))


def test_lm_evals_own_configuration_needs_the_lock_and_says_how(tmp_path: Path):
    path = write_suite(tmp_path, [declaration("otra"), UPSTREAM])
    with pytest.raises(SuiteError) as refused:
        load_suite(str(path))
    assert str(refused.value) == (
        f"mini.yaml, line {line_with(path, '- id: uno')}: `uno` starts from lm-eval's xquad/xquad_es.yaml, which "
        "mini.lock.json does not fix. Run `python -m leaderboard suite lock`."
    )


def test_what_lm_evals_own_configuration_says_is_in_the_hash(tmp_path: Path):
    suites = [
        locked(tmp_path / label, UPSTREAM, Lock(upstream={"xquad/xquad_es.yaml": some_sha256(label)}))
        for label in ("a", "b")
    ]
    assert suites[0].tasks[0].upstream == "xquad/xquad_es.yaml"
    assert suites[0].tasks[0].upstream_sha256 == some_sha256("a")
    assert hash_of(suites[0]) != hash_of(suites[1])


def free_text(folder: Path, lock: Lock, **changes: object) -> Suite:
    task = foreign_declaration("uno", metric="semantic_similarity", chance=0)
    return locked(folder, task, lock, encoder={**ENCODER, **changes})


def test_the_encoder_is_at_the_commit_that_is_locked(tmp_path: Path):
    suite = free_text(tmp_path / "a", Lock(encoders={"org/encoder": COMMIT}))
    other = free_text(tmp_path / "b", Lock(encoders={"org/encoder": OTHER_COMMIT}))
    assert suite.encoder.revision == suite.tasks[0].encoder.revision == COMMIT
    assert hash_of(suite) != hash_of(other)


def test_an_encoder_that_names_its_commit_keeps_it(tmp_path: Path):
    suite = free_text(tmp_path, Lock(encoders={"org/encoder": COMMIT}), revision=OTHER_COMMIT)
    assert suite.tasks[0].encoder.revision == OTHER_COMMIT


@pytest.mark.parametrize("change", [{"max_tokens": 128}, {"prompt": "query: "}, {"id": "org/another"}])
def test_how_the_encoder_is_used_changes_the_hash_of_free_text_alone(tmp_path: Path, change: dict[str, object]):
    assert hash_of(free_text(tmp_path / "a", Lock())) != hash_of(free_text(tmp_path / "b", Lock(), **change))
    choices = [
        locked(tmp_path / name, foreign_declaration("uno"), Lock(), encoder=encoder)
        for name, encoder in (("c", ENCODER), ("d", {**ENCODER, **change}))
    ]
    assert choices[0].tasks[0].encoder is None
    assert hash_of(choices[0]) == hash_of(choices[1])


def test_a_floor_is_no_part_of_what_is_asked(tmp_path: Path):
    with_floor = locked(tmp_path / "a", foreign_declaration("uno"), Lock(floors={"uno": floor(0.3)}))
    without = locked(tmp_path / "b", foreign_declaration("uno"), Lock())
    assert with_floor.tasks[0].floor.mean == 0.3
    assert hash_of(with_floor) == hash_of(without)


def test_files_are_named_by_their_whole_path_wherever_a_command_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The child that evaluates works in a folder of its own."""
    write_suite(tmp_path / "suites", [declaration("uno"), foreign_declaration("dos")])
    write_rows(tmp_path / "data" / "dos" / "test.jsonl", choice_rows("dos", 2))
    monkeypatch.chdir(tmp_path)
    own, folder = (task.rows for task in load_suite("suites/mini.yaml", data=Path("data")).tasks)
    assert isinstance(own, OwnRows)
    assert isinstance(folder, FolderRows)
    assert (own.test, folder.folder) == (tmp_path / "suites" / "uno.jsonl", tmp_path / "data" / "dos")


def test_a_folder_of_data_that_is_not_there_is_no_folder_of_data(suite_file: Path, tmp_path: Path):
    with pytest.raises(SuiteError, match="LEADERBOARD_DATA"):
        load_suite(str(suite_file), data=tmp_path / "datos")


@pytest.mark.parametrize("part", ["../../etc/cron", "a/b", ".hidden", ""])
def test_a_split_cannot_leave_its_folder(part: str, tmp_path: Path):
    dataset = {"id": "org/uno", "split": part, "columns": ["options"]}
    suite = write_suite(tmp_path / "suites", [foreign_declaration("uno", dataset=dataset)])
    with pytest.raises(SuiteError, match="split"):
        load_suite(str(suite))
