"""What an address and a cookie ask for, whatever somebody wrote into them."""

import pytest

from leaderboard.page.visit import visit_of_headers


@pytest.mark.parametrize(
    ("query", "cookie", "language"),
    [
        ("", "", "es"),
        ("lang=en", "", "en"),
        ("", "lang=en", "en"),
        ("lang=es", "lang=en", "es"),
        ("lang=klingon", "lang=en", "en"),
        ("lang=../../etc/passwd", "lang=%00", "es"),
        ("", "lang=en; \x00=;;;", "en"),
    ],
)
def test_the_address_goes_before_the_cookie_and_spanish_is_what_else_there_is(query: str, cookie: str, language: str):
    visit = visit_of_headers(query, cookie)
    assert visit.language == language
    assert visit.texts.language == language


def test_a_parameter_is_read_without_spaces_and_what_is_absurdly_long_is_not_there():
    visit = visit_of_headers(f"model=+casa/uno+&view=es&view=ca&q={'x' * 5000}", "")
    assert (visit["model"], visit["view"], visit["q"], visit["nothing"]) == ("casa/uno", "ca", "", "")
