"""OffendES: the four classes in the order in which the prompt letters them."""

from datasets import Dataset

CLASSES = ("OFP", "OFG", "NOE", "NO")
"""Against a person, against a group, rude words without offence, neither. The prompt has them as A, B, C and D."""


def label_as_index(dataset: Dataset) -> Dataset:
    """Return the rows with the place of their class in CLASSES as `label`.

    Raises:
        ValueError: a row has another class.
    """
    return dataset.map(lambda row: {"label": _index_of(row["label"])})


def _index_of(label: str) -> int:
    name = label.strip().upper()
    if name not in CLASSES:
        message = f"OffendES: {label!r} is none of the classes {', '.join(CLASSES)}."
        raise ValueError(message)
    return CLASSES.index(name)
