"""One running copy: what its trial of a candidate comes to."""

from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.installation import Installation
from leaderboard.submission import OPERATOR, Outcome, ProblemCode, Wish
from leaderboard.texts import LANGUAGES, in_words, load_texts


def test_a_trial_that_fails_says_its_cause_in_the_readers_language(house: Installation, tiny_model: Path):
    pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")
    examination = house.desk.examine(Wish(str(tiny_model)), OPERATOR)
    assert all(finding.outcome is not Outcome.REFUSED for finding in examination.findings())
    assert examination.candidate is not None
    narrow = replace(house, settings=replace(house.settings, memory_limit_bytes=1_000_000))

    found = narrow.smoke_test(examination.candidate)

    assert (found.outcome, found.problem) == (Outcome.REFUSED, ProblemCode.SMOKE_FAILED)
    assert found.words["cause"] == "out_of_memory"
    for language in LANGUAGES:
        texts = load_texts(language)
        said = in_words(found, texts).sentence
        assert texts("causes.out_of_memory") in said
        assert found.words["detail"] in said
        assert "out_of_memory" not in said
