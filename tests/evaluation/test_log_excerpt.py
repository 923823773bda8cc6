"""What of a log comes through: places in code of packages, Python's own words for a crash, and nothing else."""

import json
import random
import re
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest

from leaderboard.evaluation.log_excerpt import excerpt, is_of_an_excerpt, places_of
from leaderboard.evaluation.process import ChildProcess
from leaderboard.records import Cause, Failure
from tests.builders import failure

SITE = "/opt/anaconda/lib/python3.11/site-packages"
ITEM = "La capital de España es Madrid"
TOKEN = "hf_" + "aB3" * 11

_MAY_BE_SHOWN = re.compile(
    r"(?:[A-Za-z_][\w./-]*\.py|<string>|<stdin>|<template>|<frozen [\w.]+>|…):\d+(?: in <?\w+>?)?"
    r"|Fatal Python error: [A-Z][a-z]+(?: [a-z-]+)*|Segmentation fault|Killed|Aborted|Bus error",
    re.ASCII,
)

HOSTILE = [
    ITEM,
    f"Prompt: {ITEM}\tA) Lugo B) Madrid",
    f'  File "{ITEM}", line 3, in respuesta',
    '  File "Madrid", line 3, in Madrid',
    f'  File "{SITE}/{ITEM}.py", line 3, in f',
    '  File "/home/maria/proyecto_secreto/entrenar.py", line 3, in Madrid',
    f'  File "{SITE}/../../../home/maria/{ITEM}", line 3, in f',
    f'  File "{SITE}/a/../../../home/maria/x.py", line 3, in f',
    f'  File "{SITE}/a/b.py", line 3, in {ITEM}',
    f'  File "{SITE}/a/b.py", line 3, in Españóla',
    f'  File "{SITE}/a/b.py", line 3, in f Madrid',
    f'  File "{SITE}/a/{TOKEN}.py", line 3, in f',
    f'  File "{SITE}/a/b.py", line 3, in {TOKEN}',
    f'  File "{SITE}/a/b.py", line {"9" * 5000}, in f',
    '  File "<Madrid>", line 3, in f',
    f"Fatal Python error: {ITEM}",
    f"Killed {ITEM}",
    f"Fatal Python error: Segmentation fault {ITEM}",
    f"ValueError: {ITEM}",
    f"huggingface_hub: Authorization: Bearer {TOKEN}",
    "cannot open /home/maria/modelos/config.json",
    "<script>alert('Madrid')</script>",
    f'  File "{SITE}/<img src=x onerror=alert(1)>.py", line 3, in f',
    f'  File "{SITE}/a/b.py", line 3, in <script>alert</script>',
    "\x1b[31mMadrid\x1b[0m \x07\x00",
    f'  File "{SITE}/a/\x1b[31mMadrid.py", line 3, in f',
    f'  File "{SITE}/{"Madrid/" * 200}b.py", line 3, in f',
    f'  File "{SITE}/a/b.py", line 3, in {"Madrid" * 100}',
    "Current thread 0x00007f (most recent call first): Madrid",
    "Madrid " * (10 * 2**20 // 7),
    f'  File "{"/Madrid" * 100_000}',
]

_SECRET_WORDS = ("Madrid", "Lugo", "Españ", "maria", "secreto", "entrenar", "hf_a", "script", "img", "\x1b", "\x07")


def real_traceback() -> list[str]:
    try:
        json.loads("{")
    except ValueError as error:
        return "".join(traceback.format_exception(error)).splitlines()
    raise AssertionError


def assert_nothing_slips_through(shown: tuple[str, ...]) -> None:
    for line in shown:
        assert _MAY_BE_SHOWN.fullmatch(line), line
        assert len(line) <= 200
        assert not [word for word in _SECRET_WORDS if word in line], line
    assert len(shown) <= 12
    assert Failure(cause=Cause.ENGINE_ERROR, detail="", log=shown).log == shown


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_line_does_not_come_through(line: str):
    assert_nothing_slips_through(excerpt([line]))


@pytest.mark.parametrize("seed", range(60))
def test_of_random_text_between_real_tracebacks_only_the_tracebacks_places_come_through(seed: int):
    chance = random.Random(seed)  # noqa: S311 - a test that repeats itself
    letters = "aeiou ñáMadrid\"'<>/\\.,:;{}[]()0123456789\t\x1b«»-_"
    real = real_traceback()
    lines: list[str] = []
    for line in real * 2:
        lines += ["".join(chance.choices(letters, k=chance.randrange(120))) for _ in range(chance.randrange(4))]
        lines += chance.sample(HOSTILE[:-2], chance.randrange(3))
        lines.append(line)
    shown = excerpt(lines)
    assert_nothing_slips_through(shown)
    assert excerpt(real)[-1] in shown, "the innermost place"


@pytest.mark.parametrize("seed", range(60))
def test_a_frame_made_of_random_text_shows_its_line_number_at_most(seed: int):
    """Whatever stands where a file and a function would, no word of more than a name in code comes of it."""
    chance = random.Random(seed)  # noqa: S311 - a test that repeats itself
    letters = "abM ñá/.<>:,-_\x1b«»'"
    words = ["".join(chance.choices(letters, k=chance.randrange(1, 40))) for _ in range(2)]
    for file in (words[0], f"/{words[0]}", f"/home/maria/{words[0]}.py", f"C:\\{words[0]}"):
        assert excerpt([f'  File "{file}", line 7, in {words[1]}']) in {("…:7",), ()}


def test_a_real_traceback_is_shown_by_its_places_without_what_it_was_reading():
    shown = excerpt(real_traceback())
    assert re.fullmatch(r"…:\d+", shown[0]), "this file is in no package"
    assert [re.sub(r":\d+", "", line) for line in shown[1:]] == [
        "json/__init__.py in loads",
        "json/decoder.py in decode",
        "json/decoder.py in raw_decode",
    ]


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (f"{SITE}/lm_eval/api/task.py", "lm_eval/api/task.py:12 in build"),
        ("/usr/lib/python3/dist-packages/apt/cache.py", "apt/cache.py:12 in build"),
        ("/usr/lib/python3.11/threading.py", "threading.py:12 in build"),
        ("/home/maria/ranking/src/leaderboard/evaluation/child.py", "leaderboard/evaluation/child.py:12 in build"),
        ("/home/maria/My Files/.venv/lib/python3.11/site-packages/a/b.py", "a/b.py:12 in build"),
        (f"/x/src/leaderboard/y{SITE}/a/b-c.py", "a/b-c.py:12 in build"),
        ("<string>", "<string>:12 in build"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>:12 in build"),
        ("/home/maria/src/secreto/x.py", "…:12"),
        ("/home/maria/x.py", "…:12"),
        ("x.py", "…:12"),
        ("lm_eval/api/task.py", "…:12"),
    ],
)
def test_a_file_is_named_as_it_is_on_every_machine(file: str, shown: str):
    assert excerpt([f'  File "{file}", line 12, in build']) == (shown,)
    assert excerpt([f'  File "{file}", line 12 in build']) == (shown,), "as faulthandler writes it"


