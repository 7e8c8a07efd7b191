"""Train the reader from prepared features: `python training/train.py FEATURES_DIR OUT_DIR --stage STAGE …`.

One run trains on everything but what it holds out (a share of the public articles and pages, and the missions named
by --hold), measures on that, and writes adapter.safetensors (updates and heads, fp16), report.json, and scores.jsonl
with the held-out logits. It goes on from checkpoint.pt when it was interrupted; an adapter lies there from the first
checkpoint on. Stages run one after the other: `--stage balanced --start BROAD/adapter.safetensors`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.reader.network import Outputs, ReaderNetwork, add_lora, trained_state
from training.features import MISSIONS, Features, batches, load_encoder
from training.figures import overlap, summary
from training.stages import STAGES

HELD_OUT = 0.12  # share of public articles, paragraphs and pages
EVERY = 60.0  # seconds between checkpoints


@dataclass(frozen=True)
class Options:
    features: Path
    out: Path
    stage: str
    start: Path | None
    hold: list[str]
    minutes: float
    rank: int
    frozen: int
    batch: int
    rate: float
    half: bool
    epochs: int
    dropout: float
    pair_weight: float
    seed: int
    device: str


def stable_fraction(split: str) -> float:
    return int.from_bytes(hashlib.sha256(f"fonte/{split}".encode()).digest()[:4], "big") / 2**32


def partition(rows: list[dict[str, Any]], hold: list[str]) -> tuple[list[int], list[int]]:
    """(training, held-out) row numbers; `hold` names the missions kept back."""
    unknown = set(hold) - {r["split"] for r in rows}
    if unknown:
        raise SystemExit(f"no mission {sorted(unknown)[0]} among the features")
    out = [
        n
        for n, r in enumerate(rows)
        if (r["split"] in hold if r["source"] in MISSIONS else stable_fraction(r["split"]) < HELD_OUT)
    ]
    held = set(out)
    return [n for n in range(len(rows)) if n not in held], out


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
        answers = found.answers + batch["answer_prior"]
        total = total + functional.binary_cross_entropy_with_logits(
            answers[judged], batch["answers"][judged].float(), weight=weight
        )
        total = total + pair_weight * ranking_loss(answers, batch)
    claimed = batch["claim"] >= 0
    if claimed.any():
        claims = found.claim + batch["claim_prior"]  # what words alone give away need not be learnt
        total = total + functional.cross_entropy(claims[claimed], batch["claim"][claimed])
        total = total + pair_weight * twin_loss(claims, batch)
    return total


def ranking_loss(scores: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Each gold reading of a group above each that does not answer."""
    same = batch["group"][:, None] == batch["group"][None, :]
    pairs = same & (batch["answers"][:, None] == 1) & (batch["answers"][None, :] == 0)
    if not pairs.any():
        return scores.sum() * 0
    return functional.softplus(-(scores[:, None] - scores[None, :]))[pairs].mean()


