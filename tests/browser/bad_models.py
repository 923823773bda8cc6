"""Models that nobody should have to evaluate, each made from a good one by changing its files."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.hub_server import HubModel

Files = dict[str, bytes]

HOSTILE_LICENCE = '"><img src=x onerror=alert(1)>'
HOSTILE_BASES = ["<script>alert(2)</script>", "[pulsa](javascript:alert(3))", '=HYPERLINK("https://evil.example")']

_GREEDY_VOCABULARY = 10**6
_DEEP = 100_000


def good_files(folder: Path) -> Files:
    """Return what lies in a model's folder."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


def published(name: str, files: Files, **about: Any) -> HubModel:
    """Return a model on the Hub; `about` may say that it is closed."""
    return HubModel(name, dict(files), **about)


def every_bad_model(good: Files) -> dict[str, HubModel]:
    """Return each bad model under its name on the Hub; their names say what is wrong with them."""
    made = {f"malos/{name}": published(f"malos/{name}", make(dict(good))) for name, make in _CHANGES.items()}
    for name, about in {"cerrado": "gated", "privado": "private", "desactivado": "disabled"}.items():
        made[f"malos/{name}"] = published(f"malos/{name}", good, **{about: True})
    return made


def other_weights(good: Files, seed: int) -> Files:
    """Return a good model whose weights differ in a byte from those of every other seed."""
    weights = good["model.safetensors"]
    return {**good, "model.safetensors": weights[:-4] + struct.pack("<I", seed)}


def _json(files: Files, name: str, **changes: Any) -> Files:
    return {**files, name: json.dumps({**json.loads(files[name]), **changes}).encode()}


def _without(files: Files, *names: str) -> Files:
    return {name: content for name, content in files.items() if name not in names}


def _card(files: Files, head: str) -> Files:
    return {**files, "README.md": f"---\n{head}---\n<script>alert(4)</script>\n".encode()}


def _lying_header(files: Files) -> Files:
    """Name a tensor whose numbers would lie beyond the file's end."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [2**20], "data_offsets": [0, 2**22]}}).encode()
    return {**files, "model.safetensors": struct.pack("<Q", len(header)) + header + b"\0" * 16}


def _shard_missing(files: Files) -> Files:
    index = {"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "../../etc/passwd"}}
    named = json.dumps(index).encode()
    shard = {"model-00001-of-00002.safetensors": files["model.safetensors"]}
    return {**_without(files, "model.safetensors"), **shard, "model.safetensors.index.json": named}


def _pickles(files: Files) -> Files:
    return {**_without(files, "model.safetensors"), "pytorch_model.bin": b"cos\nsystem\n(S'touch /tmp/hacked'\ntR."}


def _adapter(files: Files) -> Files:
    kept = _without(files, "model.safetensors", "tokenizer.json")
    return {**kept, "adapter_config.json": b'{"peft_type": "LORA"}', "adapter_model.safetensors": b"\0" * 16}


def _cut(files: Files) -> Files:
    return {**files, "model.safetensors": files["model.safetensors"][:-1000]}


def _template(files: Files, source: str) -> Files:
    return {**files, "chat_template.jinja": source.encode()}


def _tokenizer_bomb(files: Files) -> Files:
    """Nest so deep that whoever reads it is at the end of their stack."""
    return {**files, "tokenizer.json": b'{"version":"1.0","added_tokens":' + b"[" * _DEEP + b"]" * _DEEP + b"}"}


_ESCAPE = "{{ ''.__class__.__mro__[1].__subclasses__()[0].__init__.__globals__['os'].system('touch /tmp/hacked') }}"
_BOMB = "{{ 'x' * 10 ** 10 }}"
_BASES_IN_YAML = "".join(f"- {json.dumps(base)}\n" for base in HOSTILE_BASES)
_CODE_OF_MODEL = {"auto_map": {"AutoModelForCausalLM": "modeling.Evil"}}
_CODE_OF_TOKENIZER = {"auto_map": {"AutoTokenizer": ["evil/repo--tokenization.Evil", None]}}

# What one check finds hinders no other, so a model may have several ills: each submission costs seconds.
_CHANGES: Mapping[str, Callable[[Files], Files]] = {
    "vacio": lambda _: {".gitattributes": b""},
    "codigo-y-bomba": lambda files: _json(_tokenizer_bomb(_pickles(files)), "config.json", **_CODE_OF_MODEL),
    "codigo-que-escapa": lambda files: _json(
        _template(_cut(files), _ESCAPE), "tokenizer_config.json", **_CODE_OF_TOKENIZER
    ),
    "sin-config-y-bomba": lambda files: _without(_template(_shard_missing(files), _BOMB), "config.json"),
    "config-rota": lambda files: {**_lying_header(files), "config.json": b"{\xff<img src=x onerror=alert(5)>"},
    "cabecera-enorme": lambda files: {**files, "model.safetensors": struct.pack("<Q", 2**64 - 1) + b"{}"},
    "adaptador": _adapter,
    "arquitectura": lambda files: _json(
        {**files, "tokenizer.json": b'{"<img src=x onerror=alert(7)>": 1}'},
        "config.json",
        model_type="<img src=x onerror=alert(6)>",
        architectures=["<img src=x onerror=alert(6)>"],
    ),
    "comprimido": lambda files: _json(
        _template(files, "{% if %}<img src=x onerror=alert(8)>"),
        "config.json",
        quantization_config={"quant_method": "<b>gptq</b>"},
    ),
    "demasiado-grande": lambda files: _json(files, "config.json", vocab_size=_GREEDY_VOCABULARY),
    "sin-ficha": lambda files: other_weights(files, 1),
    "ficha-hostil": lambda files: _card(
        other_weights(files, 2), f"license: {json.dumps(HOSTILE_LICENCE)}\nbase_model:\n{_BASES_IN_YAML}"
    ),
}
