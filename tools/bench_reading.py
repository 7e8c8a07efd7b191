"""What reading fewer or more passages gives, and what smaller numbers do: python -m tools.bench_reading SET_DIR

Every question of a set is asked with 6, 12 and 24 passages read, and with 12 by the network in int8 (dynamic
quantisation of its linear layers) and in bfloat16. Weights of the calibration stay those fitted for 12 in fp32. Times
are of the reading alone, beside that of one fp32 query embedding in the same run.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rag import offline
from rag.evaluation.question_sets import load
from tools.bench_generation import opened

if TYPE_CHECKING:
    from rag.reader.network import ReaderNetwork
    from rag.reader.trained import Reading, Text, TrainedReader

Change = Callable[["ReaderNetwork"], "ReaderNetwork"]
FIGURES = ("answerable_correct", "false_abstention", "near_abstained", "far_abstained", "citation_precision")
EMBEDDINGS = 30  # query embeddings that are timed


class Timed:
    """A reader that keeps how long each question took."""

    def __init__(self, reader: TrainedReader) -> None:
        self._reader = reader
        self.name = reader.name
        self.seconds: list[float] = []

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        began = time.perf_counter()
        found = self._reader.read(question, texts)
        self.seconds.append(time.perf_counter() - began)
        return found


def as_it_is(network: ReaderNetwork) -> ReaderNetwork:
    return network


def in_int8(network: ReaderNetwork) -> ReaderNetwork:
    import torch

    smaller: ReaderNetwork = torch.ao.quantization.quantize_dynamic(  # type: ignore[no-untyped-call]
        copy.deepcopy(network), {torch.nn.Linear}, dtype=torch.qint8
    )
    return smaller


def in_bfloat16(network: ReaderNetwork) -> ReaderNetwork:
    """The encoder only: the heads are small, and read its states in fp32."""
    smaller = copy.deepcopy(network)
    smaller.encoder.bfloat16()
    return smaller


VARIANTS: tuple[tuple[str, int, Change], ...] = (
    ("6 passages", 6, as_it_is),
    ("12 passages, as shipped", 12, as_it_is),
    ("24 passages", 24, as_it_is),
    ("12 passages, int8", 12, in_int8),
    ("12 passages, bfloat16", 12, in_bfloat16),
)


def main() -> None:
    from rag.composition import build_embedder, model_source
    from rag.evaluation.running import run, summary
    from rag.evidence import Calibration, ReaderJudge
    from rag.reader.trained import SHIPPED, TrainedReader
    from rag.settings import load_settings

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("set", type=Path, help="folder with questions.jsonl and docs/")
    chosen = parser.parse_args()
    rows = load(chosen.set)
    embedder = build_embedder(load_settings())
    embedder.load()
    once = statistics.median(_seconds(partial(embedder.encode_query, row.question)) for row in rows[:EMBEDDINGS])
    reader = TrainedReader(model_source(load_settings()), SHIPPED, lambda: embedder.model)
    reader.load()
    assert reader._loaded is not None
    network, tokenizer = reader._loaded
    calibrated = Calibration.load(SHIPPED / "calibration.json"), Calibration.load(SHIPPED / "topic.json")
    print(f"| {' | '.join(['read', *FIGURES, 'ms', 'in query embeddings'])} |\n{'|---' * (len(FIGURES) + 3)}|")
    with opened(chosen.set / "docs", None) as assistant:
        for name, count, change in VARIANTS:
            reader._loaded = change(network), tokenizer
            timed = Timed(reader)
            assistant._judge = ReaderJudge(timed, *calibrated, count)
            found = summary(run(assistant, rows, chosen.set / "docs"))
            took = statistics.median(timed.seconds)
            cells = [name, *(str(found[key]) for key in FIGURES), f"{1000 * took:.0f}", f"{took / once:.1f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    offline.switch_off(os.environ)
    main()
