"""What a check found, as people read it."""

import re

import pytest

from leaderboard.submission import CheckName, Finding, Outcome, Problem, ProblemCode
from leaderboard.submission.findings import passed, refused, skipped, warned
from leaderboard.texts import LANGUAGES, in_words, load_texts, problem_in_words
from leaderboard.texts.findings import duration, gigabytes, parameters

MODEL = {"model": "somos/meiga-1b"}
FILE = {**MODEL, "file": "config.json"}
TIME = {"seconds": "7200", "tasks": "9", "unknown": "2", "place": "3", "wait": "600", "limit": "3600"}
MEMORY = {"needed": "15000000000", "available": "8000000000"}
QUOTA = {"account": "ana", "most": "5", "days": "7", "free": "2026-07-08 12:00 UTC"}

WORDS: dict[ProblemCode, dict[str, str]] = {
    ProblemCode.MODEL_MISSING: {},
    ProblemCode.INVALID_MODEL_ID: {"model": "a b"},
    ProblemCode.INVALID_REVISION: {"revision": "a b"},
    ProblemCode.INVALID_CHOICE: {"choice": "int8"},
    ProblemCode.LOCAL_NOT_ALLOWED: {},
    ProblemCode.LOCAL_WITH_REVISION: {"revision": "main"},
    ProblemCode.FOLDER_NOT_FOUND: {"folder": "/nowhere"},
    ProblemCode.FOLDER_NAME_UNUSABLE: {"folder": "m\ufffdodel"},
    ProblemCode.PROVENANCE_BROKEN: {"reason": "file: Field required"},
    ProblemCode.UNKNOWN_BASELINE: {"baseline": "openai", "known": "dummy"},
    ProblemCode.EVALUATION_MISSING: {},
    ProblemCode.MODEL_NOT_FOUND: MODEL,
    ProblemCode.MODEL_GATED: MODEL,
    ProblemCode.MODEL_DISABLED: MODEL,
    ProblemCode.REVISION_NOT_FOUND: {**MODEL, "revision": "v9"},
    ProblemCode.HUB_UNREACHABLE: MODEL,
    ProblemCode.FILE_TOO_LARGE: {**FILE, "limit": "64"},
    ProblemCode.TOO_MANY_FILES: {**MODEL, "count": "513", "most": "512"},
    ProblemCode.READING_FAILED: MODEL,
    ProblemCode.CONFIG_MISSING: FILE,
    ProblemCode.CONFIG_BROKEN: {**FILE, "reason": "not a JSON object"},
    ProblemCode.NEEDS_CODE: FILE,
    ProblemCode.ARCHITECTURE_UNKNOWN: {**MODEL, "architecture": "mamut"},
    ProblemCode.QUANTISATION_UNKNOWN: {**MODEL, "method": "hqq"},
    ProblemCode.WEIGHTS_MISSING: MODEL,
    ProblemCode.WEIGHTS_NOT_SAFE: MODEL,
    ProblemCode.WEIGHTS_BROKEN: {**FILE, "reason": "header: 1 B; file: 0 B"},
    ProblemCode.ADAPTER: MODEL,
    ProblemCode.PARAMETERS_UNKNOWN: MODEL,
    ProblemCode.TOKENIZER_MISSING: MODEL,
    ProblemCode.TOKENIZER_BROKEN: {**MODEL, "reason": "no tokens"},
    ProblemCode.CHAT_TEMPLATE_BROKEN: {**MODEL, "reason": "TemplateError: no"},
    ProblemCode.CHAT_TEMPLATE_TOO_LONG: {**MODEL, "limit": "200000"},
    ProblemCode.CARD_MISSING: MODEL,
    ProblemCode.LICENCE_MISSING: MODEL,
    ProblemCode.TOO_BIG: {**MODEL, **MEMORY},
    ProblemCode.TOO_LONG: {**MODEL, **TIME},
    ProblemCode.SIZE_UNKNOWN: {**MODEL, **MEMORY},
    ProblemCode.TIME_UNKNOWN: {**MODEL, **TIME},
    ProblemCode.DUPLICATE: {**MODEL, "id": "0123456789abcdef" * 2, "status": "RUNNING"},
    ProblemCode.WITHDRAWN: {**MODEL, "date": "2026-07-01"},
    ProblemCode.ENDED_BEFORE: {**MODEL, "id": "0" * 32, "status": "FAILED"},
    ProblemCode.NOT_ON_A_BRANCH: {**MODEL, "revision": "0" * 40},
    ProblemCode.UNREADABLE: {**MODEL, "reason": "File name too long"},
    ProblemCode.SAME_WEIGHTS: {**MODEL, "others": "a/b, c/d"},
    ProblemCode.QUOTA_OF_USER: QUOTA,
    ProblemCode.QUOTA_OF_ORGANISATION: QUOTA,
    ProblemCode.SMOKE_FAILED: {**MODEL, "cause": "out_of_memory", "detail": "killed"},
    ProblemCode.SMOKE_NOT_HERE: {},
    ProblemCode.FORM_CLOSED: {},
    ProblemCode.SIGN_IN_FIRST: {},
    ProblemCode.MAINTAINERS_ONLY: {},
}
"""What each problem comes with, and no more."""

