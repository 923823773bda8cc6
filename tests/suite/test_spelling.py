"""Spelling, by hunspell's dictionaries of each country and language; what they lack is listed beside the items."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from leaderboard.suite import EMBEDDED_SUITES

ITEMS = EMBEDDED_SUITES / "muestra"
EXCEPTIONS = ITEMS / "spelling_exceptions.txt"
DICTIONARIES = Path("/usr/share/hunspell")
TASK_DICTIONARIES = {
    "catala": "ca",
    "calculo_ca": "ca",
    "euskara": "eu",
    "calculo_eu": "eu",
    "galego": "gl_ES",
    "calculo_gl": "gl_ES",
}
SPANISH_TASKS = ("expresiones", "gramatica", "calculo_es")


def dictionary_of(task: str, row: dict[str, Any]) -> str:
    """Name the dictionary of the item's country; Spain's where there is none, as for Equatorial Guinea."""
    if task in TASK_DICTIONARIES:
        # Valencian has a dictionary of its own.
        valencian = row.get("variety") == "valencià" and (DICTIONARIES / "ca_ES-valencia.dic").exists()
        return "ca_ES-valencia" if valencian else TASK_DICTIONARIES[task]
    own = f"es_{row['country']}"
    return own if (DICTIONARIES / f"{own}.dic").exists() else "es_ES"


def texts_of(row: dict[str, Any]) -> list[str]:
    """Return what must be spelled well: sentences and right options; a wrong option may be wrong in its spelling."""
    texts = [str(row[key]) for key in ("sentence", "question") if row.get(key)]
    if row.get("options"):
        texts += row["options"] if "sentence" in row else [row["options"][row["answer"]]]
    return texts


def misspelled(dictionary: str, texts: list[str]) -> set[str]:
    """Return the words that a dictionary does not know, names (with a capital) left aside."""
    done = subprocess.run(
        ["hunspell", "-d", dictionary, "-i", "utf-8", "-l"],
        input="\n".join(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return {word for word in done.stdout.split() if not word[:1].isupper() and not re.search(r"\d", word)}


@pytest.mark.parametrize("task", [*SPANISH_TASKS, *TASK_DICTIONARIES])
def test_every_word_is_in_its_countrys_dictionary_or_listed(task: str) -> None:
    if shutil.which("hunspell") is None or not (DICTIONARIES / "es_MX.dic").exists():
        reason = "NO HUNSPELL: spelling was not checked. Install hunspell and hunspell-es, -ca, -eu, -gl."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    exceptions = {line.strip() for line in EXCEPTIONS.read_text(encoding="utf-8").splitlines() if line[:1] != "#"}
    by_dictionary: dict[str, list[str]] = {}
    for line in (ITEMS / f"{task}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_dictionary.setdefault(dictionary_of(task, row), []).extend(texts_of(row))

    unknown = set().union(*(misspelled(name, texts) for name, texts in by_dictionary.items()))

    assert sorted(unknown - exceptions) == []
