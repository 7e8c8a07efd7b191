"""What a Word file's styles and numberings say of a paragraph: heading, list item, hidden."""

from __future__ import annotations

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAX_CHAIN = 12  # styles based on styles
_HEADING_NAME = re.compile(r"(?:heading|titolo|überschrift|titre|título|rubrik)\s*([1-9])\Z", re.IGNORECASE)
_TITLE_NAMES = frozenset(("title", "titolo"))
_LIST_NAME = re.compile(
    r"(?:list|list (?:bullet|number)|(?:punto|numero) elenco|elenco(?: (?:puntato|numerato))?) ?\d?\Z",
    re.IGNORECASE,
)
_NUMBER_NAME = re.compile(r"(?:list number|numero elenco|elenco numerato)", re.IGNORECASE)
_QUOTE_NAME = re.compile(r"(?:intense )?quote|citazione(?: intensa)?", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"(?:toc|sommario|indice)(?: ?\d| heading)\Z|titolo sommario", re.IGNORECASE)


def value(parent: Any, path: str) -> str | None:
    """The w:val of the element at this path of w: names, "" where it has none; None without the element."""
    found = parent.find("/".join(W + name for name in path.split("/"))) if parent is not None else None
    return None if found is None else found.get(W + "val", "")


def is_on(parent: Any, path: str) -> bool | None:
    """A switch like w:vanish: on, off, or None where it is not set."""
    found = value(parent, path)
    return None if found is None else found.lower() not in ("0", "false", "off", "none")


class Styles:
    """Looks properties up along a style's chain of ancestors, and list formats in the numberings."""

    def __init__(self, styles: Any, numbering: Any) -> None:
        self._styles = {s.get(W + "styleId"): s for s in styles.iter(W + "style")} if styles is not None else {}
        self._default = next((id_ for id_, s in self._styles.items() if _is_default_paragraph(s)), None)
        self._numbers: dict[str, Any] = {}
        if numbering is not None:
            formats = {a.get(W + "abstractNumId"): a for a in numbering.iter(W + "abstractNum")}
            for number in numbering.iter(W + "num"):
                self._numbers[number.get(W + "numId", "")] = formats.get(value(number, "abstractNumId"))

    def chain(self, id_: str | None) -> list[Any]:
        """The style and those it is based on."""
        found: list[Any] = []
        while id_ in self._styles and len(found) < MAX_CHAIN:
            found.append(self._styles[id_])
            id_ = value(found[-1], "basedOn")
        return found

    def of_paragraph(self, paragraph: Any) -> list[Any]:
        id_ = value(paragraph, "pPr/pStyle")
        return self.chain(id_ if id_ in self._styles else self._default)

    def heading_level(self, paragraph: Any) -> int | None:
        """1 to 9 for a heading, 0 for the document's title, None for any other paragraph."""
        for properties in (paragraph, *self.of_paragraph(paragraph)):
            name = (value(properties, "name") or "").strip().lower()
            if name in _TITLE_NAMES:
                return 0
            if found := _HEADING_NAME.match(name):
                return int(found[1])
            outline = value(properties, "pPr/outlineLvl")
            if outline is not None and outline.isdecimal():
                return int(outline) + 1 if int(outline) < 9 else None
        return None

    def _name(self, paragraph: Any) -> str:
        return next((value(style, "name") or "" for style in self.of_paragraph(paragraph)), "")

    def is_quote(self, paragraph: Any) -> bool:
        return bool(_QUOTE_NAME.fullmatch(self._name(paragraph)))

    def is_contents(self, paragraph: Any) -> bool:
        """Whether it is a line of a table of contents, which says the headings again."""
        return bool(_CONTENTS_NAME.match(self._name(paragraph)))

    def is_bold(self, run: Any, paragraph: Any) -> bool:
        chain = [run, *self.chain(value(run, "rPr/rStyle")), *self.of_paragraph(paragraph)]
        return next((bold for p in chain if (bold := is_on(p, "rPr/b")) is not None), False)

    def list_place(self, paragraph: Any) -> tuple[str, int, bool] | None:
        """(list, depth, numbered) of a list item; None for any other paragraph."""
        chain = [paragraph, *self.of_paragraph(paragraph)]
        number = next((n for p in chain if (n := value(p, "pPr/numPr/numId")) is not None), None)
        if number == "0":  # numbering taken off
            return None
        level = next((n for p in chain if (n := value(p, "pPr/numPr/ilvl")) is not None), "0")
        own = int(level) if level.isdecimal() and len(level) < 3 else 0
        names = ((value(style, "name") or "").lower() for style in chain[1:])
        name = next((name for name in names if _LIST_NAME.match(name)), "")
        depth = max(own, _trailing_number(name))
        if number is not None and self._numbers.get(number) is not None:
            return number, depth, self._format(number, own) not in ("bullet", "none")
        return (name, depth, bool(_NUMBER_NAME.match(name))) if name else None

    def _format(self, number: str, depth: int) -> str:
        levels = self._numbers[number].iter(W + "lvl")
        return next((value(v, "numFmt") or "decimal" for v in levels if v.get(W + "ilvl") == str(depth)), "bullet")

    def is_hidden(self, run: Any, paragraph: Any) -> bool:
        """Whether the run's letters are not shown: hidden, or too small to be read."""
        chain = [run, *self.chain(value(run, "rPr/rStyle")), *self.of_paragraph(paragraph)]
        hidden = next((h for p in chain if (h := is_on(p, "rPr/vanish")) is not None), False)
        size = next((s for p in chain if (s := value(p, "rPr/sz")) is not None), "")
        return hidden or (size.isdecimal() and int(size) < 4)

    def is_white(self, run: Any, paragraph: Any) -> bool:
        """Whether the run is written in white with nothing laid under it."""
        chain = [run, *self.chain(value(run, "rPr/rStyle")), *self.of_paragraph(paragraph)]
        colour = next((c for p in chain if (c := value(p, "rPr/color")) is not None), "")
        grounds = ("rPr/shd", "rPr/highlight", "pPr/shd")
        laid = any(value(p, ground) is not None for p in (*chain, paragraph) for ground in grounds)
        return colour.upper() == "FFFFFF" and not laid


def _is_default_paragraph(style: Any) -> bool:
    return style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true")


def _trailing_number(name: str) -> int:
    """Depth by a style's name: "List Bullet 2" is one below "List Bullet"."""
    found = re.search(r"(\d)\Z", name)
    return int(found[1]) - 1 if found else 0
