"""The short-lived child that reads a stranger's folder: what it survives, what ends it, and how it is heard."""

import os
import pickle
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from leaderboard.submission import CheckName, Finding, Outcome, ProblemCode
from leaderboard.submission.findings import passed, refused
from leaderboard.submission.reading import IN_THIS_ORDER, findings_in
from tests.submission.model_folders import PARAMETERS, TOKENIZER, write_json, write_model_folder
from tests.submission.telling import Told, of, told, troubles

FAILED = ProblemCode.READING_FAILED
CONFIG, CODE, ARCHITECTURE, WEIGHTS, TOKENS, TEMPLATE, CARD, LINEAGE = IN_THIS_ORDER
MIB = 2**20

HURRIED = """
import sys
from pathlib import Path
from leaderboard.submission.reading_child import confine, main
confine(Path(sys.argv[1]), memory_bytes=700 * 2**20, cpu_seconds=5)
main(Path(sys.argv[1]), frozenset())
"""
"""The child with stricter limits, for tests that are to be short."""


class Payload:
    """An object whose pickle leaves a mark when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def leave_code(folder: Path, mark: Path) -> None:
    """Put whatever might be run by who reads a folder beside a model that is all right: each leaves a mark."""
    code = f"import os; os.mkdir({str(mark)!r})\n"
    ours = ("modeling.py", "tokenizer.py", "tokenization.py", "configuration.py", "processing.py")
    shadows = ("sitecustomize.py", "conftest.py", "json.py", "transformers.py", "jinja2.py", "torch.py")
    for name in (*ours, *shadows):
        (folder / name).write_text(code)
    for name in ("pytorch_model.bin", "tokenizer.pkl", "vocab.pkl", "training_args.bin", "optimizer.pt"):
        (folder / name).write_bytes(pickle.dumps(Payload(mark)))
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text(code)


def name_code(folder: Path, mark: Path) -> None:
    """Name that code as a tokenizer's own."""
    leave_code(folder, mark)
    mapped = {"AutoTokenizer": ["tokenizer.MarkTokenizer", None], "AutoConfig": "configuration.MarkConfig"}
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "MarkTokenizer", "auto_map": mapped})
    write_json(folder / "config.json", {"model_type": "mark", "auto_map": mapped})


def leave_links(folder: Path, mark: Path) -> None:
    """Keep all bytes elsewhere, as the Hub's own cache does."""
    leave_code(folder, mark)
    blobs = folder.parent / "blobs"
    blobs.mkdir()
    for number, file in enumerate(sorted(folder.glob("*.*"))):
        file.rename(blobs / str(number))
        file.symlink_to(blobs / str(number))


def eat_memory(folder: Path, mark: Path) -> None:
    """Write a tokenizer of some kilobytes that makes of every letter ten thousand million."""
    del mark
    more = {"type": "Replace", "pattern": {"Regex": "."}, "content": "x" * 100_000}
    write_json(folder / "tokenizer.json", {**TOKENIZER, "normalizer": {"type": "Sequence", "normalizers": [more] * 2}})


def take_time(folder: Path, mark: Path) -> None:
    """Write a template that ends in some thousands of years."""
    del mark
    loops = "".join(f"{{% for a{one} in range(99999) %}}" for one in range(4)) + "{% endfor %}" * 4
    (folder / "chat_template.jinja").write_text(loops)


FOLDERS: dict[str, Callable[[Path, Path], None]] = {
    "links": leave_links,
    "code": name_code,
    "memory": eat_memory,
    "time": take_time,
}


@dataclass(frozen=True)
class Readings:
    """What children said of a folder each, and what was seen meanwhile."""

    findings: dict[str, list[Finding]]
    mark: Path
    grown_bytes: int
    """By how much this process was larger while they read."""


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Readings:
    """Have each folder read by a child of its own, two at a time."""
    root = tmp_path_factory.mktemp("readings")
    folders = {name: write_model_folder(root / name / "model") for name in FOLDERS}
    for name, edit in FOLDERS.items():
        edit(folders[name], root / "mark")
    hurried = {"memory": [sys.executable, "-c", HURRIED], "time": [sys.executable, "-c", HURRIED]}
    process = psutil.Process()
    largest = before = process.memory_info().rss
    with ThreadPoolExecutor(2) as pool:
        jobs = {
            name: pool.submit(_all_findings, folder, **({"reader": hurried[name]} if name in hurried else {}))
            for name, folder in folders.items()
        }
        while not all(job.done() for job in jobs.values()):
            largest = max(largest, process.memory_info().rss)
            time.sleep(0.02)
    return Readings({name: job.result() for name, job in jobs.items()}, root / "mark", largest - before)


def _all_findings(folder: Path, **more: list[str]) -> list[Finding]:
    return list(findings_in(folder, frozenset(), **more))


