"""Many token sequences as one trie: what several begin with stands there once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What one log-likelihood needs of a causal model."""

    inputs: Tokens
    """The tokens that the model reads: context and option, without the last token."""
    targets: Tokens
    """The option's tokens: the model is to predict the i-th behind the i-th of the last `len(targets)` inputs."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prediction that is asked for."""

    offset: int
    """The token behind which, counted from where its node or its row begins."""
    request: int
    target: int


@dataclass(eq=False, slots=True)
class Node:
    """A run of tokens without a fork, common to every sequence that passes through it."""

    tokens: Tokens
    depth: int
    """How many tokens come before it: the position of its first one."""
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    size: int = 0
    """Tokens of the node and of everything below it."""
    wants: int = 0
    """Places among them behind which a prediction is asked for, by however many requests."""
    leaves: int = 1
    """Nodes without children, likewise."""
    longest: int = 0
    """Tokens on the longest way from its first token to a leaf."""

    @property
    def end(self) -> int:
        """Return how many tokens lie on the way from the root to its last one."""
        return self.depth + len(self.tokens)


def build_trie(requests: Sequence[Request]) -> list[Node]:
    """Return the roots of the trie of all `requests`, with what each wants at its place."""
    roots: list[Node] = []
    ends = [Node((), 0)] * len(requests)
    before: Tokens = ()
    last: Node | None = None
    for index in sorted(range(len(requests)), key=lambda one: requests[one].inputs):
        inputs = requests[index].inputs
        last = _grow(roots, last, inputs, common_length(before, inputs))
        ends[index], before = last, inputs
    for index, request in enumerate(requests):
        _mark(ends[index], index, request)
    for root in roots:
        _count(root)
    return roots


def cut(node: Node, length: int) -> tuple[Node, Node]:
    """Return the first `length` tokens of a node, and the rest of it with its children; `node` is left as it is."""
    upper = Node(node.tokens[:length], node.depth, node.parent)
    upper.wanted = [one for one in node.wanted if one.offset < length]
    lower = Node(node.tokens[length:], node.depth + length, upper, node.children)
    lower.wanted = [Wanted(one.offset - length, one.request, one.target) for one in node.wanted if one.offset >= length]
    lower.size, lower.leaves, lower.longest = node.size - length, node.leaves, node.longest - length
    lower.wants = node.wants - _places(upper)
    upper.children, upper.size, upper.wants = [lower], node.size, node.wants
    upper.leaves, upper.longest = node.leaves, node.longest
    return upper, lower


def preorder(node: Node) -> Iterator[Node]:
    """Yield the node and all below it, each before its children: a subtree's tokens then lie together."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def branches(node: Node) -> Iterator[list[Node]]:
    """Yield the way from `node` to each leaf below it, from left to right."""
    path: list[Node] = []
    waiting = [(node, 0)]
    while waiting:
        one, level = waiting.pop()
        path[level:] = [one]
        if not one.children:
            yield list(path)
        waiting.extend((child, level + 1) for child in reversed(one.children))


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with in common."""
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


def _grow(roots: list[Node], last: Node | None, inputs: Tokens, common: int) -> Node:
    """Add the sequence that shares its first `common` tokens with the one that ends in `last`; return where it ends."""
    while last is not None and last.depth >= common:
        last = last.parent
    if last is not None and common < last.end:
        last = _split(roots, last, common - last.depth)
    if last is not None and len(inputs) == last.end:
        return last  # the same sequence again
    node = Node(inputs[common:], common, last)
    (roots if last is None else last.children).append(node)
    return node


def _split(roots: list[Node], node: Node, length: int) -> Node:
    """Put a new node over `node` that takes its first tokens; what ended in `node` still does. Return the new one."""
    upper = Node(node.tokens[:length], node.depth, node.parent, [node])
    siblings = roots if node.parent is None else node.parent.children
    siblings[-1] = upper  # sequences come sorted: only the last one grows
    node.tokens, node.depth, node.parent = node.tokens[length:], node.depth + length, upper
    return upper


def _mark(end: Node, index: int, request: Request) -> None:
    """Write what a request wants onto the nodes on its way, from its end upwards."""
    first = len(request.inputs) - len(request.targets)
    node: Node | None = end
    while node is not None and node.end > first:
        for offset in range(max(0, first - node.depth), len(node.tokens)):
            node.wanted.append(Wanted(offset, index, request.targets[node.depth + offset - first]))
        node = node.parent


def _count(root: Node) -> None:
    for node in reversed(list(preorder(root))):
        node.size = len(node.tokens) + sum(child.size for child in node.children)
        node.wants = _places(node) + sum(child.wants for child in node.children)
        node.leaves = sum(child.leaves for child in node.children) or 1
        node.longest = len(node.tokens) + max((child.longest for child in node.children), default=0)


def _places(node: Node) -> int:
    return len({one.offset for one in node.wanted})
