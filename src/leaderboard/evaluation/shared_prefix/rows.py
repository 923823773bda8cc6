"""From subtrees of a trie to rows of a batch: which tokens, at which positions, and who is whose ancestor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from leaderboard.evaluation.shared_prefix.trie import Node, Wanted, branches, preorder


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens that the model reads in one row."""

    tokens: list[int]
    positions: list[int]
    ends: list[int]
    """For each token, where its node's subtree ends in the row: from there on it is nobody's ancestor."""
    wanted: list[Wanted]


@dataclass(frozen=True)
class Batch:
    """Rows of equal length, filled up on the right. All tensors but the last have the shape [rows, length]."""

    tokens: torch.Tensor
    positions: torch.Tensor
    ends: torch.Tensor
    """A token that only fills up is its own ancestor and nobody else's."""
    places: torch.Tensor
    """Shape [wanted places]: the tokens, counted through all rows, behind which predictions are wanted."""
    requests: list[int]
    targets: list[int]
    rows_of_wanted: list[int]
    """For each wanted prediction: its request, the token to predict, and the index of its place in `places`."""
    real_tokens: int


def tree_row(subtrees: Sequence[Node]) -> Row:
    """Lay subtrees out behind one another, each in preorder, each token at the position of its depth."""
    row = Row([], [], [], [])
    for subtree in subtrees:
        for node in preorder(subtree):
            start = len(row.tokens)
            row.tokens.extend(node.tokens)
            row.positions.extend(range(node.depth, node.end))
            row.ends.extend([start + node.size] * len(node.tokens))
            row.wanted.extend(Wanted(start + one.offset, one.request, one.target) for one in node.wanted)
    return row


def chain_row(node: Node, start: int, stop: int) -> Row:
    """Lay out a piece of one node, which begins where the cache ends."""
    wanted = [Wanted(one.offset - start, one.request, one.target) for one in node.wanted if start <= one.offset < stop]
    tokens = list(node.tokens[start:stop])
    positions = list(range(node.depth + start, node.depth + start + len(tokens)))
    return Row(tokens, positions, [len(tokens)] * len(tokens), wanted)


def branch_rows(subtree: Node) -> Iterator[Row]:
    """Lay out each branch of a subtree as a row of its own; what several share is wanted in the first of them only."""
    told: set[int] = set()
    for branch in branches(subtree):
        tokens = [token for node in branch for token in node.tokens]
        wanted = [
            Wanted(node.depth - subtree.depth + one.offset, one.request, one.target)
            for node in branch
            if id(node) not in told
            for one in node.wanted
        ]
        told.update(id(node) for node in branch)
        positions = list(range(subtree.depth, subtree.depth + len(tokens)))
        yield Row(tokens, positions, [len(tokens)] * len(tokens), wanted)


def make_batch(rows: Sequence[Row], device: torch.device) -> Batch:
    """Put rows side by side on `device`."""
    length = max(len(row.tokens) for row in rows)
    filling = [list(range(len(row.tokens), length)) for row in rows]
    wanted = [(number * length + one.offset, one) for number, row in enumerate(rows) for one in row.wanted]
    places = sorted({place for place, _ in wanted})
    index_of = {place: index for index, place in enumerate(places)}

    def matrix(lines: list[list[int]]) -> torch.Tensor:
        return torch.tensor(lines, dtype=torch.long).to(device, non_blocking=True)

    return Batch(
        tokens=matrix([row.tokens + [0] * len(fill) for row, fill in zip(rows, filling, strict=True)]),
        positions=matrix([row.positions + [0] * len(fill) for row, fill in zip(rows, filling, strict=True)]),
        ends=matrix([row.ends + [one + 1 for one in fill] for row, fill in zip(rows, filling, strict=True)]),
        places=torch.tensor(places, dtype=torch.long).to(device, non_blocking=True),
        requests=[one.request for _, one in wanted],
        targets=[one.target for _, one in wanted],
        rows_of_wanted=[index_of[place] for place, _ in wanted],
        real_tokens=sum(len(row.tokens) for row in rows),
    )
