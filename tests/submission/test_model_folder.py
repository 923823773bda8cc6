"""What is found in a model's folder: a table of everything that can be wrong with one, and what is learnt of one.

The folders are read in a process of their own, by the code that the short-lived child runs.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leaderboard.records import Precision
from leaderboard.submission import CheckName, Finding, Outcome, ProblemCode
from leaderboard.submission.findings import Facts
from tests.submission.model_folders import (
    PARAMETERS,
    TOKENIZER,
    Edit,
    removing,
    renaming_weights,
    splitting_weights,
    write_header,
    write_json,
    write_weights,
    writing,
    writing_json,
)
from tests.submission.one_reader import OneReader
from tests.submission.telling import of, readable, told, troubles

CONFIG, CODE, ARCHITECTURE, WEIGHTS = CheckName.CONFIG, CheckName.CODE, CheckName.ARCHITECTURE, CheckName.WEIGHTS
TOKENS, TEMPLATE, CARD = CheckName.TOKENIZER, CheckName.CHAT_TEMPLATE, CheckName.CARD
MIB = 2**20

Fault = tuple[Edit, CheckName, ProblemCode, dict[str, str]]
"""What is done to a folder, which check finds it, and what it says beside."""


def config(**fields: Any) -> Edit:
    return writing_json("config.json", {"model_type": "llama", **fields})


def broken_config(content: bytes | str) -> Fault:
    return writing("config.json", content), CONFIG, ProblemCode.CONFIG_BROKEN, {"file": "config.json"}


def broken_weights(content: bytes) -> Fault:
    named = {"file": "model.safetensors"}
    return writing("model.safetensors", content), WEIGHTS, ProblemCode.WEIGHTS_BROKEN, named


def broken_index(index: object, file: str = "model.safetensors.index.json") -> Fault:
    edit = splitting_weights("m-1.safetensors", index=index)
    return edit, WEIGHTS, ProblemCode.WEIGHTS_BROKEN, {"file": file}


def header_saying(tensors: dict[str, Any]) -> Fault:
    def edit(folder: Path) -> None:
        write_header(folder / "model.safetensors", tensors, bytes(8))

    return edit, WEIGHTS, ProblemCode.WEIGHTS_BROKEN, {"file": "model.safetensors"}


def template(text: str, code: ProblemCode = ProblemCode.CHAT_TEMPLATE_BROKEN, **words: str) -> Fault:
    return writing("chat_template.jinja", text), TEMPLATE, code, words


def tokenizer(**fields: Any) -> Edit:
    return writing_json("tokenizer.json", {**TOKENIZER, **fields})


def cut_short(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-4])


def adapter(folder: Path) -> None:
    removing("config.json")(folder)
    adapter_beside_config(folder)


def adapter_beside_config(folder: Path) -> None:
    renaming_weights("adapter_model.safetensors")(folder)
    write_json(folder / "adapter_config.json", {"peft_type": "LORA"})


def too_many_shards(folder: Path) -> None:
    splitting_weights(index={"weight_map": {str(one): f"m-{one}.safetensors" for one in range(1025)}})(folder)
    for one in range(1025):
        (folder / f"m-{one}.safetensors").touch()


ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
NAMES_CODE = {"auto_map": {"AutoModelForCausalLM": "modeling.Evil", "AutoTokenizer": "tokenizer.Evil"}}

FAULTS: dict[str, Fault] = {
    "no configuration": (removing("config.json"), CONFIG, ProblemCode.CONFIG_MISSING, {"file": "config.json"}),
    "an empty configuration": broken_config(b""),
    "a configuration that is not JSON": broken_config(b"not JSON"),
    "a list": broken_config(b"[1]"),
    "another encoding": broken_config(b"\xff\xfe\xfa"),
    "brackets without end": broken_config(b"[" * 4 * MIB),
    "objects within objects": broken_config('{"a":' * 300_000 + "1" + "}" * 300_000),
    "a number without end": broken_config(b'{"a": ' + b"9" * 5000 + b"}"),
    "too large a configuration": broken_config(b" " * (4 * MIB + 1)),
    "five mebibytes of configuration": broken_config(b'{"a": "' + b"x" * 5 * MIB + b'"}'),
    "code for the model": (config(**NAMES_CODE), CODE, ProblemCode.NEEDS_CODE, {"file": "config.json"}),
    "code for the tokenizer": (
        writing_json("tokenizer_config.json", NAMES_CODE), CODE, ProblemCode.NEEDS_CODE,
        {"file": "tokenizer_config.json"},
    ),
    "code for the processor": (
        writing_json("processor_config.json", NAMES_CODE), CODE, ProblemCode.NEEDS_CODE,
        {"file": "processor_config.json"},
    ),
    "an empty map of code": (config(auto_map={}), CODE, ProblemCode.NEEDS_CODE, {"file": "config.json"}),
    "a broken tokenizer configuration": (
        writing("tokenizer_config.json", "not JSON"), CODE, ProblemCode.CONFIG_BROKEN,
        {"file": "tokenizer_config.json"},
    ),
    "an architecture of nobody's": (
        config(model_type="mamut"), ARCHITECTURE, ProblemCode.ARCHITECTURE_UNKNOWN, {"architecture": "mamut"},
    ),
    "an architecture for pictures": (
        config(model_type="vit"), ARCHITECTURE, ProblemCode.ARCHITECTURE_UNKNOWN, {"architecture": "vit"},
    ),
    "a classifier of a known kind": (
        config(architectures=["LlamaForSequenceClassification"]), ARCHITECTURE, ProblemCode.ARCHITECTURE_UNKNOWN,
        {"architecture": "LlamaForSequenceClassification"},
    ),
    "an encoder that fills gaps": (
        config(model_type="bert", architectures=["BertForMaskedLM"]), ARCHITECTURE, ProblemCode.ARCHITECTURE_UNKNOWN,
        {"architecture": "BertForMaskedLM"},
    ),
    "an adapter beside a whole model": (
        writing_json("adapter_config.json", {"peft_type": "LORA"}), CONFIG, ProblemCode.ADAPTER, {},
    ),
    "no architecture": (
        writing("config.json", "{}"), ARCHITECTURE, ProblemCode.ARCHITECTURE_UNKNOWN, {"architecture": "—"},
    ),
    "an architecture that deceives the eye": (
        writing("config.json", r'{"model_type": "\ud800\u202ellama"}'), ARCHITECTURE,
        ProblemCode.ARCHITECTURE_UNKNOWN, {"architecture": "\ufffd\ufffdllama"},
    ),
    "an architecture of lists": (
        config(model_type=[{"a": 1}] * 50), ARCHITECTURE, ProblemCode.ARCHITECTURE_UNKNOWN,
        {"architecture": str([{"a": 1}] * 50)[:80]},
    ),
    "a packing that nobody loads": (
        config(quantization_config={"quant_method": "HQQ"}), ARCHITECTURE, ProblemCode.QUANTISATION_UNKNOWN,
        {"method": "hqq"},
    ),
    "a packing without a name": (
        config(compression_config=["pack-quantized"]), ARCHITECTURE, ProblemCode.QUANTISATION_UNKNOWN,
        {"method": "unknown"},
    ),
    "a packing that deceives the eye": (
        writing("config.json", r'{"model_type": "llama", "quantization_config": {"quant_method": "\u202e\ud800"}}'),
        ARCHITECTURE, ProblemCode.QUANTISATION_UNKNOWN, {"method": "\ufffd\ufffd"},
    ),
    "no weights": (removing("model.safetensors"), WEIGHTS, ProblemCode.WEIGHTS_MISSING, {}),
    "an adapter": (adapter, CONFIG, ProblemCode.ADAPTER, {}),
    "an adapter beside a configuration": (adapter_beside_config, CONFIG, ProblemCode.ADAPTER, {}),
    "empty weights": broken_weights(b""),
    "weights of noise": broken_weights(b"\xff" * 64),
    "weights without a header": broken_weights((2).to_bytes(8, "little") + b"{]"),
    "weights of no tensors": (
        writing("model.safetensors", (2).to_bytes(8, "little") + b"{}"), WEIGHTS, ProblemCode.WEIGHTS_BROKEN,
        {"file": "*.safetensors", "reason": "no tensors"},
    ),
    "weights cut short": (cut_short, WEIGHTS, ProblemCode.WEIGHTS_BROKEN, {"file": "model.safetensors"}),
    "numbers beyond the end": header_saying({"a": {**ONE, "shape": [2**40], "data_offsets": [0, 2**42]}}),
    "numbers before the beginning": header_saying({"a": {**ONE, "data_offsets": [-8, 0]}}),
    "two tensors in one place": header_saying({"a": ONE, "b": ONE}),
    "more numbers than bytes": header_saying({"a": {**ONE, "shape": [2**62, 4]}}),
    "numbers of no known kind": header_saying({"a": {**ONE, "dtype": "F33"}}),
    "weights without numbers": (
        lambda folder: write_weights(folder / "model.safetensors", empty=np.zeros((0, 8), np.float32)), WEIGHTS,
        ProblemCode.WEIGHTS_BROKEN, {"file": "*.safetensors", "reason": "no tensors"},
    ),
    "a broken shard": (
        lambda folder: splitting_weights("m-1.safetensors", "m-2.safetensors")(folder)
        or (folder / "m-2.safetensors").write_bytes(b"half"),
        WEIGHTS, ProblemCode.WEIGHTS_BROKEN, {"file": "m-2.safetensors"},
    ),
    "an index of what is not there": broken_index({"weight_map": {"a": "m-9.safetensors"}}, "m-9.safetensors"),
    "an index of a path": broken_index({"weight_map": {"a": "../m-1.safetensors"}}),
    "an index of a path among others": broken_index({"weight_map": {"a": "m-1.safetensors", "b": "/m.safetensors"}}),
    "an index of another system's path": broken_index({"weight_map": {"a": r"..\m-1.safetensors"}}),
    "an index of a pickle": broken_index({"weight_map": {"a": "m-1.bin"}}),
    "an index of a hidden file": broken_index({"weight_map": {"a": ".safetensors"}}),
    "an index of nothing": broken_index({"weight_map": {}}),
    "an index of another kind": broken_index({"weight_map": ["m-1.safetensors"]}),
    "an index that deceives the eye": broken_index(
        {"weight_map": {"a": "m\u202e.safetensors"}}, "model.safetensors.index.json"
    ),
    "an index that is not JSON": (
        lambda folder: splitting_weights("m-1.safetensors")(folder)
        or (folder / "model.safetensors.index.json").write_text("not JSON"),
        WEIGHTS, ProblemCode.CONFIG_BROKEN, {"file": "model.safetensors.index.json"},
    ),
    "too many shards": (
        too_many_shards, WEIGHTS, ProblemCode.WEIGHTS_BROKEN, {"file": "model.safetensors.index.json"},
    ),
    "no tokenizer": (removing("tokenizer.json"), TOKENS, ProblemCode.TOKENIZER_MISSING, {}),
    "a tokenizer that is not JSON": (writing("tokenizer.json", "{"), TOKENS, ProblemCode.TOKENIZER_BROKEN, {}),
    "a tokenizer of another kind": (
        tokenizer(model={"type": "Magic"}), TOKENS, ProblemCode.TOKENIZER_BROKEN, {},
    ),
    "a tokenizer that reads nothing": (
        tokenizer(normalizer={"type": "Replace", "pattern": {"Regex": "."}, "content": ""}), TOKENS,
        ProblemCode.TOKENIZER_BROKEN, {"reason": "no tokens"},
    ),
    "a template that is none": template("{% if"),
    "a template that raises": template("{{ raise_exception('sin sistema') }}", reason="TemplateError: sin sistema"),
    "a template that raises something with signs": template("{{ raise_exception('\u202eno\x1b') }}"),
    "a template that leaves out the user": template(
        "hola {{ bos_token }}", reason="it leaves out what the user says"
    ),
    "a template that leaves out the last turn": template(
        "{{ messages[0].content }}", reason="it leaves out what the user says"
    ),
    "a template that looks for a way out": template("{{ ().__class__.__base__.__subclasses__() }}"),
    "a template that changes what it is given": template("{{ messages.clear() }}"),
    "a template that calls itself": template("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}"),
    "a template that counts very far": template("{% for a in range(10**9) %}x{% endfor %}"),
    "a template that divides by nothing": template("{{ 1 / 0 }}"),
    "a template that asks what is not there": template("{{ messages[7].content }}"),
    "a template that writes too much": template(
        "{% for one in messages %}{{ one.content }}{% endfor %}{{ 'a' * 200001 }}",
        ProblemCode.CHAT_TEMPLATE_TOO_LONG, limit="200000",
    ),
    "templates of which none is the usual one": (
        writing_json(
            "tokenizer_config.json",
            {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": [{"name": "rag", "template": "x"}]},
        ),
        TEMPLATE, ProblemCode.CHAT_TEMPLATE_BROKEN, {},
    ),
}  # fmt: skip


def read(reader: OneReader, folder: Path, packings: frozenset[str] = frozenset()) -> list[Finding]:
    return list(map(readable, reader.read(folder, packings)))


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_folder_is_told_where_it_is_and_in_words(reader: OneReader, folder: Path, fault: str):
    edit, check, code, words = FAULTS[fault]
    edit(folder)
    findings = read(reader, folder)
    found = of(check, findings)
    assert (found.outcome, found.problem) == (Outcome.REFUSED, code)
    assert {name: found.words[name] for name in words} == words
    assert not any(str(folder) in str(finding.words) for finding in findings)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.ckpt", "model.pt", "m.pth", "m.pkl", "m.h5", "m.msgpack"])
def test_weights_in_pickles_only_are_refused(reader: OneReader, folder: Path, name: str):
    renaming_weights(name)(folder)
    assert troubles(read(reader, folder))[WEIGHTS] is ProblemCode.WEIGHTS_NOT_SAFE


def test_a_pickle_beside_the_weights_hinders_nothing(reader: OneReader, folder: Path):
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04cposix\nsystem\n")
    assert of(WEIGHTS, read(reader, folder)).facts.parameters == PARAMETERS


def test_a_folder_that_nothing_is_wrong_with_passes_and_every_fact_is_told(reader: OneReader, folder: Path):
    write_json(folder / "config.json", {"model_type": "llama", "vocab_size": 32, "max_position_embeddings": 64})
    (folder / "README.md").write_text("---\nlicense: apache-2.0\nbase_model: org/original\n---\n# A model\n")
    (folder / "chat_template.jinja").write_text("{% for one in messages %}{{ one.content }}{% endfor %}")
    findings = read(reader, folder)
    assert {finding.outcome for finding in findings} == {Outcome.PASSED}
    facts = Facts()
    for finding in findings:
        facts = facts.with_those_of(finding.facts)
    assert facts == Facts(
        parameters=PARAMETERS,
        native_precision=Precision.FLOAT32,
        weights_bytes=12 * 4 + 5 * 2,
        architecture="LlamaForCausalLM",
        vocabulary=32,
        has_chat_template=True,
        licence="apache-2.0",
        base_models=("org/original",),
    )


def test_a_broken_configuration_leaves_out_only_what_needs_it(reader: OneReader, folder: Path):
    (folder / "config.json").unlink()
    assert told(read(reader, folder)) == {
        CONFIG: ProblemCode.CONFIG_MISSING,
        WEIGHTS: Outcome.PASSED,
        TOKENS: Outcome.PASSED,
        TEMPLATE: Outcome.PASSED,
        CARD: ProblemCode.CARD_MISSING,
        CheckName.LINEAGE: Outcome.PASSED,
    }


def test_everything_that_is_wrong_is_told_at_once(reader: OneReader, folder: Path):
    config(model_type="mamut", **NAMES_CODE)(folder)
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).unlink()
    assert troubles(read(reader, folder)) == {
        CODE: ProblemCode.NEEDS_CODE,
        ARCHITECTURE: ProblemCode.ARCHITECTURE_UNKNOWN,
        WEIGHTS: ProblemCode.WEIGHTS_MISSING,
        TOKENS: ProblemCode.TOKENIZER_MISSING,
        CARD: ProblemCode.CARD_MISSING,
    }


def test_a_model_that_writes_from_what_it_reads_is_accepted(reader: OneReader, folder: Path):
    config(model_type="t5")(folder)
    assert of(ARCHITECTURE, read(reader, folder)).facts.architecture == "T5ForConditionalGeneration"


def test_a_packing_that_the_workers_load_is_accepted_and_kept(reader: OneReader, folder: Path):
    config(quantization_config={"quant_method": "FP8"})(folder)
    assert ARCHITECTURE in troubles(read(reader, folder, frozenset({"gptq"})))
    found = of(ARCHITECTURE, read(reader, folder, frozenset({"gptq", "fp8"})))
    assert (found.outcome, found.facts.quantisation) == (Outcome.PASSED, "fp8")


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"vocab_size": 9}, 9),
        ({"text_config": {"vocab_size": 9}}, 9),
        ({"vocab_size": None, "text_config": {"vocab_size": 9}}, 9),
        ({"text_config": [9]}, None),
        ({"vocab_size": True}, None),
        ({"vocab_size": "9"}, None),
        ({"vocab_size": -9}, None),
        ({"vocab_size": 10**30}, None),
        ({"vocab_size": 9.5}, None),
    ],
)
def test_what_is_no_number_of_words_is_not_taken_for_one(
    reader: OneReader, folder: Path, fields: dict[str, Any], known: int | None
):
    config(**fields)(folder)
    assert of(ARCHITECTURE, read(reader, folder)).facts.vocabulary == known


def test_the_parameters_of_all_shards_count(reader: OneReader, folder: Path):
    splitting_weights("m-1.safetensors", "m-2.safetensors")(folder)
    assert of(WEIGHTS, read(reader, folder)).facts.parameters == 2 + 3


def test_incident_23_the_same_weights_in_another_form_beside_them_are_not_counted_twice(
    reader: OneReader, folder: Path
):
    write_weights(folder / "consolidated.safetensors")
    assert of(WEIGHTS, read(reader, folder)).facts.parameters == PARAMETERS
    splitting_weights("m-1.safetensors", "m-2.safetensors")(folder)
    assert of(WEIGHTS, read(reader, folder)).facts.parameters == 2 + 3


@pytest.mark.parametrize(
    "place",
    [
        writing("chat_template.jinja", "{{ messages[-1].content }}"),
        writing_json(
            "tokenizer_config.json",
            {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": "{{ messages[-1].content }}"},
        ),
    ],
    ids=["in a file of its own", "in the tokenizer's configuration"],
)
def test_a_chat_template_that_works_makes_an_instruct_model(reader: OneReader, folder: Path, place: Edit):
    place(folder)
    found = of(TEMPLATE, read(reader, folder))
    assert (found.outcome, found.facts.has_chat_template, found.words) == (Outcome.PASSED, True, {"found": "one"})


CARDS: dict[str, tuple[str, ProblemCode | None, str | None]] = {
    "a licence": ("---\nlicense: apache-2.0\n---\n", None, "apache-2.0"),
    "several": ("---\nlicense: [mit, cc-by-4.0]\n---\n", None, "mit, cc-by-4.0"),
    "another": ("---\nlicense: other\nlicense_name: latxa\n---\n", None, "latxa"),
    "another without a name": ("---\nlicense: other\n---\n", None, "other"),
    "a very long one": (f"---\nlicense: {'x' * 500}\n---\n", None, "x" * 80),
    "one that deceives the eye": ('---\nlicense: "mit\\u202e\\x1b"\n---\n', None, "mit\ufffd\ufffd"),
    "a table": ("---\nlicense: {a: 1}\n---\n", None, "{'a': 1}"),
    "none": ("---\ntags: [merge]\n---\n", ProblemCode.LICENCE_MISSING, None),
    "no, which YAML takes for false": ("---\nlicense: no\n---\n", ProblemCode.LICENCE_MISSING, None),
    "no head": ("# A model\n", ProblemCode.LICENCE_MISSING, None),
    "no end": ("---\nlicense: apache-2.0\n", ProblemCode.LICENCE_MISSING, None),
    "a list": ("---\n- a\n---\n", ProblemCode.CARD_MISSING, None),
    "brackets without end": ("---\nlicense: [apache-2.0\n---\n", ProblemCode.CARD_MISSING, None),
    "a sign that YAML has not": ("---\nlicense: \x01\n---\n", ProblemCode.CARD_MISSING, None),
    "an object": ("---\nlicense: !!python/object:os.system x\n---\n", ProblemCode.CARD_MISSING, None),
    "a number for a key": ("---\n1: x\n---\n", ProblemCode.CARD_MISSING, None),
    "results that are none": ("---\nlicense: mit\nmodel-index: 3\n---\n", None, "mit"),
    "results of the reader's own": (
        "---\nlicense: mit\nmodel_name: x\neval_results: abc\n---\n", ProblemCode.CARD_MISSING, None,
    ),
    "words of the reader's own": (
        "---\nlicense: mit\nignore_metadata_errors: 1\n---\n", ProblemCode.CARD_MISSING, None,
    ),
    "aliases of aliases": (
        "---\nlicense: mit\na0: &a0 [x, x]\n"
        + "".join(f"a{one}: &a{one} [{', '.join([f'*a{one - 1}'] * 9)}]\n" for one in range(1, 9))
        + "---\n",
        None, "mit",
    ),
    "another encoding": ("---\nlicense: \udcff\n---\n", ProblemCode.CARD_MISSING, None),
    "too much": ("---\nlicense: mit\n---\n" + " " * 4 * MIB, ProblemCode.CARD_MISSING, None),
}  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
def test_a_card_says_the_licence_or_it_is_told_that_none_does(reader: OneReader, folder: Path, card: str):
    content, problem, licence = CARDS[card]
    (folder / "README.md").write_bytes(content.encode(errors="surrogateescape"))
    found = of(CARD, read(reader, folder))
    assert (found.problem, found.facts.licence) == (problem, licence)
    assert found.outcome is (Outcome.WARNED if problem else Outcome.PASSED)


@pytest.mark.parametrize(
    ("head", "kind", "bases", "merged"),
    [
        ("license: mit", "none", (), False),
        ("base_model: org/original", "derived", ("org/original",), False),
        ("base_model: [org/one, org/two]", "derived", ("org/one", "org/two"), False),
        ("base_model: [org/one, org/two]\nbase_model_relation: merge", "merge", ("org/one", "org/two"), True),
        ("base_model: org/one\ntags: [Mergekit]", "merge", ("org/one",), True),
        ("tags: [merge]", "merge", (), True),
        ("base_model: {a: 1}", "derived", ("{'a': 1}",), False),
        (f"base_model: [{', '.join(f'org/m{one}' for one in range(50))}]", "derived",
         tuple(f"org/m{one}" for one in range(20)), False),
    ],
)  # fmt: skip
def test_a_card_says_what_a_model_was_made_from(
    reader: OneReader, folder: Path, head: str, kind: str, bases: tuple[str, ...], merged: bool
):
    (folder / "README.md").write_text(f"---\n{head}\n---\n")
    found = of(CheckName.LINEAGE, read(reader, folder))
    assert (found.words["found"], found.facts.base_models, found.facts.is_merge) == (kind, bases, merged)


def test_nothing_in_the_folder_is_changed(reader: OneReader, folder: Path):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    read(reader, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
