"""Sentences in other words and in the other language: hand-written claims, put to the check as if a model wrote them.

A folder holds docs/ and claims: rows of claims.jsonl or desk.jsonl with a passage and what is `true`, `false` and left
`open` by it (as in training/data), or with a claim, its verdict and its evidence (as in a question set).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from rag.assistant import Assistant
from rag.errors import InvalidInput
from rag.evaluation.question_sets import json_lines
from rag.evidence import READ
from rag.models import Document, Hit, Question
from rag.passages import passages
from rag.writing.verifying import Checker
from tools.bench_generation_counts import Costs, Watching

FILES = ("claims.jsonl", "desk.jsonl")
VERDICTS = {"supported": "true", "refuted": "false", "not_enough_info": "open"}
TRUTHS = ("true", "false", "open")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that its evidence bears out (`true`), contradicts (`false`) or leaves `open`."""

    text: str
    language: str
    truth: str
    evidence: tuple[tuple[str, str], ...]  # (document's name, quote)


@dataclass(slots=True)
class Counts:
    """Claims by (crossing, truth), and what was wrong with single ones."""

    read: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    why: dict[str, Counter[str]] = field(default_factory=dict)  # of true ones that were dropped, by crossing
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    costs: Costs = field(default_factory=Costs)


def load(folder: Path) -> list[Claim]:
    """The claims of a folder. Raises InvalidInput where it holds none."""
    paths = [folder / name for name in FILES if (folder / name).is_file()]
    found = [claim for path in paths for place, raw in json_lines(path) for claim in _claims(place, raw)]
    if not found:
        raise InvalidInput(f"{folder} holds no claims.", f"It must hold docs/ and {' or '.join(FILES)}.")
    return found


def _claims(place: str, raw: Mapping[str, Any]) -> Iterator[Claim]:
    try:
        if "verdict" in raw:
            evidence = tuple((item["doc"], item["quote"]) for item in raw.get("evidence") or ())
            yield Claim(raw["claim"], raw["lang"], VERDICTS[raw["verdict"]], evidence)
            return
        for truth in TRUTHS:
            language = raw["open_lang" if truth == "open" else "lang"]
            yield Claim(raw[truth], language, truth, ((raw["doc"], raw["passage"]),))
    except KeyError as error:
        raise InvalidInput(f"{place}: the key {error} is missing.", "Another row shows the form.") from error


def run(assistant: Assistant, checker: Checker, claims: Sequence[Claim], counts: Counts) -> Iterator[Claim]:
    """Check each claim against the passages of its evidence, which it cites, and those that would be read for it."""
    watching = Watching(checker)
    documents = {PurePosixPath(d.source).name: d for d in assistant.documents()}
    for claim in claims:
        found = assistant.retriever.search(Question(claim.text, language=claim.language), READ)
        cited = [hit for name, quote in claim.evidence for hit in holding(documents[name], quote)]
        ids = {hit.passage.id for hit in cited}
        others = [hit for hit in found if hit.passage.id not in ids]
        checked = watching.check(claim.text, claim.language, cited or found[:1], [*cited, *others])
        crossing = f"{claim.language}→{'+'.join(sorted({h.document.language for h in cited})) or '–'}"
        counts.read[crossing, claim.truth] += 1
        counts.costs.add(watching.looks[-1])
        if checked.evidence is not None:
            counts.kept[crossing, claim.truth] += 1
            if claim.truth != "true":
                counts.wrong.append(f"{claim.truth} {crossing}: {claim.text} || {checked.evidence.text}")
        elif claim.truth == "true":
            counts.why.setdefault(crossing, Counter())[checked.doubt.value] += 1
            counts.lost.append(f"{checked.doubt.value} {crossing}: {claim.text} || {claim.evidence[0][1]}")
        yield claim


def holding(document: Document, quote: str) -> list[Hit]:
    """The passages of a document that a quote of it lies in."""
    start = document.text.find(quote)
    if start < 0:
        raise InvalidInput(f"{document.source} does not hold {quote[:60]!r}.", "Quotes must be verbatim.")
    end = start + len(quote)
    return [Hit(p, document, 0.0) for p in passages(document) if p.start < end and start < p.end]


def report(counts: Counts) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    crossings = sorted({crossing for crossing, _ in counts.read})
    for name, among in (*((c, [c]) for c in crossings), ("all", crossings)):
        figures[name] = {
            label: f"{sum(counts.kept[c, truth] for c in among)}/{sum(counts.read[c, truth] for c in among)}"
            for label, truth in (("true_kept", "true"), ("false_shown", "false"), ("open_shown", "open"))
        }
        dropped = sum((counts.why.get(c, Counter()) for c in among), Counter[str]())
        figures[name]["true_dropped_for"] = dict(dropped.most_common())
    return {"crossings": figures, "checking": counts.costs.figures()}
