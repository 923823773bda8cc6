"""What people type, thousands of times over: nothing crashes, and nothing unsafe is taken for a name.

What is unsafe is said here anew, sign by sign, and not with the patterns that are tested.
"""

import os
import re
import string
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.confinement import redact
from leaderboard.page.markup import element, plotly_text, text_to_markdown
from leaderboard.records import ModelReference, ModelSource, is_model_id, is_revision, is_user
from leaderboard.submission import ProblemCode, SubmissionRefusedError
from leaderboard.submission.local_folder import name_of_folder
from leaderboard.submission.model_name import (
    check_hub_id,
    check_revision,
    echo,
    is_folder,
    looks_like_folder,
    typed_folder,
)
from leaderboard.submission.remedies import HUB_URL, model_url
from tests.page.hostile import read_html, read_markdown
from tests.submission.telling import code_of

PLAIN = frozenset(string.ascii_letters + string.digits + "._-")
_PIECES = [
    "/", "//", "..", ".", "--", "-", "_", "~", "\\", " ", "\n", "\r", "\t", "\0", "%2f", "%00", "%2e%2e", "?", "#", "&",
    "<", ">", '"', "'", "`", "(", ")", "[", "]", "{", "}", "@", ":", ";", "$", "|", "*", "org", "model", "main", "refs",
    "pr", ".git", ".ipynb", "http://", "javascript:", "ñ", "\u0430", "\uff4f", "\u202e", "\u200b", "\u2066", "\ufeff",
    "\ud800", "\U000e0041", "\x1b[31m", "\x7f", "\x85", "a" * 97, "0" * 40, "hf_", "Bearer ", "eyJ", "token=",
    "{id}", "%s",
]  # fmt: skip
"""What attacks are made of."""

ANY_TEXT = st.text(max_size=40) | st.text(st.characters(), max_size=12)
HOSTILE = st.lists(st.sampled_from(_PIECES) | st.text(st.characters(), max_size=3), max_size=8).map("".join)
NEARLY_A_NAME = st.text(st.sampled_from(sorted(PLAIN)), max_size=12)
NEARLY_AN_ID = st.tuples(NEARLY_A_NAME, st.sampled_from(["/", "", "//", " /"]), NEARLY_A_NAME).map("".join)
TYPED = ANY_TEXT | HOSTILE | NEARLY_AN_ID

_COMMON: dict[str, Any] = {
    "derandomize": True,  # the same inputs everywhere, so that what passes here passes in every run
    "deadline": None,
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow],
}


def unsafe_signs(text: str) -> set[str]:
    """Return the signs of a text that could hide, turn, end or begin anything anywhere."""
    return {
        sign
        for sign in text
        if not sign.isascii() or unicodedata.category(sign)[0] in "CZ" or sign in "<>&\"'`\\%?#{}()[]:;@$|*~!^=+,"
    }


def stays_below(root: Path, name: str) -> bool:
    """Tell whether a name leads to a place under a folder and nowhere else."""
    place = Path(os.path.normpath(root / name))
    return place.is_relative_to(root) and place != root


def check_model_id(text: str) -> None:
    assert not unsafe_signs(text)
    owner, name = text.split("/")
    assert 0 < len(owner) <= 96
    assert 0 < len(name) <= 96
    assert ".." not in text
    assert quote(text) == text
    assert stays_below(Path("/somewhere/models"), text)
    assert PurePosixPath(text).parts == (owner, name)
    address = urlsplit(model_url(text))
    assert (address.scheme, address.netloc, address.path) == ("https", urlsplit(HUB_URL).netloc, f"/{text}")
    assert (address.query, address.fragment) == ("", "")


def check_a_revision(text: str) -> None:
    assert not unsafe_signs(text)
    assert 0 < len(text) <= 100
    assert quote(text) == text
    assert stays_below(Path("/somewhere/refs"), text)
    assert text[0] in string.ascii_letters + string.digits


