"""The engine `completions`: a server that speaks OpenAI's completions protocol scores, and only the tokenizer is here.

What such servers can differs, and lm-eval takes for granted what some of them do otherwise: whether a prompt may be a
list of token ids, whether the log-probabilities of the prompt are told at all, and whether the token that is generated
beside them is among them. The server is asked before anything is scored, and each answer is counted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx
from lm_eval.models.openai_completions import LocalCompletionsAPI
from lm_eval.models.utils import has_bos_prefix
from transformers import AutoTokenizer

from leaderboard.records import LeaderboardError

_TRIAL = "La capital de Perú es Lima."
_SECONDS = 120.0
_LONGEST_NAME = 100
_DEFAULT_LENGTH = 2048


class CompletionsError(LeaderboardError):
    """The server cannot score what is asked, or says something that cannot be."""


@dataclass(frozen=True)
class Abilities:
    """What a server can."""

    takes_token_ids: bool
    """Whether a prompt may be token ids. Else texts are sent, which the server cuts into tokens itself."""
    scores_prompts: bool
    """Whether it tells the log-probabilities of a prompt: without them nothing can be chosen among options."""
    server: str
    """Whose it says it is."""


class CompletionsLM(LocalCompletionsAPI):  # type: ignore[misc]  # lm-eval carries no types
    """A model behind a server."""

    def __init__(self, *, url: str, model_name: str, folder: Path, batch_size: int) -> None:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
        self.abilities = ask_abilities(url, model_name, tokenizer(_TRIAL).input_ids)
        super().__init__(
            base_url=url,
            model=model_name,
            tokenizer=str(folder),
            tokenizer_backend="huggingface",
            tokenized_requests=self.abilities.takes_token_ids,
            batch_size=batch_size if self.abilities.takes_token_ids else 1,
            max_length=_context_length(folder),
            max_retries=3,
            seed=1234,
            trust_remote_code=False,
            revision=None,
        )

    @property
    def header(self) -> dict[str, str]:
        """No token goes along: the server is the maintainer's own."""
        return {"Content-Type": "application/json"}

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Return the conversation as the model's own template writes it, also where texts are sent."""
        return str(
            self.tokenizer.apply_chat_template(
                chat_history,
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
                continue_final_message=not add_generation_prompt,
                enable_thinking=False,  # as for the other engines
            )
        )

    def tok_encode(
        self,
        string: str | Sequence[str],
        left_truncate_len: int | None = None,
        add_special_tokens: bool | None = None,
        **_more: Any,
    ) -> Any:
        """Return the token ids of a text, or of each of several, with what the tokenizer itself puts before them.

        lm-eval's models behind servers leave that out, and its `hf` does not: without the sign that a text begins,
        models that were trained with it score otherwise.
        """
        if not isinstance(string, str):
            return [self.tok_encode(one, left_truncate_len) for one in string]
        begins = has_bos_prefix(string, self.tokenizer.bos_token)
        kept = False if begins and add_special_tokens is None else add_special_tokens
        ids = self.tokenizer.encode(string, **({} if kept is None else {"add_special_tokens": kept}))
        return ids[-left_truncate_len:] if left_truncate_len else ids

    def decode_batch(self, tokens: list[list[int]]) -> list[str]:
        """Return texts for a server that cuts them itself, and puts the sign of their beginning before them itself."""
        adds_begin = self.tokenizer.encode("a") != self.tokenizer.encode("a", add_special_tokens=False)
        begin = self.tokenizer.bos_token_id if adds_begin else None
        return [str(self.tokenizer.decode(ids[1:] if ids[0] == begin else ids)) for ids in tokens]

    @staticmethod
    def parse_logprobs(
        outputs: Any, tokens: list[list[int]] | None = None, ctxlens: list[int] | None = None, **_more: Any
    ) -> list[tuple[float, bool]]:
        """Return the log-likelihood of each continuation, and whether it is what the model would have written.

        lm-eval leaves out the last of the log-probabilities, for the token that is generated beside the prompt. With a
        server that does not tell that one, every option would lose its last token, and nobody would see it.

        Raises:
            CompletionsError: there are not as many log-probabilities as tokens were sent.
        """
        answers = outputs if isinstance(outputs, list) else [outputs]
        counted = sum(int(answer.get("usage", {}).get("prompt_tokens", 0)) for answer in answers)
        _check_count(counted, sum(map(len, tokens or [])))
        choices = [one for answer in answers for one in sorted(answer["choices"], key=itemgetter("index"))]
        found = []
        for choice, sent, begin in zip(choices, tokens or [], ctxlens or [], strict=True):
            told = choice.get("logprobs") or {}
            logprobs, best = told.get("token_logprobs") or [], told.get("top_logprobs") or []
            if len(logprobs) not in {len(sent), len(sent) + 1} or len(best) != len(logprobs):
                message = (
                    f"The server told {len(logprobs)} log-probabilities for {len(sent)} tokens: it cuts the text into "
                    "other tokens than the model's tokenizer, or leaves some out. Its scores cannot be used."
                )
                raise CompletionsError(message)
            own = list(zip(logprobs[begin : len(sent)], best[begin : len(sent)], strict=True))
            found.append((float(sum(one for one, _ in own)), all(one >= max(top.values()) for one, top in own)))
        return found