@pytest.mark.parametrize("function", ["f", "<module>", "<lambda>", "__call__", "_private", "hf_raise_for_status"])
def test_a_function_is_named(function: str):
    assert excerpt([f'File "{SITE}/a/b.py", line 1, in {function}']) == (f"a/b.py:1 in {function}",)


def test_the_longest_names_still_fit_into_a_record():
    file, function = f"{'a' * 111}.py", "f" * 60
    (line,) = excerpt([f'  File "{SITE}/{file}", line 9999999, in {function}'])
    assert line == f"{file}:9999999 in {function}"
    assert len(line) <= 200
    assert excerpt([f'  File "{SITE}/a{file}", line 1, in {function}']) == ("…:1",)
    assert excerpt([f'  File "{SITE}/b.py", line 1, in f{function}']) == ("b.py:1",)


def test_only_the_last_places_of_a_long_traceback_are_shown():
    frames = [f'  File "{SITE}/a/b.py", line {number}, in f' for number in range(1, 40)]
    assert excerpt(frames) == tuple(f"a/b.py:{number} in f" for number in range(28, 40))


@pytest.mark.parametrize("line", ["Killed", "Aborted (core dumped)", "Bus error", "Segmentation fault"])
def test_the_systems_words_for_a_crash_are_shown(line: str):
    assert excerpt([line]) == (line.removesuffix(" (core dumped)"),)


def test_a_traceback_after_a_dump_on_request_is_shown_by_its_end():
    """A dump of all threads need not be a crash: a library may ask for one."""
    dump = ["Current thread 0x00007f (most recent call first):", f'  File "{SITE}/a/dump.py", line 1 in f']
    real = real_traceback()
    assert excerpt([*dump, "Thread 0x00008f (most recent call first):", *real]) == excerpt(real)


def test_an_empty_log_shows_nothing():
    assert excerpt([]) == ()


