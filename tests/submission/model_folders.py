"""Model folders on disk, as `save_pretrained` leaves them but tiny."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

PARAMETERS = 4 * 3 + 5

Edit = Callable[[Path], object]
"""What a test does to a folder."""

TOKENIZER: dict[str, Any] = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "post_processor": None,
    "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"<unk>": 0, "Hola": 1}, "unk_token": "<unk>"},
}
"""A tokenizer that knows one word."""


def write_model_folder(folder: Path, **config: Any) -> Path:
    """Write a model of a few numbers that nothing is wrong with."""
    folder.mkdir(parents=True)
    write_json(folder / "config.json", {"model_type": "llama", **config})
    write_json(folder / "tokenizer.json", TOKENIZER)
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    write_weights(folder / "model.safetensors")
    return folder


def write_weights(path: Path, **more: np.ndarray) -> None:
    """Write two tensors, or others."""
    save_file(more or {"a": np.zeros((4, 3), np.float32), "b": np.ones(5, np.float16)}, path)


def write_json(path: Path, content: object) -> None:
    """Write `content` as JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")


def write_header(path: Path, tensors: Mapping[str, Any], data: bytes = b"") -> None:
    """Write a safetensors file whose header says what it likes."""
    header = json.dumps(tensors).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def removing(name: str) -> Edit:
    """Take a file away."""
    return lambda folder: (folder / name).unlink()


def writing(name: str, content: bytes | str) -> Edit:
    """Write a file of one's own."""
    return lambda folder: (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def writing_json(name: str, content: object) -> Edit:
    """Write a file of JSON."""
    return lambda folder: write_json(folder / name, content)


def renaming_weights(name: str) -> Edit:
    """Have the weights under another name."""
    return lambda folder: (folder / "model.safetensors").rename(folder / name)


def splitting_weights(*names: str, index: object = None) -> Edit:
    """Have the weights in several files, with an index that names them unless another is given."""

    def edit(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        for number, name in enumerate(names):
            write_weights(folder / name, **{f"t{number}": np.zeros(number + 2, np.float32)})
        weight_map = {f"t{number}": name for number, name in enumerate(names)}
        write_json(folder / "model.safetensors.index.json", {"weight_map": weight_map} if index is None else index)

    return edit
