"""How much a task asks of a machine: passes, tokens, and how many of the tokens are the same beginning again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.rendering import RenderedTask
from leaderboard.suite import Task

Tokenize = Callable[[str], Sequence[int]]


@dataclass(frozen=True)
class TaskCount:
    """The size of one task."""

    task: str
    items: int
    passes: int
    """Requests: one for each option, or one for each answer that is generated."""
    tokens: int
    """Over all passes, what the model reads."""
    shared_tokens: int
    """Of these, the ones left when every common beginning within the task is read once."""
    generated_tokens: int
    """The most that is generated."""


def count_task(task: Task, tokenize: Tokenize) -> TaskCount:
    """Count one task with one tokenizer, without a chat template.

    Raises:
        LeaderboardError: the task's configuration or rows are not what the registry says.
    """
    rendered = RenderedTask(task, build_task(task).lm_eval_task)
    tokens = passes = generated = 0
    beginnings: set[bytes] = set()
    for request in (request for requests in rendered.items for request in requests):
        passes += 1
        context, second = request.args[0], request.args[1]
        if isinstance(second, str):
            read = [*tokenize(context), *tokenize(second)]
        else:
            read = list(tokenize(context))
            generated += int(second.get("max_gen_toks", 0))
        tokens += len(read)
        beginnings.update(_beginnings(read))
    return TaskCount(task.id, len(rendered.items), passes, tokens, len(beginnings), generated)


def _beginnings(tokens: Sequence[int]) -> list[bytes]:
    """Return a digest for each beginning of a sequence: two sequences share as many as they share tokens."""
    running = blake2b(digest_size=8)
    digests = []
    for token in tokens:
        running.update(token.to_bytes(4, "big"))
        digests.append(running.copy().digest())
    return digests
