"""Evidence for and against a claim → a verdict, by a model fitted on claims with known verdicts.

Every sentence found pulls with two weights of its features, one for the claim and one against it; the pulls of all
sentences on a side are pooled (log of the sum of exponentials, as in multiple-instance learning), and a softmax over
the two sides and "neither" gives the probabilities. training/calibrate_claims.py fits it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.checking.comparing import Comparison, Difference
from rag.checking.overall import Features, Overall, overview
from rag.models import Hit, Verdict
from rag.reader.trained import Reading

CLIP = 8.0  # logits beyond which a reading says no more
DIFFERENCES = (
    Difference.NEGATION, Difference.OPPOSITE, Difference.PLAN, Difference.QUANTITY, Difference.ROLES,
)  # fmt: skip


DIFFERING = ("number", "date", "name", *(kind.value for kind in DIFFERENCES))
REFUTING = tuple(kind for kind in DIFFERING if kind != Difference.PLAN)  # a plan leaves open what was done
PLAIN = ("number", "date", "name", "negation", "opposite")  # seen in the words alone; who does what takes reading
UNFIT = ("unsaid", "quantity", *PLAIN)  # to speak for a claim where all are weighed together
NEARLY_ALL = 0.8  # of the claim's content words
# How much further the network must lean to one side than to the other (logits; docs/quality.md tells what others give):
LACKS_NAME = 1.0  # to "entailed", where the sentence lacks a name of the claim
TRANSLATED = 1.0  # to "entailed", across languages: the words show no difference there
PLAINLY, PERHAPS = 1.0, 3.0  # to "contradicted", where a plain difference was seen, and where another
SAID = 1e3  # how much a sentence pulls that is the claim, word for word
UNLIKE, CLEARLY = 0.08, 2.0  # across languages: so much less similar than the most similar, and what it then takes
COMPARED = 4.0  # and a row whose cells stand as the claim says, or the other way about, where it is the likeliest
LIKELIEST = 0.005  # less similar than the most similar sentence


def features(hit: Hit, number: int, comparison: Comparison, reading: Reading, alone: Reading, best: float) -> Features:
    """What is weighed of one quotable unit: `reading` is of its whole passage, `alone` of the sentence by itself, and
    `best` the greatest similarity of any unit found for this claim."""
    crossing = comparison.covered is None
    kinds = {clash.kind for clash in comparison.clashes}
    asked = max(1, comparison.names), max(1, comparison.values)
    found = {
        **_logits("passage", reading.claim),
        **_logits("alone", alone.claim),
        "answers": _clipped(reading.answers),
        "unit": hit.units[number].similarity,
        "behind": best - hit.units[number].similarity,
        "crossing": float(crossing),
        "covered": comparison.covered or 0.0,
        "unnamed": comparison.missing_names / asked[0],
        "unsaid": comparison.missing_values / asked[1],
        "borne": float(bool(comparison.borne) and not comparison.clashes),
        "number": float(Difference.NUMBER in kinds),
        "date": float(Difference.DATE in kinds),
        "name": float(Difference.NAME in kinds),
        "compared": 0.0 if comparison.compared is None else 1.0 if comparison.compared else -1.0,
    }
    return found | {kind.value: float(kind in comparison.differences) for kind in DIFFERENCES}


def _logits(name: str, claim: tuple[float, float, float]) -> dict[str, float]:
    entailed, contradicted, neither = claim
    return {
        f"{name}_entailed": _clipped(entailed - neither),
        f"{name}_contradicted": _clipped(contradicted - neither),
    }


def _clipped(logit: float) -> float:
    return max(-CLIP, min(CLIP, logit))


@dataclass(frozen=True, slots=True)
class ClaimCalibration:
    """Weights by feature for either side, and the probabilities that a verdict needs; the same of the claim as a whole,
    where there is a model of it."""

    supports: Mapping[str, float]
    refutes: Mapping[str, float]
    support_bar: float
    refute_bar: float
    overall: Overall | None = None

    @classmethod
    def load(cls, path: Path) -> ClaimCalibration:
        stored = json.loads(path.read_text(encoding="utf-8"))
        bars, whole = stored["bars"], stored["overall"]
        overall = Overall(whole["supports"], whole["refutes"], bars["supported_overall"], bars["refuted_overall"])
        return cls(stored["supports"], stored["refutes"], bars["supported"], bars["refuted"], overall)

    def leanings(self, row: Features) -> tuple[float, float]:
        """How much one sentence leans to either side by its weights alone."""
        return _pull(self.supports, row), _pull(self.refutes, row)

    def bears(self, row: Features) -> tuple[float, float]:
        """The same of what is shown beside a verdict: nothing leans to a claim that plainly differs from it."""
        up, down = self.leanings(row)
        return (0.0 if any(row[kind] for kind in PLAIN) else up), down

    def second_look(self, rows: Sequence[Features]) -> tuple[Verdict, tuple[float, float]]:
        """What the sentences say together, where none decides by itself, and (supported, refuted).

        The likeliest sentence for a claim may not differ from it in what is plain to see, nor lack a value of it, and
        one that lacks a name must read as entailing it by far; the likeliest against it must read as contradicting it,
        and by far where no difference was seen.
        """
        if self.overall is None or not rows:
            return Verdict.NOT_ENOUGH_INFO, (0.0, 0.0)
        leanings = [self.leanings(row) for row in rows]
        found = overview(rows, leanings, DIFFERING)
        supported, refuted = probabilities = self.overall.probabilities(found)
        fits = not any(found[f"for_{kind}"] for kind in UNFIT)
        if found["for_unnamed"]:
            fits &= found["for_margin"] > LACKS_NAME
        if supported >= self.overall.support_bar and fits:
            return Verdict.SUPPORTED, probabilities
        differs = any(found[f"against_{kind}"] for kind in REFUTING)
        planned = bool(found[f"against_{Difference.PLAN}"]) and not differs  # what is planned may have come about
        if (
            refuted >= self.overall.refute_bar
            and not planned
            and not _of_another_matter(found, "against_")
            and -found["against_margin"] > (0.0 if differs else PERHAPS)
        ):
            return Verdict.REFUTED, probabilities
        return Verdict.NOT_ENOUGH_INFO, probabilities

    def pulls(self, row: Features, *, repeats: bool = False) -> tuple[float, float]:
        """How much one sentence pulls for the claim and against it, where "neither" pulls with 1.

        Weights do not outweigh what the words show, and the network must read the sentence by itself in that sense
        too. One that differs from the claim, or lacks a value of it, cannot speak for it; one that lacks a name of it
        must read as entailing it by far; one that `repeats` it word for word says it, and a row of
        which two cells stand as the claim says as good as says it. One that differs in nothing
        cannot speak against it. What differs in words alone is often only worded otherwise: the network must read a
        contradiction, unless nearly all words are the same, and a clear one where the difference is not plain.
        """
        differs = any(row[kind] for kind in DIFFERING)
        if repeats and not differs and not row["unnamed"] and not row["unsaid"]:
            return SAID, 0.0
        if row["compared"] and row["behind"] <= LIKELIEST and not (row["unsaid"] or row["number"] or row["date"]):
            return (COMPARED, 0.0) if row["compared"] > 0 else (0.0, COMPARED)
        margin = row["alone_entailed"] - row["alone_contradicted"]
        wanted = LACKS_NAME if row["unnamed"] else TRANSLATED * row["crossing"]
        up = _pull(self.supports, row) if margin > wanted and not differs and not row["unsaid"] else 0.0
        # Another name where all names of the claim are missing may be one of another matter, and what one language
        # denies ("not listed") the other may state ("privately held").
        unsure = {"name": row["unnamed"] >= 1, "negation": bool(row["crossing"])}
        plain = any(row[kind] for kind in PLAIN if not unsure.get(kind))
        alike = plain and row["covered"] >= NEARLY_ALL and not row["crossing"]
        contradicts = alike or -margin > (PLAINLY if plain else PERHAPS)
        return up, self.against(row) if contradicts else 0.0

    def against(self, row: Features) -> float:
        """How much a sentence that differs would pull against the claim: enough for a doubt, not for a verdict. Across
        languages who does what is not told, and what is about something else counts nothing."""
        differs = any(row[kind] for kind in REFUTING if kind != Difference.ROLES or not row["crossing"])
        return _pull(self.refutes, row) if differs and not _of_another_matter(row) else 0.0

    def probabilities(self, pulls: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """(supported, refuted) from the pulls of all sentences."""
        up, down = sum(p for p, _ in pulls), sum(p for _, p in pulls)
        total = 1.0 + up + down
        return up / total, down / total

    def verdict(self, supported: float, refuted: float) -> Verdict:
        """The verdict; where neither side reaches its bar, or both do, the documents do not settle it."""
        up, down = supported >= self.support_bar, refuted >= self.refute_bar
        if up == down:
            return Verdict.NOT_ENOUGH_INFO
        return Verdict.SUPPORTED if up else Verdict.REFUTED


def _of_another_matter(row: Features, prefix: str = "") -> bool:
    """Whether a sentence in the other language is so unlike the claim that its day or number may be of anything, and
    the network sees no clear contradiction."""
    margin = row[f"{prefix}alone_entailed"] - row[f"{prefix}alone_contradicted"]
    return bool(row[f"{prefix}crossing"]) and row[f"{prefix}behind"] > UNLIKE and -margin < CLEARLY


def _pull(weights: Mapping[str, float], row: Features) -> float:
    return math.exp(max(-30.0, min(30.0, weights["bias"] + sum(weights[name] * value for name, value in row.items()))))
