"""The keys and values of one way down the trie, for every batch that branches off it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer


class _PathLayer(DynamicLayer):  # type: ignore[no-untyped-call]  # transformers registers subclasses untyped
    """One layer's keys and values, of shape [1, heads, length, width]; windows are the mask's matter."""

    def __init__(self, is_growing: Callable[[], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._is_growing = is_growing

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what a batch's tokens may see: the path, and the batch itself. Keep the latter only where it grows."""
        keys, values = key_states, value_states
        if self.is_initialized:
            kept_keys, kept_values = self.kept()
            keys, values = _behind(kept_keys, key_states), _behind(kept_values, value_states)
        if self._is_growing():
            self.dtype, self.device = keys.dtype, keys.device
            self.keys, self.values, self.is_initialized = keys, values, True
        return keys, values

    def kept(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return keys and values of a path that has begun."""
        if self.keys is None or self.values is None:
            message = "This layer has kept nothing yet."
            raise ValueError(message)
        return self.keys, self.values

    def shorten(self, length: int) -> None:
        """Forget all but the first `length` tokens."""
        if length == 0:
            self.keys, self.values, self.is_initialized = None, None, False
        elif self.get_seq_length() > length:
            keys, values = self.kept()
            self.keys, self.values = keys[..., :length, :], values[..., :length, :]


class PathCache(Cache):
    """A cache for transformers that grows only where it is told to, and serves batches of any number of rows.

    Between two batches its content stays as it was, so that nothing must be taken back after one.
    """

    def __init__(self) -> None:
        self._grows = False
        self._path: list[_PathLayer] = []
        super().__init__(layer_class_to_replicate=self._new_layer)  # type: ignore[arg-type]  # it is called, no more

    def _new_layer(self) -> _PathLayer:
        self._path.append(_PathLayer(lambda: self._grows))
        return self._path[-1]

    @property
    def length(self) -> int:
        """Return how many tokens it holds in every layer."""
        return min((layer.get_seq_length() for layer in self._path), default=0)

    @contextmanager
    def growing(self, grows: bool = True) -> Iterator[None]:
        """Keep what is added within the block, or not."""
        self._grows = grows
        try:
            yield
        finally:
            self._grows = False

    def shorten(self, length: int) -> None:
        """Go back up the path to `length` tokens, in every layer: a call that failed may have reached only some."""
        for layer in self._path:
            layer.shorten(length)

    def repeated(self, length: int, rows: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return keys and values of the first `length` tokens for so many rows, layer by layer."""
        return [
            (_first(keys, length, rows), _first(values, length, rows))
            for keys, values in map(_PathLayer.kept, self._path)
        ]


def _behind(path: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    return torch.cat([path.expand(new.shape[0], -1, -1, -1), new], dim=-2)


def _first(states: torch.Tensor, length: int, rows: int) -> torch.Tensor:
    return states[..., :length, :].expand(rows, -1, -1, -1)
