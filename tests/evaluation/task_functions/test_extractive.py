"""Short answers against their references, in Spanish and in Catalan."""

import unicodedata

import pytest

from leaderboard.evaluation.task_functions.extractive import (
    catalan_words,
    references_of,
    score_catalan,
    score_spanish,
    spanish_words,
    word_f1,
)

PERFECT = {"exact_match": 1.0, "f1": 1.0}
NOTHING = {"exact_match": 0.0, "f1": 0.0}


def doc(*references):
    return {"answers": {"text": list(references), "answer_start": [0] * len(references)}}


class TestSpanish:
    def test_case_articles_and_punctuation_do_not_count(self):
        assert score_spanish(doc("La torre del reloj"), ["torre del reloj."]) == PERFECT

    def test_spanish_punctuation_does_not_count(self):
        assert score_spanish(doc("¿quién vive?"), ["«Quién vive»"]) == PERFECT

    def test_english_articles_are_words_here(self):
        assert spanish_words("a the an los") == ["a", "the", "an"]

    def test_accents_and_tildes_count(self):
        assert score_spanish(doc("el ano"), ["el año"]) == NOTHING

    def test_composed_and_decomposed_letters_are_the_same(self):
        decomposed = unicodedata.normalize("NFD", "La Peña del Águila")
        assert score_spanish(doc("la peña del águila"), [decomposed]) == PERFECT

    def test_space_is_folded(self):
        assert score_spanish(doc("mar  Cantábrico"), ["\n mar\tCantábrico \n"]) == PERFECT

    def test_the_preposition_with_an_article_in_it_stays(self):
        assert spanish_words("al norte del río") == ["al", "norte", "del", "río"]

    def test_f1_is_the_overlap_of_words(self):
        given = score_spanish(doc("molino de viento"), ["un molino de agua antiguo"])
        assert given["exact_match"] == 0.0
        assert given["f1"] == pytest.approx(2 * 2 / (4 + 3))

    def test_a_repeated_word_counts_as_often_as_both_have_it(self):
        assert score_spanish(doc("paso a paso"), ["paso paso paso"])["f1"] == pytest.approx(2 * 2 / 6)

    def test_an_answer_of_nothing_but_an_article_keeps_it(self):
        assert score_spanish(doc("una"), ["la una"]) == {"exact_match": 0.0, "f1": pytest.approx(2 / 3)}
        assert score_spanish(doc("una"), ["una."]) == PERFECT

    def test_numbers_lose_separators_and_signs(self):
        assert score_spanish(doc("12,5 %"), ["12.5%"]) == PERFECT

    def test_the_whole_answer_counts_however_many_lines_it_has(self):
        assert score_spanish(doc("abril"), ["abril\nmayo"])["exact_match"] == 0.0


class TestCatalan:
    def test_the_elided_article_is_dropped_with_either_apostrophe(self):
        assert catalan_words("l'Ebre") == catalan_words("L\u2019Ebre") == ["ebre"]

    def test_other_elisions_are_parted(self):
        assert catalan_words("d'Elna a l'hort") == ["d", "elna", "a", "hort"]

    def test_catalan_articles_do_not_count(self):
        assert score_catalan(doc("els pescadors i les xarxes"), ["pescadors i xarxes"]) == PERFECT

    def test_the_preposition_en_counts(self):
        assert catalan_words("en barca") == ["en", "barca"]

    def test_the_middle_dot_does_not_count(self):
        assert score_catalan(doc("el col·legi"), ["col.legi"]) == PERFECT

    def test_spanish_articles_are_words_here(self):
        assert catalan_words("los llibres") == ["los", "llibres"]


class TestReferences:
    def test_the_best_of_them_counts(self):
        assert score_spanish(doc("en mayo", "en el mes de mayo"), ["en mes de mayo"]) == PERFECT

    def test_both_shapes_are_read(self):
        assert references_of({"text": ["uno", "dos"]}) == ["uno", "dos"]
        assert references_of([{"text": "uno", "answer_start": 3}, {"text": "dos"}]) == ["uno", "dos"]
        assert references_of({"text": "uno"}) == ["uno"]

    def test_an_empty_answer_is_wrong(self):
        assert score_spanish(doc("en mayo"), [""]) == NOTHING
        assert score_spanish(doc("en mayo"), [" ¿? "]) == NOTHING

    def test_without_a_reference_an_empty_answer_is_right(self):
        assert score_spanish(doc(), [""]) == PERFECT
        assert score_spanish(doc(""), [""]) == PERFECT
        assert score_spanish({"answers": []}, ["en mayo"]) == NOTHING

    def test_f1_of_disjoint_words_is_zero(self):
        assert word_f1(["a"], ["b"]) == 0.0
