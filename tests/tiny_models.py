"""Tiny models with random weights, made here in seconds: for tests that need a real model and not a good one."""

import json
from pathlib import Path

from safetensors import safe_open

from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_llama

_TEXT = Path(__file__).resolve().parents[1] / "suites" / "muestra"
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tiny_llama(folder: Path, *, seed: int = 0, chat_template: bool = True) -> Path:
    """Write a Llama of about 200,000 random parameters with a tokenizer trained on the suite's own text."""
    tokenizer = make_tokenizer(Cut.WORD_PIECES, _texts(), vocabulary=1024)
    if chat_template:
        tokenizer.chat_template = _CHAT_TEMPLATE
    folder.mkdir(parents=True, exist_ok=True)
    random_llama(tokenizer, seed, positions=1024).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def count_parameters(folder: Path) -> int:
    """Count a saved model's numbers from the tensors themselves, another way than the project's."""
    with safe_open(folder / "model.safetensors", framework="pt") as tensors:
        return sum(tensors.get_tensor(key).numel() for key in tensors.keys())  # noqa: SIM118


def _texts() -> list[str]:
    return [
        str(value)
        for file in sorted(_TEXT.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        for value in json.loads(line).values()
    ]
