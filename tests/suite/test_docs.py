"""The counts in docs/muestra.md are those of the items. `python -m tests.suite.test_docs --write` writes them anew."""

import sys
from pathlib import Path

from leaderboard.suite import load_suite
from leaderboard.suite.counts import count_items

PAGE = Path(__file__).resolve().parents[2] / "docs" / "muestra.md"
BEGIN, END = "<!-- counts: written by tests/suite/test_docs.py --write -->\n", "<!-- end of counts -->"


def half_width(items: int) -> float:
    """The half-width of a 95 % interval around one half, by the normal approximation."""
    return float(1.96 * (0.25 / items) ** 0.5)


def counts_as_markdown() -> str:
    counts = count_items(load_suite("muestra"))
    lines = ["| task | items | drafts | reviewed |", "|---|---|---|---|"]
    lines += [
        f"| `{task}` | {one['items']} | {one['draft']} | {one['reviewed']} |" for task, one in counts["tasks"].items()
    ]
    total = counts["total"]
    lines += [f"| all | {total['items']} | {total['draft']} | {total['reviewed']} |", ""]
    expressions, grammar = counts["tasks"]["expresiones"]["places"], counts["tasks"]["gramatica"]["places"]
    lines += ["| place | expressions | ± points | grammar |", "|---|---|---|---|"]
    for place in sorted({*expressions, *grammar}):
        many = expressions.get(place, 0)
        width = f"{100 * half_width(many):.0f}" if many else ""
        lines.append(f"| {place} | {many} | {width} | {grammar.get(place, 0)} |")
    return "\n".join(lines) + "\n"


def test_the_page_says_how_many_items_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0] == counts_as_markdown(), "run python -m tests.suite.test_docs --write"


if __name__ == "__main__" and "--write" in sys.argv:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(before + BEGIN + counts_as_markdown() + END + rest.split(END)[1], encoding="utf-8")
