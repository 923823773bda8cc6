"""The rows that come with the project are readable, whole, and of the suite as it is now."""

import re
from pathlib import Path

from leaderboard.installation import open_installation
from leaderboard.settings import Settings

A_PATH = re.compile(r'"(/|~|[A-Za-z]:\\\\)')
ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = {"dummy": "none", "SmolLM2-135M-Instruct (Q4_1 dequantised)": "q4_1→float32"}


def test_the_first_start_shows_complete_rows_that_say_what_they_are(tmp_path: Path) -> None:
    settings = Settings(queue=str(ROOT / "eval_queue"), results=str(ROOT / "results"), work_dir=tmp_path)

    board = open_installation(settings).board()

    assert board.set_aside == ()
    rows = {row.request.model.name: row for row in board.rows}
    assert PUBLISHED.keys() <= rows.keys(), "the suite changed: make the rows anew, results/README.md says how"
    for name, precision in PUBLISHED.items():
        assert rows[name].is_complete, f"{name} lacks tasks of the present suite: make the rows anew"
        assert rows[name].request.precision_label == precision
    assert rows["dummy"].is_baseline
    assert rows["dummy"].standings.keys() == board.board.means.views.keys()
    assert all(standing.rank is None for standing in rows["dummy"].standings.values())


def test_no_tracked_result_carries_a_path_of_a_machine() -> None:
    files = [file for folder in ("eval_queue", "results") for file in (ROOT / folder).rglob("*.json")]
    assert files
    for file in files:
        if ".store" not in file.parts:
            assert not A_PATH.search(file.read_text(encoding="utf-8")), file
