"""The checks of a submission as HTML."""

import pytest

from leaderboard.page.checks_list import checks_html
from leaderboard.submission import CheckName, Finding, Outcome, ProblemCode
from leaderboard.submission.findings import passed, refused, skipped, warned
from leaderboard.texts import Texts, load_texts
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
ONE_OF_EACH = {
    Outcome.PASSED: passed(CheckName.CONFIG),
    Outcome.WARNED: warned(CheckName.CARD, ProblemCode.CARD_MISSING, model="somos/meiga"),
    Outcome.REFUSED: refused(CheckName.CODE, ProblemCode.NEEDS_CODE, model="somos/meiga", file="config.json"),
    Outcome.SKIPPED: skipped(CheckName.CHAT_TEMPLATE),
}


def attributes_of(seen: list[dict[str, str | None]], name: str) -> dict[str, str | None]:
    """Return the attributes of the element of a class."""
    (found,) = (one for one in seen if one.get("class") == name)
    return found


def said_of(problem: ProblemCode, **words: str) -> Finding:
    return refused(CheckName.ARCHITECTURE, problem, **words)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("outcome", Outcome)
def test_every_check_has_its_name_its_outcome_in_a_word_and_a_mark_that_is_not_colour_alone(
    outcome: Outcome, language: str
):
    texts, finding = load_texts(language), ONE_OF_EACH[outcome]
    seen = read_html(checks_html([finding], texts))
    assert texts(f"checks.{finding.check}") in seen.text
    assert texts(f"outcomes.{outcome}") in seen.text
    assert {"class": f"check-{outcome}", "data-check": str(finding.check)} in seen.attributes
    assert attributes_of(seen.attributes, "check-mark")["aria-hidden"] == "true"
    marks = {read_html(checks_html([one], texts)).text[0] for one in ONE_OF_EACH.values()}
    assert len(marks) == len(Outcome)


def test_checks_stand_in_the_order_in_which_they_were_told():
    text = read_html(checks_html(list(ONE_OF_EACH.values()), TEXTS)).text
    labels = [TEXTS(f"checks.{one.check}") for one in ONE_OF_EACH.values()]
    assert sorted(labels, key=text.index) == labels


def test_before_the_first_check_it_is_said_that_they_are_being_made():
    seen = read_html(checks_html([], TEXTS, working=True))
    assert (seen.tags, seen.text) == (["p"], TEXTS("form.sending"))
    assert seen.attributes == [{"class": "note", "role": "status"}]
    assert checks_html([], TEXTS) == ""


def test_it_is_said_that_more_are_to_come_only_while_they_are():
    findings = [ONE_OF_EACH[Outcome.PASSED]]
    assert TEXTS("form.sending") in read_html(checks_html(findings, TEXTS, working=True)).text
    assert TEXTS("form.sending") not in read_html(checks_html(findings, TEXTS)).text


def test_what_was_not_checked_says_no_more_than_that():
    text = read_html(checks_html([ONE_OF_EACH[Outcome.SKIPPED]], TEXTS)).text
    assert text == f"·{TEXTS('checks.chat_template')}{TEXTS('outcomes.skipped')}"


def test_incident_12_a_model_that_needs_its_own_code_is_told_which_file_asks_for_it():
    text = read_html(checks_html([ONE_OF_EACH[Outcome.REFUSED]], TEXTS)).text
    assert "somos/meiga necesita ejecutar código propio (auto_map en config.json)" in text
    assert "aquí no se ejecuta código ajeno" in text


def test_a_remedy_is_a_link_that_opens_beside_the_page():
    seen = read_html(checks_html([ONE_OF_EACH[Outcome.WARNED]], TEXTS))
    link = seen.attributes[seen.tags.index("a")]
    assert link == {"href": "https://huggingface.co/docs/hub/model-cards", "rel": "noopener", "target": "_blank"}
    assert f"{TEXTS('form.remedy')} huggingface.co/docs/hub/model-cards" in seen.text


def test_a_remedy_is_a_command_to_copy():
    seen = read_html(checks_html([said_of(ProblemCode.TOKENIZER_MISSING, model="somos/meiga")], TEXTS))
    assert "code" in seen.tags
    assert 'tokenizer.save_pretrained("FOLDER")' in seen.text
    assert "a" not in seen.tags


@pytest.mark.parametrize("texts", [TEXTS, load_texts("en")], ids=["es", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_what_a_stranger_wrote_comes_out_as_text(name: str, texts: Texts):
    def findings(written: str) -> list[Finding]:
        return [
            said_of(ProblemCode.ARCHITECTURE_UNKNOWN, architecture=written),
            said_of(ProblemCode.TOKENIZER_BROKEN, model=written, reason=written),
            said_of(ProblemCode.CONFIG_BROKEN, file=written, reason=written),
            passed(CheckName.CARD, licence=written),
            passed(CheckName.LINEAGE, found="derived", bases=written),
        ]

    tame, wild = (read_html(checks_html(findings(one), texts)) for one in ("tame", name))
    assert (wild.tags, wild.attributes) == (tame.tags, tame.attributes)
    assert wild.text == tame.text.replace("tame", name)


@pytest.mark.parametrize("name", NAMES)
def test_no_link_is_made_of_what_is_no_model(name: str):
    good = read_html(checks_html([said_of(ProblemCode.READING_FAILED, model="somos/meiga")], TEXTS))
    assert good.attributes[good.tags.index("a")]["href"] == "https://huggingface.co/somos/meiga/tree/main"
    assert "a" not in read_html(checks_html([said_of(ProblemCode.READING_FAILED, model=name)], TEXTS)).tags
