"""Log-likelihood requests as benchmarks make them, short enough for models that read a byte at a time."""

from collections.abc import Iterable

from lm_eval.api.instance import Instance

MAX_LENGTH = 96
"""As many tokens the models are to read: some requests here are longer."""

SHOTS = "P: ¿Dos y dos?\nR: cuatro\n\nP: ¿Uno y dos?\nR: tres\n\n"
QUESTIONS = ("P: ¿Tres y uno?\nR:", "P: ¿Tres y dos?\nR:", "P: ¿Cero y uno?\nR: ")
OPTIONS = (" cuatro", " cinco", " cinco o seis", " uno")
LONG = "Gran parte del texto que precede a la pregunta no cabe en lo que el modelo lee de una vez, y se pierde. "

PAIRS: tuple[tuple[str, str], ...] = (
    # Items behind the same examples: the last context ends in a space; " cinco" begins " cinco o seis".
    *((SHOTS + question, option) for question in QUESTIONS for option in OPTIONS),
    # The same without examples: one letter each, so one token.
    *((QUESTIONS[0] + " ", letter) for letter in "ABCD"),
    # Nothing before the option: the sentences differ in one word, early or late.
    *(("", f"El trofeo no cabe en la maleta: {word} es grande.") for word in ("él", "ella", "este")),
    *(("", f"{word} niño come una manzana verde.") for word in ("El", "Un", "Ese")),
    # Longer than the model reads: where options differ in length, what is left of the contexts does not begin alike.
    *((LONG + QUESTIONS[0], option) for option in (" cinco", " siete", " cinco o seis")),
    (LONG + QUESTIONS[0] + " cinco", " o seis"),
    # An item twice in one task.
    (SHOTS + QUESTIONS[0], OPTIONS[0]),
    ("", "El niño come una manzana verde."),
)


def as_instances(pairs: Iterable[tuple[str, str]] = PAIRS) -> list[Instance]:
    """Return the requests as lm-eval hands them to a model."""
    return [
        Instance(request_type="loglikelihood", doc={}, arguments=pair, idx=number) for number, pair in enumerate(pairs)
    ]