def _check_count(counted: int, sent: int) -> None:
    """Compare the server's own count of the tokens with ours, where it tells one."""
    if counted and counted != sent:
        message = f"The server counted {counted} tokens where {sent} were meant: its scores cannot be used."
        raise CompletionsError(message)


def ask_abilities(url: str, model_name: str, ids: Sequence[int]) -> Abilities:
    """Ask a server for one short prompt in every way that matters.

    Raises:
        CompletionsError: it does not answer, serves another model, or completes nothing.
    """
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        server = _server_of(client, url, model_name)
        by_ids = _trial(client, url, model_name, [list(ids)])
        takes_ids = by_ids is not None and _scored(by_ids, len(ids))
        answer = by_ids if takes_ids else _trial(client, url, model_name, _TRIAL)
        if answer is None:
            message = f"The server completes nothing for {model_name}: it refuses a short prompt. Look at its log."
            raise CompletionsError(message)
        return Abilities(takes_ids, _scored(answer, len(ids)), server)


def _server_of(client: httpx.Client, url: str, model_name: str) -> str:
    """Return who says to serve the model; raise where that is another one."""
    try:
        answer = client.get(f"{url.removesuffix('/completions')}/models")
        answer.raise_for_status()
        models = answer.json()["data"]
        served = {str(one["id"]): str(one.get("owned_by", "")) for one in models}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        message = f"The completions server does not say which models it serves ({type(error).__name__}). Is it running?"
        raise CompletionsError(message) from error
    if model_name not in served:
        message = (
            f"The completions server serves {', '.join(sorted(served))[:_LONGEST_NAME]}, and not {model_name}. Start "
            "it with that name."
        )
        raise CompletionsError(message)
    return f"{answer.headers.get('server', '')} {served[model_name]}".strip()[:_LONGEST_NAME] or "unnamed"


def _trial(client: httpx.Client, url: str, model_name: str, prompt: Any) -> Mapping[str, Any] | None:
    asked = {"model": model_name, "prompt": prompt, "max_tokens": 1, "temperature": 0, "echo": True, "logprobs": 1}
    try:
        answer = client.post(url, json=asked)
        return dict(answer.json()) if answer.is_success else None
    except httpx.HTTPError as error:
        message = f"The completions server does not answer ({type(error).__name__}). Is it running?"
        raise CompletionsError(message) from error
    except (ValueError, TypeError):
        return None


def _scored(answer: Mapping[str, Any], tokens: int) -> bool:
    try:
        logprobs = answer["choices"][0]["logprobs"]["token_logprobs"]
        return len(logprobs) in {tokens, tokens + 1} and all(isinstance(one, int | float) for one in logprobs[1:])
    except (KeyError, IndexError, TypeError):
        return False


def _context_length(folder: Path) -> int:
    """Return how many tokens the model reads, as its configuration says."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
        return int(config.get("text_config", config).get("max_position_embeddings", _DEFAULT_LENGTH))
    except (OSError, ValueError, TypeError, AttributeError):
        return _DEFAULT_LENGTH
