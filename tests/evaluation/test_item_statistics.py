"""Counts of items add up to the metric of all."""

import random

import pytest

sacrebleu = pytest.importorskip("sacrebleu", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation.item_statistics import bleu_statistics  # noqa: E402 - needs sacrebleu
from leaderboard.records import ItemResult  # noqa: E402 - needs sacrebleu
from leaderboard.suite.metrics import BLEU_STATISTICS, aggregate  # noqa: E402 - needs sacrebleu
from leaderboard.suite.vocabulary import Metric  # noqa: E402 - needs sacrebleu

WORDS = ("o", "gato", "come", "pan", "hoxe", "e", "mañá", "«si»", "1.234,5", "dous-tres", "l'aigua", "non.", "&quot;")


def bleu(references: list[str], answers: list[str]) -> float:
    pairs = enumerate(zip(references, answers, strict=True))
    return aggregate(
        Metric.BLEU,
        [ItemResult(id=str(number), score=0.0, statistics=bleu_statistics(*pair)) for number, pair in pairs],
    )


@pytest.mark.parametrize("seed", range(20))
def test_the_items_give_the_score_of_the_corpus(seed: int):
    rng = random.Random(seed)  # noqa: S311 - test data
    references = [" ".join(rng.choices(WORDS, k=rng.randint(1, 25))) for _ in range(rng.choice([1, 4, 50]))]
    answers = [
        " ".join(word if rng.random() < 0.8 else rng.choice(WORDS) for word in reference.split()[: rng.randint(0, 25)])
        for reference in references
    ]
    assert bleu(references, answers) == pytest.approx(
        sacrebleu.corpus_bleu(answers, [references]).score / 100, abs=1e-9
    )


def test_the_order_of_the_counts():
    # Five words against four: three 1-grams, two 2-grams and one 3-gram match.
    assert bleu_statistics("el gato come pan", "el gato come queso hoy") == (5, 4, 3, 2, 1, 0, 5, 4, 3, 2)


def test_silence_counts_the_reference_alone():
    assert bleu_statistics("el gato come pan", "") == (0, 4, *[0] * 8)
    assert bleu_statistics("", "") == (0,) * BLEU_STATISTICS


def test_spaces_and_lines_at_the_end_do_not_count():
    assert bleu_statistics("el gato", "el gato \n\n") == bleu_statistics("el gato", "el gato")
