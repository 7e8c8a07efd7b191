"""Train the reader from prepared features: `python training/train.py FEATURES_DIR OUT_DIR [--fold K] …`.

One run trains on everything but what it holds out (a share of the public articles and pages, and the missions of
fold K), measures on that, and writes adapter.safetensors (updates and heads, fp16), report.json, and
scores.jsonl with the held-out logits. It goes on from checkpoint.pt when it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.network import Outputs, ReaderNetwork, add_lora, trained_state


@dataclass(frozen=True)
class Mix:
    """What two cores can read in the time of one stage: how much of each source, and of each role in it."""

    groups: dict[str, float]  # share of a source's groups
    roles: dict[tuple[str, str], float]  # share of a role's rows; 1 where it is not named
    repeat: int  # how often each pair is read
    late: float  # how much later than the public sets the missions come, 0 to 1
    near: float  # additional weight of a near miss in the loss


STAGES = {
    "broad": Mix(
        {"squad": 0.25, "xquad": 0.22, "fever": 0.15},
        {("squad", "hard"): 0.5, ("pairs", "hard"): 0.22, ("pairs", "near-hard"): 0.22},
        repeat=2,
        late=0.35,
        near=1.0,
    ),
    # Literal questions in the majority: the first stage alone learns that close wording does not answer.
    "balanced": Mix(
        {"squad": 0.13, "xquad": 0.06, "fever": 0.0, "pairs": 0.65, "claims": 0.17},
        {("squad", "hard"): 0.5, ("pairs", "near"): 0.5, ("pairs", "hard"): 0.3, ("pairs", "near-hard"): 0.12},
        repeat=1,
        late=0.0,
        near=0.0,
    ),
}
HELD_OUT = 0.12  # share of public articles, paragraphs and pages
ENCODER_SIZES: dict[str, Any] = {
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "hidden_size": 384,
    "intermediate_size": 1536,
}


@dataclass(frozen=True)
class Options:
    features: Path
    out: Path
    fold: int
    folds: int
    rank: int
    frozen: int
    batch: int
    rate: float
    dropout: float
    pair_weight: float
    stage: str
    start: Path | None
    seed: int
    device: str
    steps: int


class Features:
    """The prepared rows; `batch` pads a list of them."""

    def __init__(self, folder: Path, mix: Mix) -> None:
        self.mix = mix
        with np.load(folder / "features.npz") as stored:
            self.arrays = {name: stored[name] for name in stored.files}
        self.rows: list[dict[str, Any]] = [
            json.loads(line) for line in (folder / "examples.jsonl").read_text(encoding="utf-8").splitlines()
        ]

    def batch(self, numbers: list[int], device: str) -> dict[str, Tensor]:
        ends = self.arrays["ends"]
        length = max(int(ends[n + 1] - ends[n]) for n in numbers)
        ids = np.zeros((len(numbers), length), np.int64)
        mask = np.zeros((len(numbers), length), np.int64)
        passage = np.zeros((len(numbers), length), bool)
        for row, n in enumerate(numbers):
            size = int(ends[n + 1] - ends[n])
            ids[row, :size] = self.arrays["ids"][ends[n] : ends[n + 1]]
            mask[row, :size] = 1
            passage[row, self.arrays["body_from"][n] : max(self.arrays["body_from"][n] + 1, size - 1)] = True
        labels: dict[str, Any] = {
            k: self.arrays[k][numbers].astype(np.int64) for k in ("start", "stop", "answers", "claim")
        }
        group = {g: i for i, g in enumerate(dict.fromkeys(self.rows[n]["group"] for n in numbers))}
        labels["group"] = np.asarray([group[self.rows[n]["group"]] for n in numbers])
        doubled = {"near": self.mix.near, "dropped": 1.0}
        labels["extra"] = np.asarray([doubled.get(self.rows[n]["role"], 0.0) for n in numbers], np.float32)
        arrays = {"ids": ids, "mask": mask, "passage": passage, **labels}
        return {k: torch.from_numpy(v).to(device) for k, v in arrays.items()}


def load_encoder(folder: Path) -> Any:
    from transformers import BertConfig, BertModel

    with np.load(folder / "encoder.npz") as stored:
        state = {n: torch.from_numpy(stored[n].astype(np.float32)) for n in stored.files}
    vocabulary = state["embeddings.word_embeddings.weight"].shape[0]
    positions = state["embeddings.position_embeddings.weight"].shape[0]
    config = BertConfig(vocab_size=vocabulary, max_position_embeddings=positions, type_vocab_size=2, **ENCODER_SIZES)
    config.layer_norm_eps = 1e-12
    encoder = BertModel(config, add_pooling_layer=False)
    missing, unexpected = encoder.load_state_dict(state, strict=False)
    assert not unexpected
    assert all("position_ids" in m or "token_type_ids" in m for m in missing)
    return encoder


def stable_fraction(split: str) -> float:
    from hashlib import sha256

    return int.from_bytes(sha256(f"fonte/{split}".encode()).digest()[:4], "big") / 2**32


def partition(rows: list[dict[str, Any]], options: Options) -> tuple[list[int], list[int]]:
    """(training, held-out) row numbers; `fold` of -1 keeps no mission back."""
    missions = sorted({r["split"] for r in rows if r["source"] in ("pairs", "claims")})
    kept = {m for n, m in enumerate(missions) if options.fold >= 0 and n % options.folds == options.fold}
    out = [
        n
        for n, r in enumerate(rows)
        if (r["split"] in kept if r["source"] in ("pairs", "claims") else stable_fraction(r["split"]) < HELD_OUT)
    ]
    held = set(out)
    return [n for n in range(len(rows)) if n not in held], out


def batches(numbers: list[int], rows: list[dict[str, Any]], lengths: Any, options: Options) -> list[list[int]]:
    """Whole groups, so that a question and what it must be told apart from meet in one batch.

    Groups of like length share a batch; missions come later than the public sets, on the whole, and more often.
    """
    rng, mix = random.Random(options.seed), STAGES[options.stage]
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for n in numbers:
        groups[rows[n]["group"]].append(n)
    drawn: list[tuple[float, list[int]]] = []
    for members in groups.values():
        source = rows[members[0]]["source"]
        for _ in range(mix.repeat if source == "pairs" else 1):
            kept = [n for n in members if rng.random() < mix.roles.get((source, rows[n]["role"]), 1.0)]
            if kept and rng.random() < mix.groups.get(source, 1.0):
                drawn.append((rng.random() + (mix.late if source in ("pairs", "claims") else 0.0), kept))
    drawn.sort(key=lambda item: item[0])
    found: list[list[int]] = []
    for at in range(0, len(drawn), 60):
        stretch = sorted((g for _, g in drawn[at : at + 60]), key=lambda g: max(int(lengths[n]) for n in g))
        packed: list[list[int]] = [[]]
        for group in stretch:
            if len(packed[-1]) >= options.batch:
                packed.append([])
            packed[-1] += group
        rng.shuffle(packed)
        found += packed
    return found


def loss_of(found: Outputs, batch: dict[str, Tensor], pair_weight: float) -> Tensor:
    """Span, answer, ranking and claim losses, summed."""
    total = found.answers.sum() * 0
    spanned = batch["start"] >= 0
    if spanned.any():
        total = total + 0.5 * functional.cross_entropy(found.start[spanned], batch["start"][spanned])
        total = total + 0.5 * functional.cross_entropy(found.end[spanned], batch["stop"][spanned])
    judged = batch["answers"] >= 0
    if judged.any():
        weight = 1.0 + batch["extra"][judged]
        total = total + functional.binary_cross_entropy_with_logits(
            found.answers[judged], batch["answers"][judged].float(), weight=weight
        )
        total = total + pair_weight * ranking_loss(found.answers, batch)
    claimed = batch["claim"] >= 0
    if claimed.any():
        total = total + functional.cross_entropy(found.claim[claimed], batch["claim"][claimed])
    return total


def ranking_loss(scores: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Each gold reading of a group above each that does not answer."""
    same = batch["group"][:, None] == batch["group"][None, :]
    pairs = same & (batch["answers"][:, None] == 1) & (batch["answers"][None, :] == 0)
    if not pairs.any():
        return scores.sum() * 0
    return functional.softplus(-(scores[:, None] - scores[None, :]))[pairs].mean()


