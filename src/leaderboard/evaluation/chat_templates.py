"""A model's chat template at work: a stranger's program, which transformers runs in a sandbox, and this in bounds."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from leaderboard.records import LeaderboardError

SECONDS = 5.0
"""For one conversation. Those of real models take a few milliseconds."""

_ASK_AGAIN_SECONDS = 0.5
_MOST_CHARACTERS = 64 * 2**10
_MOST_TIMES_AS_LONG = 16
"""How much longer than what went in, beyond that, a conversation may become: by marks around turns, by a preamble."""


class ChatTemplateError(LeaderboardError):
    """A model's chat template cannot be used."""


def rendered(render: Callable[[], str], turns: Sequence[Mapping[str, str]], seconds: float = SECONDS) -> str:
    """Return what `render` makes of a conversation.

    Raises:
        ChatTemplateError: the template fails, takes too long, or writes far more than it was given.
    """
    most = _MOST_CHARACTERS + _MOST_TIMES_AS_LONG * sum(len(text) for turn in turns for text in turn.values())
    try:
        with _no_longer_than(seconds):
            text = render()
    except (ChatTemplateError, MemoryError):
        raise
    except Exception as error:  # the message is the template's own, and may quote the item
        message = f"The chat template fails ({type(error).__name__}). Correct it in the model's repository."
        raise ChatTemplateError(message) from error
    if len(text) > most:
        message = f"The chat template makes {len(text)} characters of a conversation that may become {most}."
        raise ChatTemplateError(message)
    return text


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Interrupt the block when its time is up; only the main thread can be interrupted, elsewhere nothing happens."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        message = f"The chat template takes longer than {seconds:g} s for one conversation."
        raise ChatTemplateError(message)

    before = signal.signal(signal.SIGALRM, interrupt)
    # Again and again: an exception that arises in a destructor is lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, _ASK_AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def system_turn_in_first_user_turn(turns: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return a conversation whose system turn, if it has one, opens the user's first turn."""
    if len(turns) < 2 or turns[0]["role"] != "system":  # noqa: PLR2004 - a system turn and one that it can go into
        return [dict(turn) for turn in turns]
    system, first, *others = turns
    opened = {**first, "content": f"{system['content'].rstrip()}\n\n{first['content']}"}
    return [opened, *(dict(turn) for turn in others)]
