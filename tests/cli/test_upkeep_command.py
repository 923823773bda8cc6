"""`upkeep`: what a scheduled job runs, and what a maintainer reads."""

from tests.cli.conftest import Place


def test_one_round_and_what_the_diary_says_of_it(place: Place):
    place.finished()
    place.change_the_suite()
    listed = place.json("upkeep")
    assert [row["duty"] for row in listed] == ["reevaluation", "canary", "compaction", "squash"]
    assert {row["last"] for row in listed} == {"-"}
    done = place.json("upkeep", "--once")
    assert [one["duty"] for one in done] == ["reevaluation", "canary"]
    assert "measured again" in done[0]["said"]
    assert len(place.queue.view().pending()) == 1
    assert place.run("upkeep", "--once").out == "Nothing was due.\n"
    assert "no canary is named" in place.run("upkeep", "--once", "--also", "canary").out
    assert "no canary is named" in place.run("upkeep").out


def test_what_fails_ends_with_1_and_says_why(place: Place):
    broken = place.folder / "results" / "upkeep"
    broken.mkdir(parents=True)
    (broken / "diary.json").write_text("{")
    said = place.run("upkeep", "--once")
    assert said.status == 1
    assert "FAILED canary" in said.out
    assert "upkeep/diary.json" in said.out
