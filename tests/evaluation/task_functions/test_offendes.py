"""OffendES: classes by the letters of the prompt."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.offendes import label_as_index


def test_labels_become_the_places_of_the_prompt_s_letters():
    rows = Dataset.from_list([{"comment": "…", "label": label} for label in ("NO", "OFP", " noe", "OFG")])
    assert label_as_index(rows)["label"] == [3, 0, 2, 1]


def test_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="'OTRA' is none of the classes OFP, OFG, NOE, NO"):
        label_as_index(Dataset.from_list([{"comment": "…", "label": "OTRA"}]))
