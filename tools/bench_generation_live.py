"""A real model's sentences, one JSON line each, for a person to say which are true; and the count once that is said.

A line holds `key`, the row, the question, the sentence, what it cites, and whether it was kept or why not. Behind the
sentences of a row stands one line of the row itself (`finished`): what lacks it is asked again by a later run.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import InvalidInput, RagError
from rag.evaluation.question_sets import json_lines
from rag.evaluation.scoring import Row, judge
from rag.models import Answer, Support
from rag.passages import read_text
from rag.text import fold
from rag.writing.composing import NOTE
from rag.writing.grounding import Doubt
from tools.bench_generation_counts import CHARACTERS, SPEED, Look, Watching
from tools.bench_generation_scripts import asked

SEED = 20250424
Line = dict[str, Any]


def chosen(rows: Sequence[Row], number: int) -> list[Row]:
    """`number` rows in which each type, answerable or not, has its share; any beginning of them has it nearly too."""
    groups: dict[tuple[str, bool], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.type, row.answerable), []).append(row)
    drawn = random.Random(SEED)
    placed = []
    for _, group in sorted(groups.items()):
        drawn.shuffle(group)
        placed += [((n + 0.5) / len(group), row) for n, row in enumerate(group)]
    return [row for _, row in sorted(placed, key=lambda place: place[0])][:number]


def finished(path: Path) -> set[str]:
    """The rows of a file that were finished; what an interruption left of another is cut off it."""
    done, whole, at = set(), 0, 0
    lines = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
    for line in lines:
        at += len(line)
        try:
            told = json.loads(line)
        except ValueError:
            break
        if told.get("finished") and line.endswith(b"\n"):
            done.add(told["row"])
            whole = at
    if at > whole:
        os.truncate(path, whole)
    return done


def run(assistant: Assistant, rows: Sequence[Row], path: Path) -> Iterator[Row]:
    """Ask each row and append its lines; a row is given once they are on the disk.

    Raises RagError where the model gives nothing at all; what was written so far stands.
    """
    assert assistant.composer is not None
    watching = Watching(assistant.composer.checker)
    assistant.composer.checker = watching
    for row in rows:
        watching.looks.clear()
        answer = assistant.ask(asked(row))
        if answer.tokens is not None and not answer.tokens.prompt:
            told = " ".join(note.text for note in answer.notes if note.kind == NOTE)
            raise RagError(f"The model did not answer {row.id}. {told}", "Mend it and run the same line again.")
        lines = [*(_sentence(row, n, look, answer) for n, look in enumerate(watching.looks, 1)), _row(row, answer)]
        with path.open("a", encoding="utf-8") as out:
            out.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
            out.flush()
            os.fsync(out.fileno())
        yield row


def _sentence(row: Row, number: int, look: Look, answer: Answer) -> Line:
    dropped = {fold(s.text) for s in answer.statements if s.support is Support.UNSUPPORTED}
    kept, evidence = fold(look.text) not in dropped, look.checked.evidence
    return {
        "key": f"{row.id}#{number}",
        "row": row.id,
        "question": row.question,
        "text": look.text,
        "kept": kept,
        "why": _why(look) if kept else look.checked.doubt.value or Doubt.SUPERSEDED.value,
        "quote": evidence.text if evidence else None,
        "cited": [{"document": h.document.source, "text": read_text(h.passage, h.document)} for h in look.cited],
        "language": look.language,
        "way": look.way,
        "check_ms": round(1000 * look.seconds, 1),
    }


def _why(look: Look) -> str:
    """How a kept sentence stands on its passage."""
    if look.checked.repaired:
        return "a better citation"
    return "word for word" if look.checked.exact else "borne out"


def _row(row: Row, answer: Answer) -> Line:
    tokens = answer.tokens
    return {
        "row": row.id,
        "finished": True,
        "type": row.type,
        "answerable": row.answerable,
        "question": row.question,
        "status": answer.status.value,
        "mode": answer.mode,
        "ok": judge(row, answer).ok,
        "answer": answer.text,
        "notes": [note.text for note in answer.notes if note.kind == NOTE],
        "tokens": {"prompt": tokens.prompt, "completion": tokens.completion} if tokens else None,
        "ms": answer.timings_ms,
    }


# Counting


def labels(path: Path) -> dict[str, bool]:
    """What a person said of sentences, by key: lines of {"key": …, "true": true or false}. Raises InvalidInput."""
    found = {}
    for place, raw in json_lines(path):
        if not isinstance(raw.get("key"), str) or not isinstance(raw.get("true"), bool):
            raise InvalidInput(f"{place} is no label.", 'Write {"key": "q001#1", "true": false}.')
        found[raw["key"]] = raw["true"]
    return found


def counted(path: Path, said: Mapping[str, bool]) -> dict[str, Any]:
    """Figures of a file that `run` wrote; those of truth as far as sentences have a label. Raises InvalidInput for a
    label of a sentence that is not there."""
    lines = [raw for _, raw in json_lines(path)]
    rows, told = [ln for ln in lines if ln.get("finished")], [ln for ln in lines if "key" in ln]
    unknown = sorted(said.keys() - {line["key"] for line in told})
    if unknown:
        raise InvalidInput(f"No sentence has the key {unknown[0]}.", f"Keys are those of {path}.")
    kept, dropped = ([ln for ln in told if ln["kept"] is is_kept] for is_kept in (True, False))
    asked_model = [line for line in rows if line["tokens"]]
    return {
        "rows": len(rows),
        "rows_put_to_the_model": len(asked_model),
        "rows_written": sum(line["mode"] == "generate" for line in rows),
        "answerable_correct": _right(line for line in rows if line["answerable"]),
        "unanswerable_right": _right(line for line in rows if not line["answerable"]),
        "sentences_written": len(told),
        "kept": len(kept),
        "dropped": len(dropped),
        "dropped_for": dict(Counter(line["why"] for line in dropped).most_common()),
        "unsupported_shown": sum(said.get(line["key"]) is False for line in kept),
        "true_dropped": sum(said.get(line["key"]) is True for line in dropped),
        "true_written": sum(said.get(line["key"]) is True for line in told),
        "without_label": sum(line["key"] not in said for line in told),
        "time": _times(asked_model, told),
    }


def _right(rows: Iterable[Line]) -> str:
    right = [line["ok"] for line in rows]
    return f"{sum(right)}/{len(right)}"


def _times(rows: Sequence[Line], told: Sequence[Line]) -> dict[str, float]:
    """Seconds of writing and of checking, and the share of checking: of the time the model took, and of a model's that
    writes SPEED tokens a second."""
    generate = sum(line["ms"]["generate"] for line in rows) / 1000
    verify = sum(line["ms"]["verify"] for line in rows) / 1000
    tokens = sum(len(line["text"]) for line in told) / CHARACTERS
    return {
        "generate_s": round(generate, 1),
        "verify_s": round(verify, 1),
        "checking_percent": round(100 * verify / generate, 1) if generate else 0.0,
        "checking_percent_at_10_tokens_a_second": round(100 * verify * SPEED / tokens, 1) if tokens else 0.0,
    }