def test_a_folder_of_links_is_read_by_a_child_and_every_check_is_told_in_order(readings: Readings):
    found = readings.findings["links"]
    assert tuple(finding.check for finding in found) == IN_THIS_ORDER
    assert troubles(found) == {CARD: ProblemCode.CARD_MISSING}
    assert of(WEIGHTS, found).facts.parameters == PARAMETERS


def test_incident_12_code_that_is_named_in_configurations_is_refused(readings: Readings):
    assert troubles(readings.findings["code"]) == {
        CODE: ProblemCode.NEEDS_CODE,
        ARCHITECTURE: ProblemCode.ARCHITECTURE_UNKNOWN,
        TOKENS: ProblemCode.TOKENIZER_BROKEN,
        CARD: ProblemCode.CARD_MISSING,
    }


def test_incident_12_neither_code_nor_pickles_of_a_folder_are_run(readings: Readings):
    assert not readings.mark.exists()
    pickle.loads(pickle.dumps(Payload(readings.mark)))  # noqa: S301 - our own, to see that it would have left a mark
    assert readings.mark.exists()


def test_a_tokenizer_that_takes_all_memory_ends_the_child_and_is_refused(readings: Readings):
    assert told(readings.findings["memory"]) == ended_at(TOKENS)


def test_a_template_that_never_ends_ends_the_child_and_is_refused(readings: Readings):
    assert told(readings.findings["time"]) == ended_at(TEMPLATE)


def test_whoever_has_a_folder_read_needs_no_memory_for_it(readings: Readings):
    assert readings.grown_bytes < 50 * MIB


def ended_at(check: CheckName) -> Told:
    """Return what is told where a child ended at a check, all those before having passed."""
    place = IN_THIS_ORDER.index(check)
    before: Told = dict.fromkeys(IN_THIS_ORDER[:place], Outcome.PASSED)
    return {**before, check: FAILED, **dict.fromkeys(IN_THIS_ORDER[place + 1 :], Outcome.SKIPPED)}


def saying(*said: Finding | bytes, then: str = "") -> list[str]:
    """Return a child that says what it is told to, and then does something else."""
    content = b"".join(one.to_line() if isinstance(one, Finding) else one for one in said)
    return [
        sys.executable,
        "-S",
        "-c",
        f"import os, sys, time\nsys.stdout.buffer.write({content!r})\nsys.stdout.flush()\n{then}",
    ]


GOOD = {check: passed(check) for check in IN_THIS_ORDER}
FIRST, SECOND = GOOD[CONFIG], GOOD[CODE]

CHILDREN: dict[str, tuple[list[str], CheckName]] = {
    "says nothing": (saying(), CONFIG),
    "is killed": (saying(FIRST, SECOND, then="os.kill(os.getpid(), 9)"), ARCHITECTURE),
    "exits well, and too early": (saying(FIRST, SECOND), ARCHITECTURE),
    "says no JSON": (saying(FIRST, b"hello\n", SECOND), CODE),
    "says nothing that is UTF-8": (saying(b"\xff\xfe\n", FIRST), CONFIG),
    "says half of it": (saying(FIRST, SECOND.to_line()[:-20]), CODE),
    "says something else in JSON": (saying(FIRST, b'{"check": "code"}\n'), CODE),
    "says more than there is to say": (saying(SECOND.to_line().replace(b"{", b'{"more":1,', 1)), CONFIG),
    "makes a check that nobody asked for": (saying(FIRST, passed(CheckName.QUOTA)), CODE),
    "begins with the last": (saying(GOOD[LINEAGE]), CONFIG),
    "leaves one out": (saying(FIRST, GOOD[ARCHITECTURE]), CODE),
    "tells of one twice": (saying(FIRST, FIRST, SECOND), CODE),
    "goes back": (saying(FIRST, SECOND, FIRST), ARCHITECTURE),
    "says very much": (saying(FIRST, then="while True: sys.stdout.write('x' * 10**6)"), CODE),
    "says the same for ever": (saying(FIRST, then=f"while True: os.write(1, {FIRST.to_line()!r})"), CODE),
    "gives a word where a number is due": (saying(passed(CONFIG, bytes="all")), CONFIG),
    "gives half a number": (saying(passed(CONFIG, parameters="1.5")), CONFIG),
    "gives a number of another script": (saying(passed(CONFIG, tokens="٣")), CONFIG),
    "gives words that are no words": (saying(FIRST.to_line().replace(b'"words":{}', b'"words":{"self":1}')), CONFIG),
    "has very long words": (
        saying(FIRST.to_line().replace(b'"words":{}', b'"words":{"a":"%s"}' % (b"x" * 401))), CONFIG,
    ),
    "knows of more parameters than there can be": (
        saying(FIRST.to_line().replace(b'"parameters":null', b'"parameters":1%s' % (b"0" * 300))), CONFIG,
    ),
    "names an architecture of signs": (
        saying(FIRST.to_line().replace(b'"architecture":null', b'"architecture":"<b>"')), CONFIG,
    ),
}  # fmt: skip


