"""The page's data for programs: named functions of Gradio's API, which take no token.

The page itself asks for its table here, so there is one way to the ranking for people and for programs. All of them
only read; on one's own machine there is one more, which submits. What they say is English, as their descriptions are.
"""

import logging
from collections.abc import Mapping
from typing import Any, NoReturn

import gradio as gr
from gradio.events import api

from leaderboard.board import View, row_as_data
from leaderboard.installation import Installation
from leaderboard.page.authority import visitor_of
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.live_queue import LiveQueue
from leaderboard.page.ranking_sheet import ranking_sheet
from leaderboard.page.submit_form import submitter
from leaderboard.page.submit_tab import EXAMINED
from leaderboard.page.trouble import why_unchanged
from leaderboard.queue import QueueEntry, QueueError, QueueView, entry_as_row
from leaderboard.records import Status, visible
from leaderboard.store import StoreError
from leaderboard.submission import AUTO_PRECISION, SubmissionRefusedError, Wish
from leaderboard.texts import load_texts, problem_in_words

_LONGEST_ECHO = 100
_OF_THE_MACHINES = ("worker", "lease_until")
"""Of a request, what only those need to know who run the machines."""

logger = logging.getLogger(__name__)


def build_api(house: Installation, feed: BoardFeed) -> None:
    """Name the functions inside the present `gr.Blocks`."""
    asked = _Answers(house, feed)

    def ranking(view: str = "") -> dict[str, Any]:
        """Return one view of the ranking, `es`, `ca`, `eu`, `gl` or `all`, column by column; empty: the first there is.

        `tasks` and `groups` say what the columns of scores are; `rows` has one list for each column. Scores are whole
        numbers in parts of 10,000, null where there is none: `score`, `low`, `high` and `groups` above chance, `raw`
        as measured.
        """
        return asked.ranking(view)

    def model(name: str) -> dict[str, Any]:
        """Return everything of one model, by its name `organisation/model`, in capital or small letters.

        `rows` has one record for each of its identities (revision, precision, template) with scores, intervals and
        ranks, the one that stands for the model first; scores are fractions of 1. `requests` has what was submitted of
        it, with how it ended: status, cause, detail and log of failures.
        """
        return asked.model(name)

    def queue(status: str = "") -> list[dict[str, Any]]:
        """Return the requests in the queue, the first submitted first; with a status, only those: `PENDING`, say.

        Each has its status, progress, and the cause and detail of a failure; what waits has its `place` and
        `wait_seconds`, how long what is before it will take one worker, null where nobody can tell.
        """
        return asked.queue(status)

    api(ranking, api_name="ranking", queue=False)
    api(model, api_name="model", queue=False)
    api(queue, api_name="queue", queue=False)
    if not house.settings.bound_to_loopback:
        return

    def submit_model(
        request: gr.Request,
        model: str,
        revision: str = "",
        precision: str = AUTO_PRECISION,
        chat_template: str = "auto",
    ) -> dict[str, Any]:
        """Check a model as the form does, and put it into the queue. There is this function on one's own machine only.

        `model` is a name on the Hub or a folder of this machine, `revision` a branch, tag or commit. Returns the
        request's id and its place; what is refused is an error that says why.
        """
        return asked.submit(Wish(model, revision, precision, chat_template), request)

    api(submit_model, api_name="submit", **EXAMINED)


class _Answers:
    """What the functions answer. Whatever they are given may be anything: nothing checks it against the type hints."""

    def __init__(self, house: Installation, feed: BoardFeed) -> None:
        self._house, self._feed, self._queue = house, feed, LiveQueue(house, feed)
        self._sheets: dict[View | None, tuple[str, dict[str, Any]]] = {}
        """The sheet of each view, with the edition it is of."""

    def ranking(self, view: object) -> dict[str, Any]:
        edition = self._feed.newest()
        means = edition.view.board.means
        if view and (not isinstance(view, str) or view not in set(View)):
            _refuse(f"There is no view {_echo(view)}; there are {', '.join(means.views)}.")
        asked = next((one for one in means.views if str(one) == view), means.default_view)
        version, sheet = self._sheets.get(asked, ("", {}))
        if not sheet or version != edition.version:
            sheet = ranking_sheet(edition.view.board, self._house.suite, asked, edition.version)
            self._sheets[asked] = (edition.version, sheet)
        return sheet

    def model(self, name: object) -> dict[str, Any]:
        edition, view = self._feed.newest(), self._feed.queue()
        board = edition.view.board
        wanted = name.strip().lower() if isinstance(name, str) else ""
        rows = [row for row in (*board.rows, *board.others) if row.request.model.name.lower() == wanted]
        entries = [entry for entry in view.entries.values() if entry.request.model.name.lower() == wanted]
        if not rows and not entries:
            _refuse(f"There is no model {_echo(name)} in the ranking or in the queue.")
        return {
            "edition": edition.version,
            "rule": board.rule.label,
            "model": (rows[0].request if rows else entries[0].request).model.name,
            "rows": [row_as_data(row, board, board.means.default_view) for row in rows],
            "requests": self._requests(view, entries, logs=True),
        }

    def queue(self, status: object) -> list[dict[str, Any]]:
        if status and (not isinstance(status, str) or status not in set(Status)):
            _refuse(f"There is no status {_echo(status)}; there are {', '.join(Status)}.")
        view = self._feed.queue()
        entries = [entry for entry in view.entries.values() if not status or entry.state.status == status]
        return self._requests(view, entries, logs=False)

    def submit(self, wish: Wish, request: gr.Request) -> dict[str, Any]:
        visitor, texts = visitor_of(self._house.settings, request), load_texts("en")
        if not visitor.may_submit_folders:
            _refuse("Only whoever sits at this machine may submit here. Nothing was submitted.")
        if not all(isinstance(one, str) for one in (wish.model, wish.revision, wish.precision, wish.chat_template)):
            _refuse("Model, revision, precision and chat_template are texts. Nothing was submitted.")
        try:
            accepted = self._house.desk.submit(wish, submitter(visitor))
        except SubmissionRefusedError as refused:
            _refuse(problem_in_words(refused.problem, texts))
        except (QueueError, StoreError) as error:
            logger.warning("a submission could not be examined or queued: %r", str(error))
            _refuse(why_unchanged(error, texts))
        self._feed.look_now()
        place = self._feed.queue().place(accepted.id)
        return {
            "request": accepted.id,
            "model": accepted.model.name,
            "revision": accepted.model.revision,
            "place": place,
        }

    def _requests(self, view: QueueView, entries: list[QueueEntry], *, logs: bool) -> list[dict[str, Any]]:
        waits = self._queue.waits(view)
        places = {entry.id: place for place, entry in enumerate(view.pending(), 1)}
        return [_request_as_data(entry, places, waits, logs=logs) for entry in entries]


def _request_as_data(
    entry: QueueEntry, places: Mapping[str, int], waits: Mapping[str, float], *, logs: bool
) -> dict[str, Any]:
    left_out = {*_OF_THE_MACHINES, *([] if logs else ["log"])}
    told = {name: value for name, value in entry_as_row(entry).items() if name not in left_out}
    return told | {"place": places.get(entry.id), "wait_seconds": waits.get(entry.id)}


def _echo(value: object) -> str:
    """Return what was asked for so that it can be said: short, and without signs that hide or turn what follows."""
    return repr(visible(str(value)[:_LONGEST_ECHO]))


def _refuse(message: str) -> NoReturn:
    raise gr.Error(message, print_exception=False)