def crash(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode < 0
    return done.stderr.splitlines()


def test_a_crash_in_native_code_says_where():
    shown = excerpt(crash("import ctypes; ctypes.string_at(0)"))
    assert shown[:2] == ("Fatal Python error: Segmentation fault", "<string>:1 in <module>")
    assert re.fullmatch(r"ctypes/__init__\.py:\d+ in string_at", shown[2])
    assert len(shown) == 3


def test_a_crash_deep_down_shows_where_it_fell_and_not_where_it_came_from():
    """The dump begins with the innermost frame, and other threads have frames of their own."""
    code = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
def fall(depth):
    fall(depth - 1) if depth else ctypes.string_at(0)
fall(60)
"""
    shown = excerpt([ITEM, *crash(code), ITEM])
    assert shown[0] == "Fatal Python error: Segmentation fault"
    assert shown[1:-1] == ("<string>:5 in fall",) * 10
    assert shown[-1].startswith("ctypes/__init__.py:")
    assert_nothing_slips_through(shown)


def test_the_place_of_a_crash_is_found_in_a_log_that_ends_with_it_whatever_came_before(tmp_path: Path):
    """Through the process itself, as the worker asks: a line of ten megabytes, then the crash."""
    code = (
        "import ctypes, sys; sys.stderr.write('Madrid ' * 1500000 + chr(10)); sys.stderr.flush(); ctypes.string_at(0)"
    )
    child = ChildProcess(tmp_path, {}, (sys.executable, "-X", "faulthandler", "-c", code))
    assert child.wait() < 0
    assert child.excerpt()[-1].startswith("ctypes/__init__.py:")
    assert_nothing_slips_through(child.excerpt())
    assert len(child.last_words()) < 2**18


def test_the_end_of_a_log_without_line_breaks_is_bounded(tmp_path: Path):
    child = ChildProcess(tmp_path, {}, (sys.executable, "-S", "-c", "import sys; sys.stderr.write('x' * 10_000_000)"))
    assert child.wait() == 0
    assert len(child.last_words()) == 2**18
    assert child.excerpt() == ()


def test_a_log_that_is_not_there_has_no_words(tmp_path: Path):
    child = ChildProcess(tmp_path, {}, (sys.executable, "-S", "-c", ""))
    child.wait()
    (tmp_path / "child.log").unlink()
    assert (child.last_words(), child.excerpt()) == ("", ())


def test_the_places_of_an_exception_are_the_innermost_last():
    with pytest.raises(ValueError, match="Extra data") as raised:
        json.loads(f'"{ITEM}" {ITEM}')
    places = places_of(raised.value)
    assert places[-1].startswith("json/decoder.py:")
    assert places[-1].endswith(" in decode")
    assert_nothing_slips_through(places)


def test_the_places_of_a_deep_exception_are_the_last_ones():
    def fall(depth: int) -> None:
        if depth:
            fall(depth - 1)
        json.loads("{")

    with pytest.raises(ValueError, match="Expecting") as raised:
        fall(50)
    places = places_of(raised.value)
    assert len(places) == 12
    assert " in raw_decode" in places[-1]
    assert_nothing_slips_through(places)


def test_the_places_of_a_broken_template_are_of_packages():
    jinja2 = pytest.importorskip("jinja2")
    with pytest.raises(jinja2.UndefinedError) as raised:
        jinja2.Template("{% for one in messages %}{{ one.role.name.x }}{% endfor %}").render(messages=[{}])
    places = places_of(raised.value)
    assert any(place.startswith("jinja2/environment.py:") for place in places)
    assert any(place.startswith("<template>:1") for place in places)
    assert_nothing_slips_through(places)


def test_code_with_long_names_leaves_a_record_that_can_be_made():
    long = "f" * 500
    scope: dict[str, object] = {}
    exec(compile(f"def {long}(): raise KeyError(0)", f"{SITE}/{'a' * 500}.py", "exec"), scope)  # noqa: S102 - our own text
    function = scope[long]
    assert callable(function)
    with pytest.raises(KeyError) as raised:
        function()
    assert places_of(raised.value)[-1] == "…:1"
    assert failure(log=places_of(raised.value)).log


def test_an_exception_that_was_never_raised_has_no_places():
    assert places_of(ValueError(ITEM)) == ()


def test_an_exception_of_another_thread_has_its_places():
    found: list[tuple[str, ...]] = []

    def act() -> None:
        try:
            json.loads("")
        except ValueError as error:
            found.append(places_of(error))

    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
    assert found[0][-1].startswith("json/decoder.py:")


def test_what_this_module_writes_it_knows_again():
    frames = [f'  File "{SITE}/lm_eval/api/task.py", line 412, in build', '  File "<string>", line 1, in <module>']
    others = ['  File "/home/maria/x.py", line 3, in f', '  File "<frozen importlib._bootstrap>", line 2, in f']
    lines = excerpt([*frames, *others, "Segmentation fault (core dumped)", "Fatal Python error: Aborted"])
    assert len(lines) == 6
    assert all(map(is_of_an_excerpt, lines))


@pytest.mark.parametrize("line", [*HOSTILE, "a b.py:3 in f", "<Madrid>:3 in f", f"a/{TOKEN}.py:3", "a.py:3 in a b", ""])
def test_a_line_that_is_only_said_to_be_of_an_excerpt_is_not_taken_for_one(line: str):
    assert not is_of_an_excerpt(line)
    assert not is_of_an_excerpt(line.strip())


def test_a_longest_name_is_known_again():
    (line,) = excerpt([f'  File "{SITE}/{"a" * 111}.py", line 9999999, in {"f" * 60}'])
    assert line.startswith("aaa")
    assert is_of_an_excerpt(line)
