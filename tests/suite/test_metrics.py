"""Metrics against the libraries that others compute them with."""

import math
import random
from collections.abc import Sequence

import pytest

from leaderboard.records import ItemResult
from leaderboard.suite.metrics import (
    BLEU_STATISTICS,
    Pair,
    UncountableItemsError,
    aggregate,
    bleu_of,
    bounds,
    guessing_score,
    macro_f1_of,
    mcc_of,
    micro_f1_of,
)
from leaderboard.suite.vocabulary import Metric

MEANS = (
    Metric.ACC,
    Metric.ACC_NORM,
    Metric.EXACT_MATCH,
    Metric.F1,
    Metric.ROUGE1,
    Metric.SEMANTIC_SIMILARITY,
    Metric.STEREOTYPE_PREFERENCE,
)
GUESSED = (Metric.ACC, Metric.ACC_NORM, Metric.MICRO_F1, Metric.MACRO_F1)
COUNTED = (Metric.MICRO_F1, Metric.MACRO_F1, Metric.MCC)
WORDS = ("el", "la", "gato", "perro", "come", "duerme", "hoy", ",", "¿qué?", "3,5", "no.")


def some_pairs(seed: int, classes: int, count: int) -> list[Pair]:
    """Draw pairs of classes that need not all occur; about half of the choices are right."""
    rng = random.Random(seed)  # noqa: S311 - test data
    golds = [min(rng.randrange(classes), rng.randrange(classes)) for _ in range(count)]
    return [(gold, gold if rng.random() < 0.5 else rng.randrange(classes)) for gold in golds]


def items_of(pairs: Sequence[Pair]) -> list[ItemResult]:
    return [
        ItemResult(id=str(number), gold=gold, choice=choice, score=float(gold == choice))
        for number, (gold, choice) in enumerate(pairs)
    ]


RANDOM_PAIRS = [
    pytest.param(some_pairs(seed, classes, count), id=f"{classes} classes, {count} items, seed {seed}")
    for seed in range(2)
    for classes in (1, 2, 3, 7)
    for count in (1, 2, 13, 200)
]
EDGE_PAIRS = [
    pytest.param([(0, 0)], id="one item, right"),
    pytest.param([(0, 1)], id="one item, wrong"),
    pytest.param([(2, 2)] * 5, id="a single class"),
    pytest.param([(0, 1), (1, 1), (2, 1)], id="always the same choice"),
    pytest.param([(1, 0), (1, 1), (1, 2)], id="always the same gold"),
    pytest.param([(0, 1), (1, 0)], id="all wrong"),
    pytest.param([(0, 0), (1, 3)], id="a class that is only chosen"),
]


@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize("pairs", [*RANDOM_PAIRS, *EDGE_PAIRS])
def test_counted_metrics_are_those_of_scikit_learn(pairs: list[Pair]):
    oracle = pytest.importorskip("sklearn.metrics", reason="evaluation is not installed: requirements-eval.txt")
    golds, choices = zip(*pairs, strict=True)
    items = items_of(pairs)

    assert aggregate(Metric.MICRO_F1, items) == pytest.approx(oracle.f1_score(golds, choices, average="micro"))
    macro = oracle.f1_score(golds, choices, average="macro", zero_division=0)
    assert aggregate(Metric.MACRO_F1, items) == pytest.approx(macro)
    assert aggregate(Metric.MCC, items) == pytest.approx(oracle.matthews_corrcoef(golds, choices))


@pytest.mark.parametrize("classes", [(0, 2), (1,), (0, 1, 2), (2, 0), (0, 9), (9,)])
@pytest.mark.parametrize("pairs", [*RANDOM_PAIRS, *EDGE_PAIRS])
def test_macro_f1_over_some_classes_is_that_of_scikit_learn(pairs: list[Pair], classes: tuple[int, ...]):
    oracle = pytest.importorskip("sklearn.metrics", reason="evaluation is not installed: requirements-eval.txt")
    golds, choices = zip(*pairs, strict=True)
    expected = oracle.f1_score(golds, choices, labels=list(classes), average="macro", zero_division=0)
    assert aggregate(Metric.MACRO_F1, items_of(pairs), classes) == pytest.approx(expected)


