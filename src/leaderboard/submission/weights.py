"""What the headers of safetensors files tell of a model: how many parameters, in which format, how many bytes.

A tensor of packed weights holds several parameters in each of its numbers, and beside it lie scales and tables that
are no parameters. Counting numbers is therefore wrong by up to eight times for a quantised model (incident 23). Each
packing below is that of the method's own publisher, as transformers names it in `quantization_config`.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from leaderboard.records import Precision

_PRECISIONS = {"F32": Precision.FLOAT32, "BF16": Precision.BFLOAT16, "F16": Precision.FLOAT16}

_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
}  # fmt: skip

_PACKED_IN_WORDS = {"gptq": ".qweight", "awq": ".qweight", "compressed-tensors": ".weight_packed"}
"""Methods that pack parameters of `bits` bits into whole numbers of one tensor, by the end of that tensor's name."""

_BESIDE_PACKED = {
    "gptq": (".qzeros", ".scales", ".g_idx"),
    "awq": (".qzeros", ".scales"),
    "compressed-tensors": (
        "_scale", "_zero_point", "_shape", "_g_idx", "_global_scale", "_scale_inv",
    ),
    "bitsandbytes": (".SCB", ".weight_format", ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map"),
    "fp8": ("_scale_inv", "_scale", ".input_scale"),
    "fbgemm_fp8": ("_scale", ".input_scale_ub"),
    "mxfp4": ("_scales",),
    "bitnet": (".weight_scale",),
}  # fmt: skip
"""What lies beside packed weights without being one, by the end of its name."""

_COMPRESSED_FORMATS = {
    "dense", "float-quantized", "int-quantized", "naive-quantized", "pack-quantized", "nvfp4-pack-quantized",
    "mxfp4-pack-quantized", "mixed-precision",
}  # fmt: skip
"""What compressed-tensors stores with every parameter in it. Its sparse formats leave some out."""

_NO_PARAMETERS = (".attn.bias", ".attention.bias", ".masked_bias", ".inv_freq", ".position_ids", "rotary_emb.freqs")
"""Ends of names of tables that older checkpoints keep beside their parameters: masks, positions, frequencies."""

_MASK_DIMENSIONS = 4
"""What ends so and has fewer is the bias of a layer."""

_OUTPUT_HEAD = "lm_head.weight"
_WHOLE_NUMBERS = frozenset({"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"})

_IN_BYTES = {"mxfp4": 2, "bitnet": 4}
"""How many parameters a byte of packed weights holds, where the method knows only one size."""


class TensorHeader(NamedTuple):
    """One tensor as the header of its file describes it."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def numbers(self) -> int:
        """How many numbers it holds, in its own format."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """What they take."""
        return self.numbers * _BITS.get(self.dtype, 8) // 8


class WeightsSummary(NamedTuple):
    """All weights of a model together."""

    parameters: int | None
    """None where a packing is not known: unknown is not zero."""
    native_precision: Precision | None
    """The format of most of the parameters, where it is one that can be computed in."""
    bytes: int


def summarise_weights(
    tensors: Iterable[TensorHeader], quantisation: Mapping[str, Any] | None, *, tied_embeddings: bool = False
) -> WeightsSummary:
    """Count what `tensors` hold; `quantisation` is the configuration's `quantization_config`, if it has one."""
    listed = list(tensors)
    names = {tensor.name for tensor in listed}
    size = sum(tensor.bytes for tensor in listed)
    method = quantisation_method(quantisation)
    parameters: Counter[str] = Counter()
    for tensor in listed:
        if _is_table(tensor) or (tied_embeddings and tensor.name == _OUTPUT_HEAD and len(names) > 1):
            continue
        count = _stored_in(tensor) if method is None else _parameters_in(tensor, method, quantisation or {})
        if count is None:
            return WeightsSummary(None, None, size)
        parameters[tensor.dtype] += count
    total = parameters.total()
    if not total:
        return WeightsSummary(None, None, size)
    commonest = max(parameters, key=lambda dtype: parameters[dtype])
    return WeightsSummary(total, _PRECISIONS.get(commonest), size)


def _is_table(tensor: TensorHeader) -> bool:
    """Tell a table that is computed and not learnt."""
    if not tensor.name.endswith(_NO_PARAMETERS):
        return False
    return len(tensor.shape) == _MASK_DIMENSIONS or not tensor.name.endswith((".attn.bias", ".attention.bias"))


def _stored_in(tensor: TensorHeader) -> int:
    """Return how many parameters a tensor holds where nothing is packed: whole numbers are no parameters."""
    return 0 if tensor.dtype in _WHOLE_NUMBERS else tensor.numbers


def quantisation_method(quantisation: Mapping[str, Any] | None) -> str | None:
    """Return the name of a quantisation as transformers writes it, in small letters; None where there is none."""
    if quantisation is None:
        return None
    return str(quantisation.get("quant_method") or "unknown").lower()


def _parameters_in(tensor: TensorHeader, method: str, quantisation: Mapping[str, Any]) -> int | None:
    """Return how many parameters a tensor of a quantised model holds; None where the packing is not known."""
    if method not in _BESIDE_PACKED or _leaves_some_out(method, quantisation):
        return None
    if ".quant_state." in tensor.name or tensor.name.endswith(_BESIDE_PACKED[method]):
        return 0
    if tensor.name.endswith(_PACKED_IN_WORDS.get(method, "\n")):
        bits = _bits_of(quantisation)
        return None if bits is None else tensor.numbers * _BITS.get(tensor.dtype, 0) // bits
    if tensor.dtype == "U8":  # packed in bytes; what is not packed is in a format of its own
        return tensor.numbers * _parameters_in_a_byte(method, quantisation)
    return tensor.numbers


def _leaves_some_out(method: str, quantisation: Mapping[str, Any]) -> bool:
    """Tell whether weights are stored without their zeros, so that counting what is there counts too little."""
    if method != "compressed-tensors":
        return False
    sparsity = quantisation.get("sparsity_config")
    parts = (quantisation, sparsity if isinstance(sparsity, Mapping) else {})
    return any(str(part.get("format", "dense")) not in _COMPRESSED_FORMATS for part in parts)


def _bits_of(quantisation: Mapping[str, Any]) -> int | None:
    """Return how many bits a packed parameter has; None where the configuration does not say, or says several."""
    groups = quantisation.get("config_groups")
    if isinstance(groups, Mapping):
        weights = [group.get("weights") for group in groups.values() if isinstance(group, Mapping)]
        said = {one.get("num_bits") for one in weights if isinstance(one, Mapping)}
    else:
        said = {quantisation.get("bits")}
    bits = said.pop() if len(said) == 1 else None
    return bits if isinstance(bits, int) and 1 <= bits <= 16 else None  # noqa: PLR2004 - no packing has more


def _parameters_in_a_byte(method: str, quantisation: Mapping[str, Any]) -> int:
    if method == "bitsandbytes":
        return 2 if quantisation.get("load_in_4bit") else 1
    return _IN_BYTES.get(method, 1)
