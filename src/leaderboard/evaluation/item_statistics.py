"""What an item brings to a metric that is no mean of scores: counts that are summed over all items."""

from sacrebleu import corpus_bleu


def bleu_statistics(reference: str, answer: str) -> tuple[float, ...]:
    """Return the counts of one answer for corpus BLEU, in the order that `suite.metrics.BLEU_STATISTICS` tells.

    Tokens are those of mteval's v13a, sacreBLEU's default. An empty answer has counts of 0 beside the length of its
    reference.
    """
    counts = corpus_bleu([answer], [[reference]])
    return tuple(map(float, (counts.sys_len, counts.ref_len, *counts.counts, *counts.totals)))
