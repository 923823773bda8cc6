"""Which earlier tokens a layer's attention reaches, and the masks that say so for rows that hold tries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from leaderboard.evaluation.shared_prefix.rows import Batch


@dataclass(frozen=True, slots=True)
class Reach:
    """How far back a layer attends, in positions; both None: to the beginning."""

    window: int | None = None
    """Only to tokens less than so many positions back."""
    chunk: int | None = None
    """Only within the same chunk of so many positions."""


class UnknownAttentionError(Exception):
    """The model has layers of which it is not known here what they attend to."""


def reaches(config: Any) -> dict[str | None, Reach]:
    """Return the reach of each kind of layer; one entry named None where all layers are of one kind.

    The configuration is read as transformers itself reads it to make masks (`create_masks_for_generate`): `layer_types`
    first, else a window for all layers, else chunks for all.

    Raises:
        UnknownAttentionError: some layers are neither full, sliding nor chunked attention.
    """
    config = config.get_text_config()
    window, chunk = getattr(config, "sliding_window", None), getattr(config, "attention_chunk_size", None)
    known = {
        "full_attention": Reach(),
        "sliding_attention": Reach(window=window),
        "chunked_attention": Reach(chunk=chunk),
    }
    kinds = set(getattr(config, "layer_types", None) or ())
    if unknown := sorted(kinds - known.keys()):
        message = f"layers of the kind {', '.join(unknown)}"
        raise UnknownAttentionError(message)
    if len(kinds) > 1:
        return {kind: known[kind] for kind in sorted(kinds)}
    if kinds:
        return {None: known[kinds.pop()]}
    return {None: Reach(window=window, chunk=None if window else chunk)}


def tree_masks(
    batch: Batch, before: int, kinds: Mapping[str | None, Reach], dtype: torch.dtype
) -> torch.Tensor | dict[str, torch.Tensor]:
    """Return what to add to the attention of each kind of layer, shape [rows, 1, length, before + length].

    A token sees itself, its ancestors in its row, and the `before` cached tokens, at whose end all rows begin. One mask
    where `kinds` has one entry, else one for each by name.
    """
    length = batch.tokens.shape[1]
    index = torch.arange(length, device=batch.tokens.device)
    is_ancestor = (index[None, None, :] <= index[None, :, None]) & (index[None, :, None] < batch.ends[:, None, :])
    cached = is_ancestor.new_ones(1, 1, 1).expand(*is_ancestor.shape[:2], before)
    sees = torch.cat([cached, is_ancestor], dim=-1)
    cached_positions = torch.arange(before, device=index.device)[None].expand(batch.positions.shape[0], -1)
    keys = torch.cat([cached_positions, batch.positions], dim=-1)[:, None, :]
    queries = batch.positions[:, :, None]
    nothing, never = torch.zeros((), dtype=dtype, device=index.device), torch.finfo(dtype).min
    masks = {
        kind: torch.where(sees & _within(reach, queries, keys), nothing, never)[:, None]
        for kind, reach in kinds.items()
    }
    if None in masks:
        return masks[None]
    return {str(kind): mask for kind, mask in masks.items()}


def _within(reach: Reach, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor | bool:
    if reach.window is not None:
        return queries - keys < reach.window
    if reach.chunk is not None:
        return queries // reach.chunk == keys // reach.chunk
    return True
