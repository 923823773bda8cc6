"""What people typed stays text."""

import pytest

from leaderboard.page.markup import element, model_link, raw_element, text_to_html, text_to_markdown
from leaderboard.records import ModelReference, ModelSource
from leaderboard.submission.remedies import model_url
from tests.builders import model
from tests.page.hostile import NAMES, read_html, read_markdown


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_comes_out_of_html_as_text(name: str):
    seen = read_html(text_to_html(name))
    assert seen.tags == []
    assert seen.text == name


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_comes_out_of_an_element_and_its_attribute_as_text(name: str):
    seen = read_html(element("span", name, {"class": "model", "title": name}))
    assert seen.tags == ["span"]
    assert seen.attributes == [{"class": "model", "title": name}]
    assert seen.text == name


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_comes_out_of_markdown_as_text(name: str):
    seen = read_markdown(text_to_markdown(name))
    assert [kind for kind, _ in seen] == ["text"]
    assert seen[0][1] == name


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_comes_out_of_markdown_without_a_tag_of_html(name: str):
    """Some readers of Markdown hand HTML on before they parse."""
    assert read_html(text_to_markdown(name)).tags == []


@pytest.mark.parametrize("address", ["https://evil.example/x", "http://evil", "ftp://evil.example", "www.evil.example"])
def test_an_address_does_not_become_a_link_by_itself(address: str):
    """The table's reader of Markdown makes links of bare addresses; a scheme with its slashes is enough for it."""
    escaped = text_to_markdown(address)
    assert "://" not in escaped
    assert "www." not in escaped


def test_a_model_of_the_hub_is_a_link_to_its_page():
    seen = read_markdown(model_link(model("org/My_Model-1.5", source=ModelSource.HUB)))
    assert seen == [
        ("link_open", "https://huggingface.co/org/My_Model-1.5"),
        ("text", "org/My_Model-1.5"),
        ("link_close", ""),
    ]


@pytest.mark.parametrize("source", [ModelSource.LOCAL, ModelSource.BASELINE])
def test_other_models_are_no_links(source: ModelSource):
    assert read_markdown(model_link(model("org/My_Model-1.5", source=source))) == [("text", "org/My_Model-1.5")]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_of_a_local_model_is_no_link(name: str):
    assert read_markdown(model_link(model(name))) == [("text", name)]


@pytest.mark.parametrize("name", ["a) <img src=x onerror=alert(1)>", "a) [b](javascript:alert(1)", "a/b/../c", "a/b?x"])
def test_a_hostile_name_that_claims_the_hub_is_no_record_and_no_address_is_made_of_it(name: str):
    """The gate checks Hub names, but a request file may come from elsewhere: the store is edited by hand."""
    with pytest.raises(ValueError, match="organisation/model"):
        ModelReference(source=ModelSource.HUB, name=name, revision="0" * 40)
    with pytest.raises(ValueError, match="no address"):
        model_url(name)


def test_markup_inside_a_raw_element_is_kept():
    assert raw_element("div", element("b", "<"), {"class": "a"}) == '<div class="a"><b>&lt;</b></div>'
