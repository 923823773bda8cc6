"""What evaluations have cost, and why a request waits for money, in words."""

from leaderboard.installation import Money
from leaderboard.page.markup import element
from leaderboard.texts import Texts


def money_line(money: Money | None, texts: Texts) -> str:
    """Return what was spent and what is left; empty where nothing is paid for."""
    if money is None:
        return ""
    account = money.account
    if account is None:
        words = texts("money.unknown")
    else:
        spent, left, a_day = (texts.decimal(one, 2) for one in (account.spent, account.left, account.a_day))
        words = texts("money.spent", spent=spent, left=left, a_day=a_day)
    return element("p", words, {"class": "queue-note", "id": "money"})


def why_it_waits(money: Money | None, request_id: str, texts: Texts) -> str:
    """Return why a request is not begun yet; empty where it does not wait for money."""
    waiting = money.waiting.get(request_id) if money else None
    if waiting is None:
        return ""
    most, left = texts.decimal(waiting.most, 2), texts.decimal(waiting.left, 2)
    words = texts(f"money.waits.{waiting.reason}", most=most, left=left)
    return element("div", words, {"class": "queue-cause"})