@pytest.mark.parametrize("child", CHILDREN)
def test_a_child_that_ends_early_or_says_what_makes_no_sense_is_not_believed(folder: Path, child: str):
    reader, ended = CHILDREN[child]
    assert told(findings_in(folder, frozenset(), reader=reader)) == ended_at(ended)


def test_a_child_that_says_nothing_for_too_long_is_ended(folder: Path):
    began = time.monotonic()
    reader = saying(FIRST, SECOND, then="time.sleep(600)")
    assert told(findings_in(folder, frozenset(), seconds=0.5, reader=reader)) == ended_at(ARCHITECTURE)
    assert time.monotonic() - began < 30


def test_what_needs_a_refused_check_is_told_as_skipped(folder: Path):
    no_config = refused(CONFIG, ProblemCode.CONFIG_MISSING, file="config.json")
    no_tokenizer = refused(TOKENS, ProblemCode.TOKENIZER_MISSING)
    weights = passed(WEIGHTS, parameters="17", precision="float32", bytes="58")
    reader = saying(no_config, weights, no_tokenizer, passed(CARD, licence="mit"), passed(LINEAGE, found="none"))
    assert list(told(findings_in(folder, frozenset(), reader=reader)).items()) == [
        (CONFIG, ProblemCode.CONFIG_MISSING),
        (CODE, Outcome.SKIPPED),
        (ARCHITECTURE, Outcome.SKIPPED),
        (WEIGHTS, Outcome.PASSED),
        (TOKENS, ProblemCode.TOKENIZER_MISSING),
        (TEMPLATE, Outcome.SKIPPED),
        (CARD, Outcome.PASSED),
        (LINEAGE, Outcome.PASSED),
    ]


def test_after_the_last_check_nothing_is_heard(folder: Path):
    reader = saying(*GOOD.values(), passed(CheckName.SIZE), then="time.sleep(600)")
    assert list(findings_in(folder, frozenset(), reader=reader)) == list(GOOD.values())


def test_the_child_knows_no_secret_and_is_at_home_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_" + "s" * 34)
    monkeypatch.setenv("LEADERBOARD_READ_TOKEN", "hf_" + "r" * 34)
    seen = (
        "import json\n"
        f"line = json.loads({FIRST.to_line()!r})\n"
        "line['words'] = {'found': ' '.join(sorted(os.environ))[:400], 'reason': os.environ['HOME'],\n"
        "                 'file': os.getcwd(), 'bases': ' '.join(sys.argv[1:])}\n"
        "print(json.dumps(line))"
    )
    found = next(findings_in(folder, frozenset({"fp8"}), reader=saying(then=seen)))
    names = found.words["found"].split()
    assert not {"HF_TOKEN", "LEADERBOARD_READ_TOKEN", "USER"} & set(names)
    assert "HF_HUB_OFFLINE" in names
    assert found.words["reason"] == found.words["file"] != str(Path.home())
    assert not Path(found.words["reason"]).exists(), "it ended with the reading"
    assert found.words["bases"] == f"{folder} fp8"


def test_a_child_that_nobody_hears_any_more_is_ended(folder: Path):
    says_who = (
        f"line = {FIRST.to_line()!r}.replace(b'{{}}', b'{{\"tokens\": \"%d\"}}' % os.getpid())\nos.write(1, line)\n"
    )
    findings = findings_in(folder, frozenset(), reader=saying(then=says_who + "time.sleep(600)"))
    child = psutil.Process(int(next(findings).words["tokens"]))
    findings.close()
    assert not child.is_running()


@pytest.mark.parametrize(
    "words",
    [
        {"parameters": "9" * 390},
        {"tokens": "-1"},
        {"tokens": "١"},  # noqa: RUF001 - a digit, and none of ours
        {"key": "checks.name"},
        {"model": "openai/gpt"},
        {"seconds": "soon"},
        {"reason": "\x1b[2J"},
        {"file": "\u202egnp"},
    ],
)
def test_words_that_a_reader_has_no_use_for_are_not_heard(folder: Path, words: dict[str, str]):
    reader = saying(FIRST.replaced(words=words))
    assert told(findings_in(folder, frozenset(), reader=reader)) == ended_at(CONFIG)


def test_what_leaves_the_group_of_a_reader_ends_with_it(folder: Path):
    leaves = "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    began = time.monotonic()
    assert told(findings_in(folder, frozenset(), seconds=1.0, reader=saying(FIRST, then=leaves))) == ended_at(CODE)
    assert time.monotonic() - began < 30