@settings(max_examples=4000, **_COMMON)
@given(TYPED)
def test_whatever_is_typed_for_a_name_is_safe_wherever_it_is_put_or_it_is_refused(text: str):
    if is_model_id(text):
        check_model_id(text)
        assert check_hub_id(text) == text
    else:
        with pytest.raises(SubmissionRefusedError) as refused:
            check_hub_id(text)
        assert code_of(refused.value) is ProblemCode.INVALID_MODEL_ID
        with pytest.raises(ValueError, match="no address"):
            model_url(text)
        with pytest.raises(ValueError, match="name"):
            ModelReference(source=ModelSource.HUB, name=text, revision="0" * 40)
    if is_revision(text) or not text:
        check_a_revision(check_revision(text))
    else:
        with pytest.raises(SubmissionRefusedError) as refused:
            check_revision(text)
        assert code_of(refused.value) is ProblemCode.INVALID_REVISION
    if is_user(text):
        assert set(text) <= PLAIN
        assert 0 < len(text) <= 96
        assert text[0] in string.ascii_letters + string.digits


@settings(max_examples=2000, **_COMMON)
@given(ANY_TEXT | st.text(min_size=90, max_size=130))
def test_what_was_typed_is_shown_short_and_with_nothing_that_hides_or_turns(text: str):
    shown = echo(text)
    assert len(shown) <= 101
    assert shown.isprintable()
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for sign in shown)
    shown.encode()
    assert echo(shown[:100]) == shown[:100]
    if text.isascii() and text.isprintable() and len(text) <= 100:
        assert shown == text


@settings(max_examples=1200, **_COMMON)
@given(TYPED | TYPED.map("~".__add__) | TYPED.map("/".__add__))
def test_whatever_is_typed_for_a_folder_is_one_or_is_refused(text: str):
    folder = typed_folder(text)
    assert isinstance(looks_like_folder(text, folders_allowed=True), bool)
    if looks_like_folder(text, folders_allowed=False):
        assert text.startswith(("/", "./", "../", "~"))
    try:
        name = name_of_folder(folder)
    except SubmissionRefusedError as refused:
        code_of(refused)
    else:
        assert is_folder(folder)
        assert name.isprintable()
        assert "/" not in name


SECRETS = ("s3cr3t-of-n0body", "hf_" + "a" * 34, "eyJhbGciOiJI.eyJzdWIiOiIx.abc")


@settings(max_examples=700, **_COMMON)
@given(HOSTILE, st.sampled_from(SECRETS), st.sampled_from(["", " ", "\n", '"', "token=", "Bearer "]))
def test_a_secret_is_hidden_whatever_stands_around_it(around: str, secret: str, just_before: str):
    said = redact(f"{around} {just_before}{secret} {around}", [SECRETS[0]])
    assert secret not in said
    assert "***" in said


@settings(max_examples=1500, **_COMMON)
@given(ANY_TEXT | HOSTILE)
def test_markup_shows_a_text_letter_by_letter_and_makes_nothing_of_it(text: str):
    name = text.replace("\0", "").replace("\r", "")  # which a browser reads otherwise, whoever wrote them
    seen = read_html(element("span", name, {"title": name}))
    assert (seen.tags, seen.attributes, seen.text) == (["span"], [{"title": name}], name)
    assert plotly_text(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
    assert not set(re.sub(r"&(amp|lt|gt);", "", plotly_text(text))) & set("<>&")
    assert read_html(text_to_markdown(name)).tags == []
    line = name.strip()
    if line and line.isprintable():
        assert read_markdown(text_to_markdown(line)) == [("text", line)]


@pytest.mark.parametrize("check", [is_model_id, is_revision, is_user, check_hub_id, check_revision, echo, redact])
def test_a_very_long_text_is_judged_at_once(check: Callable[[str], object]):
    for text in ("a" * 10**6, "a/" * 500_000, "." * 10**6, "-" * 10**6, "\u202e" * 10**6, "hf_" * 300_000):
        try:
            assert check(text) is not None
        except SubmissionRefusedError as refused:
            code_of(refused)
