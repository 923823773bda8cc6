"""`export`: the files, what it says of them, and when it refuses."""

import json

from tests.cli.conftest import Place


def test_the_board_is_exported_again_and_again_into_the_same_folder(place: Place):
    place.finished()
    folder = place.folder / "out"
    said = place.json("export", str(folder))
    assert said == {
        "folder": str(folder),
        "rule": "mini-1.0",
        "files": 4,
        "rows": 7,
        "every_eval_ever": 1,
        "eval_results": 0,
        "left": [{"model": "meiga-1b", "format": "eval_results", "why": "it is no model of the Hub"}],
    }
    place.finished("lume-7b")
    said = place.run("export", str(folder))
    assert said.status == 0
    assert "not in eval_results: meiga-1b: it is no model of the Hub\n" in said.out
    assert said.out.endswith(
        ": 14 scores under mini-1.0; files for Every Eval Ever: 2, "
        "for .eval_results, to be reviewed: 0. Nothing was sent.\n"
    )
    assert {row["model"] for row in json.loads((folder / "board.json").read_bytes())["rows"]} == {"meiga-1b", "lume-7b"}


def test_the_table_is_printed_as_csv_too(place: Place):
    place.finished()
    folder = place.folder / "out"
    place.run("export", str(folder))
    printed = place.run("board", "--csv").out
    assert printed.replace("\r\n", "\n") == (folder / "board.csv").read_text(encoding="utf-8").replace("\r\n", "\n")


def test_a_folder_with_anything_else_in_it_is_refused(place: Place):
    folder = place.folder / "out"
    folder.mkdir()
    (folder / "thesis.odt").write_bytes(b"mine")
    said = place.run("export", str(folder))
    assert (said.status, said.out) == (2, "")
    assert "thesis.odt" in said.err
    assert [file.name for file in folder.iterdir()] == ["thesis.odt"]


def test_a_source_that_is_no_address_is_refused_before_anything_is_written(place: Place):
    said = place.run("export", str(place.folder / "out"), "--source-url", "example.org")
    assert (said.status, "no http" in said.err) == (2, True)
    assert not (place.folder / "out").exists()
