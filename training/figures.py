"""Figures of a reader on held-out rows: AUCs by negative and language, overlap of spans, accuracy on claims."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np

TRUTH = {
    **dict.fromkeys(("true", "alone-true", "supports"), 0),
    **dict.fromkeys(("false", "alone-false", "refutes"), 1),
}  # entailed or contradicted by role; the others are 2, neither


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
    for source in ("pairs", "literal", "passage-pairs", "squad", "xquad"):
        own = [r for r in rows if r["source"] == source]
        gold = [r["answers"] for r in own if r["role"] == "gold"]
        for role in ("near", "hard", "dropped", "near-hard"):
            report[f"{source}/auc-{role}"] = auc(gold, [r["answers"] for r in own if r["role"] == role])
        spans = [r["overlap"] for r in own if r["role"] == "gold"]
        report[f"{source}/span-f1"] = float(np.mean(spans)) if spans else float("nan")
    for source in ("claims", "passage-claims", "fever"):
        report |= {f"{source}/{k}": v for k, v in claim_figures([r for r in rows if r["source"] == source]).items()}
    report["passage-claims/turned-round"] = turned_round([r for r in rows if r["source"] == "passage-claims"])
    for crossing in ("it>it", "en>en", "it>en", "en>it"):
        own = [r for r in rows if r["source"] in ("pairs", "literal") and r["languages"] == crossing]
        gold = [r["answers"] for r in own if r["role"] == "gold"]
        report[f"missions/{crossing}/auc-near"] = auc(gold, [r["answers"] for r in own if r["role"] == "near"])
    return {k: round(v, 4) for k, v in report.items() if not math.isnan(v)}


def turned_round(rows: list[dict[str, Any]]) -> float:
    """Of claims that one passage entails and the counter-passage contradicts, the share that leans to "entailed" more
    beside the one than beside the other: .5 is chance, and all that a claim's wording can give."""
    leans: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row["role"] in ("true", "false"):
            leans[row["group"], row["question"]][row["role"]] = row["claim"][0] - row["claim"][1]
    both = [lean for lean in leans.values() if len(lean) > 1]
    return float(np.mean([lean["true"] > lean["false"] for lean in both])) if both else float("nan")


def claim_figures(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Accuracy where the passage is the claim's own, and AUCs of how far what is entailed, or contradicted, leans to
    that side more than all others do, passages from elsewhere among them."""
    own = [r for r in rows if r["role"] not in ("aside", "elsewhere")]
    right = [int(np.argmax(r["claim"])) == TRUTH.get(r["role"], 2) for r in own]
    report = {"accuracy": float(np.mean(right)) if right else float("nan")}
    for side, name in enumerate(("entailed", "contradicted")):
        leans = [r["claim"][side] - float(np.logaddexp.reduce(np.delete(r["claim"], side))) for r in rows]
        known = [TRUTH.get(r["role"], 2) == side for r in rows]
        report[f"auc-{name}"] = auc(
            [x for x, k in zip(leans, known, strict=True) if k], [x for x, k in zip(leans, known, strict=True) if not k]
        )
    return report
