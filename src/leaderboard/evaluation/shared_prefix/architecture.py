"""What a model's configuration says about whether its requests can share what they begin with, and how."""

import inspect
from typing import Any

from leaderboard.evaluation.shared_prefix.layouts import Sharing
from leaderboard.evaluation.shared_prefix.reach import UnknownAttentionError, reaches

_TAKING_MASKS = frozenset({"sdpa", "eager"})
_ROPE_BY_LENGTH = frozenset({"dynamic", "longrope"})
# Their attention biases or masks what it sees by its place in the row, not by its position.
_BY_PLACE = frozenset({"gpt_neo", "mpt", "bloom"})
# It chooses by itself which of the kept keys a token sees.
_CHOOSING = frozenset({"doge"})


def ways_to_share(model: Any) -> tuple[list[Sharing], str | None]:
    """Return the ways worth trying, the best first, and why there is none.

    Whether one of them gives the right scores is for the self-check to find out; this leaves out what could pass it by
    chance, and what fails in a way that says nothing.
    """
    why_not = _why_not(model)
    if why_not is not None:
        return [], why_not
    takes_masks = _attention_of(model) in _TAKING_MASKS
    return [Sharing.TREE, Sharing.BRANCHES] if takes_masks and not places_count(model) else [Sharing.BRANCHES], None


def _attention_of(model: Any) -> str:
    return str(getattr(model.config, "_attn_implementation", None) or "eager")


def _why_not(model: Any) -> str | None:
    config = model.config.get_text_config()
    adapter = getattr(model, "active_peft_config", None)
    attention = _attention_of(model)
    reasons = {
        # A mask of its own kind, or a kernel that ends the process where it is given another: not to be tried.
        f"its attention is computed by {attention if attention == 'flex_attention' else 'a kernel of its own'}": (
            attention not in _TAKING_MASKS and not attention.startswith("flash_attention")
        ),
        "an encoder reads the context, and a decoder the option": getattr(model.config, "is_encoder_decoder", False),
        "its layers carry a state from token to token, which cannot branch": getattr(model, "_is_stateful", False),
        "an adapter puts tokens of its own before every prompt": getattr(adapter, "is_prompt_learning", False),
        "what a token sees depends on others than its ancestors": config.model_type in _CHOOSING
        or getattr(config, "use_bidirectional_attention", False),
        "its output head cannot be reached": model.get_output_embeddings() is None,
    }
    for why, holds in reasons.items():
        if holds:
            return why
    try:
        reaches(config)
    except UnknownAttentionError as error:
        return f"it has {error}"
    return None


def longest_shared(config: Any) -> int | None:
    """Return the most tokens up to which positions mean the same in every call; None: without a limit.

    Where rotary frequencies depend on the longest sequence of a call, a kept beginning cannot be continued beyond the
    length the model was trained with.
    """
    config = config.get_text_config()
    parameters = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    # Models with several kinds of layers have parameters for each kind.
    kinds: list[dict[str, Any]] = [parameters, *(one for one in parameters.values() if isinstance(one, dict))]
    by_length = [one for one in kinds if one.get("rope_type", one.get("type")) in _ROPE_BY_LENGTH]
    trained: Any = getattr(config, "original_max_position_embeddings", None) or getattr(
        config, "max_position_embeddings", 1
    )
    lengths = [int(one.get("original_max_position_embeddings") or trained) for one in by_length]
    return min(lengths, default=None)


def places_count(model: Any) -> bool:
    """Say whether a token's place in its row matters beside its position, so that rows hold nothing but sequences."""
    config = model.config.get_text_config()
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model  # an adapter's forward names nothing
    takes_positions = "position_ids" in inspect.signature(inner.forward).parameters
    return (
        not takes_positions
        or config.model_type in _BY_PLACE
        or bool(getattr(config, "alibi", False))
        # Llama 4 scales some queries by their place in the row.
        or bool(getattr(config, "attn_temperature_tuning", False))
    )
