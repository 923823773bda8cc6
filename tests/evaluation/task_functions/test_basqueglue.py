"""What Basque rows look like once they are fit to be asked. The sentences are ours, the faults are the corpora's."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.basqueglue import (
    coreference_documents,
    detokenise,
    inference_documents,
    mark_mentions,
    readable,
    repair_encoding,
    wic_documents,
)


@pytest.mark.parametrize(
    ("broken", "right"),
    [
        ("Iru\u00c3\u00b1eko kaleak", "Iruñeko kaleak"),
        ("g\u00c3\u00bcre", "güre"),
        ("\u00e2\u0080\u009cbai\u00e2\u0080\u009d", "“bai”"),
        ("Iruñeko kaleak", "Iruñeko kaleak"),
        ("Iru\u00c3\u00b1etik Oñatira — autobusez", "Iruñetik Oñatira — autobusez"),
        ("100 €", "100 €"),
        ("( 18:00 )\u0097 , gero", "( 18:00 )— , gero"),
        # In right text a capital letter before a closing quotation mark can look like UTF-8.
        ("«CAFÉ»", "«CAFÉ»"),
        ("\u00ed\u00a0\u0080", "\u00ed\u00a0€"),  # half a surrogate pair is no UTF-8; what is left is Windows-1252
    ],
)
def test_letters_are_repaired_where_they_are_broken_and_nowhere_else(broken: str, right: str) -> None:
    assert repair_encoding(broken) == right
    assert repair_encoding(right) == right


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("Bai , noski . ", "Bai, noski."),
        ("Zestoan ( Gipuzkoa ) bizi da .", "Zestoan (Gipuzkoa) bizi da."),
        ("( ... ) eta gero", "(...) eta gero"),
        ("[ Oharra : luzea da ]", "[Oharra: luzea da]"),
        ('" Banoa " , esan zuen .', '"Banoa", esan zuen.'),
        ('nekatuta zegoen " , esan zuen , eta " etxera noa', 'nekatuta zegoen", esan zuen, eta " etxera noa'),
        ("' Banoa ' esan zuen", "'Banoa' esan zuen"),
        ("Nor da ? Zu !", "Nor da? Zu!"),
        ("Atea ireki du.", "Atea ireki du."),
        ('"Banoa", esan zuen.', '"Banoa", esan zuen.'),
        ("% 55 EBk ematen du", "% 55 EBk ematen du"),
    ],
)
def test_the_spaces_of_a_tokenizer_go(tokens: str, text: str) -> None:
    assert detokenise(tokens) == text
    assert detokenise(text) == text


def test_entities_are_read_before_letters_are_repaired() -> None:
    assert readable("&quot; Iru&Atilde;\u00b1ea &quot; , esan zuen . ") == '"Iruñea", esan zuen.'


def test_word_in_context_rows_are_readable_and_right_rows_do_not_fail() -> None:
    rows = Dataset.from_list(
        [
            {"word": "ate", "sentence1": "Atea itxi zuen . ", "sentence2": "Iru&Atilde;\u00b1eko atea .", "label": 1},
            {"word": "ate", "sentence1": "Oñatiko atea — zaharra .", "sentence2": "“ Ate ” bat .", "label": 0},
        ]
    )
    cleaned = wic_documents(rows)
    assert cleaned["sentence1"] == ["Atea itxi zuen.", "Oñatiko atea — zaharra."]
    assert cleaned["sentence2"] == ["Iruñeko atea.", "“Ate” bat."]
    assert cleaned["label"] == [1, 0]


def _coreference(**changes: object) -> dict[str, object]:
    row = {
        "text": "Mirenek liburu bat idatzi du . &quot; Nekatuta nago &quot; , dio idazleak .",
        "span1_text": "Mirenek",
        "span1_index": 0,
        "span2_text": "idazleak",
        "span2_index": 13,
        "label": 1,
    }
    return row | changes


def test_mentions_are_marked_where_the_corpus_says() -> None:
    marked = coreference_documents(Dataset.from_list([_coreference()]))[0]
    assert marked["marked_text"] == '*Mirenek* liburu bat idatzi du. "Nekatuta nago", dio *idazleak*.'
    assert (marked["mention1"], marked["mention2"]) == ("Mirenek", "idazleak")
    assert marked["label"] == 1


def test_a_mention_of_several_words_is_marked_as_one() -> None:
    row = _coreference(span1_text="liburu bat", span1_index=1)
    marked = coreference_documents(Dataset.from_list([row]))[0]
    assert marked["marked_text"].startswith("Mirenek *liburu bat* idatzi du.")


def test_a_mention_stays_readable_within_brackets_and_quotes() -> None:
    text = "Zestoan ( Gipuzkoa ) jaio zen ."
    assert detokenise(mark_mentions(text, ("Zestoan", 0), ("Gipuzkoa", 2))) == "*Zestoan* (*Gipuzkoa*) jaio zen."


def test_a_wrong_place_is_put_right_by_the_words() -> None:
    text = "etxea erre da eta etxea eraiki dute"
    assert mark_mentions(text, ("etxea", 1), ("etxea", 5)) == "*etxea* erre da eta *etxea* eraiki dute"


def test_words_that_stand_nowhere_are_marked_at_the_place_given() -> None:
    assert mark_mentions("bat bi hiru", ("lau bost", 1), ("sei", 9)) == "bat *bi *hiru**"


def test_nested_mentions_are_both_marked() -> None:
    assert mark_mentions("herriko alkatea mintzatu da", ("herriko alkatea", 0), ("herriko", 0)) == (
        "**herriko* alkatea* mintzatu da"
    )


def test_premise_and_hypothesis_can_be_joined() -> None:
    rows = [
        {"premise": "Euria ari du. ", "hypothesis": "Aterkia hartu dute.", "label": 1},
        {"premise": "Nor da?", "hypothesis": "EHUko ikaslea da.", "label": 0},
    ]
    joinable = inference_documents(Dataset.from_list(rows))
    assert joinable["premise"] == ["Euria ari du", "Nor da?"]
    assert joinable["hypothesis"] == ["aterkia hartu dute.", "EHUko ikaslea da."]
    assert joinable["label"] == [1, 0]