FOUND: dict[str, Finding] = {
    "public": passed(CheckName.PUBLIC, revision="0" * 40),
    "files": passed(CheckName.FILES, count="9"),
    "architecture": passed(CheckName.ARCHITECTURE, architecture="LlamaForCausalLM"),
    "weights": passed(CheckName.WEIGHTS, parameters="1234567890", precision="bfloat16", bytes="2469135780"),
    "tokenizer": passed(CheckName.TOKENIZER, tokens="32000"),
    "chat_template_none": passed(CheckName.CHAT_TEMPLATE, found="none"),
    "chat_template_one": passed(CheckName.CHAT_TEMPLATE, found="one"),
    "card": passed(CheckName.CARD, licence="apache-2.0"),
    "lineage_none": passed(CheckName.LINEAGE, found="none", bases=""),
    "lineage_derived": passed(CheckName.LINEAGE, found="derived", bases="a/b"),
    "lineage_merge": passed(CheckName.LINEAGE, found="merge", bases="a/b, c/d"),
    "lineage_merge_unnamed": passed(CheckName.LINEAGE, found="merge", bases=""),
    "size": passed(CheckName.SIZE, **MEMORY),
    "time": passed(CheckName.TIME, **TIME),
    "smoke": passed(CheckName.SMOKE, items="20", seconds="12.5"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_is_said_in_every_language_with_what_it_comes_with(language: str, code: ProblemCode):
    texts, words = load_texts(language), WORDS[code]
    sentence = problem_in_words(Problem(code, words), texts)
    assert sentence
    assert not re.search(r"\{\w*\}", sentence)
    for finding in (refused(CheckName.NAME, code, **words), warned(CheckName.NAME, code, **words)):
        assert in_words(finding, texts).sentence == sentence
    for name in set(re.findall(r"\{(\w+)\}", texts.by_key[f"problems.{code}"])):
        assert name in words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", FOUND)
def test_what_passed_says_what_was_found(language: str, key: str):
    texts = load_texts(language)
    words = in_words(FOUND[key], texts)
    assert (words.label, words.outcome) == (texts(f"checks.{FOUND[key].check}"), texts("outcomes.passed"))
    assert words.sentence
    assert not re.search(r"\{\w*\}", words.sentence)
    assert words.remedy is None


def test_everything_that_can_be_found_is_in_the_table_above():
    keys = {key.removeprefix("found.") for key in load_texts("es").by_key if key.startswith("found.")}
    assert keys == set(FOUND)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("finding", [skipped(CheckName.TIME), passed(CheckName.NAME), passed(CheckName.DUPLICATE)])
def test_what_has_nothing_to_say_says_nothing(language: str, finding: Finding):
    words = in_words(finding, load_texts(language))
    assert (words.sentence, words.remedy) == ("", None)
    assert words.outcome == load_texts(language)(f"outcomes.{finding.outcome}")


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_word(outcome: Outcome):
    words = {language: load_texts(language)(f"outcomes.{outcome}") for language in LANGUAGES}
    others = {load_texts(language)(f"outcomes.{one}") for language in LANGUAGES for one in Outcome if one != outcome}
    assert words["es"] != words["en"]
    assert not set(words.values()) & others


def test_figures_are_in_the_form_of_the_language():
    spanish, english = map(load_texts, ("es", "en"))
    found = FOUND["weights"]
    assert "1,23 mil millones" in in_words(found, spanish).sentence
    assert "2,5 GB" in in_words(found, spanish).sentence
    assert "2.5 GB" in in_words(found, english).sentence
    assert "32.000 tokens" in in_words(FOUND["tokenizer"], spanish).sentence
    assert "32,000 tokens" in in_words(FOUND["tokenizer"], english).sentence
    too_big = refused(CheckName.SIZE, ProblemCode.TOO_BIG, **WORDS[ProblemCode.TOO_BIG])
    assert "15,0 GB" in in_words(too_big, spanish).sentence
    assert "8,0 GB" in in_words(too_big, spanish).sentence


@pytest.mark.parametrize(
    ("code", "language", "told"),
    [
        (ProblemCode.WITHDRAWN, "es", "1 de julio de 2026"),
        (ProblemCode.WITHDRAWN, "en", "July 1, 2026"),
        (ProblemCode.QUOTA_OF_USER, "es", "8 de julio de 2026, 12:00 (UTC)"),
        (ProblemCode.CHAT_TEMPLATE_TOO_LONG, "es", "200.000"),
    ],
)
def test_days_moments_and_numbers_are_in_the_form_of_the_language(code: ProblemCode, language: str, told: str):
    assert told in problem_in_words(Problem(code, WORDS[code]), load_texts(language))


@pytest.mark.parametrize("name", ["free", "date", "most"])
def test_what_is_no_day_and_no_number_stays_as_it_is(name: str):
    code = ProblemCode.WITHDRAWN if name == "date" else ProblemCode.QUOTA_OF_USER
    assert "2026-99" in problem_in_words(Problem(code, {**WORDS[code], name: "2026-99"}), load_texts("es"))


def test_a_limit_is_a_time_where_time_is_limited_and_a_number_elsewhere():
    spanish = load_texts("es")
    assert "60 min" in problem_in_words(Problem(ProblemCode.TOO_LONG, WORDS[ProblemCode.TOO_LONG]), spanish)
    assert "64 MiB" in problem_in_words(Problem(ProblemCode.FILE_TOO_LARGE, WORDS[ProblemCode.FILE_TOO_LARGE]), spanish)


@pytest.mark.parametrize("key", ["lineage_none", "lineage_merge", "lineage_merge_unnamed"])
def test_where_no_model_is_named_no_list_of_them_is_begun(key: str):
    for language in LANGUAGES:
        texts = load_texts(language)
        assert in_words(FOUND[key], texts).sentence == texts(f"found.{key}", **FOUND[key].words)


def test_a_failed_trial_says_its_cause_in_words():
    words = WORDS[ProblemCode.SMOKE_FAILED]
    spanish, english = (
        problem_in_words(Problem(ProblemCode.SMOKE_FAILED, words), load_texts(one)) for one in ("es", "en")
    )
    assert spanish == "La prueba con unas pocas preguntas falló: no cabe en la memoria. killed"
    assert english == "The trial with a few questions failed: it does not fit into memory. killed"


def test_a_cause_that_nobody_knows_is_told_as_it_stands():
    """A child that has read a stranger's files may say anything."""
    words = {**MODEL, "cause": "{no}such", "detail": "x"}
    assert "falló: {no}such. x" in problem_in_words(Problem(ProblemCode.SMOKE_FAILED, words), load_texts("es"))


def test_a_request_is_named_short_and_its_status_as_people_say_it():
    sentence = problem_in_words(Problem(ProblemCode.DUPLICATE, WORDS[ProblemCode.DUPLICATE]), load_texts("es"))
    assert "petición 01234567, estado en curso" in sentence


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "1 s"), (0.4, "1 s"), (59.6, "60 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"),
     (172_799, "48 h"), (172_800, "2 días"), (10**7, "116 días")],
)  # fmt: skip
def test_a_duration_is_said_in_the_unit_that_suits_it(seconds: float, said: str):
    assert duration(seconds, load_texts("es")) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0,0 MB"), (558_336, "0,6 MB"), (10**9 - 10**6, "999,0 MB"), (10**9, "1,0 GB"), (10**12, "1000,0 GB")],
)
def test_bytes_are_said_in_the_unit_that_suits_them(count: int, said: str):
    assert gigabytes(count, load_texts("es")) == said


@pytest.mark.parametrize(
    ("count", "said"), [(139_584, "0,1 millones"), (135 * 10**6, "135,0 millones"), (7 * 10**9, "7,00 mil millones")]
)
def test_parameters_are_said_in_the_unit_that_suits_them(count: int, said: str):
    assert parameters(count, load_texts("es")) == said
