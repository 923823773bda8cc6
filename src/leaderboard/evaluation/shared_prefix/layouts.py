"""How subtrees become rows: as trees under a mask, or branch by branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import torch

from leaderboard.evaluation.shared_prefix.limits import Limits
from leaderboard.evaluation.shared_prefix.reach import Reach, tree_masks
from leaderboard.evaluation.shared_prefix.rows import Batch, Row, branch_rows, tree_row
from leaderboard.evaluation.shared_prefix.trie import Node


class Sharing(StrEnum):
    """How requests share what they begin with."""

    TREE = "tree"
    """One row holds subtrees: a mask shows each token its ancestors, at their own positions."""
    BRANCHES = "branches"
    """Each branch is a row over the common cache: for attention that takes no such mask, ALiBi above all."""
    NOTHING = "nothing"
    """Not at all: `hf` scores them."""


class Layout(Protocol):
    """What a way of sharing decides."""

    def fits(self, node: Node, limits: Limits) -> bool:
        """Say whether a subtree goes into one call as it is; else its beginning goes into the cache first."""

    def length_to_keep(self, node: Node, limits: Limits) -> int:
        """Return how many tokens of a node that does not fit go into the cache before the rest is looked at anew."""

    def packed(self, subtrees: Sequence[Node], limits: Limits) -> tuple[list[Row], list[Node]]:
        """Return the rows of one call, and the subtrees that are left for others. All `subtrees` fit."""

    def model_inputs(self, batch: Batch, before: int) -> dict[str, Any]:
        """Return what the model is given beside tokens and cache, which holds `before` tokens."""


@dataclass(frozen=True)
class TreeLayout:
    """Rows of whole subtrees: every shared token once."""

    kinds: Mapping[str | None, Reach]
    dtype: torch.dtype

    def fits(self, node: Node, limits: Limits) -> bool:
        """Say whether the subtree fits into a row, and what it wants into a call."""
        return node.size <= limits.tokens and node.wants <= limits.wanted

    def length_to_keep(self, node: Node, limits: Limits) -> int:
        """Return so much that what is left fills one row with all below it; where that cannot be, all of the node."""
        below = node.size - len(node.tokens)
        if node.wants > limits.wanted or below >= limits.tokens:
            return len(node.tokens)
        return len(node.tokens) - (limits.tokens - below)

    def packed(self, subtrees: Sequence[Node], limits: Limits) -> tuple[list[Row], list[Node]]:
        """Fill rows with subtrees, the largest first.

        No row is longer than the largest subtree or `limits.row_target`, whichever is more; together they hold no more
        than `limits.tokens` and want no more than `limits.wanted`.
        """
        waiting = sorted(subtrees, key=lambda one: -one.size)
        length = max(waiting[0].size, min(limits.row_target, limits.tokens))
        most_rows = max(1, limits.tokens // length)
        rows: list[list[Node]] = []
        room: list[int] = []
        left: list[Node] = []
        wants = 0
        for number, subtree in enumerate(waiting):
            if len(rows) == most_rows and max(room) < waiting[-1].size:
                left.extend(waiting[number:])
                break
            row = next((index for index, free in enumerate(room) if free >= subtree.size), len(rows))
            if row == most_rows or (wants and wants + subtree.wants > limits.wanted):
                left.append(subtree)
                continue
            if row == len(rows):
                rows.append([])
                room.append(length)
            rows[row].append(subtree)
            room[row] -= subtree.size
            wants += subtree.wants
        return [tree_row(row) for row in rows], left

    def model_inputs(self, batch: Batch, before: int) -> dict[str, Any]:
        """Return the mask of ancestors, and each token's depth as its position."""
        mask = tree_masks(batch, before, self.kinds, self.dtype)
        return {"attention_mask": mask, "position_ids": batch.positions}


@dataclass(frozen=True)
class BranchLayout:
    """A row for each branch: the model's own masks and positions hold, and what is long goes into the cache first."""

    def fits(self, node: Node, limits: Limits) -> bool:
        """Say whether to repeat the node in each branch costs less than a call of its own, and all branches fit."""
        repeated = (node.leaves - 1) * len(node.tokens)
        small = node.leaves * node.longest <= limits.tokens and node.wants <= limits.wanted
        return small and repeated <= limits.call_cost

    def length_to_keep(self, node: Node, limits: Limits) -> int:  # noqa: ARG002 - the other layout needs them
        """Return all of the node."""
        return len(node.tokens)

    def packed(self, subtrees: Sequence[Node], limits: Limits) -> tuple[list[Row], list[Node]]:
        """Put branches below one another, the longest first."""
        waiting = sorted(subtrees, key=lambda one: -one.longest)
        length = waiting[0].longest
        taken: list[Node] = []
        left: list[Node] = []
        rows = wants = 0
        for subtree in waiting:
            too_much = (rows + subtree.leaves) * length > limits.tokens or wants + subtree.wants > limits.wanted
            if taken and too_much:
                left.append(subtree)
                continue
            taken.append(subtree)
            rows += subtree.leaves
            wants += subtree.wants
        return [row for subtree in taken for row in branch_rows(subtree)], left

    def model_inputs(self, batch: Batch, before: int) -> dict[str, Any]:  # noqa: ARG002 - likewise
        """Return nothing: rows go on where the cache ends, and what fills them up stands behind all that counts."""
        return {}
