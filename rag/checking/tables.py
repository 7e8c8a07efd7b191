"""A claim beside one row of a table: whose columns it speaks of, and which of two cells it calls the greater."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag import markup
from rag.checking.assertions import Assertion, Source, stemmed
from rag.language import names, values
from rag.language.aliases import Aliases
from rag.language.values import Kind
from rag.models import PassageKind, Span
from rag.text import words

_SMALL = (
    r"bass[oaie]|brev[ei]|cort[oaie]|piccol[oaie]|legger[oaie]|economic[oaie]|strett[oaie]|vecchi[oae]?|antic[oah]\w*"
)
_BEHIND_IT = r"(?:di|del|della|dello|dei|degli|delle|dell['’]|rispetto|che|a|al|alla|allo|ai|agli|alle|all['’])"
# What of two comes first in the claim is called the smaller, or the earlier, of them; with what "than" is.
_LESS = re.compile(
    rf"\bmeno\b(?=.{{0,120}}?\b{_BEHIND_IT})|\bpiù\s+(?:{_SMALL})\b|\b(?:minor[ei]|inferior[ei])\b"
    rf"|\bprima\s+(?={_BEHIND_IT})"
    r"|\b(?:fewer|less)\b(?=.{0,120}?\bthan\b)|\b(?:lower|smaller|shorter|cheaper|lighter|earlier|narrower|older)\b(?=.{0,120}?\bthan\b)"
    r"|\bbefore\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"\bpiù\b(?=.{{0,120}}?\b{_BEHIND_IT})|\b(?:maggior[ei]|superior[ei])\b|\bdopo\b"
    r"|\bmore\b(?=.{0,120}?\bthan\b)|\b(?:higher|larger|bigger|greater|longer|later|taller|heavier|wider|deeper|faster|dearer"
    r"|stronger|newer)\b(?=.{0,120}?\bthan\b)|\bafter\b",
    re.IGNORECASE,
)
_OLD = re.compile(r"\b(?:older|più\s+(?:vecchi|antic)\w*)\b", re.IGNORECASE)  # of a year, and of an age the other way


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row and the title of its column, at `place` in the row as it is shown."""

    title: str
    text: str
    place: Span


def cells(source: Source) -> list[Cell]:
    """The cells of a row; none of what is no row, or has no titles."""
    passage = source.hit.passage
    if passage.kind is not PassageKind.ROW or not passage.lead:
        return []
    found, at = [], 0
    for piece in source.text.split(" · "):
        title, colon, text = piece.partition(": ")
        title, text = (title, text) if colon else ("", piece)
        end = at + len(piece)
        found.append(Cell(title, text, Span(end - len(text), end)))
        at = end + len(" · ")
    titles = [markup.plain(passage.lead[c.start : c.end]) for c in markup.cells(passage.lead)]
    return found if all(cell.title in ("", *titles) for cell in found) else []


def of_others(claim: Assertion, source: Source, aliases: Aliases) -> list[Span]:
    """The places of a row's cells that tell of somebody or something else than the claim names: where columns are
    titled with names, the claim speaks of those that it names."""
    row = cells(source)
    named = [cell for cell in row if _is_name(cell.title, aliases)]
    own = [cell for cell in named if _of(claim, cell.title, source, aliases) is not None]
    return [cell.place for cell in named if cell not in own] if own else []


def compared(claim: Assertion, source: Source, aliases: Aliases) -> bool | None:
    """Whether two cells of one row stand to each other as the claim says: "the first is longer than the second".

    None where it compares no two columns, or the cells hold no two amounts, or days, of one kind; and, in one language,
    where the claim shares no word with what the row is about.
    """
    row = cells(source)
    placed = [(at, cell) for cell in row if (at := _of(claim, cell.title, source, aliases)) is not None]
    if len(placed) != 2 or not row:
        return None
    (first, left), (second, right) = sorted(placed, key=lambda item: item[0])
    sign = _sign(claim.text, first, second)
    amounts = [_amount(cell, source.language) for cell in (left, right)]
    if sign is None or amounts[0] is None or amounts[1] is None or amounts[0][0] != amounts[1][0]:
        return None
    about = [cell.text for cell in row if cell not in (left, right)]
    if claim.language == source.language and not stemmed(" ".join(about), source.language) & stemmed(
        " ".join(claim.content()), source.language
    ):
        return None
    mine, theirs = amounts[0][1], amounts[1][1]
    if _OLD.search(claim.text) and amounts[0][0] is not Kind.DATE:
        sign = -sign
    return (mine > theirs) if sign > 0 else (mine < theirs)


def _sign(text: str, first: int, second: int) -> int | None:
    """1 where the claim calls the first of two the greater, -1 where the smaller; None where it does neither, or where
    its comparison does not stand between them."""
    less, more = (p.search(text, first, second + 1) for p in (_LESS, _MORE))
    if less and more and less.start() > more.start() and not less.group().lower().startswith(("più", "meno", "prima")):
        return 1
    if less:
        return -1
    return 1 if more else None


def _of(claim: Assertion, title: str, source: Source, aliases: Aliases) -> int | None:
    """Where in the claim the name stands that titles a column; None where none does."""
    crossing = claim.language != source.language
    return next((n.start for n in claim.names if names.stands(n, title, aliases, crossing)), None)


def _is_name(title: str, aliases: Aliases) -> bool:
    told = words(title)
    return title[:1].isupper() and bool(told) and not all(word in aliases.ordinary for word in told)


def _amount(cell: Cell, language: str) -> tuple[Kind, tuple[Decimal, ...]] | None:
    """(kind, what to compare by) of the one value of a cell."""
    found: Sequence[values.Value] = values.values(cell.text, language)
    if len(found) != 1:
        return None
    value = found[0]
    if value.kind is Kind.DATE:
        told = (value.year, value.month, value.day)
        return (value.kind, tuple(Decimal(part) for part in told if part is not None)) if value.year else None
    return (value.kind, (value.amount,)) if value.amount is not None else None
