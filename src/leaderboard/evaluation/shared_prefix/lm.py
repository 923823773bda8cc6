"""lm-eval's Hugging Face model, but what several requests begin with is computed once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.api.registry import register_model
from lm_eval.models.huggingface import HFLM
from tqdm import tqdm

from leaderboard.evaluation.shared_prefix.architecture import longest_shared, ways_to_share
from leaderboard.evaluation.shared_prefix.layouts import BranchLayout, Layout, Sharing, TreeLayout
from leaderboard.evaluation.shared_prefix.limits import first_limits
from leaderboard.evaluation.shared_prefix.prompt_sharing import PromptSharing
from leaderboard.evaluation.shared_prefix.reach import reaches
from leaderboard.evaluation.shared_prefix.scorer import TrieScorer, Work
from leaderboard.evaluation.shared_prefix.self_check import SelfCheck, compare_options, said, sample
from leaderboard.evaluation.shared_prefix.trie import Request

_logger = logging.getLogger(__name__)

VERSION = "1.0"
"""Rises with every change that could change a score."""

_FIRST_PAIRS, _LATER_PAIRS = 3, 1


@dataclass(frozen=True, slots=True)
class Account:
    """How the requests of one call were answered."""

    sharing: Sharing
    self_check: SelfCheck | None = None
    """Of this kind of request; the last one made. None: nothing had to be tried."""
    why_not: str | None = None
    """Why nothing was shared."""


EncodedPair = tuple[tuple[str, str] | None, list[int], list[int]]
"""The texts of a request, if they may be cached, and the tokens of context and option."""


@register_model("hf-shared-prefix")
class SharedPrefixLM(HFLM):  # type: ignore[misc]  # lm-eval carries no types
    """A drop-in for `hf`: the same arguments, the same scores, one run of every shared token.

    Log-likelihoods of causal models are scored along the trie of a task's requests; generation keeps what the prompts
    begin with. Rolling log-likelihoods, encoder-decoders and models that carry a state go the way of `hf`. A self-check
    scores a handful of requests both ways, first at the first request and again whenever requests are more than twice
    as long as any tried; where the ways differ, `hf` takes over and a line in the log says so.

    Log-probabilities are summed in float32, also where the model computes in half precision and `hf` would round each
    of them to it (`softmax_dtype` changes that in `hf` alone).
    """

    def __init__(self, *args: Any, token_budget: int | None = None, **kwargs: Any) -> None:
        """Load the model as `hf` does; `token_budget` is the most tokens of a call, None: found from free memory."""
        super().__init__(*args, **kwargs)
        self.account = Account(Sharing.NOTHING)
        """Of the last call."""
        self.self_check: SelfCheck | None = None
        """The last one of log-likelihoods."""
        self._wanted_budget = token_budget
        self._scorer: TrieScorer | None = None
        self._prompts: PromptSharing | None = None
        self._tried_length = 0
        self._shared_limit: int | None = None
        self._ways: list[Sharing] = []
        self.why_not: str | None = None
        """Why nothing is shared at all; None where something is, or may be."""
        in_step = kwargs.get("tp_plan") is not None or (self.world_size > 1 and self.batch_size == "auto")
        if in_step:
            self.why_not = "several processes must make the same calls"
        else:
            self._find_ways()
        if not self._ways:
            self._say_why_not()

    def _find_ways(self) -> None:
        try:
            self._ways, self.why_not = ways_to_share(self.model)
            if self._ways:
                self._shared_limit = longest_shared(self.model.config)
                self._prompts = PromptSharing(self.model, self.tokenizer.pad_token_id, self._autocast, self._dtype)
        except Exception as error:  # noqa: BLE001 - what hf takes for a model may lack what is asked for here
            _logger.warning("What the model can share cannot be found out: %s", error)
            self._ways, self._prompts, self.why_not = [], None, f"it fails with {type(error).__name__}"

    @property
    def generation_check(self) -> SelfCheck | None:
        """Return the last one of generation."""
        return self._prompts.check if self._prompts is not None else None

    @property
    def sharing(self) -> Sharing:
        """Return how requests share what they begin with, as far as is known by now."""
        return self._ways[0] if self._ways else Sharing.NOTHING

    @property
    def work(self) -> Work:
        """Return what was run for log-likelihoods so far."""
        return self._trie_scorer.work

    @property
    def budget(self) -> int:
        """Return the most tokens of one call."""
        return self._trie_scorer.limits.tokens

    @budget.setter
    def budget(self, tokens: int) -> None:
        self._trie_scorer.limits = self._trie_scorer.limits.with_tokens(tokens)

    @property
    def _trie_scorer(self) -> TrieScorer:
        if self._scorer is None:  # only now: memory is measured with the model in it
            limits = first_limits(self.model, self.device)
            self._scorer = TrieScorer(self.model, self.device, limits, self._autocast)
            if self._wanted_budget is not None:
                self.budget = self._wanted_budget
        return self._scorer

    def _loglikelihood_tokens(
        self, requests: Sequence[EncodedPair], disable_tqdm: bool = False, override_bs: int | None = None
    ) -> list[tuple[float, bool]]:
        if not requests:
            return []
        # Only rolling log-likelihoods set a batch size: their windows share nothing and want every token.
        if override_bs is not None:
            self.account = Account(Sharing.NOTHING, why_not="every token of a rolling window is wanted")
            return self._as_hf(requests, disable_tqdm, override_bs)
        encoded = [self._request(context, option) for _, context, option in requests] if self._ways else []
        why_not = self._why_not_now(requests, encoded)
        if why_not is not None:
            self.account = Account(Sharing.NOTHING, self.self_check, why_not)
            return self._as_hf(requests, disable_tqdm, override_bs)
        self.account = Account(self.sharing, self.self_check)
        try:
            return self._along_trie(requests, encoded, disable_tqdm)
        except Exception as error:  # noqa: BLE001 - a foreign model may fail in any way, and hf still score it
            _logger.warning("Sharing by %s fails: %s", self.sharing, error)
            self._ways, self.why_not = [], f"it fails with {type(error).__name__}"
            self._say_why_not()
        self.account = Account(Sharing.NOTHING, self.self_check, self.why_not)
        return self._as_hf(requests, disable_tqdm, override_bs)

    def _why_not_now(self, requests: Sequence[EncodedPair], encoded: Sequence[Request]) -> str | None:
        """Say why these requests cannot share anything; None where they can. Tries it where that is not known yet."""
        if not self._ways:
            return self.why_not
        longest = max(len(one.inputs) for one in encoded)
        if self._shared_limit is not None and longest > self._shared_limit:
            why_not = f"beyond {self._shared_limit} tokens its positions depend on what else is in the batch"
            _logger.warning("%s shares nothing here, hf scores: %s.", self.tokenizer_name, why_not)
            return why_not
        if longest > 2 * self._tried_length:
            self._check(requests, encoded)
        return None if self._ways else self.why_not

    def _along_trie(
        self, requests: Sequence[EncodedPair], encoded: Sequence[Request], disable_tqdm: bool
    ) -> list[tuple[float, bool]]:
        answers: list[tuple[float, bool]] = [(0.0, False)] * len(requests)
        quiet = disable_tqdm or self.rank != 0
        with tqdm(total=len(requests), disable=quiet, desc="Scoring a trie of requests") as bar:
            for score in self._trie_scorer.score(encoded, self._layout(self.sharing)):
                answers[score.request] = (score.log_likelihood, score.is_greedy)
                texts = requests[score.request][0]
                if texts is not None:
                    self.cache_hook.add_partial("loglikelihood", texts, answers[score.request])
                bar.update(1)
        return answers

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        """Answer as `hf` does; prompts that begin alike have their common beginning read once."""
        self.account = Account(Sharing.NOTHING, why_not=self.why_not)
        if self._prompts is not None:
            self._prompts.announce([self.tok_encode(request.args[0]) for request in requests])
            self.account = Account(Sharing.NOTHING, self._prompts.check, self._prompts.why_not)
        try:
            answers: list[str] = super().generate_until(requests, disable_tqdm=disable_tqdm)
        finally:
            if self._prompts is not None:
                self._prompts.forget()
        return answers

    def _model_generate(self, context: torch.Tensor, max_length: int, stop: list[str], **kwargs: Any) -> torch.Tensor:
        prompts = self._prompts.of(context, max_length, kwargs) if self._prompts is not None else None
        if prompts is not None:
            context = prompts.tokens
            kwargs |= {"attention_mask": prompts.attention_mask, "past_key_values": prompts.past_key_values}
        if self._prompts is not None and (prompts is not None or self.account.sharing is Sharing.NOTHING):
            sharing = Sharing.NOTHING if prompts is None else Sharing.BRANCHES
            self.account = Account(sharing, self._prompts.check, self._prompts.why_not)
        answers: torch.Tensor = super()._model_generate(context, max_length, stop, **kwargs)
        return answers

    def _as_hf(
        self, requests: Sequence[EncodedPair], disable_tqdm: bool, override_bs: int | None
    ) -> list[tuple[float, bool]]:
        answers: list[tuple[float, bool]] = super()._loglikelihood_tokens(requests, disable_tqdm, override_bs)
        return answers

    def _request(self, context: list[int], option: list[int]) -> Request:
        """Return what the model reads and is to predict; what is too long loses its beginning, as with `hf`."""
        if not context or not 0 < len(option) <= self.max_length:
            message = f"A context of {len(context)} tokens and an option of {len(option)} cannot be scored."
            raise ValueError(message)
        return Request(tuple((context + option)[-(self.max_length + 1) :][:-1]), tuple(option))

    def _layout(self, sharing: Sharing) -> Layout:
        if sharing is Sharing.BRANCHES:
            return BranchLayout()
        return TreeLayout(reaches(self.model.config), self._dtype)

    @property
    def _dtype(self) -> torch.dtype:
        """Return what the model computes in."""
        dtype: torch.dtype = self.mixed_precision_dtype or self.model.dtype
        return dtype

    def _autocast(self) -> torch.autocast:
        dtype = self.mixed_precision_dtype
        return torch.autocast(device_type=self.device.type, dtype=dtype, enabled=dtype is not None)

    def _check(self, requests: Sequence[EncodedPair], encoded: Sequence[Request]) -> None:
        """Try the ways of sharing on a handful of requests; the first that agrees with `hf` is taken from now on."""
        chosen = sample(encoded, _LATER_PAIRS if self._tried_length else _FIRST_PAIRS)
        few = [encoded[index] for index in chosen]
        with self._request_by_request():
            theirs = self._as_hf([(None, *requests[index][1:]) for index in chosen], disable_tqdm=True, override_bs=1)
        while self._ways:
            try:
                ours = self._tried(few)
            except Exception as error:  # noqa: BLE001 - a foreign model may fail in any way, and hf still score it
                _logger.warning("Sharing by %s fails: %s", self.sharing, error)
                self.why_not = f"it fails with {type(error).__name__}"  # a message may quote what was asked
            else:
                self.self_check = compare_options(few, ours, theirs, self._dtype)
                if self.self_check.agrees:
                    self._tried_length = self.self_check.longest
                    return
                self.why_not = said(self.self_check)
            _logger.warning("%s: sharing by %s: %s.", self.tokenizer_name, self.sharing, self.why_not)
            del self._ways[0]
        self._say_why_not()

    def _tried(self, few: Sequence[Request]) -> list[tuple[float, bool]]:
        """Score a few requests in calls so small that they use the kept beginnings as whole tasks do."""
        scorer = self._trie_scorer
        limits = scorer.limits
        scorer.limits = limits.at_most(max(16, max(len(one.inputs) for one in few) // 2))
        try:
            scores = sorted(scorer.score(few, self._layout(self.sharing)), key=lambda one: one.request)
        finally:
            scorer.limits = limits
        return [(score.log_likelihood, score.is_greedy) for score in scores]

    @contextmanager
    def _request_by_request(self) -> Iterator[None]:
        """Let `hf` do without batches, which need memory, and without the answers that it takes from other requests.

        With `logits_cache`, lm-eval 0.4.13 reads the wrong places where one text is cut into context and option twice.
        And it sums up as exactly as is done here, so that what differs is not only how it rounds.
        """
        before = self.batch_size, self.logits_cache, self.softmax_dtype  # type: ignore[has-type]
        self.batch_size_per_gpu, self.logits_cache, self.softmax_dtype = 1, False, torch.float32
        try:
            yield
        finally:
            self.batch_size_per_gpu, self.logits_cache, self.softmax_dtype = before

    def _say_why_not(self) -> None:
        _logger.warning("%s shares nothing between requests, hf scores them: %s.", self.tokenizer_name, self.why_not)
