"""Model folders on disk, as `save_pretrained` leaves them but tiny."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

PARAMETERS = 4 * 3 + 5


def write_model_folder(folder: Path) -> Path:
    """Write a model of a few numbers that nothing is wrong with."""
    folder.mkdir(parents=True)
    write_json(folder / "config.json", {"model_type": "llama"})
    write_json(folder / "tokenizer.json", {"version": "1.0"})
    write_json(folder / "tokenizer_config.json", {"model_max_length": 512})
    weights = {"a": np.zeros((4, 3), np.float32), "b": np.ones(5, np.float16)}
    save_file(weights, folder / "model.safetensors")
    return folder


def write_json(path: Path, content: object) -> None:
    """Write `content` as JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")
