"""A native speaker's walk through the drafts of a place, in the terminal."""

from collections.abc import Callable, Sequence

from leaderboard.suite.review import ReviewError, ReviewItem, correct, sign
from leaderboard.texts import Texts

Ask = Callable[[str], str]
Say = Callable[[str], None]


def review_in_terminal(items: Sequence[ReviewItem], reviewer: str, texts: Texts, ask: Ask, say: Say) -> int:
    """Show each draft and do what is answered: sign it, correct a text of it, pass, or end. Returns the exit status."""
    if not items:
        say(texts("review.nothing"))
        return 0
    signed = 0
    try:
        name = reviewer.strip() or ask(texts("review.ask_name") + " ").strip()
        for number, item in enumerate(items, start=1):
            say(describe_item(item, texts, number, len(items)))
            outcome = _handle(item, name, texts, ask, say)
            if outcome is None:
                break
            signed += outcome
    except (EOFError, KeyboardInterrupt):
        say("")
    say(texts("review.summary", signed=signed))
    return 0


def describe_item(item: ReviewItem, texts: Texts, number: int, total: int) -> str:
    """Return an item as a reviewer reads it: what is asked, the options with the right one marked, the evidence."""
    row = item.row
    lines = ["", texts("review.heading", number=number, total=total, id=item.id, place=item.place)]
    if row.get("sentence"):
        lines += [f"  «{row['sentence']}»", texts("review.asks_meaning", expression=row["expression"])]
    if row.get("question"):
        lines += [f"  {row['question']}", texts("review.answer_is", answer=row["answer"])]
    for index, option in enumerate(row.get("options", [])):
        lines.append(f"  {'→' if index == row['answer'] else ' '} [{index}] {option}")
    if "fine_elsewhere" in row:
        lines.append(texts("review.fine_elsewhere" if row["fine_elsewhere"] else "review.fine_nowhere"))
    lines.append(texts("review.phenomenon", phenomenon=row["phenomenon"]))
    if row.get("evidence"):
        lines.append(texts("review.evidence", evidence=row["evidence"]))
    return "\n".join(lines)


def _handle(item: ReviewItem, name: str, texts: Texts, ask: Ask, say: Say) -> int | None:
    """Return 1 for a signature, 0 for going on without one, None for the end."""
    while True:
        answer = ask(texts("review.ask_action") + " ").strip().lower()
        try:
            if answer in {"f", "s"}:
                sign(item, name)
                return 1
            if answer == "c":
                correct(item, ask(texts("review.ask_key") + " ").strip(), ask(texts("review.ask_value") + " ").strip())
                say(texts("review.corrected"))
                return 0
            if answer in {"", "p"}:
                return 0
            if answer == "q":
                return None
        except ReviewError as error:
            say(texts("review.refused", reason=str(error)))
