"""What a model's configuration says about whether its requests can share what they begin with, and how."""

import inspect
from typing import Any

from leaderboard.evaluation.shared_prefix.layouts import Sharing
from leaderboard.evaluation.shared_prefix.reach import UnknownAttentionError, reaches

_ROPE_BY_LENGTH = frozenset({"dynamic", "longrope"})
# Their attention biases or masks what it sees by its place in the row, not by its position.
_BY_PLACE = frozenset({"gpt_neo", "mpt", "bloom"})


def ways_to_share(model: Any) -> tuple[list[Sharing], str | None]:
    """Return the ways worth trying, the best first, and why there is none.

    Whether one of them gives the right scores is for the self-check to find out; this leaves out what could pass it by
    chance, and what fails in a way that says nothing.
    """
    config = model.config.get_text_config()
    if getattr(model.config, "is_encoder_decoder", False):
        return [], "an encoder reads the context, and a decoder the option"
    if getattr(model, "_is_stateful", False):
        return [], "its layers carry a state from token to token, which cannot branch"
    if getattr(model, "active_peft_config", None) is not None and model.active_peft_config.is_prompt_learning:
        return [], "an adapter puts tokens of its own before every prompt"
    if model.get_output_embeddings() is None:
        return [], "its output head cannot be reached"
    try:
        reaches(config)
    except UnknownAttentionError as error:
        return [], f"it has {error}"
    ways = [Sharing.TREE, Sharing.BRANCHES]
    if _places_count(model, config):
        ways.remove(Sharing.TREE)
    return ways, None


def longest_shared(config: Any) -> int | None:
    """Return the most tokens up to which positions mean the same in every call; None: without a limit.

    Where rotary frequencies depend on the longest sequence of a call, a kept beginning cannot be continued beyond the
    length the model was trained with.
    """
    config = config.get_text_config()
    parameters = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    if not isinstance(parameters, dict) or parameters.get("rope_type", parameters.get("type")) not in _ROPE_BY_LENGTH:
        return None
    original = parameters.get("original_max_position_embeddings") or getattr(
        config, "original_max_position_embeddings", None
    )
    return int(original or config.max_position_embeddings)


def _places_count(model: Any, config: Any) -> bool:
    """Say whether a token's place in its row matters beside its position, so that a row cannot hold a tree."""
    takes_positions = "position_ids" in inspect.signature(model.forward).parameters
    return (
        not takes_positions
        or config.model_type in _BY_PLACE
        or bool(getattr(config, "alibi", False))
        # Llama 4 scales some queries by their place in the row.
        or bool(getattr(config, "attn_temperature_tuning", False))
        or str(getattr(config, "_attn_implementation", "")).startswith("flash_attention")
    )
