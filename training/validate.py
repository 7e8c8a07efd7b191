"""Check what was written by hand: `python training/validate.py [MISSION ...]`; exits 1 on any fault.

That is the missions in training/data and, where none is named, the passages in training/passages too.

Standard library only, so that a writer of pairs can run it anywhere.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
PASSAGES = Path(__file__).parent / "passages"
PAIR_KEYS = {"doc", "passage", "question", "lang", "answer", "near_miss", "near_lang", "why"}
CLAIM_KEYS = {"doc", "passage", "true", "false", "lang", "changed", "open", "open_lang"}
CHANGES = {
    "number", "date", "name", "role", "negation", "direction",
    "place", "modality", "attribution", "quantifier", "order", "other",
}  # fmt: skip
MAX_PASSAGE = 700  # characters; longer passages are several passages


def body(text: str) -> str:
    """The document after its front matter."""
    found = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    return text[found.end() :] if found else text


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield number, json.loads(line)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def row_faults(row: dict[str, str], keys: set[str], docs: dict[str, str]) -> Iterator[str]:
    if row.keys() != keys:
        yield f"keys differ: {sorted(row.keys() ^ keys)}"
        return
    if row["doc"] not in docs:
        yield f"no document {row['doc']}"
    elif row["passage"] not in docs[row["doc"]]:
        yield f"passage is not verbatim in {row['doc']}: {row['passage'][:60]!r}"
    if len(row["passage"]) > MAX_PASSAGE:
        yield f"passage of {len(row['passage'])} characters"
    for key in keys & {"lang", "near_lang", "open_lang"}:
        if row[key] not in ("it", "en"):
            yield f"{key} is {row[key]!r}"


def pair_faults(row: dict[str, str], docs: dict[str, str]) -> Iterator[str]:
    yield from row_faults(row, PAIR_KEYS, docs)
    if row.keys() == PAIR_KEYS:
        if not row["answer"] or row["answer"] not in row["passage"]:
            yield f"answer is not in the passage: {row['answer']!r}"
        if words(row["question"]) == words(row["near_miss"]):
            yield "near miss repeats the question"


def claim_faults(row: dict[str, str], docs: dict[str, str]) -> Iterator[str]:
    yield from row_faults(row, CLAIM_KEYS, docs)
    if row.keys() == CLAIM_KEYS:
        if row["changed"] not in CHANGES:
            yield f"changed is {row['changed']!r}"
        if words(row["true"]) == words(row["false"]):
            yield "the twins do not differ"


def twin_faults(row: dict[str, str], docs: dict[str, str]) -> Iterator[str]:
    yield from claim_faults(row, docs)
    if row.keys() == CLAIM_KEYS and not set(words(row["true"])) & set(words(row["false"])):
        yield "the twins share no word"


def check_mission(folder: Path) -> tuple[list[str], Counter[str]]:
    docs = {p.name: body(p.read_text(encoding="utf-8")) for p in sorted((folder / "docs").glob("*.md"))}
    faults: list[str] = []
    counts: Counter[str] = Counter(docs=len(docs))
    seen: set[str] = set()
    for name, check, keys in (
        ("pairs", pair_faults, ("question", "near_miss")),
        ("literal", pair_faults, ("question", "near_miss")),
        ("harder", pair_faults, ("question", "near_miss")),
        ("structured", pair_faults, ("question", "near_miss")),
        ("claims", twin_faults, ("true", "false", "open")),
        ("twins", twin_faults, ("true", "false", "open")),
        ("desk", claim_faults, ("true", "false", "open")),
        ("reworded", claim_faults, ("true", "false", "open")),
    ):
        path = folder / f"{name}.jsonl"
        for number, row in rows(path) if path.is_file() else ():
            counts[name] += 1
            faults += [f"{folder.name}/{name}.jsonl:{number}: {fault}" for fault in check(row, docs)]
            for key in keys:
                folded = " ".join(words(row.get(key, "")))
                if folded in seen:
                    faults.append(f"{folder.name}/{name}.jsonl:{number}: {key} stands twice: {row[key]!r}")
                seen.add(folded)
            if keys[0] == "question":
                counts["cross-lingual"] += language_of(folder, row) != row.get("lang")
    return faults, counts


def check_passages(path: Path) -> tuple[list[str], Counter[str]]:
    """A file of passages of their own: each with two claims that it entails, two it contradicts, two open ones, mostly
    also a counter-passage with other labels; or pairs of passages that answer three of six questions each, by a slice.
    """
    faults: list[str] = []
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    check = question_faults if path.parent.name == "questions" else counter_faults
    for number, row in rows(path):
        at = f"{path.name}:{number}"
        found = list(check(row))
        faults += [f"{at}: {fault}" for fault in found]
        if found:
            continue
        asked = [(item[0], item[-1]) for item in row.get("claims") or row["questions"]]
        texts = [row[key]["text"] for key in ("first", "second", "counter") if key in row]
        for text in ([row["text"]] if "text" in row else []) + texts:
            counts["passages"] += 1
            if not text.strip() or len(text) > MAX_PASSAGE:
                faults.append(f"{at}: text of {len(text)} characters")
        if not {row["lang"], *(language for language, _ in asked)} <= {"it", "en"}:
            faults.append(f"{at}: a language is neither it nor en")
        for _, text in asked:
            folded = " ".join(words(text))
            if folded in seen:
                faults.append(f"{at}: stands twice: {text!r}")
            seen.add(folded)
        counts["claims" if "claims" in row else "questions"] += len(asked)
        counts["across languages"] += sum(language != row["lang"] for language, _ in asked)
    return faults, counts


def counter_faults(row: dict[str, Any]) -> Iterator[str]:
    if row.keys() - {"counter"} != {"context", "text", "lang", "claims"}:
        yield f"keys {sorted(row)}"
        return
    if Counter(label for _, label, _ in row["claims"]) != {"true": 2, "false": 2, "open": 2}:
        yield "not two claims of each label"
    labels = row["counter"]["labels"] if "counter" in row else ["open"] * len(row["claims"])
    if len(labels) != len(row["claims"]) or not set(labels) <= {"true", "false", "open"}:
        yield "the counter-passage has other labels than true, false and open, or not one a claim"
    elif labels == [label for _, label, _ in row["claims"]]:
        yield "the counter-passage turns no claim round"


def question_faults(row: dict[str, Any]) -> Iterator[str]:
    if row.keys() != {"context", "lang", "questions", "first", "second"}:
        yield f"keys {sorted(row)}"
    elif [len(row["questions"]), len(row["first"]["answers"]), len(row["second"]["answers"])] != [6, 3, 3]:
        yield "not six questions with three answers in either passage"
    else:
        for side in (row["first"], row["second"]):
            for answer in side["answers"]:
                if not answer or answer not in side["text"]:
                    yield f"{answer!r} is no slice of the passage"


def language_of(folder: Path, row: dict[str, str]) -> str:
    path = folder / "docs" / row.get("doc", "")
    found = re.search(r"^language: (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE) if path.is_file() else None
    return found[1] if found else ""


def main(names: list[str]) -> int:
    folders = [DATA / name for name in names] or sorted(p for p in DATA.iterdir() if p.is_dir())
    total: Counter[str] = Counter()
    faults: list[str] = []
    for folder in folders:
        found, counts = check_mission(folder)
        faults += found
        total += counts
        print(f"{folder.name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    for path in [] if names else sorted(PASSAGES.rglob("*.jsonl")):
        found, counts = check_passages(path)
        faults += found
        total += counts
        print(f"{path.name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    print("\n".join(faults))
    print(
        f"{len(folders)} missions: " + ", ".join(f"{n} {what}" for what, n in total.items()) + f"; {len(faults)} faults"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