def test_micro_f1_is_accuracy():
    items = items_of(some_pairs(5, 4, 100))
    assert aggregate(Metric.MICRO_F1, items) == aggregate(Metric.ACC, items)


def test_a_class_that_never_occurs_counts_nothing_in_macro_f1():
    assert macro_f1_of([(0, 0), (1, 1)]) == 1.0
    assert macro_f1_of([(0, 0), (1, 1)], (0, 1, 2)) == pytest.approx(2 / 3)


def test_the_correlation_goes_from_minus_one_to_one():
    assert mcc_of([(0, 0), (1, 1)]) == 1.0
    assert mcc_of([(0, 1), (1, 0)]) == -1.0
    assert mcc_of([(0, 0), (0, 0)]) == 0.0


@pytest.mark.parametrize("metric", MEANS)
def test_the_other_metrics_are_means_of_scores(metric: Metric):
    scores = [0.1] * 10 + [0.7]
    items = [ItemResult(id=str(number), score=score) for number, score in enumerate(scores)]
    assert aggregate(metric, items) == math.fsum(scores) / 11


@pytest.mark.parametrize("metric", Metric)
def test_there_is_no_score_of_nothing(metric: Metric):
    with pytest.raises(UncountableItemsError, match="at least one item"):
        aggregate(metric, [])


@pytest.mark.parametrize("computed", [micro_f1_of, macro_f1_of, mcc_of, bleu_of])
def test_nor_of_no_pairs(computed):
    with pytest.raises(UncountableItemsError, match="at least one item"):
        computed([])


@pytest.mark.parametrize("metric", COUNTED)
@pytest.mark.parametrize("missing", ["gold", "choice"])
def test_an_item_without_what_is_counted_is_named(metric: Metric, missing: str):
    (item,) = items_of([(0, 0)])
    with pytest.raises(UncountableItemsError, match=r"Item 0 lacks its gold or its choice"):
        aggregate(metric, [item.replaced(**{missing: None})])


# --- BLEU


def some_text(rng: random.Random, longest: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, longest)))


def statistics_of(answers: Sequence[str], references: Sequence[str]) -> list[tuple[float, ...]]:
    """Count by hand over what sacreBLEU's tokenizer gives, another way than the project's."""
    tokenizer = pytest.importorskip("sacrebleu.tokenizers.tokenizer_13a").Tokenizer13a()

    def grams(tokens: list[str], order: int) -> list[tuple[str, ...]]:
        return [tuple(tokens[start : start + order]) for start in range(len(tokens) - order + 1)]

    counted = []
    for answer, reference in zip(answers, references, strict=True):
        ours, theirs = tokenizer(answer.rstrip()).split(), tokenizer(reference.rstrip()).split()
        matches, totals = [], []
        for order in range(1, 5):
            have, want = grams(ours, order), grams(theirs, order)
            matches.append(sum(min(have.count(gram), want.count(gram)) for gram in set(have)))
            totals.append(len(have))
        counted.append(tuple(map(float, (len(ours), len(theirs), *matches, *totals))))
    return counted


def bleu_items(statistics: Sequence[tuple[float, ...]]) -> list[ItemResult]:
    return [ItemResult(id=str(number), score=0.0, statistics=one) for number, one in enumerate(statistics)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("longest", [3, 8, 40])
def test_bleu_is_that_of_sacrebleu(seed: int, count: int, longest: int):
    oracle = pytest.importorskip("sacrebleu", reason="evaluation is not installed: requirements-eval.txt")
    rng = random.Random(f"{seed} {count} {longest}")  # noqa: S311 - test data
    references = [some_text(rng, longest) for _ in range(count)]
    # Parts of the references, other text after them, and now and then silence.
    answers = [f"{one[: rng.randint(0, len(one))]} {some_text(rng, longest // 3)}".strip() for one in references]

    expected = oracle.corpus_bleu(answers, [references]).score / 100

    got = aggregate(Metric.BLEU, bleu_items(statistics_of(answers, references)))
    assert got == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("answers", "references"),
    [
        pytest.param([""], ["el gato come"], id="silence"),
        pytest.param(["", "el gato come pan hoy"], ["la perra", "el gato come pan hoy"], id="silence beside an answer"),
        pytest.param(["el gato come pan hoy"], ["el gato come pan hoy"], id="the reference itself"),
        pytest.param(["el gato"], ["el gato"], id="too short for 4-grams"),
        pytest.param(["uno dos tres cuatro"], ["cinco seis siete ocho"], id="nothing in common"),
        pytest.param(["uno dos tres cuatro cinco"], ["cinco"], id="one word in common: three orders are smoothed"),
        pytest.param(["el gato come pan"], ["el gato come pan hoy y mañana"], id="shorter than the reference"),
        pytest.param(["el gato come pan hoy"], [""], id="an empty reference"),
    ],
)
def test_bleu_at_its_edges_is_that_of_sacrebleu(answers: list[str], references: list[str]):
    oracle = pytest.importorskip("sacrebleu", reason="evaluation is not installed: requirements-eval.txt")
    expected = oracle.corpus_bleu(answers, [references]).score / 100
    got = aggregate(Metric.BLEU, bleu_items(statistics_of(answers, references)))
    assert got == pytest.approx(expected, abs=1e-9)