def twin_loss(claims: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The true twin nearer to "entailed" than to "contradicted", by more than the false one: all that differs in their
    wording is the one thing that decides."""
    leaning = claims[:, 0] - claims[:, 1]
    same = batch["group"][:, None] == batch["group"][None, :]
    pairs = same & (batch["claim"][:, None] == 0) & (batch["claim"][None, :] == 1)
    if not pairs.any():
        return claims.sum() * 0
    return functional.softplus(-(leaning[:, None] - leaning[None, :]))[pairs].mean()


def build(options: Options) -> ReaderNetwork:
    """The encoder with fresh updates and heads, or those of an earlier stage."""
    from safetensors.torch import load_file

    torch.manual_seed(options.seed)
    network = ReaderNetwork(load_encoder(options.features, options.dropout))
    add_lora(network, options.rank, options.frozen)
    if options.start:
        started = {n: t.float() for n, t in load_file(str(options.start)).items()}
        network.load_state_dict(started, strict=False)
    if options.half:
        for parameter in network.encoder.parameters():
            if not parameter.requires_grad:
                parameter.data = parameter.data.bfloat16()
    return network.to(options.device)


def optimiser_of(network: ReaderNetwork, rate: float) -> torch.optim.AdamW:
    learned = {n: p for n, p in network.named_parameters() if p.requires_grad}
    return torch.optim.AdamW(
        [
            {"params": [p for n, p in learned.items() if n.startswith("encoder.")], "peak": rate},
            {"params": [p for n, p in learned.items() if not n.startswith("encoder.")], "peak": max(rate, 5e-4)},
        ],
        lr=rate,
        weight_decay=0.01,
    )


def set_rate(optimiser: torch.optim.Optimizer, progress: float) -> None:
    """Warm up over a fifteenth of the run, then fall to a fiftieth of the peak."""
    share = min(progress * 15 + 1e-3, max(0.02, (1 - progress) / (1 - 1 / 15)))
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * share


def train(options: Options) -> None:
    features = Features(options.features, STAGES[options.stage])
    training, held = partition(features.rows, options.hold)
    network = build(options)
    optimiser = optimiser_of(network, options.rate)
    lengths = np.diff(features.arrays["ends"])
    plan = [
        batch
        for epoch in range(options.epochs)
        for batch in batches(training, features.rows, lengths, features.mix, options.batch, options.seed + epoch)
    ]
    print(f"{sum(map(len, plan))} readings in {len(plan)} steps, {len(held)} held out", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    step, spent = resume(options, network, optimiser)
    began, curve, saved = time.time() - spent, [], time.time()
    while (progress := progressed(step, len(plan), time.time() - began, options.minutes)) < 1:
        set_rate(optimiser, progress)
        loss = one_step(network, optimiser, features.batch(plan[step], options.device), options)
        step += 1
        if time.time() - saved > EVERY:
            curve.append((step, round(float(loss), 4)))
            checkpoint(options, network, optimiser, step, time.time() - began)
            print(f"step {step}/{len(plan)} loss {float(loss):.3f} {time.time() - began:.0f}s", flush=True)
            saved = time.time()
    finish(options, network, features, held, {"curve": curve, "seconds": round(time.time() - began), "steps": step})


def progressed(step: int, steps: int, seconds: float, minutes: float) -> float:
    """How far the run is, by steps, or by time where that is limited and shorter."""
    return max(step / steps, seconds / 60 / minutes if minutes else 0.0)


def one_step(
    network: ReaderNetwork, optimiser: torch.optim.Optimizer, batch: dict[str, Tensor], options: Options
) -> Tensor:
    network.train()
    found = network(batch["ids"], batch["mask"], batch["passage"])
    loss = loss_of(found, batch, options.pair_weight)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_([p for g in optimiser.param_groups for p in g["params"]], 1.0)
    optimiser.step()
    return loss.detach()


def save_adapter(network: ReaderNetwork, out: Path) -> None:
    from safetensors.torch import save_file

    state = {n: t.half().contiguous() for n, t in trained_state(network).items()}
    save_file(state, str(out / "adapter.safetensors"))


def checkpoint(
    options: Options, network: ReaderNetwork, optimiser: torch.optim.Optimizer, step: int, seconds: float
) -> None:
    state = {"model": trained_state(network), "optimiser": optimiser.state_dict(), "step": step, "seconds": seconds}
    torch.save(state, options.out / "checkpoint.tmp")
    (options.out / "checkpoint.tmp").replace(options.out / "checkpoint.pt")
    save_adapter(network, options.out)


def resume(options: Options, network: ReaderNetwork, optimiser: torch.optim.Optimizer) -> tuple[int, float]:
    """(steps, seconds) of an interrupted run, whose state is loaded; (0, 0) for a fresh one."""
    path = options.out / "checkpoint.pt"
    if not path.is_file():
        return 0, 0.0
    state = torch.load(path, map_location=options.device, weights_only=True)
    network.load_state_dict(state["model"], strict=False)
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"]), float(state["seconds"])


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
        outputs = network(batch["ids"], batch["mask"], batch["passage"])
        starts, stops = outputs.start.argmax(1).tolist(), outputs.end.argmax(1).tolist()
        for row, n in enumerate(part):
            found.append(
                {
                    **{k: features.rows[n][k] for k in ("group", "split", "source", "role", "question", "languages")},
                    "number": n,
                    "answers": round(float(outputs.answers[row]), 4),
                    "claim": [round(float(x), 4) for x in outputs.claim[row]],
                    "overlap": overlap((starts[row], stops[row]), (int(batch["start"][row]), int(batch["stop"][row]))),
                }
            )
    return found


def finish(
    options: Options, network: ReaderNetwork, features: Features, held: list[int], record: dict[str, Any]
) -> None:
    save_adapter(network, options.out)
    rows = score(network, features, held, options.device)
    report = {"options": {k: str(v) for k, v in vars(options).items()}, **record, "figures": summary(rows)}
    (options.out / "report.json").write_text(json.dumps(report, indent=1))
    with (options.out / "scores.jsonl").open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    (options.out / "checkpoint.pt").unlink(missing_ok=True)
    print(json.dumps(report["figures"]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stage", choices=sorted(STAGES), default="broad")
    parser.add_argument("--start", type=Path, help="adapter.safetensors of an earlier stage")
    parser.add_argument("--hold", nargs="*", default=[], help="missions kept back to measure on")
    parser.add_argument("--minutes", type=float, default=0, help="end after so long, with the whole schedule of rates")
    parser.add_argument("--rank", type=int, default=48)
    parser.add_argument("--frozen", type=int, default=4, help="lowest layers left as they are")
    parser.add_argument("--batch", type=int, default=22)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--half", action="store_true", help="frozen layers in bfloat16: faster where a CPU has AMX")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.0, help="for several epochs; on a CPU half of the time")
    parser.add_argument("--pair-weight", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    train(Options(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
