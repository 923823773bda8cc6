"""Of which files a model consists, by their names: what transformers loads of a folder, and nothing beside it.

What is judged, what is hashed, what is downloaded must be the same files: a repository may hold any others.
"""

import re
from collections.abc import Collection, Iterable

from leaderboard.records import sha256_hex

WEIGHTS_SUFFIX = ".safetensors"
WHOLE_WEIGHTS = f"model{WEIGHTS_SUFFIX}"
WEIGHTS_INDEX = f"{WHOLE_WEIGHTS}.index.json"
MOST_WEIGHT_FILES = 512

ADAPTER_CONFIG = "adapter_config.json"
"""Where it lies, transformers loads an adapter on top of the model."""

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "source.spm",
    "target.spm",
)
CONFIGURATION_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
)

_WEIGHTS = re.compile(r"[A-Za-z0-9][\w.-]{0,150}\.safetensors", re.ASCII)
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors", re.ASCII)


def is_weights_file(name: str) -> bool:
    """Tell whether a name can be that of a weights file in a model's root folder."""
    return _WEIGHTS.fullmatch(name) is not None


def loaded_weights(names: Collection[str]) -> list[str]:
    """Return which weights files of a root folder are the model, as far as names tell.

    That is the whole model in one file where there is one, else its shards under the names that transformers gives
    them, else whatever an index may name.
    """
    if WHOLE_WEIGHTS in names:
        return [WHOLE_WEIGHTS]
    weights = sorted(filter(is_weights_file, names))
    return list(filter(_SHARD.fullmatch, weights)) or weights


def hash_of_weights(digests: Iterable[str]) -> str:
    """Return the hash of a model's weights from those of its files, whatever the files are called.

    That of the file itself where there is one, else one over all of them, in the order of the hashes.
    """
    listed = sorted(digests)
    return listed[0] if len(listed) == 1 else sha256_hex("\n".join(listed).encode())