def train(options: Options) -> None:
    torch.manual_seed(options.seed)
    features = Features(options.features, STAGES[options.stage])
    training, held = partition(features.rows, options)
    network = ReaderNetwork(load_encoder(options.features), options.dropout)
    if options.rank:
        add_lora(network, options.rank, options.frozen)
    else:
        freeze_below(network, options.frozen)
    if options.start:
        from safetensors.torch import load_file

        started = {n: t.float() for n, t in load_file(str(options.start)).items()}
        network.load_state_dict(started, strict=False)
    network.to(options.device)
    learned = [p for p in network.parameters() if p.requires_grad]
    heads = {id(p) for n, p in network.named_parameters() if not n.startswith("encoder.")}
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in learned if id(p) not in heads], "lr": options.rate},
            {"params": [p for p in learned if id(p) in heads], "lr": max(options.rate, 5e-4)},
        ],
        weight_decay=0.01,
    )
    plan = batches(training, features.rows, np.diff(features.arrays["ends"]), options)
    if options.steps:  # fewer steps, thinned evenly, so that the missions at the end keep their share
        plan = [plan[int(n * len(plan) / options.steps)] for n in range(min(options.steps, len(plan)))]
    print(f"{sum(map(len, plan))} readings in {len(plan)} steps, {len(held)} held out", flush=True)
    warm = max(1, len(plan) // 15)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / warm, max(0.02, (len(plan) - step) / max(1, len(plan) - warm))),
    )
    options.out.mkdir(parents=True, exist_ok=True)
    first = resume(options, network, optimiser, schedule)
    began, curve = time.time(), []
    for step in range(first, len(plan)):
        network.train()
        batch = features.batch(plan[step], options.device)
        with torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.device == "cuda"):
            found = network(batch["ids"], batch["mask"], batch["passage"])
        loss = loss_of(found, batch, options.pair_weight)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        schedule.step()
        if step % 20 == 0:
            curve.append((step, round(float(loss), 4)))
        if step and step % 50 == 0:
            checkpoint(options, network, optimiser, schedule, step + 1)
            print(f"step {step}/{len(plan)} loss {float(loss):.3f} {time.time() - began:.0f}s", flush=True)
    finish(options, network, features, held, curve, time.time() - began)


