"""What a model is asked, as text: the golden files, and the faults that a reader of prompts would see."""

import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask

from leaderboard.suite import Task, TemplatePolicy

_SEED = 1234
_SHOWN = 2
_GOLDS_SHOWN = 12
_ROLES_AS_WORDS = ("System:", "User:", "Assistant:")


class RenderedTask:
    """A task's requests, grouped by item, as a model without a chat template gets them."""

    def __init__(self, task: Task, lm_eval_task: ConfigurableTask) -> None:
        self.task = task
        self._lm_eval_task = lm_eval_task
        self.items = _requests_by_item(lm_eval_task, templated=False)

    def golden_text(self) -> str:
        """Return the first items as they are asked, every answer, and the first item as a conversation."""
        declared = self.task.declaration
        shown = [self._item(number, requests) for number, requests in enumerate(self.items[:_SHOWN], start=1)]
        golds = [json.dumps(self._gold(requests), ensure_ascii=False) for requests in self.items[:_GOLDS_SHOWN]]
        parts = [
            f"{self.task.id}, version {declared.version}, {declared.shots} shots, {declared.metric}\n",
            *shown,
            f"==== right answers, first {len(golds)} items\n" + "\n".join(golds) + "\n",
        ]
        if declared.chat_template is TemplatePolicy.MODEL:
            conversation = _requests_by_item(self._lm_eval_task, templated=True)[0][0].args[0]
            parts.append(f"==== item 1 as a conversation\n{conversation}\n")
        return "\n".join(parts)

    def golds_and_option_counts(self) -> tuple[list[int], list[int]]:
        """Return the place of the right option and the number of options of each item; two empty lists without any."""
        if self._lm_eval_task.OUTPUT_TYPE != "multiple_choice":
            return [], []
        golds = []
        for requests in self.items:
            gold = self._gold(requests)
            golds.append(
                self._lm_eval_task.doc_to_choice(requests[0].doc).index(gold) if isinstance(gold, str) else gold
            )
        return golds, [len(requests) for requests in self.items]

    def faults(self) -> list[str]:
        """Return what is wrong with the prompts, one sentence each."""
        found: dict[str, None] = {}
        for requests in self.items:
            for fault in (*self._faults_of(requests), *self._answer_faults(requests)):
                found[fault] = None
        return list(found)

    def _item(self, number: int, requests: Sequence[Instance]) -> str:
        context = requests[0].args[0]
        if self._lm_eval_task.OUTPUT_TYPE == "multiple_choice":
            options = "\n".join(json.dumps(request.args[1], ensure_ascii=False) for request in requests)
            return f"==== item {number}\n{context}⏹\n---- options\n{options}\n"
        settings = json.dumps(requests[0].args[1], ensure_ascii=False, sort_keys=True)
        return f"==== item {number}\n{context}⏹\n---- generated with\n{settings}\n"

    def _gold(self, requests: Sequence[Instance]) -> Any:
        return self._lm_eval_task.doc_to_target(requests[0].doc)

    def _faults_of(self, requests: Sequence[Instance]) -> list[str]:
        context: str = requests[0].args[0]
        policy = self.task.declaration.chat_template
        found = []
        if context != context.rstrip(" "):
            found.append("the prompt ends in a space, which splits the answer's first token")
        if any(word in context for word in _ROLES_AS_WORDS):
            found.append("a role stands as a word in the prompt; roles belong to the chat template")
        if policy is TemplatePolicy.MODEL and not self._lm_eval_task.doc_to_text(requests[0].doc):
            found.append("the question is empty, so a chat template would make an empty turn; `chat_template: never`")
        return found

    def _answer_faults(self, requests: Sequence[Instance]) -> list[str]:
        gold = self._gold(requests)
        if self._lm_eval_task.OUTPUT_TYPE != "multiple_choice":
            settings = requests[0].args[1]
            sampled = settings.get("do_sample", False) or settings.get("temperature", 0) > 0
            checks = [
                ("answers are sampled; set `do_sample: false`", sampled),
                ("nothing ends an answer; set `until`", not settings.get("until")),
                ("an item has no answer", gold in (None, "", [])),
            ]
        else:
            options = [request.args[1] for request in requests]
            known = self._lm_eval_task.doc_to_choice(requests[0].doc)
            golds = gold if isinstance(gold, list) else [known.index(gold) if gold in known else gold]
            right = bool(golds) and all(isinstance(one, int) and 0 <= one < len(options) for one in golds)
            checks = [
                (f"the right answer {gold!r} is none of the {len(options)} options", not right),
                ("two options are the same", len(set(options)) < len(options)),
                ("an option is empty", not all(option.strip() for option in options)),
                ("an item has fewer than two options", len(options) < 2),  # noqa: PLR2004 - no choice otherwise
            ]
        return [message for message, wrong in checks if wrong]


def _requests_by_item(lm_eval_task: ConfigurableTask, *, templated: bool) -> list[list[Instance]]:
    lm_eval_task.set_fewshot_seed(seed=_SEED)
    with redirect_stderr(io.StringIO()):  # a bar for every task would drown the report
        lm_eval_task.build_all_requests(
            apply_chat_template=templated,
            fewshot_as_multiturn=templated,
            chat_template=_plain_conversation if templated else None,
        )
    items: dict[int, list[Instance]] = {}
    for request in lm_eval_task.instances:
        items.setdefault(request.doc_id, []).append(request)
    return list(items.values())


def _plain_conversation(turns: Sequence[dict[str, str]], **_settings: Any) -> str:
    """Show the turns of a conversation, where a model's own template would put its marks."""
    return "\n".join(f"[{turn['role']}]\n{turn['content']}" for turn in turns) + "\n[assistant]"
