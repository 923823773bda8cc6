"""The words of the registry: languages, areas, constructs, metrics and policies, each said once."""

import re
from enum import StrEnum


class Language(StrEnum):
    """The languages the ranking is about; the order is the order of the columns."""

    ES = "es"
    CA = "ca"
    EU = "eu"
    GL = "gl"


class Area(StrEnum):
    """What a task asks of a model. A language's score is the mean of its areas' means."""

    COMPREHENSION = "comprehension"
    INFERENCE = "inference"
    """Entailment, paraphrase, Winograd sentences as entailment."""
    REASONING = "reasoning"
    KNOWLEDGE = "knowledge"
    MATHEMATICS = "mathematics"
    LANGUAGE = "language"
    """Acceptability, word sense, coreference, language exams."""
    SUMMARISING = "summarising"
    CLASSIFICATION = "classification"
    LAW = "law"
    MEDICINE = "medicine"
    FACTUALITY = "factuality"
    HUMOUR = "humour"
    BIAS = "bias"
    """A section of its own: it enters no mean."""


class Construct(StrEnum):
    """What a good score would show."""

    VARIETY_COMPREHENSION = "variety_comprehension"
    GRAMMAR = "grammar"
    ARITHMETIC = "arithmetic"
    READING = "reading"
    EXTRACTION = "extraction"
    QUESTION_ANSWERING = "question_answering"
    INFERENCE = "inference"
    PARAPHRASE = "paraphrase"
    COMMONSENSE = "commonsense"
    CAUSAL_REASONING = "causal_reasoning"
    STORY_COMPLETION = "story_completion"
    SCIENCE = "science"
    WORLD_KNOWLEDGE = "world_knowledge"
    LOCAL_KNOWLEDGE = "local_knowledge"
    SCHOOLING = "schooling"
    LANGUAGE_EXAMS = "language_exams"
    WORD_SENSE = "word_sense"
    COREFERENCE = "coreference"
    SENTIMENT = "sentiment"
    STANCE = "stance"
    TOPIC = "topic"
    OFFENSIVENESS = "offensiveness"
    TRUTHFULNESS = "truthfulness"
    NEWS_VERACITY = "news_veracity"
    SUMMARISING = "summarising"
    LAW = "law"
    MEDICINE = "medicine"
    HUMOUR = "humour"
    BIAS = "bias"
    CULTURE = "culture"


class Metric(StrEnum):
    """The metrics a task may be scored with, by the name they have in its lm-eval configuration."""

    ACC = "acc"
    ACC_NORM = "acc_norm"
    """Accuracy with each option's log-likelihood divided by its length in characters."""
    EXACT_MATCH = "exact_match"
    F1 = "f1"
    """Overlap of words with the reference, per item."""
    MICRO_F1 = "micro_f1"
    MACRO_F1 = "macro_f1"
    MCC = "mcc"
    """Matthews' correlation: 0 for guessing."""
    ROUGE1 = "rouge1"
    BLEU = "bleu"
    """Corpus BLEU, as a fraction of 1."""
    SEMANTIC_SIMILARITY = "semantic_similarity"
    """Cosine of embeddings above a floor."""
    STEREOTYPE_PREFERENCE = "stereotype_preference"
    """The share of pairs whose stereotypical sentence is likelier: 0.5 is best."""


class TemplatePolicy(StrEnum):
    """Whether a task may be put through the model's chat template."""

    NEVER = "never"
    """Cloze tasks and minimal pairs: a template around them would measure the template."""
    MODEL = "model"
    """The model's own template, few-shot examples as turns."""


class Origin(StrEnum):
    """Where a task's items come from."""

    NATIVE = "native"
    """Written in the language."""
    HUMAN_TRANSLATION = "human_translation"
    MACHINE_TRANSLATION = "machine_translation"
    GENERATED = "generated"
    """Made by a seeded program."""


class Access(StrEnum):
    """Whether everybody can download the data."""

    OPEN = "open"
    GATED = "gated"
    """Its makers ask who takes it."""


class ShowItems(StrEnum):
    """How much of an item the page may show."""

    NONE = "none"
    IDS = "ids"
    TEXT = "text"


class ProbeKind(StrEnum):
    """What a probe asks, beside the task it is of."""

    SHUFFLED_OPTIONS = "shuffled_options"
    """The same items, by the same ids, with their options in another order."""
    CHOICES_ONLY = "choices_only"
    """The options without their question."""
    HELD_OUT = "held_out"
    """Items of the same kind that were never published."""


class Sampler(StrEnum):
    """How few-shot examples are drawn, by lm-eval's name."""

    FIRST_N = "first_n"
    """The same examples for every item: paired, and their beginning is shared."""
    DEFAULT = "default"
    """Others for every item, from a seeded generator."""


UNPARSED = "unparsed"
"""Among a result's secondary figures: the share of answers that the task's filter could read nothing from."""

DIRECTION_PATTERN = r"^(higher|lower|target\((0|1|0\.\d+)\))$"


def target_of(direction: str) -> float | None:
    """Return the best value of a scale that has a target, `target(0.5)`; None where more or less is better."""
    match = re.fullmatch(r"target\((.+)\)", direction)
    return float(match[1]) if match else None