def freeze_below(network: ReaderNetwork, layers: int) -> None:
    """Keep the embeddings and the lowest `layers` layers as they are: no gradient runs through them."""
    for module in [network.encoder.embeddings, *network.encoder.encoder.layer[:layers]]:
        for parameter in module.parameters():
            parameter.requires_grad_(False)


def checkpoint(options: Options, network: ReaderNetwork, optimiser: Any, schedule: Any, step: int) -> None:
    state = {
        "model": trained_state(network),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
    }
    torch.save({**state, "step": step}, options.out / "checkpoint.tmp")
    (options.out / "checkpoint.tmp").replace(options.out / "checkpoint.pt")


def resume(options: Options, network: ReaderNetwork, optimiser: Any, schedule: Any) -> int:
    path = options.out / "checkpoint.pt"
    if not path.is_file():
        return 0
    state = torch.load(path, map_location=options.device, weights_only=True)
    network.load_state_dict(state["model"], strict=False)
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])


@torch.no_grad()
def score(network: ReaderNetwork, features: Features, numbers: list[int], device: str) -> list[dict[str, Any]]:
    """The held-out rows with their logits and the best span's overlap with the true one."""
    network.eval()
    ends = features.arrays["ends"]
    numbers = sorted(numbers, key=lambda n: int(ends[n + 1] - ends[n]))
    found: list[dict[str, Any]] = []
    for at in range(0, len(numbers), 64):
        part = numbers[at : at + 64]
        batch = features.batch(part, device)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            outputs = network(batch["ids"], batch["mask"], batch["passage"])
        starts, stops = outputs.start.argmax(1).tolist(), outputs.end.argmax(1).tolist()
        for row, n in enumerate(part):
            found.append(
                {
                    **{k: features.rows[n][k] for k in ("group", "split", "source", "role", "languages")},
                    "number": n,
                    "answers": round(float(outputs.answers[row]), 4),
                    "claim": [round(float(x), 4) for x in outputs.claim[row]],
                    "overlap": overlap((starts[row], stops[row]), (int(batch["start"][row]), int(batch["stop"][row]))),
                }
            )
    return found


