"""Fit what weighs the evidence on a claim: `python training/calibrate_claims.py MODEL_DIR ADAPTER_DIR SET_DIR...`.

A set is a mission of training/data that the reader was not trained on (claim twins), or a benchmark folder
(claims.jsonl with a verdict a row). Every claim is put to retrieval, reader and rules as the fact desk does; two
weights a feature, for and against, are fitted so that the pooled pulls of all sentences give the verdict. Where the
sets say which passage settles a claim, its sentences must do the pulling. A verdict is given from BARS on; the
figures are of claims judged, rules and all, by a fit without their fifth. Writes calibration.json beside the adapter.
With `--rows FILE` the features are kept, so that a second run need not read again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.checking.assertions import Assertion
from rag.checking.judging import ClaimJudge
from rag.checking.overall import Overall, overview
from rag.checking.reserves import reservation
from rag.checking.verdicts import DIFFERING, ClaimCalibration
from rag.models import Question, Verdict
from rag.precedence import Precedence
from rag.reader.trained import TrainedReader
from rag.retrieval import Retriever
from rag.text import fold
from training.calibrate import open_embedder, open_set

LABELS = [v.value for v in Verdict]
# docs/quality.md tells what others give.
BARS = {"supported": 0.7, "refuted": 0.6, "supported_overall": 0.7, "refuted_overall": 0.5}
PENALTY = 0.008  # on squared weights
OVERALL_PENALTY = 0.08  # on squared weights of features that vary by one
FOLDS = 5
NEUTRAL = ClaimCalibration({}, {}, BARS["supported"], BARS["refuted"])  # without weights, for reading


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of a set; `evidence` holds (document, quote) of what settles it."""

    group: str  # claims of one passage are never parted between a fit and its test
    text: str
    language: str
    verdict: str
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A claim as it was read: the features of each sentence found, and which of them settle it."""

    group: str
    verdict: str
    features: list[dict[str, float]]
    settles: list[bool]


def load(folder: Path) -> Iterator[Claim]:
    files = [path for name in ("claims", "desk") if (path := folder / f"{name}.jsonl").is_file()]
    rows = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        group = f"{folder.name}/{number}"
        if "claim" in row:
            evidence = tuple((e["doc"], e["quote"]) for e in row["evidence"])
            yield Claim(group, row["claim"], row["lang"], row["verdict"], evidence)
            continue
        passage = ((row["doc"], row["passage"]),)
        yield Claim(group, row["true"], row["lang"], "supported", passage)
        yield Claim(group, row["false"], row["lang"], "refuted", passage)
        yield Claim(group, row["open"], row["open_lang"], "not_enough_info", ())


def read(claim: Claim, retriever: Retriever, judge: ClaimJudge) -> Row:
    assertion = Assertion.of(claim.text, claim.language)
    hits = retriever.search(Question(claim.text, language=claim.language))
    laid = judge.candidates(assertion, claim.text, hits, retriever.library.aliases)
    found = [c for c in laid if not c.source.asks and reservation(assertion, c.source) is None]  # these settle nothing
    settles = []
    for candidate in found:
        said = fold(candidate.source.evidence().text)
        source = candidate.source.hit.document.source
        settles.append(any(source == d and (fold(q) in said or said in fold(q)) for d, q in claim.evidence))
    return Row(claim.group, claim.verdict, [dict(c.features) for c in found], settles)


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of either side by feature; the last is the bias."""

    names: list[str]
    weights: torch.Tensor  # (2, features + 1)

    def logits(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.einsum("...f,sf->...s", rows[..., :-1], self.weights) - 1e4 * (1 - rows[..., -1:])


def tensors(rows: Sequence[Row], names: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(features with a bias and whether there is a sentence, which sentences settle, the verdicts)"""
    width = max(len(row.features) for row in rows)
    x = torch.zeros(len(rows), width, len(names) + 2)
    settles = torch.zeros(len(rows), width)
    for n, row in enumerate(rows):
        for m, features in enumerate(row.features):
            x[n, m] = torch.tensor([*(features[name] for name in names), 1.0, 1.0])
            settles[n, m] = float(row.settles[m])
    return x, settles, torch.tensor([LABELS.index(row.verdict) for row in rows])


def fitted(rows: Sequence[Row], names: list[str]) -> Fit:
    """The weights under which the verdicts are likeliest, and the sentences that settle a claim do the pulling."""
    x, settles, verdicts = tensors(rows, names)
    scale = x[..., :-2][x[..., -1] > 0].std(0).clamp(min=0.05)
    x = x.clone()
    x[..., :-2] /= scale
    weights = torch.zeros(2, len(names) + 1, requires_grad=True)
    with torch.no_grad():
        weights[:, -1] = -4.0
    optimiser = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = _loss(Fit(names, weights).logits(x), settles, verdicts) + PENALTY * (weights[:, :-1] ** 2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    done = weights.detach().clone()
    done[:, :-1] /= scale
    return Fit(names, done)


def _loss(logits: torch.Tensor, settles: torch.Tensor, verdicts: torch.Tensor) -> torch.Tensor:
    """Minus the mean log probability of the right verdict by the right sentence, where it is known and was found."""
    pooled = torch.logsumexp(logits, 1)
    every = torch.cat([pooled, torch.zeros(len(pooled), 1)], 1)
    total = torch.logsumexp(every, 1)
    right = every.gather(1, verdicts[:, None]).squeeze(1)
    known = settles.any(1) & (verdicts < 2)
    side = logits.gather(2, verdicts.clamp(max=1)[:, None, None].expand(-1, logits.shape[1], 1)).squeeze(2)
    by_right = torch.logsumexp(side - 1e4 * (1 - settles), 1)
    return (total - torch.where(known, 0.5 * right + 0.5 * by_right, right)).mean()


def fitted_overall(rows: Sequence[Row], judging: ClaimCalibration) -> Overall:
    """The model of whole claims beside a fit for sentences: multinomial logistic regression with a penalty."""
    seen = [
        overview(row.features, [judging.leanings(features) for features in row.features], DIFFERING) for row in rows
    ]
    names = list(seen[0])
    x = torch.tensor([[row[name] for name in names] for row in seen])
    centre, scale = x.mean(0), x.std(0).clamp(min=0.02)
    x = (x - centre) / scale
    verdicts = torch.tensor([LABELS.index(row.verdict) for row in rows])
    weights = torch.zeros(len(LABELS), len(names) + 1, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        logits = x @ weights[:, :-1].T + weights[:, -1]
        penalty = OVERALL_PENALTY * (weights[:, :-1] ** 2).sum()
        value = torch.nn.functional.cross_entropy(logits, verdicts) + penalty
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)
    odds = weights.detach()[:2] - weights.detach()[2]
    slopes = odds[:, :-1] / scale
    biases = odds[:, -1] - slopes @ centre
    supports, refutes = (
        dict(zip([*names, "bias"], [round(float(w), 5) for w in (*slope, bias)], strict=True))
        for slope, bias in zip(slopes, biases, strict=True)
    )
    return Overall(supports, refutes, BARS["supported_overall"], BARS["refuted_overall"])


def crossed(rows: Sequence[Row], names: list[str]) -> list[str]:
    """The verdict on each claim by a fit without its fifth, under the rules that the desk goes by."""
    groups = sorted({row.group for row in rows})
    random.Random(0).shuffle(groups)
    found = [""] * len(rows)
    for part in range(FOLDS):
        kept = set(groups[part::FOLDS])
        judging = calibration([row for row in rows if row.group not in kept], names)
        for n, row in enumerate(rows):
            if row.group in kept:
                found[n] = given(judging, row)
    return found


def given(judging: ClaimCalibration, row: Row) -> str:
    """The verdict by one sentence, else by all together."""
    verdict = judging.verdict(*judging.probabilities([judging.pulls(features) for features in row.features]))
    if verdict is Verdict.NOT_ENOUGH_INFO:
        verdict, _ = judging.second_look(row.features)
    return verdict.value


def figures(given: Sequence[str], verdicts: Sequence[str]) -> dict[str, float]:
    """As benchmarks have them: macro F1, and the share of what is not supported that is called so."""
    f1 = []
    for label in LABELS:
        right = sum(g == v == label for g, v in zip(given, verdicts, strict=True))
        f1.append(2 * right / max(1, given.count(label) + list(verdicts).count(label)))
    others = [g for g, v in zip(given, verdicts, strict=True) if v != "supported"]
    return {
        "macro_f1": round(100 * sum(f1) / 3, 1),
        "wrongly_supported": round(100 * others.count("supported") / max(1, len(others)), 1),
        "accuracy": round(100 * sum(g == v for g, v in zip(given, verdicts, strict=True)) / len(given), 1),
    }


def rows_of(folders: Sequence[Path], model_dir: Path, adapter: Path) -> Iterator[tuple[str, Row]]:
    embedder = open_embedder(model_dir)
    reader = TrainedReader(lambda: str(model_dir), adapter)
    reader.load()
    judge = ClaimJudge(reader, NEUTRAL, Precedence())
    for folder in folders:
        with tempfile.TemporaryDirectory() as scratch:
            retriever = open_set(folder, embedder, Path(scratch))
            for claim in load(folder):
                yield folder.name, read(claim, retriever, judge)


def sides(fit: Fit) -> list[dict[str, float]]:
    """The weights for a claim and against it, by feature."""
    names = [*fit.names, "bias"]
    return [dict(zip(names, (round(float(w), 5) for w in side), strict=True)) for side in fit.weights]


def calibration(rows: Sequence[Row], names: list[str]) -> ClaimCalibration:
    """All that a verdict takes, fitted on these rows."""
    supports, refutes = sides(fitted(rows, names))
    of_sentences = ClaimCalibration(supports, refutes, BARS["supported"], BARS["refuted"])
    return replace(of_sentences, overall=fitted_overall(rows, of_sentences))


def main(model_dir: Path, adapter: Path, folders: Sequence[Path], kept: Path | None) -> None:
    if kept and kept.exists():
        saved = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        rows = [(name, Row(**row)) for name, row in saved]
    else:
        rows = list(rows_of(folders, model_dir, adapter))
    if kept and not kept.exists():
        kept.write_text("".join(json.dumps([name, asdict(row)]) + "\n" for name, row in rows), encoding="utf-8")
    found = [row for _, row in rows if row.features]
    names = list(found[0].features[0])
    verdicts = [row.verdict for row in found]
    judging = calibration(found, names)
    assert judging.overall is not None
    made = {
        "supports": judging.supports,
        "refutes": judging.refutes,
        "overall": {"supports": judging.overall.supports, "refutes": judging.overall.refutes},
        "bars": BARS,
        "fitted_on": {"sets": [f.name for f in folders], "claims": len(found)},
        "figures": figures(crossed(found, names), verdicts),
    }
    (adapter / "calibration.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(made, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rows", type=Path)
    options = parser.parse_args()
    main(options.model_dir, options.adapter, options.folders, options.rows)
