"""Real evaluation data that lie beside the project, in the shape of the datasets the suite names.

    python benchmarks/real_data.py FOLDER [--source ../shared/data] [--limit N]

LEADERBOARD_DATA=FOLDER then runs the suite's own tasks on them: TruthfulQA (es, ca, eu, gl), MGSM, XQuAD and fake news.
Nothing of the data is part of the project. MGSM's file has no examples; those of our fixtures stand in.
"""

import argparse
import csv
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT.parent / "shared" / "data"

Row = dict[str, Any]


def write_real_data(into: Path, source: Path = SOURCE, limit: int | None = None) -> dict[str, int]:
    """Write every data set that `source` has into `into`; return how many rows each task's scored split has.

    `limit` keeps only the first rows of the scored splits.
    """
    rows: dict[str, list[Row]] = {}
    for language in ("es", "ca", "eu", "gl"):
        folder = source / "truthfulqa_multi"
        task = f"truthfulqa_multi_{language}"
        rows[f"{task}/validation"] = json.loads((folder / f"{language}_validation.json").read_text(encoding="utf-8"))[
            :limit
        ]
        rows[f"{task}/train"] = json.loads((folder / f"{language}_train.json").read_text(encoding="utf-8"))
    rows["xquad_es/validation"] = list(_squad_rows(source / "xquad_es" / "xquad.es.json"))[:limit]
    rows["mgsm_direct_es_spanish_bench/test"] = list(_mgsm_rows(source / "mgsm_es" / "mgsm_es.tsv"))[:limit]
    rows["fake_news_es/test"] = _excel_rows(source / "fake_news_es" / "test.xlsx")[:limit]
    for name, content in rows.items():
        path = into / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content), encoding="utf-8")
    examples = Path("mgsm_direct_es_spanish_bench") / "train.jsonl"
    shutil.copy(ROOT / "suites" / "fixtures" / examples, into / examples)
    return {name.partition("/")[0]: len(content) for name, content in rows.items() if not name.endswith("/train")}


def _squad_rows(path: Path) -> Iterable[Row]:
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = question["answers"]
                yield {
                    "id": question["id"],
                    "context": paragraph["context"],
                    "question": question["question"],
                    "answers": {key: [answer[key] for answer in answers] for key in ("text", "answer_start")},
                }


def _mgsm_rows(path: Path) -> Iterable[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        for question, answer in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            number = int(answer.replace(",", ""))
            yield {"question": question, "answer": None, "answer_number": number, "equation_solution": None}


def _excel_rows(path: Path) -> list[Row]:
    frame = pd.read_excel(path)
    rows: list[Row] = json.loads(frame.to_json(orient="records", force_ascii=False))
    return rows


def main() -> None:
    """Write the data and print the numbers of rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("into", type=Path, metavar="FOLDER")
    parser.add_argument("--source", type=Path, default=SOURCE)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    print(json.dumps(write_real_data(options.into, options.source, options.limit)))


if __name__ == "__main__":
    main()
