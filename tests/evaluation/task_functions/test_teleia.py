"""TELEIA: marks of layout, options and passages."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.teleia import lettered_options, opening_of, options_and_passage, plain

PASSAGE = " ".join(f"palabra{number}" for number in range(45))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[title] Un aviso [text] Mañana no hay clase.", "Un aviso\nMañana no hay clase."),
        ("Un aviso [title] Mañana no hay clase.", "Un aviso\nMañana no hay clase."),
        ("[TITLE]Un aviso[/title] Mañana", "Un aviso\nMañana"),
        ("[título] Un aviso [ texto ] Mañana", "Un aviso\nMañana"),
        ("[title] [text] Mañana", "Mañana"),
        ("Dos  espacios\ty \n un salto", "Dos espacios y\nun salto"),
        ("Uno\n\n\n\nDos", "Uno\n\nDos"),
        ("Sin marcas.", "Sin marcas."),
    ],
)
def test_marks_of_layout_become_line_breaks(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Ayer [...] al cine.", "Ayer [___] al cine.", "Ayer [ir, yo] al cine.", "Ayer [1] al cine.", "Fuistes [sic]."],
)
def test_brackets_that_are_content_stay(text):
    assert plain(text) == text


@pytest.mark.parametrize("without", [{}, {"option_d": None}, {"option_d": ""}, {"option_d": " [text] "}])
def test_an_exam_with_three_options_has_three_letters(without):
    row = {"option_a": "uno", "option_b": " dos ", "option_c": "tres\nveces", **without}
    assert lettered_options(row) == {"A": "uno", "B": "dos", "C": "tres veces"}


def test_letters_are_those_of_the_columns_even_with_a_gap():
    assert lettered_options({"option_a": "uno", "option_b": None, "option_c": "tres"}) == {"A": "uno", "C": "tres"}


def test_rows_of_both_kinds_go_together():
    rows = Dataset.from_list(
        [
            {"question": "¿Cuál?", "option_a": "a", "option_b": "b", "option_c": "c", "option_d": "d", "answer": " d"},
            {"question": "¿Qué?", "option_a": "a", "option_b": "b", "option_c": "c", "option_d": None, "answer": "C"},
        ]
    )
    four, three = options_and_passage(rows)
    assert (four["letters"], four["options"], four["answer"]) == (["A", "B", "C", "D"], ["a", "b", "c", "d"], "D")
    assert (three["letters"], three["options"], three["answer"]) == (["A", "B", "C"], ["a", "b", "c"], "C")


def test_an_answer_that_is_no_option_is_told_without_a_word_of_its_question():
    row = {"question": "¿Qué?", "option_a": "a", "option_b": "b", "option_c": "c", "option_d": None, "answer": "D"}
    with pytest.raises(ValueError, match=r"^TELEIA: the answer 'D' of a row is none of its options A, B, C\.$"):
        options_and_passage(Dataset.from_list([row]))


def test_questions_about_one_passage_share_their_opening():
    assert opening_of(f"{PASSAGE}\n¿Quién?") == opening_of(f"{PASSAGE} ¿Dónde?")
    assert opening_of("¿Quién vino?") != opening_of("¿Quién fue?")
