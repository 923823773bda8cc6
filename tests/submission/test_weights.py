"""Incident 23: how many parameters weights hold, however they are packed.

Real safetensors files, written as each method's own code stores them, and read by the code of the short-lived child.
What is expected is worked out from the layers as they were before they were packed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leaderboard.records import Precision
from leaderboard.submission import CheckName, Outcome, ProblemCode
from leaderboard.submission.weights import TensorHeader, WeightsSummary, quantisation_method, summarise_weights
from tests.submission.model_folders import write_header, write_json
from tests.submission.one_reader import OneReader
from tests.submission.telling import of

IN, OUT, GROUP, VOCABULARY, EXPERTS = 128, 256, 32, 300, 4
LINEAR = IN * OUT
BESIDE = VOCABULARY * IN + IN
"""An embedding and a norm, which no method packs."""

Tensors = Mapping[str, tuple[str, tuple[int, ...]]]
"""Name to format and shape, as the header has them."""

PLAIN: Tensors = {"model.embed_tokens.weight": ("BF16", (VOCABULARY, IN)), "model.norm.weight": ("BF16", (IN,))}
_BYTES = {"F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2}
UP = "model.layers.0.mlp.up_proj"


@dataclass(frozen=True)
class Packing:
    """How one method stores a linear layer."""

    said: Mapping[str, Any]
    """Its `quantization_config`."""
    layer: Tensors
    layers: int = LINEAR
    """How many parameters the layer had before."""
    plain: Tensors = field(default_factory=lambda: PLAIN)


def gptq(bits: int) -> Packing:
    rows, groups = IN * bits // 32, IN // GROUP
    layer = {
        f"{UP}.qweight": ("I32", (rows, OUT)),
        f"{UP}.qzeros": ("I32", (groups, OUT * bits // 32)),
        f"{UP}.scales": ("F16", (groups, OUT)),
        f"{UP}.g_idx": ("I32", (IN,)),
        f"{UP}.bias": ("F16", (OUT,)),
    }
    return Packing({"quant_method": "gptq", "bits": bits, "group_size": GROUP}, layer, LINEAR + OUT)


def compressed(said: str, bits: int, layer: Tensors, **more: Any) -> Packing:
    groups = {
        "group_0": {"targets": ["Linear"], "weights": {"num_bits": bits, "type": "int"}, "input_activations": None}
    }
    return Packing({"quant_method": "compressed-tensors", "format": said, "config_groups": groups, **more}, layer)


PACK_QUANTIZED: Tensors = {
    f"{UP}.weight_packed": ("I32", (OUT, IN * 4 // 32)),
    f"{UP}.weight_scale": ("BF16", (OUT, IN // GROUP)),
    f"{UP}.weight_zero_point": ("I32", (OUT * 4 // 32, IN // GROUP)),
    f"{UP}.weight_shape": ("I64", (2,)),
    f"{UP}.weight_g_idx": ("I32", (IN,)),
}
NVFP4: Tensors = {
    f"{UP}.weight_packed": ("U8", (OUT, IN // 2)),
    f"{UP}.weight_scale": ("F8_E4M3", (OUT, IN // 16)),
    f"{UP}.weight_global_scale": ("F32", (1,)),
    f"{UP}.input_global_scale": ("F32", (1,)),
}
SPARSE: Tensors = {f"{UP}.weight_packed": ("I32", (OUT, IN * 4 // 64)), f"{UP}.meta": ("I16", (OUT, IN // 32))}
BLOCKS: Tensors = {
    "model.layers.0.mlp.experts.gate_up_proj_blocks": ("U8", (EXPERTS, OUT, IN // 32, 16)),
    "model.layers.0.mlp.experts.gate_up_proj_scales": ("U8", (EXPERTS, OUT, IN // 32)),
    "model.layers.0.mlp.experts.gate_up_proj_bias": ("BF16", (EXPERTS, OUT)),
}
NF4: Tensors = {
    f"{UP}.weight": ("U8", (LINEAR // 2, 1)),
    f"{UP}.weight.absmax": ("U8", (LINEAR // 64,)),
    f"{UP}.weight.nested_absmax": ("F32", (LINEAR // 64 // 256,)),
    f"{UP}.weight.nested_quant_map": ("F32", (256,)),
    f"{UP}.weight.quant_map": ("F32", (16,)),
    f"{UP}.weight.quant_state.bitsandbytes__nf4": ("U8", (90,)),
}

KNOWN: dict[str, Packing] = {
    "gptq of 2 bits": gptq(2),
    "gptq of 3 bits": gptq(3),
    "gptq of 4 bits": gptq(4),
    "gptq of 8 bits": gptq(8),
    "awq": Packing(
        {"quant_method": "awq", "bits": 4, "group_size": GROUP},
        {
            f"{UP}.qweight": ("I32", (IN, OUT // 8)),
            f"{UP}.qzeros": ("I32", (IN // GROUP, OUT // 8)),
            f"{UP}.scales": ("F16", (IN // GROUP, OUT)),
        },
    ),
    "bitsandbytes of 4 bits": Packing({"quant_method": "bitsandbytes", "load_in_4bit": True}, NF4),
    "bitsandbytes of 8 bits": Packing(
        {"quant_method": "bitsandbytes", "load_in_8bit": True, "load_in_4bit": False},
        {
            f"{UP}.weight": ("I8", (OUT, IN)),
            f"{UP}.SCB": ("F32", (OUT,)),
            f"{UP}.weight_format": ("U8", ()),
        },
    ),
    "compressed-tensors, packed": compressed("pack-quantized", 4, PACK_QUANTIZED),
    "compressed-tensors, nvfp4": compressed("nvfp4-pack-quantized", 4, NVFP4),
    "compressed-tensors, 8 bits": compressed(
        "int-quantized", 8, {f"{UP}.weight": ("I8", (OUT, IN)), f"{UP}.weight_scale": ("BF16", (OUT, 1))}
    ),
    "compressed-tensors, fp8": compressed(
        "float-quantized", 8,
        {
            f"{UP}.weight": ("F8_E4M3", (OUT, IN)),
            f"{UP}.weight_scale": ("BF16", (OUT, 1)),
            f"{UP}.input_scale": ("BF16", (1,)),
        },
    ),
    "fp8": Packing(
        {"quant_method": "fp8", "weight_block_size": [128, 128]},
        {f"{UP}.weight": ("F8_E4M3", (OUT, IN)), f"{UP}.weight_scale_inv": ("F32", (OUT // 128, IN // 128))},
    ),
    "fbgemm_fp8": Packing(
        {"quant_method": "fbgemm_fp8"},
        {
            f"{UP}.weight": ("F8_E4M3", (OUT, IN)),
            f"{UP}.weight_scale": ("F32", (OUT, 1)),
            f"{UP}.input_scale_ub": ("F32", (1,)),
        },
    ),
    "mxfp4": Packing({"quant_method": "mxfp4"}, BLOCKS, EXPERTS * (LINEAR + OUT)),
    "bitnet": Packing(
        {"quant_method": "bitnet"}, {f"{UP}.weight": ("U8", (OUT // 4, IN)), f"{UP}.weight_scale": ("BF16", (1,))}
    ),
    "mixed with what is not packed": Packing(
        {"quant_method": "BitsAndBytes", "load_in_4bit": True}, {**NF4, "lm_head.weight": ("BF16", (VOCABULARY, IN))},
        LINEAR + VOCABULARY * IN,
    ),
}  # fmt: skip

UNKNOWN: dict[str, Packing] = {
    "a method of nobody's": Packing({"quant_method": "mamut"}, NF4),
    "a method without a name": Packing({"bits": 4}, NF4),
    "gptq without its bits": Packing({"quant_method": "gptq"}, gptq(4).layer),
    "gptq of bits that are none": Packing({"quant_method": "gptq", "bits": "4"}, gptq(4).layer),
    "gptq of no bits": Packing({"quant_method": "gptq", "bits": 0}, gptq(4).layer),
    "gptq of too many bits": Packing({"quant_method": "gptq", "bits": 64}, gptq(4).layer),
    "compressed-tensors of several kinds": compressed(
        "pack-quantized", 4, PACK_QUANTIZED,
        config_groups={"a": {"weights": {"num_bits": 4}}, "b": {"weights": {"num_bits": 8}}},
    ),
    "compressed-tensors without its zeros": compressed("marlin-24", 4, SPARSE),
    "compressed-tensors with a mask": compressed(
        "dense", 4, {f"{UP}.compressed": ("BF16", (LINEAR // 2,)), f"{UP}.bitmask": ("U8", (OUT, IN // 8))},
        sparsity_config={"format": "sparse-24-bitmask"},
    ),
    "compressed-tensors in a form that is none": compressed("pack-quantized", 4, PACK_QUANTIZED, format=["dense"]),
}  # fmt: skip


def write(path: Path, tensors: Tensors) -> int:
    """Write tensors of zeros; return how many bytes they take."""
    header, end = {}, 0
    for name, (dtype, shape) in tensors.items():
        begin, end = end, end + math.prod(shape) * _BYTES.get(dtype, 1)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
    write_header(path, header, bytes(end))
    return end


def packed(folder: Path, packing: Packing) -> int:
    """Write a model that is packed so; return the bytes of its weights."""
    write_json(folder / "config.json", {"model_type": "llama", "quantization_config": packing.said})
    return write(folder / "model.safetensors", {**packing.layer, **packing.plain})


@pytest.mark.parametrize("name", KNOWN)
def test_incident_23_packed_parameters_are_counted_as_they_were_before(reader: OneReader, folder: Path, name: str):
    size = packed(folder, KNOWN[name])
    found = of(CheckName.WEIGHTS, reader.read(folder))
    assert (found.outcome, found.facts.parameters) == (Outcome.PASSED, KNOWN[name].layers + BESIDE)
    assert found.facts.weights_bytes == size
    assert found.words["parameters"] == str(KNOWN[name].layers + BESIDE)


@pytest.mark.parametrize("name", UNKNOWN)
def test_incident_23_a_packing_that_is_not_known_has_an_unknown_count_and_never_none_at_all(
    reader: OneReader, folder: Path, name: str
):
    size = packed(folder, UNKNOWN[name])
    found = of(CheckName.WEIGHTS, reader.read(folder))
    assert (found.outcome, found.problem) == (Outcome.WARNED, ProblemCode.PARAMETERS_UNKNOWN)
    assert (found.facts.parameters, found.facts.native_precision, found.facts.weights_bytes) == (None, None, size)


def test_a_configuration_of_the_older_name_is_understood_too(reader: OneReader, folder: Path):
    one = KNOWN["compressed-tensors, packed"]
    packed(folder, one)
    write_json(folder / "config.json", {"model_type": "llama", "compression_config": one.said})
    assert of(CheckName.WEIGHTS, reader.read(folder)).facts.parameters == LINEAR + BESIDE


@pytest.mark.parametrize(
    ("dtypes", "native"),
    [
        (("F32", "F32"), Precision.FLOAT32),
        (("BF16", "F32"), Precision.BFLOAT16),
        (("F16", "F32"), Precision.FLOAT16),
        (("F8_E4M3", "F32"), None),
    ],
)
def test_the_format_of_most_parameters_is_that_of_the_weights(
    reader: OneReader, folder: Path, dtypes: tuple[str, str], native: Precision | None
):
    write(folder / "model.safetensors", {"a": (dtypes[0], (7, 2)), "b": (dtypes[1], (13,))})
    facts = of(CheckName.WEIGHTS, reader.read(folder)).facts
    assert (facts.parameters, facts.native_precision) == (27, native)


def test_a_packed_model_has_no_precision_of_its_own(reader: OneReader, folder: Path):
    packed(folder, Packing(KNOWN["gptq of 4 bits"].said, gptq(4).layer, plain={}))
    found = of(CheckName.WEIGHTS, reader.read(folder))
    assert (found.facts.native_precision, found.words["precision"]) == (None, "gptq")


@pytest.mark.parametrize(
    ("said", "method"),
    [
        (None, None),
        ({}, "unknown"),
        ({"quant_method": None}, "unknown"),
        ({"quant_method": "GPTQ"}, "gptq"),
        ({"quant_method": ["a"]}, "['a']"),
    ],
)
def test_a_method_is_named_as_transformers_names_it(said: Mapping[str, Any] | None, method: str | None):
    assert quantisation_method(said) == method


def test_numbers_of_less_than_a_byte_take_less():
    four_bits = TensorHeader("a", "F4", (8, 2))
    assert (four_bits.numbers, four_bits.bytes) == (16, 8)


@pytest.mark.parametrize("said", [None, {"quant_method": "gptq", "bits": 4}])
def test_no_tensors_are_an_unknown_number_of_parameters(said: Mapping[str, Any] | None):
    assert summarise_weights([], said) == WeightsSummary(None, None, 0)
    assert summarise_weights([TensorHeader("a", "F32", (0, 8))], said) == WeightsSummary(None, None, 0)
    assert np.prod(()) == TensorHeader("scalar", "F32", ()).numbers == 1


def test_incident_23_tables_beside_the_parameters_are_none(reader: OneReader, folder: Path):
    """As GPT-2's and GPT-NeoX's checkpoints of old keep them: masks, positions, frequencies."""
    tables = {
        "h.0.attn.bias": ("F32", (1, 1, 16, 16)),
        "h.0.attn.masked_bias": ("F32", (1,)),
        "layers.0.attention.bias": ("U8", (1, 1, 16, 16)),
        "layers.0.rotary_emb.inv_freq": ("F32", (8,)),
        "embeddings.position_ids": ("I64", (1, 512)),
    }
    learnt = {"h.0.attn.c_attn.weight": ("F32", (8, 24)), "x.0.attention.bias": ("F32", (24,))}
    write(folder / "model.safetensors", {**tables, **learnt})
    assert of(CheckName.WEIGHTS, reader.read(folder)).facts.parameters == 8 * 24 + 24


@pytest.mark.parametrize(("tied", "heads"), [(True, 0), (False, 1)])
def test_a_head_that_is_tied_to_the_embeddings_counts_once(reader: OneReader, folder: Path, tied: bool, heads: int):
    write(folder / "model.safetensors", {"embed.weight": ("F32", (9, 4)), "lm_head.weight": ("F32", (9, 4))})
    write_json(folder / "config.json", {"model_type": "llama", "tie_word_embeddings": tied})
    assert of(CheckName.WEIGHTS, reader.read(folder)).facts.parameters == (1 + heads) * 36
