"""Train what the packaged model's vectors are looked at through: `python training/projection.py MODEL_DIR [OUT]`.

Two linear maps over the frozen model, learned on the questions of the hand-written missions: that of the vectors by
telling a question's passage from those of all missions, that of the tokens by telling it from those of its own
mission, with late interaction as retrieval computes it. In-batch softmax with a learned temperature, as for
ColBERTv2's and DPR's fine-tuning (Karpukhin et al. 2020). Takes some six minutes on two cores, nearly all of it for
encoding. The missions of --hold take no part, and are what the printed figures are of.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.embedding.embedder import Embedder
from rag.embedding.projection import SHIPPED
from training.examples import locate, mission_passages

DATA = Path(__file__).parent / "data"
SOURCES = ("pairs", "literal", "harder", "structured")
KEPT = 128  # numbers a token keeps
EPOCHS, RATE = 2, {"vectors": 1e-3, "tokens": 2e-3}  # more rounds fit the missions better, and others worse
QUESTIONS = {"vectors": 64, "tokens": 24}  # a batch
SHARP = 3.5  # logarithm of the temperature's inverse to begin with


@dataclass(frozen=True)
class Mission:
    """A mission encoded: `passages` (n, d), the tokens of all of them (t, d) with the passage each is of, and its
    questions with their vectors, tokens, weights, and the passage that answers."""

    name: str
    passages: Tensor
    tokens: Tensor
    owner: Tensor
    questions: Tensor
    asked: list[tuple[Tensor, Tensor]]
    gold: list[int]
    crossing: list[str]


def encoded(folder: Path, embedder: Embedder) -> Mission:
    found = mission_passages(folder)
    rows: list[tuple[str, int, str]] = []
    for path in (folder / f"{source}.jsonl" for source in SOURCES):
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            row = json.loads(line)
            if place := locate(row, found, row["answer"]):
                rows.append((row["question"], place[0], f"{row['lang']}>{found[place[0]].document.language}"))
    told = embedder.encode_documents([p.embedded for p in found])
    asked = [embedder.encode_query(question) for question, _, _ in rows]
    return Mission(
        folder.name,
        torch.from_numpy(np.stack([e.vector for e in told])),
        torch.cat([torch.from_numpy(e.tokens.astype(np.float32) / 127) for e in told]),
        torch.repeat_interleave(torch.arange(len(told)), torch.tensor([len(e.tokens) for e in told])),
        torch.from_numpy(np.stack([q.vector for q in asked])),
        [(torch.from_numpy(q.tokens), torch.from_numpy(q.weights)) for q in asked],
        [gold for _, gold, _ in rows],
        [crossing for _, _, crossing in rows],
    )


def by_tokens(mission: Mission, numbers: Sequence[int], seen: Tensor) -> Tensor:
    """Late interaction of questions with every passage of their mission, (questions, passages)."""
    told = normalize(mission.tokens @ seen, dim=-1)
    asked = normalize(torch.cat([mission.asked[n][0] for n in numbers]) @ seen, dim=-1)
    weights = torch.cat([mission.asked[n][1] for n in numbers])
    lengths = torch.tensor([len(mission.asked[n][1]) for n in numbers])
    whose = torch.repeat_interleave(torch.arange(len(numbers)), lengths)
    best = torch.full((len(asked), len(mission.passages)), -1.0)
    best = best.scatter_reduce(1, mission.owner[None].expand(len(asked), -1), asked @ told.T, "amax")
    return torch.zeros(len(numbers), len(mission.passages)).index_add(0, whose, best * weights[:, None])


def train(start: Tensor, rate: float, batches: Sequence[tuple[Tensor, Callable[[Tensor], Tensor]]]) -> Tensor:
    """The map after one pass over the batches: each the right passages and what scores every passage by a map."""
    seen, sharp = start.clone().requires_grad_(True), torch.tensor(SHARP, requires_grad=True)
    optimiser = torch.optim.Adam([{"params": [seen], "peak": rate}, {"params": [sharp], "peak": 1e-2}])
    for step, (gold, scores) in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * min(1.0, (step + 1) / 50) * max(0.02, 1 - step / len(batches))
        loss = cross_entropy(scores(seen) * sharp.exp(), gold)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return seen.detach()


def vectors(missions: Sequence[Mission]) -> Tensor:
    passages = torch.cat([m.passages for m in missions])
    first = np.cumsum([0, *(len(m.passages) for m in missions)])
    rows = [(m.questions[n], int(first[i]) + m.gold[n]) for i, m in enumerate(missions) for n in range(len(m.gold))]
    batches = []
    for chosen in shuffled(rows, QUESTIONS["vectors"]):
        asked = torch.stack([vector for vector, _ in chosen])

        def scores(seen: Tensor, asked: Tensor = asked) -> Tensor:
            return normalize(asked @ seen, dim=1) @ normalize(passages @ seen, dim=1).T

        batches.append((torch.tensor([gold for _, gold in chosen]), scores))
    return train(torch.eye(passages.shape[1]), RATE["vectors"], batches)


def tokens(missions: Sequence[Mission]) -> Tensor:
    batches = []
    for mission in missions:
        for numbers in shuffled(range(len(mission.gold)), QUESTIONS["tokens"]):

            def scores(seen: Tensor, mission: Mission = mission, numbers: Sequence[int] = numbers) -> Tensor:
                return by_tokens(mission, numbers, seen)

            batches.append((torch.tensor([mission.gold[n] for n in numbers]), scores))
    random.Random(1).shuffle(batches)
    _, _, main = torch.pca_lowrank(torch.cat([m.tokens[::7] for m in missions]), KEPT, center=False, niter=3)
    return train(main, RATE["tokens"], batches)


def shuffled(rows: Sequence[Any], size: int) -> list[list[Any]]:
    """EPOCHS rounds over the rows, each in an order of its own, in batches of that size."""
    found = []
    for epoch in range(EPOCHS):
        order = random.Random(epoch).sample(list(rows), len(rows))
        found += [order[at : at + size] for at in range(0, len(order) - size + 1, size)]
    return found


def figures(missions: Sequence[Mission], seen: Tensor | None, kind: str) -> dict[str, float]:
    """Share of questions whose passage is among the first 1 and 12 of its mission, by crossing of languages."""
    ranks: defaultdict[str, list[int]] = defaultdict(list)
    for mission in missions:
        through = torch.eye(mission.passages.shape[1]) if seen is None else seen
        for at in range(0, len(mission.gold), 64):
            numbers = range(at, min(at + 64, len(mission.gold)))
            if kind == "tokens":
                scores = by_tokens(mission, numbers, through)
            else:
                told = normalize(mission.passages @ through, dim=1)
                scores = normalize(mission.questions[numbers.start : numbers.stop] @ through, dim=1) @ told.T
            gold = scores.gather(1, torch.tensor([[mission.gold[n]] for n in numbers]))
            for n, rank in zip(numbers, (scores > gold).sum(1).tolist(), strict=True):
                ranks["all"].append(rank)
                ranks[mission.crossing[n]].append(rank)
    return {
        f"{crossing} @{k}": round(float(np.mean([r < k for r in found])), 3)
        for crossing, found in sorted(ranks.items())
        for k in (1, 12)
    }


def main(model_dir: Path, out: Path, hold: Sequence[str]) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    embedder = Embedder(str(model_dir), lambda: str(model_dir))
    embedder.load()
    missions = [encoded(folder, embedder) for folder in sorted(p for p in DATA.iterdir() if p.is_dir())]
    training = [m for m in missions if m.name not in hold]
    held = [m for m in missions if m.name in hold]
    made = {"vectors": vectors(training), "tokens": tokens(training)}
    save_file({name: seen.half().contiguous() for name, seen in made.items()}, str(out))
    for name, seen in made.items():
        for told, through in (("before", None), ("after", seen)):
            print(f"{name} {told}: {json.dumps(figures(held, through, name))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("--hold", nargs="*", default=["14-porti-mazghar", "17-musei-novarsk"])
    chosen = parser.parse_args()
    main(chosen.model_dir, chosen.out, chosen.hold)
