"""A claim as a whole, where no single sentence decides it.

The likeliest sentence for the claim, the likeliest against it, and how strong the strongest readings are say more
together than any sentence by itself: a multinomial logistic model over them, fitted by training/calibrate_claims.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Features = Mapping[str, float]
STRONGEST = (
    "alone_entailed", "alone_contradicted", "passage_entailed", "passage_contradicted", "unit", "covered", "answers",
)  # fmt: skip


def overview(
    rows: Sequence[Features], leanings: Sequence[tuple[float, float]], differing: Sequence[str]
) -> dict[str, float]:
    """What is weighed of a claim beside the sentences found for it, of which there is at least one.

    `leanings` say how much each sentence leans to either side, `differing` which features are differences.
    """
    found: dict[str, float] = {}
    for side, name in enumerate(("for", "against")):
        best = max(range(len(rows)), key=lambda n: leanings[n][side])
        row = rows[best]
        found |= {f"{name}_{key}": value for key, value in row.items()}
        found[f"{name}_margin"] = row["alone_entailed"] - row["alone_contradicted"]
        found[f"{name}_differences"] = sum(row[kind] for kind in differing)
        found[f"{name}_leaning"] = math.log(leanings[best][side])
    for key in STRONGEST:
        ranked = sorted((row[key] for row in rows), reverse=True)
        found |= {f"first_{key}": ranked[0], f"second_{key}": ranked[min(1, len(ranked) - 1)]}
    return found


@dataclass(frozen=True, slots=True)
class Overall:
    """Weights by feature of `overview`, of the log odds of either side against "neither", and the probabilities that a
    verdict needs."""

    supports: Mapping[str, float]
    refutes: Mapping[str, float]
    support_bar: float
    refute_bar: float

    def probabilities(self, found: Mapping[str, float]) -> tuple[float, float]:
        """(supported, refuted)"""
        up, down = (
            math.exp(min(30.0, side["bias"] + sum(side[name] * value for name, value in found.items())))
            for side in (self.supports, self.refutes)
        )
        return up / (1.0 + up + down), down / (1.0 + up + down)
