"""An export replaces an earlier one and nothing else, and one that fails changes nothing."""

from pathlib import Path

import pytest

from leaderboard.exchange.export_folder import MANIFEST, write_export
from leaderboard.records import LeaderboardError
from tests.builders import NOW

FIRST = {"board.csv": b"1", "eval_results/a--b.yaml": b"2"}
SECOND = {"board.csv": b"3", "every_eval_ever/data/c.json": b"4"}


def write(folder: Path, files: dict[str, bytes]) -> None:
    write_export(folder, files, rule="mini-1.0", generated_at=NOW)


def held(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder but the manifest."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert MANIFEST in found
    return {path: content for path, content in found.items() if path != MANIFEST}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "export"


def test_an_export_replaces_an_earlier_one_whole(folder: Path):
    write(folder, FIRST)
    assert held(folder) == FIRST
    write(folder, SECOND)
    assert held(folder) == SECOND
    assert [one.name for one in folder.parent.iterdir()] == ["export"]


def test_an_empty_folder_is_taken(folder: Path):
    folder.mkdir(parents=True)
    write(folder, FIRST)
    assert held(folder) == FIRST
    assert folder.stat().st_mode & 0o055 == Path(folder.parent).stat().st_mode & 0o055


@pytest.mark.parametrize("name", ["thesis.odt", ".git/config", "eval_results/notes.txt"])
def test_what_no_export_wrote_is_named_and_stays(folder: Path, name: str):
    write(folder, FIRST)
    own = folder / name
    own.parent.mkdir(exist_ok=True)
    own.write_bytes(b"mine")
    with pytest.raises(LeaderboardError, match=name):
        write(folder, SECOND)
    assert held(folder) == {**FIRST, name: b"mine"}


def test_a_file_that_somebody_edited_while_reviewing_it_is_named_and_stays(folder: Path):
    write(folder, FIRST)
    (folder / "eval_results" / "a--b.yaml").write_bytes(b"reviewed")
    with pytest.raises(LeaderboardError, match=r"eval_results/a--b\.yaml"):
        write(folder, SECOND)
    assert held(folder) == {**FIRST, "eval_results/a--b.yaml": b"reviewed"}


def test_a_link_is_no_file_of_an_export_even_to_what_it_wrote(folder: Path, tmp_path: Path):
    write(folder, FIRST)
    (tmp_path / "outside").write_bytes(FIRST["board.csv"])
    (folder / "board.csv").unlink()
    (folder / "board.csv").symlink_to(tmp_path / "outside")
    with pytest.raises(LeaderboardError, match=r"board\.csv"):
        write(folder, SECOND)


def test_a_folder_whose_list_of_files_cannot_be_read_is_nobodys_export(folder: Path):
    write(folder, FIRST)
    (folder / MANIFEST).write_text("{}", encoding="utf-8")
    with pytest.raises(LeaderboardError, match=MANIFEST):
        write(folder, SECOND)
    assert held(folder) == FIRST


def test_many_foreign_files_are_named_in_part_and_never_reach_a_terminal_raw(folder: Path):
    folder.mkdir(parents=True)
    for number in range(8):
        (folder / f"{number}\x1b[31m").write_bytes(b"")
    with pytest.raises(LeaderboardError, match="and 3 more") as raised:
        write(folder, FIRST)
    assert "\x1b" not in str(raised.value)


def test_a_file_where_the_folder_should_be_is_refused(folder: Path):
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"mine")
    with pytest.raises(LeaderboardError, match="is not a folder"):
        write(folder, FIRST)
    assert folder.read_bytes() == b"mine"


def test_a_path_that_leaves_the_folder_is_refused_before_anything_is_written(folder: Path):
    with pytest.raises(LeaderboardError, match="not a path"):
        write(folder, {**FIRST, "../out": b""})
    assert not folder.parent.exists()


def test_an_export_that_fails_half_way_leaves_the_earlier_one_and_no_rest(folder: Path):
    write(folder, FIRST)
    with pytest.raises(LeaderboardError, match="What was there is still there"):
        write(folder, {"board.csv": b"3", "board.csv/below": b"4"})
    assert held(folder) == FIRST
    assert [one.name for one in folder.parent.iterdir()] == ["export"]


def test_an_export_that_cannot_take_its_place_puts_the_earlier_one_back(folder: Path, monkeypatch: pytest.MonkeyPatch):
    write(folder, FIRST)
    rename = Path.rename

    def fail_for_new(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(LeaderboardError, match="No space left"):
        write(folder, SECOND)
    assert held(folder) == FIRST
    assert [one.name for one in folder.parent.iterdir()] == ["export"]
