"""CrowS-Pairs: which of two sentences a model finds likelier."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.crows_pairs import complete_pairs, sentences, stereotype_preference

PAIR = {"sent_more": "La abuela no sabe.", "sent_less": "La nieta no sabe.", "bias_type": "age"}


@pytest.mark.parametrize(
    ("stereotypical", "other", "expected"),
    [(-10.0, -11.0, 1.0), (-11.0, -10.0, 0.0), (-10.0, -10.0, 0.5)],
)
def test_the_likelier_sentence_counts(stereotypical, other, expected):
    results = [(stereotypical, False), (other, True)]
    assert stereotype_preference(PAIR, results) == {"stereotype_preference": expected}


def test_the_stereotypical_sentence_is_the_first_option():
    assert sentences(PAIR) == [PAIR["sent_more"], PAIR["sent_less"]]


@pytest.mark.parametrize("lacking", ["sent_more", "sent_less", "bias_type"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_incomplete_pair_is_left_out(lacking, value):
    assert list(complete_pairs(Dataset.from_list([PAIR, {**PAIR, lacking: value}]))) == [PAIR]


def test_spaces_around_a_sentence_are_not_scored():
    assert list(complete_pairs(Dataset.from_list([{**PAIR, "sent_less": "La nieta no sabe. "}]))) == [PAIR]
