"""Question sets: a folder whose `docs/` is the corpus and whose `questions.jsonl` holds one row a line.

A row has id, question, lang, type and answerable; `answers` (any of them will do) or `answers_all` (one of each list);
and, as far as there are any, evidence and near_evidence ({doc, quote}), must_not, history ({role, content}).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.errors import InvalidInput
from rag.evaluation.scoring import Gold, Row


def load(folder: Path) -> list[Row]:
    """The rows of a set. Raises InvalidInput naming the file, the line and what is wrong with it."""
    path = folder / "questions.jsonl"
    if not path.is_file() or not (folder / "docs").is_dir():
        raise InvalidInput(f"{folder} is no question set.", "It must hold questions.jsonl and a folder docs.")
    rows: dict[str, Row] = {}
    for place, raw in json_lines(path):
        row = _row(place, raw)
        if row.id in rows:
            raise InvalidInput(f"{place}: the id {row.id} is used before.", "Ids must differ.")
        _check(place, row, folder / "docs")
        rows[row.id] = row
    if not rows:
        raise InvalidInput(f"{path} holds no question.", "Write one JSON object a line.")
    return list(rows.values())


def json_lines(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    """(file and line number, object) of each line that is not empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read ({error}).", "Check the name and the encoding.") from error
    for n, line in enumerate(lines, 1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError as error:
                raise InvalidInput(f"{path}, line {n} is not JSON ({error}).", "Write one object a line.") from error
            if not isinstance(found, dict):
                raise InvalidInput(f"{path}, line {n} is not a JSON object.", "Write one object a line.")
            yield f"{path}, line {n}", found


def _row(place: str, raw: Mapping[str, Any]) -> Row:
    try:
        listed = "answers_all" in raw
        parts = raw["answers_all"] if listed else [raw["answers"]] if raw.get("answers") else []
        return Row(
            id=str(raw["id"]),
            question=raw["question"],
            language=raw["lang"],
            type=raw["type"],
            answerable=bool(raw["answerable"]),
            parts=tuple(tuple(str(variant) for variant in part) for part in parts),
            listed=listed,
            evidence=_gold(raw.get("evidence")),
            near=_gold(raw.get("near_evidence")),
            wrong=tuple(raw.get("must_not") or ()),
            history=tuple((turn["role"], turn["content"]) for turn in raw.get("history") or ()),
        )
    except KeyError as error:
        raise InvalidInput(f"{place}: the key {error} is missing.", "A row needs id, question, lang, type …") from error
    except (TypeError, AttributeError) as error:
        raise InvalidInput(
            f"{place}: a value is of the wrong form ({error}).",
            "The README of the set, or another row, shows the form.",
        ) from error


def _gold(raw: Sequence[Mapping[str, str]] | None) -> tuple[Gold, ...]:
    return tuple(Gold(item["doc"], item["quote"]) for item in raw or ())


def _check(place: str, row: Row, docs: Path) -> None:
    """What would score a right reply as wrong without anybody noticing."""
    if row.answerable and not (row.parts and all(row.parts)):
        raise InvalidInput(f"{place}: an answerable row without answers.", "Give answers or answers_all.")
    for gold in (*row.evidence, *row.near):
        if not (docs / gold.doc).is_file():
            raise InvalidInput(f"{place}: its evidence names {gold.doc}, which is not in docs.", "Check the name.")
