"""Summaries against theirs: which words there are, and how many are shared."""

import unicodedata

import pytest

pytest.importorskip("rouge_score", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation.task_functions.summaries import LetterTokenizer, score


def rouge1(reference, answer):
    return score({"summary": reference}, [answer])["rouge1"]


def test_accented_letters_and_tildes_belong_to_words():
    assert LetterTokenizer().tokenize("El AÑO pasado, ¿qué ocurrió?") == ["el", "año", "pasado", "qué", "ocurrió"]


def test_composed_and_decomposed_letters_are_the_same():
    assert rouge1("mañana lloverá", unicodedata.normalize("NFD", "Mañana lloverá")) == 1.0


def test_a_lost_tilde_is_another_word():
    assert rouge1("año", "ano") == 0.0


def test_case_and_punctuation_do_not_count():
    assert rouge1("«Cierra el puente», dice", "cierra el puente dice.") == 1.0


def test_it_is_the_f1_of_single_words():
    # Three of the answer's four words are among the reference's six.
    assert rouge1("el alcalde cierra el puente viejo", "el alcalde cierra hoy") == pytest.approx(2 * 3 / (6 + 4))


def test_nothing_is_stemmed():
    assert rouge1("running", "run") == 0.0


def test_an_underscore_is_no_letter():
    assert LetterTokenizer().tokenize("_uno_ dos_tres") == ["uno", "dos", "tres"]


def test_an_empty_answer_scores_nothing():
    assert rouge1("el puente", "") == 0.0
    assert rouge1("", "") == 0.0


def test_it_is_a_plain_number():
    assert type(rouge1("el puente", "el puente")) is float
