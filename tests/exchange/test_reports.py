"""What an import says of its files."""

from leaderboard.exchange.reports import FileReport, ImportReport, Kind, Outcome


def test_every_outcome_is_counted_also_those_that_no_file_came_to():
    files = [
        FileReport(Kind.RESULT, path, outcome, "") for path, outcome in (("a", Outcome.TAKEN), ("b", Outcome.TAKEN))
    ]
    report = ImportReport((*files, FileReport(Kind.SAMPLES, "c", Outcome.NOT_TAKEN, "")), others=0)
    assert report.counts == {
        Outcome.TAKEN: 2,
        Outcome.HISTORY: 0,
        Outcome.KNOWN: 0,
        Outcome.NOTHING_TO_DO: 0,
        Outcome.NOT_TAKEN: 1,
    }
