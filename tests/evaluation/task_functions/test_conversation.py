"""The last answer of a conversation against what several people answered."""

import pytest

from leaderboard.evaluation.task_functions.conversation import last_answers, score_catalan


def doc(*answers, **others):
    conversation = {"questions": [f"{place}?" for place in range(len(answers))], "answers": {"input_text": [*answers]}}
    if others:
        conversation["additional_answers"] = {name: {"input_text": given} for name, given in others.items()}
    return conversation


def test_only_the_last_question_counts():
    assert last_answers(doc("Gris.", "Fum.")) == ["Fum."]
    assert score_catalan(doc("Gris.", "Fum."), ["Gris"]) == {"exact_match": 0.0, "f1": 0.0}


def test_the_answers_of_others_are_references_too():
    conversation = doc("Gris.", "La meitat.", zero=["gris", "sis"], one=["Gris.", "La meitat, sis."])
    assert last_answers(conversation) == ["La meitat.", "sis", "La meitat, sis."]
    assert score_catalan(conversation, ["sis"]) == {"exact_match": 1.0, "f1": 1.0}


def test_the_reference_that_fits_best_counts_not_the_mean():
    conversation = doc("al balcó", zero=["a casa de la veïna"])
    assert score_catalan(conversation, ["Al balcó."]) == {"exact_match": 1.0, "f1": 1.0}


def test_catalan_articles_do_not_count():
    assert score_catalan(doc("L'Arnau i l'Ona."), ["Arnau i Ona"]) == {"exact_match": 1.0, "f1": 1.0}


def test_an_answer_in_part_has_a_part_of_f1():
    scored = score_catalan(doc("un senyor de Lleida"), ["de Lleida"])
    assert scored["exact_match"] == 0.0
    assert scored["f1"] == pytest.approx(2 * 2 / (2 + 3))


def test_what_several_said_alike_is_one_reference():
    assert last_answers(doc("Sí.", zero=["Sí. "], one=["sí"])) == ["Sí.", "sí"]


@pytest.mark.parametrize(
    "additional", [None, {}, {"0": None}, {"0": {"input_text": []}}, {"0": {"input_text": [None]}}]
)
def test_others_need_not_have_answered(additional):
    assert last_answers(doc("Fum.") | {"additional_answers": additional}) == ["Fum."]
