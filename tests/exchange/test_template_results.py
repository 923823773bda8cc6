"""Result files of the template and of lm-eval: what they say, and what they must not pass for."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from benchmarks.real_data import SOURCE

from leaderboard.exchange.template_files import NotTakenError
from leaderboard.exchange.template_results import read_finite, read_result
from leaderboard.records import ImportedEvaluation, ImportedTask, ModelSource, sha256_hex
from tests.exchange.template_builders import OTHER_SHA, SHA, as_bytes, lm_eval_result, template_result

LATXA = SOURCE / "results_latxa"
needs_latxa = pytest.mark.skipif(not LATXA.is_dir(), reason="the real result files are not beside the project")


def read(document: Any) -> ImportedEvaluation:
    return read_result(as_bytes(document), "org/results_1.json")


def test_a_file_of_the_template_is_read_whole():
    document = template_result()
    found = read(document)
    assert (found.model, found.model_source, found.revision) == ("org/meiga-1b", ModelSource.HUB, SHA)
    assert (found.precision, found.evaluated_at, found.harness_version, found.limit) == ("float16", None, None, None)
    assert (found.source, found.source_sha256) == ("org/results_1.json", sha256_hex(as_bytes(document)))
    assert found.tasks == (ImportedTask(task="copa_es", metric="acc", value=0.25, stderr=0.02),)
    assert found.is_rankable


def test_a_file_of_lm_eval_is_read_whole():
    found = read(lm_eval_result("pretrained=org/meiga-1b,dtype=bfloat16,trust_remote_code=True", model_sha=SHA))
    assert (found.model, found.revision, found.precision) == ("org/meiga-1b", SHA, "bfloat16")
    assert found.evaluated_at == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert found.harness_version == "0.4.9"
    assert found.tasks == (
        ImportedTask(task="bhtc", metric="f1", filter="strict", value=0.75, stderr=None, shots=0),
        ImportedTask(
            task="copa_es", metric="acc", filter="none", value=0.5, stderr=0.01, shots=5, items=490, version="1.0"
        ),
    )


def test_items_come_from_the_metrics_where_the_file_has_no_list_of_them():
    document = lm_eval_result({"pretrained": "org/meiga-1b"}, num_fewshot=3)
    del document["n-samples"], document["n-shot"]
    assert [(one.task, one.items, one.shots) for one in read(document).tasks] == [("bhtc", None, 3), ("copa_es", 7, 3)]


def test_lightevals_name_of_the_configuration_is_known():
    document = template_result()
    document["config_general"] = document.pop("config")
    assert read(document).revision == SHA


@pytest.mark.parametrize("sha", [None, "", "main", SHA[:7], SHA.upper(), SHA + "\n", 7, [SHA]])
def test_without_a_full_sha_it_is_kept_unranked(sha: Any):
    found = read(template_result(model_sha=sha))
    assert found.revision is None
    assert not found.is_rankable
    assert "no full commit sha" in (found.why_unranked or "")


def test_the_commit_in_the_model_arguments_is_one_the_file_names():
    assert read(lm_eval_result(f"pretrained=org/m,revision={SHA}")).revision == SHA
    assert read(lm_eval_result("pretrained=org/m,revision=main", model_revision="main", model_sha=SHA)).revision == SHA


@pytest.mark.parametrize("limit", [10, 0.1])
def test_a_limited_run_is_kept_unranked(limit: float):
    found = read(lm_eval_result("pretrained=org/m", model_sha=SHA, limit=limit))
    assert (found.limit, found.is_rankable) == (limit, False)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("gpt2", "gpt2"), ("/home/ana/models/meiga-1b/", "meiga-1b"), ("/data//x/global_step100", "global_step100")],
)
def test_a_folder_is_kept_by_its_name_alone_and_never_ranked(name: str, kept: str):
    found = read(template_result(model_name=name))
    assert (found.model, found.model_source, found.is_rankable) == (kept, ModelSource.LOCAL, False)
    assert b"home" not in found.to_json()


def test_a_folder_does_not_take_the_id_of_another_name_in_the_file():
    found = read(template_result(model_name="/home/ana/mine", model_args="pretrained=org/meiga-1b"))
    assert (found.model, found.model_source) == ("mine", ModelSource.LOCAL)


@pytest.mark.parametrize(
    "arguments",
    [
        {"load_in_8bit": True},
        "load_in_8bit=True,dtype=float16",
    ],
)
def test_quantised_weights_do_not_pass_for_their_number_format(arguments: Any):
    assert read(template_result(model_args=arguments)).precision == "8bit"


@pytest.mark.parametrize(
    ("dtype", "precision"), [("auto", None), ("torch.bfloat16", "bfloat16"), ("", None), (8, None)]
)
def test_the_precision_is_the_one_given(dtype: Any, precision: str | None):
    assert read(template_result(model_dtype=dtype)).precision == precision


def test_whats_switched_off_changes_nothing():
    found = read(template_result(model_args="load_in_4bit=False,peft=None,delta="))
    assert found.precision == "float16"


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_name": "../../x"}, "'../../x' is neither an id on the Hub nor the name of a folder"),
        ({"model_name": "/../x"}, "neither an id"),
        ({"model_name": "/a/\x1b[2J"}, "neither an id"),
        ({"model_name": "a/b/c"}, "neither an id"),
        ({"model_name": "org/--x"}, "neither an id"),
        ({"model_name": ""}, "it names no model"),
        ({"model_name": 7}, "its model's name is not text"),
        ({"model_args": "pretrained=org/other"}, "it names two models, 'org/meiga-1b' and 'org/other'"),
        ({"model_args": f"revision={OTHER_SHA}"}, "it names two commits"),
        ({"model_args": "pretrained=org/meiga-1b,peft=org/adapter"}, r"on top of another model's \(peft\)"),
        ({"model_args": {"delta": "org/delta"}}, r"on top of another model's \(delta\)"),
        ({"limit": "ten"}, "limit: Input should be a valid number"),
        ({"limit": True}, "limit: Input should be a valid number"),
        ({"num_fewshot": "5"}, "'n-shot of copa_es': '5' is not a whole number"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(config: dict[str, Any], reason: str):
    with pytest.raises(NotTakenError, match=reason):
        read(template_result(**config))


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        ({"acc": math.nan}, "its `results` hold no score but what is no finite number: 'copa_es' 'acc'"),
        ({"acc": -math.inf}, "hold no score but what is no finite number"),
        ({"acc": 1e13}, "value: Input should be less than"),
        ({"acc": 10**400}, "value: Input should be"),
        ({"acc": "0.5"}, "'copa_es', 'acc': '0.5' is not a number"),
        ({"acc": True}, "True is not a number"),
        ({"acc": {"mean": 0.5}}, "is not a number"),
        ({"acc": 0.5, "acc_stderr": -0.1}, "stderr: Input should be greater than or equal to 0"),
        ({"acc": 0.5, "acc_stderr": 10**400}, "stderr: Input should be"),
        ({"acc": 0.5, "acc_stderr": "small"}, "'acc_stderr': 'small' is not a number"),
        ({"acc,": 0.5}, "filter: String should have at least 1 character"),
        ({"a\x1b[2J": 0.5}, "metric: .*cannot be printed"),
        ({"a" * 201: 0.5}, "metric: String should have at most 200"),
        ({"acc": 0.5, "sample_len": -1}, "items: Input should be greater"),
        ([0.5], "the results of 'copa_es' are not an object"),
        ({}, "its `results` hold no score"),
        ({"acc": "N/A", "acc_stderr": "N/A"}, "its `results` hold no score"),
        ({"alias": "copa"}, "its `results` hold no score"),
    ],
)
def test_metrics_that_cannot_be_are_refused(metrics: Any, reason: str):
    with pytest.raises(NotTakenError, match=reason):
        read(template_result({"copa_es": metrics}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"config": None}, "it has no `config`"),
        ({"config": []}, "its `config` is not an object"),
        ({"results": None}, "its `results` hold no score"),
        ({"results": [1]}, "its `results` is not an object"),
        ({"versions": 1}, "its `versions` is not an object"),
        ({"lm_eval_version": 4}, "harness_version: Input should be a valid string"),
        ({"n-shot": {"copa_es": -1}}, "shots: Input should be greater"),
        ({"n-samples": {"copa_es": {"effective": 1.5}}}, "1.5 is not a whole number"),
    ],
)
def test_a_document_of_another_shape_is_refused(change: dict[str, Any], reason: str):
    with pytest.raises(NotTakenError, match=reason):
        read({**template_result(), **change})


@pytest.mark.parametrize("stderr", [math.nan, math.inf, "N/A", None])
def test_a_standard_error_that_is_no_finite_number_is_unknown(stderr: Any):
    (figure,) = read(template_result({"copa_es": {"acc": 0.5, "acc_stderr": stderr}})).tasks
    assert (figure.value, figure.stderr) == (0.5, None)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_finite_number_takes_no_other_with_it(value: float):
    document = template_result({"copa_es": {"acc": value, "f1": 0.5}, "bhtc": {"f1": 0.25}})
    found, left_out = read_finite(as_bytes(document), "results.json")
    assert [(one.task, one.metric) for one in found.tasks] == [("bhtc", "f1"), ("copa_es", "f1")]
    assert left_out == ("'copa_es' 'acc'",)


@pytest.mark.parametrize(
    ("counts", "limit"),
    [
        ({"copa_es": (500, 10), "bhtc": (500, 20)}, 10),
        ({"copa_es": (500, 500), "bhtc": (500, 20)}, 20),
        ({"copa_es": (5, 5), "bhtc": (500, 500)}, None),
        ({"copa_es": ("N/A", 5)}, None),
    ],
)
def test_a_part_of_a_task_is_a_limit_also_where_the_file_names_none(
    counts: dict[str, tuple[Any, int]], limit: int | None
):
    told = {task: {"original": original, "effective": effective} for task, (original, effective) in counts.items()}
    document = {**template_result(limit=None), "n-samples": told}
    assert read(document).limit == limit
    assert read(document).is_rankable is (limit is None)
    document["config"]["limit"] = 7
    assert read(document).limit == 7


@pytest.mark.parametrize("date", ["2024-05-01", -1, 1e300, math.nan, True, None])
def test_a_date_that_is_no_moment_is_unknown(date: Any):
    assert read({**template_result(), "date": date}).evaluated_at is None


@pytest.mark.parametrize("version", [[1], {"v": 1}, True, "N/A", None])
def test_a_version_that_is_none_is_unknown(version: Any):
    assert read({**template_result(), "versions": {"copa_es": version}}).tasks[0].version is None


def test_the_id_is_of_what_it_says_and_not_of_its_spelling():
    document = template_result()
    turned = json.dumps(dict(reversed(document.items())), indent=3).encode()
    first, second = read(document), read_result(turned, "elsewhere.json")
    assert first.id == second.id
    assert first.source_sha256 != second.source_sha256
    assert read(template_result({"copa_es": {"acc": 0.26}})).id != first.id
    assert read(template_result(model_sha=OTHER_SHA)).id != first.id


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("mean", "mean"),
        ("<function micro_f1_score at 0x7f8cbd5de0c0>", "micro_f1_score"),
        ("!function utils.micro_f1_score", "micro_f1_score"),
        ("def micro_f1_score(items):\n    return 1\n", "micro_f1_score"),
        ("lambda items: 1", None),
        ("a" * 81, None),
        ("", None),
        (7, None),
    ],
)
def test_how_a_figure_was_aggregated_is_known_by_its_functions_name(written: Any, name: str | None):
    metrics = [{"metric": "other", "aggregation": "median"}, "broken", {"metric": "acc", "aggregation": written}]
    document = {**template_result(), "configs": {"copa_es": {"metric_list": metrics}}}
    assert read(document).tasks[0].aggregation == name


@pytest.mark.parametrize("configs", [{}, {"copa_es": 1}, {"copa_es": {}}, {"copa_es": {"metric_list": 1}}])
def test_a_file_without_its_tasks_configurations_says_no_aggregation(configs: Any):
    assert read({**template_result(), "configs": configs}).tasks[0].aggregation is None


def test_lm_evals_dummy_model_which_takes_no_name_is_kept_under_its_own():
    found = read(lm_eval_result("", model="dummy"))
    assert (found.model, found.model_source, found.is_rankable) == ("dummy", ModelSource.LOCAL, False)
    with pytest.raises(NotTakenError, match="it names no model"):
        read(lm_eval_result("", model="hf"))


@needs_latxa
def test_every_real_file_of_lm_eval_is_read():
    files = sorted(LATXA.glob("*.json"))
    found = {file.name: read_result(file.read_bytes(), file.name) for file in files}
    assert len(found) == 180
    assert len({one.id for one in found.values()}) == 180
    assert all(one.revision is None for one in found.values())
    # Every figure of every file and nothing else: counted here without the reader.
    figures = sum(
        isinstance(value, float) and "_stderr" not in key
        for file in files
        for metrics in json.loads(file.read_bytes())["results"].values()
        for key, value in metrics.items()
    )
    assert sum(len(one.tasks) for one in found.values()) == figures == 1090


@needs_latxa
def test_figures_of_real_files_are_those_of_the_files():
    name = "latxa-13b-v1_bhtc_v2_5-shot.json"
    (bhtc,) = read_result((LATXA / name).read_bytes(), name).tasks
    assert bhtc == ImportedTask(
        task="bhtc_v2",
        metric="f1",
        filter="none",
        value=0.5361380798274002,
        stderr=None,
        shots=5,
        aggregation="micro_f1_score",
    )
    older = read_result((LATXA / "Llama-2-7b-hf_xstory_cloze_0-shot.json").read_bytes(), "older.json")
    (basque,) = [one for one in older.tasks if one.task == "xstory_cloze_eu"]
    assert (basque.value, basque.stderr) == (0.5043017868960953, 0.012866649085718846)
    assert (basque.filter, basque.shots, basque.version) == (None, 0, "0")
    assert (older.model, len(older.tasks)) == ("meta-llama/Llama-2-7b-hf", 11)
