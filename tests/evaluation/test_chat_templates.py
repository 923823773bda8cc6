"""A stranger's chat template in bounds."""

import signal
import threading
import time

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation.causes import failure_of
from leaderboard.evaluation.chat_templates import ChatTemplateError, rendered
from leaderboard.evaluation.lm_eval_models import ChatAwareModel
from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_llama
from leaderboard.records import Cause

TURNS = [{"role": "user", "content": "¿2 + 2?"}]
ENDLESS = (
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}"
    "{% endfor %}"
)


def chat_model(template: str) -> ChatAwareModel:
    tokenizer = make_tokenizer(Cut.BYTES, [])
    tokenizer.chat_template = template
    return ChatAwareModel(pretrained=random_llama(tokenizer, 0), tokenizer=tokenizer, backend="causal", device="cpu")


def render_without_end() -> str:
    while True:
        pass


def test_a_template_that_never_ends_is_interrupted() -> None:
    tokenizer = chat_model(ENDLESS).tokenizer
    started = time.monotonic()
    with pytest.raises(ChatTemplateError, match=r"longer than 0.2 s"):
        rendered(lambda: str(tokenizer.apply_chat_template(TURNS, tokenize=False)), TURNS, 0.2)
    assert time.monotonic() - started < 5


def test_an_interruption_that_is_swallowed_comes_again() -> None:
    def swallow() -> str:
        while True:
            try:
                render_without_end()
            except ChatTemplateError:
                if swallowed:
                    raise
                swallowed.append(1)

    swallowed: list[int] = []
    with pytest.raises(ChatTemplateError):
        rendered(swallow, TURNS, 0.1)
    assert swallowed


def test_afterwards_no_alarm_is_left() -> None:
    before = signal.getsignal(signal.SIGALRM)
    assert rendered(lambda: "short", TURNS, 60.0) == "short"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_in_another_thread_it_is_rendered_without_an_alarm() -> None:
    shown: list[str] = []
    thread = threading.Thread(target=lambda: shown.append(rendered(lambda: "short", TURNS)))
    thread.start()
    thread.join()
    assert shown == ["short"]


@pytest.mark.parametrize(
    ("turn", "length", "fits"), [("", 65_536, True), ("", 65_537, False), ("a" * 100, 67_136, True)]
)
def test_a_conversation_may_become_longer_but_not_any_longer(turn: str, length: int, fits: bool) -> None:
    turns = [{"role": "", "content": turn}]
    if fits:
        assert len(rendered(lambda: "x" * length, turns)) == length
        return
    with pytest.raises(ChatTemplateError, match=f"makes {length} characters"):
        rendered(lambda: "x" * length, turns)


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' * 10000000 }}",
        "{{ raise_exception('an item: ' + messages[0]['content']) }}",
        "{{ 1 + 'a' }}",
        "{{ messages[7]['content'] }}",
        "{% for",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
    ],
)
def test_incident_12_a_template_that_fails_or_reaches_for_python_has_its_own_cause(template: str) -> None:
    with pytest.raises(ChatTemplateError) as refused:
        chat_model(template).apply_chat_template(TURNS)

    failure = failure_of(refused.value, Cause.TASK_ERROR)
    assert failure.cause is Cause.CHAT_TEMPLATE
    assert TURNS[0]["content"] not in failure.detail
    assert failure.detail == f"ChatTemplateError: {refused.value}"


def test_memory_that_ends_is_told_as_that() -> None:
    def render() -> str:
        raise MemoryError

    with pytest.raises(MemoryError):
        rendered(render, TURNS)
