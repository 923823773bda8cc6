"""A server that speaks OpenAI's completions protocol over a real model: what such servers do alike, and otherwise.

Real ones differ in whether prompts may be token ids, whether prompts' log-probabilities are told, and whether the token
generated beside an echoed prompt is among them; each habit can be had here.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from transformers import AutoModelForCausalLM, AutoTokenizer


@dataclass
class Habits:
    """How this server answers."""

    name: str = "somos/servido"
    takes_token_ids: bool = True
    tells_prompts: bool = True
    tells_the_generated_token: bool = True
    adds_tokens: bool = False
    """It cuts texts otherwise than the tokenizer: with two tokens more."""
    tells_usage: bool = True
    fails: int = 0
    """So many completions end with an error."""


@dataclass
class Server:
    """A running server."""

    url: str = ""
    habits: Habits = field(default_factory=Habits)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class _Scorer:
    """Answers for one model."""

    def __init__(self, folder: Path, habits: Habits) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(str(folder))
        self._model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32).eval()
        self._habits = habits

    def choice(self, number: int, prompt: Any, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what one prompt is answered with."""
        ids = self._ids(prompt)
        with torch.inference_mode():
            if asked["max_tokens"] > 1:
                return {"index": number, "text": self._written(ids, asked)}
            logits = self._model(torch.tensor([ids])).logits[0].float().log_softmax(-1)
        if not asked.get("echo") or not self._habits.tells_prompts:
            return {"index": number, "text": "", "logprobs": None}
        told = [*ids, int(logits[-1].argmax())] if self._habits.tells_the_generated_token else ids
        own = [None, *(float(logits[place - 1, told[place]]) for place in range(1, len(told)))]
        best = [None, *(_best(logits[place - 1], told[place]) for place in range(1, len(told)))]
        return {"index": number, "text": "", "logprobs": {"token_logprobs": own, "top_logprobs": best}}

    def count(self, prompt: Any) -> int:
        """Return of how many tokens a prompt is."""
        return len(self._ids(prompt))

    def _ids(self, prompt: Any) -> list[int]:
        if isinstance(prompt, list):
            return [int(one) for one in prompt]
        ids = list(self._tokenizer(prompt).input_ids)
        return [*ids[:2], *ids] if self._habits.adds_tokens else ids

    def _written(self, ids: list[int], asked: dict[str, Any]) -> str:
        limits: dict[str, Any] = {"max_new_tokens": asked["max_tokens"], "do_sample": False, "pad_token_id": 0}
        made = self._model.generate(torch.tensor([ids]), **limits)[0][len(ids) :]
        text = str(self._tokenizer.decode(made, skip_special_tokens=True))
        return min((text.split(stop, maxsplit=1)[0] for stop in asked.get("stop") or []), key=len, default=text)


def _best(row: torch.Tensor, chosen: int) -> dict[str, float]:
    return {f"id {one}": float(row[one]) for one in {int(row.argmax()), chosen}}


@contextmanager
def completions_server(folder: Path, habits: Habits) -> Iterator[Server]:
    """Serve the model of a folder until the block ends."""
    scorer, told, application = _Scorer(folder, habits), Server(habits=habits), FastAPI()

    @application.get("/v1/models")
    def models() -> Any:
        return {"object": "list", "data": [{"id": habits.name, "object": "model", "owned_by": "pruebas"}]}

    @application.post("/v1/completions")
    async def completions(request: Request) -> Any:
        asked = await request.json()
        told.asked.append(asked)
        told.headers.append(dict(request.headers))
        if habits.fails:
            habits.fails -= 1
            return JSONResponse({"error": "no room"}, status_code=503)
        prompts = asked["prompt"] if isinstance(asked["prompt"], list) else [asked["prompt"]]
        if any(isinstance(one, list) for one in prompts) and not habits.takes_token_ids:
            return JSONResponse({"error": "prompt must be a text"}, status_code=422)
        choices = [scorer.choice(number, one, asked) for number, one in enumerate(prompts)]
        usage = {"usage": {"prompt_tokens": sum(map(scorer.count, prompts))}} if habits.tells_usage else {}
        return {"object": "text_completion", "model": habits.name, "choices": choices, **usage}

    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    told.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1/completions"
    try:
        yield told
    finally:
        server.should_exit = True
        thread.join()
