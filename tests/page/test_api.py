"""The functions for programs: which there are, what they answer, and over real HTTP with Gradio's own client."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from leaderboard.installation import Installation, open_installation
from leaderboard.page.api import _Answers
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.page import build_page
from leaderboard.queue import Failed, Finished
from leaderboard.records import Cause, EvalRequest, ModelSource, Status
from leaderboard.results import finished_run, reference_to
from leaderboard.settings import Settings
from leaderboard.submission import Wish
from leaderboard.texts import load_texts
from tests.builders import NOW, evaluation, failure, model, request_for, take, tell, write_suite
from tests.page.hostile import NAMES
from tests.page.test_authority import asking, signed_in
from tests.submission.model_folders import write_model_folder

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Gradio does not support OAuth")
# Both are Gradio's own.

READ_ONLY = ["/model", "/queue", "/ranking"]
SPACE: dict[str, Any] = {"on_space": True, "space_id": "somos/ranking"}
WITH_LOGIN: dict[str, Any] = {**SPACE, "queue": "hf://datasets/somos/requests"}


@pytest.fixture
def tiny_house(settings: Settings, tmp_path: Path) -> Installation:
    """A leaderboard with a suite of two tasks: meiga was evaluated, trasno failed, orballo waits."""
    house = open_installation(replace(settings, suite=str(write_suite(tmp_path / "suites"))))
    names = ("meiga", "trasno", "orballo")
    done, failed, _ = (submitted(house, f"somos/{name}", minute) for minute, name in enumerate(names))
    ran = evaluation(done, house.suite, {"refranes": 3, "sumas": 4})
    finished_run(ran.manifest, ran.results).commit(house.results, "publish")
    take(house.queue)
    tell(house.queue, Finished(done.id, 1, reference_to(ran.manifest)))
    take(house.queue)
    tell(house.queue, Failed(failed.id, 1, failure("no vocabulary", Cause.TOKENIZER, log=("a.py:1 in b",))))
    return house


def submitted(house: Installation, name: str, minute: int) -> EvalRequest:
    at = NOW + timedelta(minutes=minute)
    asked = request_for(house.suite, name, model=model(name, source=ModelSource.HUB), submitted_at=at)
    house.queue.submit(asked)
    return asked


def answers_of(house: Installation) -> _Answers:
    feed = BoardFeed(house)
    feed.look_now()
    return _Answers(house, feed)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, [*READ_ONLY, "/submit"]),
        ({"server_name": "0.0.0.0"}, READ_ONLY),  # noqa: S104 - a value to judge, nothing is bound
        ({"share": True}, READ_ONLY),
        (SPACE, READ_ONLY),
        (WITH_LOGIN, READ_ONLY),
        ({"half_a_space": True}, READ_ONLY),
    ],
)
def test_these_functions_have_a_name_and_no_others(
    house: Installation, changes: dict[str, Any], names: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gradio.oauth._get_mocked_oauth_info", dict)  # this process is no Space
    page = build_page(replace(house, settings=replace(house.settings, **changes)))
    told = page.get_api_info()
    assert told is not None
    assert sorted(told["named_endpoints"]) == names
    assert not told["unnamed_endpoints"]
    on_server = [one for one in page.config["dependencies"] if one["backend_fn"]]
    assert sorted(f"/{one['api_name']}" for one in on_server if one["api_name"] is not False) == names
    for endpoint in told["named_endpoints"].values():
        assert len(endpoint["description"]) > 80
        assert not any("token" in parameter["parameter_name"] for parameter in endpoint["parameters"])


def test_of_a_model_everything_is_told_under_its_name_in_any_letters(tiny_house: Installation):
    answers = answers_of(tiny_house)
    told = answers.model(" SOMOS/Meiga ")
    assert told["model"] == "somos/meiga"
    (row,) = told["rows"]
    assert row["tasks"]["refranes"]["items"] > 0
    assert [one["status"] for one in told["requests"]] == ["FINISHED"]
    assert told["edition"] == answers.ranking("")["edition"]
    assert told["rule"] == answers.ranking("")["rule"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_incident_06_of_a_model_that_failed_cause_detail_and_log_are_told(tiny_house: Installation):
    told = answers_of(tiny_house).model("somos/trasno")
    assert told["rows"] == []
    (asked,) = told["requests"]
    assert (asked["status"], asked["cause"], asked["detail"]) == ("FAILED", "tokenizer", "no vocabulary")
    assert asked["log"] == ["a.py:1 in b"]


def test_the_queue_is_told_with_places_and_without_what_is_the_machines_own(tiny_house: Installation):
    answers = answers_of(tiny_house)
    done, failed, waits = answers.queue("")
    assert [one["model"] for one in (done, failed, waits)] == ["somos/meiga", "somos/trasno", "somos/orballo"]
    assert (failed["status"], failed["cause"], failed["place"]) == ("FAILED", "tokenizer", None)
    assert (waits["status"], waits["place"], waits["wait_seconds"]) == ("PENDING", 1, 0.0)
    assert answers.queue("PENDING") == [waits]
    assert not {"worker", "lease_until", "log"} & waits.keys()


@pytest.mark.parametrize("name", ["", "somos/nadie", None, 7, ["somos/meiga"], {"a": 1}, "a" * 10**6, *NAMES])
def test_what_is_no_model_is_refused_in_a_sentence_of_one_line(name: object, tiny_house: Installation):
    with pytest.raises(gr.Error) as refused:
        answers_of(tiny_house).model(name)
    assert refused.value.message.startswith("There is no model ")
    assert len(refused.value.message) < 500
    assert refused.value.message.isprintable()


@pytest.mark.parametrize("wrong", ["xx", "pending", 7, ["es"], {"es": 1}])
def test_a_view_or_a_status_that_there_is_not_is_refused_with_those_that_there_are(
    wrong: object, tiny_house: Installation
):
    with pytest.raises(gr.Error, match=r"There is no view .*; there are es"):
        answers_of(tiny_house).ranking(wrong)
    with pytest.raises(gr.Error, match=r"There is no status .*; there are PENDING, RUNNING"):
        answers_of(tiny_house).queue(wrong)


def test_only_who_sits_at_the_machine_submits(tiny_house: Installation, tmp_path: Path):
    wish = Wish(str(write_model_folder(tmp_path / "models" / "nova-1b")))
    before = tiny_house.queue.view().version
    strangers = [asking(client="192.0.2.9"), asking(host="evil.example"), asking(x_forwarded_for="192.0.2.9")]
    for who in strangers:
        with pytest.raises(gr.Error, match="Only whoever sits at this machine"):
            answers_of(tiny_house).submit(wish, who)
    space = replace(tiny_house, settings=replace(tiny_house.settings, **WITH_LOGIN, maintainers=frozenset({"maite"})))
    with pytest.raises(gr.Error, match="Only whoever sits at this machine"):
        answers_of(space).submit(wish, asking(session=signed_in("maite")))
    assert tiny_house.queue.view().version == before


@pytest.fixture
def served(tiny_house: Installation) -> Iterator[str]:
    """The page as it is launched, with the guard around it; yields its address."""
    page = build_page(tiny_house)
    _, url, _ = page.launch(
        prevent_thread_lock=True, quiet=True, ssr_mode=False, server_name="127.0.0.1", **page.launch_arguments
    )
    yield url
    page.close(verbose=False)


def test_a_program_reads_the_ranking_a_model_and_the_queue_and_submits_on_its_own_machine(
    served: str, tiny_house: Installation, tmp_path: Path
):
    client = Client(served, verbose=False)
    ranking = client.predict("es", api_name="/ranking")
    assert ranking["rows"]["model"] == ["somos/meiga"]
    assert client.predict(name="somos/meiga", api_name="/model")["rows"][0]["model"] == "somos/meiga"
    assert [one["status"] for one in client.predict(api_name="/queue")] == ["FINISHED", "FAILED", "PENDING"]
    with pytest.raises(AppError, match="There is no model 'somos/nadie'"):
        client.predict("somos/nadie", api_name="/model")

    folder = write_model_folder(tmp_path / "models" / "nova-1b")
    told = client.predict(model=str(folder), precision="float32", api_name="/submit")
    entry = tiny_house.queue.view().entries[told["request"]]
    assert (entry.request.model.name, entry.state.status, told["place"]) == ("nova-1b", Status.PENDING, 2)
    with pytest.raises(AppError, match=r"nova-1b was submitted already"):
        client.predict(str(folder), "", "float32", "auto", api_name="/submit")


def test_a_program_without_gradios_client_reads_over_plain_http(served: str):
    answer = httpx.post(f"{served}gradio_api/run/queue", json={"data": ["FAILED"]})
    ((failed,),) = answer.json()["data"]
    assert failed["detail"] == "no vocabulary"
    refused = httpx.post(f"{served}gradio_api/run/ranking", json={"data": ["xx"]})
    assert refused.status_code == 500
    assert refused.json()["error"].startswith("There is no view 'xx'")
    foreign = httpx.post(f"{served}gradio_api/run/queue", json={"data": []}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_what_is_refused_is_said_in_english_as_all_of_it_is(tiny_house: Installation):
    with pytest.raises(gr.Error) as refused:
        answers_of(tiny_house).submit(Wish("no es un id"), asking(cookie="lang=es"))
    assert refused.value.message == load_texts("en")("problems.invalid_model_id", model="no es un id")
