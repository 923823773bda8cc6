"""The queue as each reader has it before them: only what has changed is sent, and only when something has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from leaderboard.board import Row
from leaderboard.installation import Installation
from leaderboard.page.authority import Visitor
from leaderboard.page.board_feed import BoardFeed, Edition
from leaderboard.page.queue_money import money_line
from leaderboard.page.queue_panel import PARTS, queue_parts
from leaderboard.page.trouble import trouble_notice
from leaderboard.queue import QueueView
from leaderboard.records import EvalRequest, TaskResult, sha256_hex
from leaderboard.store import Version
from leaderboard.submission import Speeds
from leaderboard.submission.estimate import seconds_until_each_turn
from leaderboard.texts import Texts


@dataclass(frozen=True)
class Shown:
    """What a reader has before them, by hashes: a hundred kilobytes for every open page would be kept otherwise."""

    made_of: str = ""
    parts: tuple[str, ...] = ("",) * PARTS


@dataclass(frozen=True)
class _Measured:
    """A row of the board as what says how long its tasks took."""

    request: EvalRequest
    results: Sequence[TaskResult]


class LiveQueue:
    """Makes the parts of the queue for whoever looks."""

    def __init__(self, house: Installation, feed: BoardFeed) -> None:
        self._house, self._feed = house, feed
        self._speeds: tuple[str, Speeds] | None = None
        """What is known of the newest edition, by its version."""
        self._waits: tuple[Version, str, Mapping[str, float]] | None = None

    def parts(self, visitor: Visitor, texts: Texts) -> list[str]:
        """Return the queue as a visitor is to see it, in as many parts as `queue_parts` has."""
        view = self._feed.queue()
        parts = queue_parts(
            view,
            self._house.suite,
            texts,
            self._house.can_evaluate,
            waits=self.waits(view),
            money=self._feed.money,
            mine=visitor.name,
        )
        return [trouble_notice(self._feed, texts) + money_line(self._feed.money, texts) + parts[0], *parts[1:]]

    def changes(self, shown: Shown, visitor: Visitor, texts: Texts) -> list[Any]:
        """Return for each part its new contents or that it stays, and then what is shown from now on."""
        made_of = self._made_of(visitor, texts)
        if made_of == shown.made_of:
            return [gr.skip()] * (PARTS + 1)
        parts = self.parts(visitor, texts)
        now = Shown(made_of, tuple(sha256_hex(part.encode()) for part in parts))
        sent = [gr.skip() if new == old else part for part, new, old in zip(parts, now.parts, shown.parts, strict=True)]
        return [*sent, now]

    def waits(self, view: QueueView) -> Mapping[str, float]:
        """Return the seconds until each waiting request's turn where they can be told, made once for each change."""
        edition, known = self._feed.newest(), self._waits
        if known is None or known[:2] != (view.version, edition.version):
            known = (view.version, edition.version, seconds_until_each_turn(view, self._speeds_of(edition)))
            self._waits = known
        return known[2]

    def _speeds_of(self, edition: Edition) -> Speeds:
        if self._speeds is None or self._speeds[0] != edition.version:
            board = edition.view.board
            measured = [_measured(row) for row in (*board.rows, *board.others)]
            self._speeds = edition.version, Speeds(measured, self._house.suite.tokens)
        return self._speeds[1]

    def _made_of(self, visitor: Visitor, texts: Texts) -> str:
        """Name all that the parts depend on."""
        trouble = str(self._feed.read_at) if self._feed.in_trouble else ""
        versions = (self._feed.queue().version, self._feed.newest().version)
        money = money_line(self._feed.money, texts), sorted(self._feed.money.waiting) if self._feed.money else ()
        return repr((*versions, trouble, money, texts.language, visitor.name))


def _measured(row: Row) -> _Measured:
    return _Measured(row.request, [cell.result for cell in row.cells.values()])
