"""How to cite the ranking: an entry for BibTeX that names the state of the suite and of the rule."""

from datetime import datetime

_SPACES = "https://huggingface.co/spaces/"


def citation(rule: str, space_id: str | None, now: datetime) -> str:
    """Return the entry, which names the day of reading.

    `rule` is the label of the rule in force, as in `ranking600m-1.0`.
    """
    lines = [
        "@misc{ranking600m,",
        "  title  = {Ranking 600M: an open ranking of language models in Spanish, Catalan, Basque and Galician},",
        "  author = {{Ranking 600M}},",
        f"  year   = {{{now:%Y}}},",
        f"  note   = {{Suite and rule {rule}, read on {now:%Y-%m-%d}}},",
    ]
    if space_id:
        lines.append(f"  howpublished = {{\\url{{{_SPACES}{space_id}}}}},")
    return "\n".join([*lines, "}"])