PERFECT = (4.0, 4.0, 4.0, 3.0, 2.0, 1.0, 4.0, 3.0, 2.0, 1.0)


def test_bleu_of_the_reference_is_one():
    assert bleu_of([PERFECT]) == 1.0


@pytest.mark.parametrize(
    "numbers",
    [
        (),
        PERFECT[:-1],
        (*PERFECT, 1.0),
        (4.0, -4.0, *PERFECT[2:]),
        (4.0, 4.5, *PERFECT[2:]),
        (math.nan, *PERFECT[1:]),
        (math.inf, *PERFECT[1:]),
        (1e300, *PERFECT[1:]),
        (4.0, 4.0, 5.0, *PERFECT[3:]),
    ],
)
def test_statistics_that_count_nothing_are_refused(numbers: tuple[float, ...]):
    with pytest.raises(UncountableItemsError, match=f"BLEU needs {BLEU_STATISTICS} counts"):
        bleu_of([PERFECT, numbers])


def test_an_item_without_statistics_is_named():
    with pytest.raises(UncountableItemsError, match="Item 0 lacks its statistics"):
        aggregate(Metric.BLEU, [ItemResult(id="0", score=0.0)])


# --- Guessing


@pytest.mark.parametrize("metric", [Metric.ACC, Metric.ACC_NORM, Metric.MICRO_F1])
def test_guessing_accuracy_is_the_mean_of_one_over_the_options(metric: Metric):
    assert guessing_score(metric, [0, 1, 2], [2, 4, 4]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("classes", [None, (0, 2), (0, 1, 2), (0, 9)])
def test_guessing_by_prior_gives_the_mean_prior_as_macro_f1(classes: tuple[int, ...] | None):
    rng = random.Random(11)  # noqa: S311 - test data
    golds = rng.choices([0, 1, 2], [0.6, 0.3, 0.1], k=20_000)
    shuffled = rng.sample(golds, len(golds))
    simulated = macro_f1_of(list(zip(golds, shuffled, strict=True)), classes)
    assert guessing_score(Metric.MACRO_F1, golds, [], classes) == pytest.approx(simulated, abs=0.01)


def test_the_mean_prior_of_all_classes_is_one_over_their_number():
    assert guessing_score(Metric.MACRO_F1, [0, 0, 0, 5], [2, 2, 2, 2]) == 0.5
    assert guessing_score(Metric.MACRO_F1, [0, 0, 0, 5], [2, 2, 2, 2], [0]) == 0.75


@pytest.mark.parametrize("metric", [metric for metric in Metric if metric not in GUESSED])
def test_guessing_gets_nothing_elsewhere_and_half_of_the_pairs(metric: Metric):
    assert guessing_score(metric, [], []) == (0.5 if metric is Metric.STEREOTYPE_PREFERENCE else 0.0)


@pytest.mark.parametrize("metric", GUESSED)
def test_guessing_at_nothing_has_no_score(metric: Metric):
    with pytest.raises(UncountableItemsError):
        guessing_score(metric, [], [])


# --- Bounds


@pytest.mark.parametrize("metric", Metric)
def test_scores_have_their_bounds(metric: Metric):
    expected = {Metric.MCC: (-1.0, 1.0), Metric.SEMANTIC_SIMILARITY: (-2e6, 1.0)}
    assert bounds(metric) == expected.get(metric, (0.0, 1.0))
