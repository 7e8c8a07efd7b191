"""Public sets and hand-written missions → reading examples, grouped by what they must be told apart from.

A group holds a question with the passage that answers it and those that do not, and a near miss beside it. Splits
are by article, page or mission, never by row.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag import markup
from rag.documents import Root, SourceFile, read, walk
from rag.index import embedded_text
from rag.language.questions import beside, subject
from rag.models import Document, Passage, PassageKind
from rag.passages import context, passages
from rag.text import fold, sentences

ANSWERS, DOES_NOT, SILENT = 1, 0, -1  # SILENT: the example says nothing about this head
ENTAILED, CONTRADICTED, NEITHER = 0, 1, 2
CLAIMS = {"SUPPORTS": ENTAILED, "REFUTES": CONTRADICTED, "NOT ENOUGH INFO": NEITHER}
LABELS = {"true": ENTAILED, "false": CONTRADICTED, "open": NEITHER}  # of the hand-written claims
XQUAD = ("en", "es", "ro", "de")


@dataclass(frozen=True, slots=True)
class Example:
    """One reading. `span` is (start, end) in `body`; `split` names the article, page or mission it belongs to."""

    group: str
    split: str
    source: str  # squad, xquad, fever, a file of a mission, claims, passage-claims or passage-pairs
    role: str  # gold, near, hard, dropped, true, false, open, aside, elsewhere; "alone-…" of a claim
    question: str
    context: str
    body: str
    span: tuple[int, int] | None
    answers: int
    claim: int
    languages: str  # question's and passage's, "it>en"


def _load(path: Path) -> Any:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def _window(body: str, span: tuple[int, int], rng: random.Random) -> tuple[str, tuple[int, int]]:
    """Mostly only one to three sentences around the answer: mission documents have short paragraphs."""
    if rng.random() < 0.15:
        return body, span
    parts = sentences(body)
    at = next((n for n, s in enumerate(parts) if s.start <= span[0] and span[1] <= s.end), None)
    if at is None:
        return body, span
    first = max(0, at - rng.randint(0, 1))
    last = min(len(parts) - 1, at + rng.randint(0, 1))
    start = parts[first].start
    return body[start : parts[last].end], (span[0] - start, span[1] - start)


def borrowed_contexts(rows: Sequence[Example], contexts: Sequence[str], rng: random.Random) -> list[Example]:
    """Public examples under titles and headings of missions, one a group, now and then none.

    Without this a title above the passage would betray which set it is from, and with it how its questions were made:
    the missions' near misses are worded closer to the text than their answerable questions, SQuAD's are not.
    """
    given: dict[str, str] = {}
    for row in rows:
        if row.group not in given:
            given[row.group] = rng.choice(contexts) if rng.random() < 0.85 else ""
    return [replace(row, context=given[row.group]) for row in rows]


def leaning(rows: Sequence[Example], rng: random.Random, share: float = 0.12) -> list[Example]:
    """Some groups as follow-ups ask: with what another question of the mission is about behind the question."""
    others = sorted({e.question for e in rows if e.role == "gold"})
    asides = {e.group: subject(rng.choice(others)) for e in rows if e.role == "gold" and rng.random() < share}
    return [replace(e, question=beside(e.question, asides.get(e.group, ""))) for e in rows]


def without_answer(example: Example) -> Example | None:
    """The same passage with the answering sentence taken out: the topic is there, the detail is not."""
    assert example.span is not None
    start, end = example.span
    parts = sentences(example.body)
    kept = [s for s in parts if not (s.start < end and start < s.end)]
    body = " ".join(example.body[s.start : s.end] for s in kept)
    if not kept or fold(example.body[start:end]) in fold(body):
        return None
    return replace(example, role="dropped", body=body, span=None, answers=DOES_NOT)


# Public sets


def _squad_rows(data: Any) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, article in enumerate(data["data"]):
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                yield number, paragraph["context"], qa


def squad(path: Path, rng: random.Random) -> Iterator[Example]:
    """SQuAD-it: gold, and the gold passage without its answer. Rows whose answer is not at its offset are left out."""
    for number, text, qa in _squad_rows(_load(path)):
        answer = qa["answers"][0]
        start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
        if text[start:end] != answer["text"] or not answer["text"].strip():
            continue
        body, span = _window(text, (start, end), rng)
        gold = Example(
            f"squad/{qa['id']}",
            f"squad/{number}",
            "squad",
            "gold",
            qa["question"],
            "",
            body,
            span,
            ANSWERS,
            SILENT,
            "it>it",
        )
        yield gold
        if dropped := without_answer(gold):
            yield dropped


def xquad(folder: Path, rng: random.Random, crossings: int = 4) -> Iterator[Example]:
    """XQuAD, parallel by position: each question with passages of several languages."""
    rows = {language: list(_squad_rows(_load(folder / f"xquad.{language}.json.gz"))) for language in XQUAD}
    contexts: dict[str, int] = {}
    for n in range(len(rows["en"])):
        paragraph = contexts.setdefault(rows["en"][n][1], len(contexts))
        for crossing in range(crossings):
            asked, told = rng.choice(XQUAD), rng.choice(XQUAD)
            text, qa = rows[told][n][1], rows[told][n][2]
            answer = qa["answers"][0]
            span = (answer["answer_start"], answer["answer_start"] + len(answer["text"]))
            if text[slice(*span)] != answer["text"]:
                continue
            body, inner = _window(text, span, rng)
            gold = Example(
                f"xquad/{n}/{crossing}", f"xquad/{paragraph}", "xquad", "gold", rows[asked][n][2]["question"],
                "", body, inner, ANSWERS, SILENT, f"{asked}>{told}",
            )  # fmt: skip
            yield gold
            if dropped := without_answer(gold):
                yield dropped


def fever(folder: Path) -> Iterator[Example]:
    """FEVER-it claims in both languages and both crossings; the split is the first page of evidence."""
    rows = {}
    for language in ("it", "en"):
        with gzip.open(folder / f"fever_{language}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows[language] = {row["id"]: row for row in map(json.loads, file)}
    for id_, italian in rows["it"].items():
        english = rows["en"].get(id_)
        pages = italian["evidence"]
        if english is None or not pages:
            continue
        page = str(pages[0][0]) if isinstance(pages[0], list) else id_
        for asked, told in (("it", "it"), ("en", "en"), ("it", "en"), ("en", "it")):
            claim, evidence = rows[asked][id_]["claim"], rows[told][id_]["evidence"]
            body = " ".join(str(e[2]) for e in evidence)[:1200]
            title = page.replace("_", " ").replace("-LRB-", "(").replace("-RRB-", ")")
            yield Example(
                f"fever/{id_}/{asked}{told}", f"fever/{page}", "fever", italian["label"].lower(), claim, title, body,
                None, SILENT, CLAIMS[italian["label"]], f"{asked}>{told}",
            )  # fmt: skip


# Hand-written missions


@dataclass(frozen=True, slots=True)
class MissionPassage:
    document: Document
    passage: Passage

    @property
    def body(self) -> str:
        if self.passage.kind is PassageKind.ROW:
            return markup.row_display(self.passage.text, self.passage.lead)
        return self.passage.text

    @property
    def context(self) -> str:
        return context(self.passage, self.document)

    @property
    def embedded(self) -> str:
        return embedded_text(self.passage, self.document)[0]


def mission_passages(folder: Path) -> list[MissionPassage]:
    files = [f for f in walk(Root(folder / "docs", folder.name), 10**8) if isinstance(f, SourceFile)]
    return [MissionPassage(d, p) for d in map(read, files) for p in passages(d)]


def locate(
    row: dict[str, str], found: Sequence[MissionPassage], wanted: str
) -> tuple[int, tuple[int, int] | None] | None:
    """(index of the passage that holds `wanted` inside the row's passage, its span in the body), if there is one.

    The span is None where the body of a table row writes the words otherwise than the row.
    """
    for number, candidate in enumerate(found):
        if candidate.document.source != row["doc"]:
            continue
        at = candidate.document.text.find(row["passage"], candidate.document.body_start)
        start = at + row["passage"].find(wanted)
        if at < 0 or not candidate.passage.start <= start < candidate.passage.end:
            continue
        if candidate.passage.kind is PassageKind.ROW:
            inside = candidate.body.find(markup.plain(wanted))
            return number, (inside, inside + len(markup.plain(wanted))) if inside >= 0 else None
        begin = start - candidate.passage.start
        return number, (begin, min(begin + len(wanted), len(candidate.body)))
    return None


def pairs(folder: Path, found: Sequence[MissionPassage], source: str = "pairs") -> Iterator[Example]:
    """The rows of a file of pairs: a gold reading, a near miss, and the passage without its answer."""
    path = folder / f"{source}.jsonl"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()):
        row = json.loads(line)
        place = locate(row, found, row["answer"])
        if place is None or place[1] is None:
            continue
        holder, told = found[place[0]], found[place[0]].document.language
        gold = Example(
            f"{folder.name}/{source}/{number}", folder.name, source, "gold", row["question"], holder.context,
            holder.body, place[1], ANSWERS, SILENT, f"{row['lang']}>{told}",
        )  # fmt: skip
        yield gold
        yield replace(
            gold,
            role="near",
            question=row["near_miss"],
            span=None,
            answers=DOES_NOT,
            languages=f"{row['near_lang']}>{told}",
        )
        if dropped := without_answer(gold):
            yield dropped


def claims(folder: Path, found: Sequence[MissionPassage], source: str = "claims") -> Iterator[Example]:
    """The rows of a file of claims: what the passage entails, what it contradicts, and what no
    document settles."""
    path = folder / f"{source}.jsonl"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else ()):
        row = json.loads(line)
        place = locate(row, found, row["passage"][:1])
        if place is None:
            continue
        holder = found[place[0]]
        for role, language in (("true", "lang"), ("false", "lang"), ("open", "open_lang")):
            # A claim that the passage settles, either way, is answered by it: close wording that does answer.
            label, languages = LABELS[role], f"{row[language]}>{holder.document.language}"
            whole = Example(
                f"{folder.name}/{source}/{number}", folder.name, "claims", role, row[role], holder.context, holder.body,
                None, DOES_NOT if label == NEITHER else ANSWERS, label, languages,
            )  # fmt: skip
            yield whole
            yield from parts(whole, row["passage"])


def passages_with_claims(path: Path, rng: random.Random) -> Iterator[Example]:
    """The rows of a file of `training/passages/claims`: six claims on a passage, and on a counter-passage that turns
    most of them round, so that a claim's wording cannot tell its label; and a claim of another row, which neither
    is taken to settle."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for number, row in enumerate(rows):
        group = f"claims/{path.stem}/{number}"
        readings = [(row["text"], [label for _, label, _ in row["claims"]])]
        if "counter" in row:
            readings.append((row["counter"]["text"], row["counter"]["labels"]))
        for text, labels in readings:
            for (language, _, claim), label in zip(row["claims"], labels, strict=True):
                yield Example(
                    group, path.stem, "passage-claims", label, claim, row["context"], text,
                    None, DOES_NOT if label == "open" else ANSWERS, LABELS[label], f"{language}>{row['lang']}",
                )  # fmt: skip
        other = rng.choice([r for r in rows if r is not row])
        language, _, claim = rng.choice(other["claims"])
        yield Example(
            group, path.stem, "passage-claims", "elsewhere", claim, row["context"], rng.choice(readings)[0],
            None, DOES_NOT, NEITHER, f"{language}>{row['lang']}",
        )  # fmt: skip


def passages_with_questions(path: Path) -> Iterator[Example]:
    """The rows of a file of `training/passages/questions`: two passages, each of which answers three questions and only
    nearly the three of the other; a question's wording cannot tell which. Each also without its answering sentence."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        for n, (asked, question) in enumerate(row["questions"]):
            answering, other = ("first", "second") if n < 3 else ("second", "first")
            text, answer = row[answering]["text"], row[answering]["answers"][n % 3]
            start = text.index(answer)
            gold = Example(
                f"questions/{path.stem}/{number}", path.stem, "passage-pairs", "gold", question, row["context"], text,
                (start, start + len(answer)), ANSWERS, SILENT, f"{asked}>{row['lang']}",
            )  # fmt: skip
            yield gold
            yield replace(gold, role="near", body=row[other]["text"], span=None, answers=DOES_NOT)
            if dropped := without_answer(gold):
                yield dropped


def parts(claim: Example, passage: str) -> Iterator[Example]:
    """The sentences that settle a claim without those around them, and those around them, which do not."""
    at = claim.body.find(passage)
    if at < 0 or len(passage) == len(claim.body):
        return
    yield replace(claim, role=f"alone-{claim.role}", body=passage)
    around = [s for s in sentences(claim.body) if s.end <= at or s.start >= at + len(passage)]
    if around:
        aside = " ".join(claim.body[s.start : s.end] for s in around)
        yield replace(claim, role="aside", body=aside, answers=DOES_NOT, claim=NEITHER)