def overlap(got: tuple[int, int], gold: tuple[int, int]) -> float:
    """Token F1 of two spans."""
    if gold[0] < 0:
        return 0.0
    common = max(0, min(got[1], gold[1]) - max(got[0], gold[0]) + 1)
    sizes = max(0, got[1] - got[0] + 1) + gold[1] - gold[0] + 1
    return 2 * common / sizes if sizes else 0.0


def auc(positive: list[float], negative: list[float]) -> float:
    """Probability that a positive outscores a negative (Mann and Whitney)."""
    if not positive or not negative:
        return float("nan")
    order = np.argsort(np.argsort(np.asarray(positive + negative), kind="stable"), kind="stable") + 1
    ranks = order[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2
    return float(ranks / (len(positive) * len(negative)))


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    """AUCs of gold readings against each kind of negative, span F1, and accuracy on claims, by source."""
    report: dict[str, float] = {}
    for source in ("pairs", "squad", "xquad"):
        own = [r for r in rows if r["source"] == source]
        gold = [r["answers"] for r in own if r["role"] == "gold"]
        for role in ("near", "hard", "dropped", "near-hard"):
            report[f"{source}/auc-{role}"] = auc(gold, [r["answers"] for r in own if r["role"] == role])
        spans = [r["overlap"] for r in own if r["role"] == "gold"]
        report[f"{source}/span-f1"] = float(np.mean(spans)) if spans else float("nan")
    for source in ("claims", "fever"):
        own = [r for r in rows if r["source"] == source]
        truth = [{"true": 0, "supports": 0, "false": 1, "refutes": 1}.get(r["role"], 2) for r in own]
        right = [int(np.argmax(r["claim"])) == t for r, t in zip(own, truth, strict=True)]
        report[f"{source}/accuracy"] = float(np.mean(right)) if right else float("nan")
    for crossing in ("it>it", "en>en", "it>en", "en>it"):
        own = [r for r in rows if r["source"] == "pairs" and r["languages"] == crossing]
        gold = [r["answers"] for r in own if r["role"] == "gold"]
        report[f"pairs/{crossing}/auc-near"] = auc(gold, [r["answers"] for r in own if r["role"] == "near"])
    return {k: round(v, 4) for k, v in report.items() if not math.isnan(v)}


def finish(
    options: Options,
    network: ReaderNetwork,
    features: Features,
    held: list[int],
    curve: list[Any],
    seconds: float,
) -> None:
    from safetensors.torch import save_file

    state = {n: t.half().contiguous() for n, t in trained_state(network).items()}
    save_file(state, str(options.out / "adapter.safetensors"))
    rows = score(network, features, held, options.device)
    report = {
        "options": {k: str(v) for k, v in vars(options).items()},
        "seconds": round(seconds),
        "curve": curve,
    }
    report["figures"] = summary(rows)
    (options.out / "report.json").write_text(json.dumps(report, indent=1))
    with (options.out / "scores.jsonl").open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    (options.out / "checkpoint.pt").unlink(missing_ok=True)
    print(json.dumps(report["figures"]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--fold", type=int, default=-1)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--frozen", type=int, default=4)
    parser.add_argument("--batch", type=int, default=22)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--pair-weight", type=float, default=1.0)
    parser.add_argument("--stage", choices=sorted(STAGES), default="broad")
    parser.add_argument("--start", type=Path, help="adapter.safetensors of an earlier stage")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    train(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
