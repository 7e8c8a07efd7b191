"""An HTML file's bytes → a small, safe source: what the reader needs of each tag, and no more.

A tag with a hundred thousand attributes takes the HTML parser two minutes, and one attribute of 10 MB ends its
parse; scripts, styles and comments are never read. So all of that is left out before the parser sees it.
"""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import dataclass

from rag.formats.extracted import refuse_binary, storable

MAX_VALUE = 2000  # characters of an attribute's value
_KEPT = frozenset(
    [
        "name",
        "property",
        "content",
        "rel",
        "href",
        "lang",
        "colspan",
        "rowspan",
        "start",
        "class",
        "id",
        "role",
    ]
)
# Elements whose content is no markup: nothing in them is text of the page.
_RAW = frozenset(
    ["script", "style", "title", "noscript", "iframe", "noembed", "noframes", "xmp", "textarea", "plaintext"]
)
_OPENING = re.compile(r"<(!--|/?[A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*+(?:(?P<name>[^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"(?P<d>[^"]*+)(?:"|\Z)|'(?P<s>[^']*+)(?:'|\Z)|(?P<u>[^\s>]*+)))?+|=)"""
)
_COMMENT_END = re.compile(r"--!?>")
_CHARSET = re.compile(
    rb"""<(?:meta\b[^>]*?charset\s*=|\?xml\b[^>]*?encoding\s*=)\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_SINGLE_BYTE = re.compile(r"iso8859-\d+|cp125\d|mac-roman|koi8-[ru]|ascii")
_UNSEEN_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|(?:text-indent|left|top):-\d{4,}|clip:rect\(0"
)
_FONT_SIZE = re.compile(r"font-size:(?P<zero>(?:0+\.?0*|\.0+)(?![\d.]))?")
_CSS_NAME = re.compile(r"[.#][\w-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """Markup ready to be parsed, and the classes (".x") and ids ("#x") that a style sheet in the page hides."""

    markup: str
    hidden: frozenset[str]


def html_source(data: bytes) -> Source:
    text = decode_html(data)
    parts: list[str] = []
    styles: list[str] = []
    at = 0
    while found := _OPENING.search(text, at):
        parts.append(text[at : found.start()])
        name = found[1].lower()
        if name == "!--":
            end = _COMMENT_END.search(text, found.start() + 2)
            at = end.end() if end else len(text)
            continue
        tag, at = _tag(text, found.end(), name)
        if name not in _RAW:
            parts.append(tag)
            continue
        at, inner = _raw_end(text, at, name)
        if name == "style":
            styles.append(inner)
        elif name == "title":
            parts.append(f"{tag}{inner.replace('<', '&lt;')}</title>")
    parts.append(text[at:])
    return Source("".join(parts), hidden_names("\n".join(styles)))


def decode_html(data: bytes) -> str:
    """By the byte order mark, the declared character set, UTF-8, else Windows-1252; what is declared may be wrong."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return storable(data.decode("utf-16", errors="replace"))
    refuse_binary(data)
    declared = _CHARSET.search(data[:4096])
    name = _codec(declared[1].decode("ascii", "replace")) if declared else None
    try:
        return storable(data.decode("utf-8-sig" if name is None else name))
    except UnicodeDecodeError:
        return storable(data.decode("cp1252", errors="replace"))


def _codec(name: str) -> str | None:
    """A single-byte character set of the web by its Python name; None for UTF-8 and whatever is none."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    if not _SINGLE_BYTE.fullmatch(found):
        return None
    return "cp1252" if found in ("iso8859-1", "ascii") else found  # as browsers read them


def _tag(text: str, at: int, name: str) -> tuple[str, int]:
    """The tag rewritten with the attributes that matter, and where the text goes on behind it."""
    kept: dict[str, str] = {}
    while (found := _ATTRIBUTE.match(text, at)) and found.end() > at:
        at = found.end()
        attribute = (found["name"] or "").lower()
        value = found["d"] or found["s"] or found["u"] or ""
        if attribute in ("style", "hidden", "aria-hidden"):
            kept.update(_seen(attribute, value))
        elif attribute in _KEPT and (attribute != "href" or name == "link"):
            kept.setdefault(attribute, value[:MAX_VALUE].replace('"', "&quot;").replace("<", "&lt;"))
    end = text.find(">", at)
    behind = end + 1 if end >= 0 else len(text)
    if name.startswith("/"):
        return f"<{name}>", behind
    # A browser takes "<div hidden/>" for an open tag; the parser would close it and show what follows.
    closed = "/" if text[at:end].strip() == "/" and "hidden" not in kept else ""
    written = "".join(f' {key}="{value}"' for key, value in kept.items())
    return f"<{name}{written}{closed}>", behind


def _seen(attribute: str, value: str) -> dict[str, str]:
    """What an attribute says of its element's being seen: `hidden`, and `zero` for letters of no size.

    An element of no size may hold one of some size: newsletters are built so.
    """
    if attribute != "style":
        unseen = attribute == "hidden" or value.strip().lower() == "true"
        return {"hidden": ""} if unseen else {}
    style = _bare_style(html.unescape(value))
    marks = {"hidden": ""} if _UNSEEN_STYLE.search(style) else {}
    sizes = list(_FONT_SIZE.finditer(style))
    return {**marks, "zero": "1" if sizes[-1]["zero"] else "0"} if sizes else marks


def _bare_style(declarations: str) -> str:
    return re.sub(r"\s+|/\*.*?(?:\*/|\Z)", "", declarations, flags=re.DOTALL).lower()


def _raw_end(text: str, at: int, name: str) -> tuple[int, str]:
    """Where the text goes on behind a raw element that opened before `at`, and what was in it."""
    end = re.compile(rf"</{name}\b[^>]*>?", re.IGNORECASE).search(text, at)
    return (end.end(), text[at : end.start()]) if end else (len(text), text[at:])


def hidden_names(sheet: str) -> frozenset[str]:
    """Classes and ids that simple rules of a style sheet hide; what stands under a condition does not count."""
    names: set[str] = set()
    for rule in _without_conditions(sheet).split("}"):
        selectors, _, declarations = rule.rpartition("{")
        if _UNSEEN_STYLE.search(_bare_style(declarations)):
            names.update(s.strip() for s in selectors.split(",") if _CSS_NAME.fullmatch(s.strip()))
    return frozenset(names)


def _without_conditions(sheet: str) -> str:
    """The style sheet without its blocks inside blocks."""
    parts: list[str] = []
    depth = begin = 0
    for found in re.finditer(r"@(?:media|supports|container|layer)[^{};]*\{|[{}]", sheet):
        if depth == 0 and found.group().startswith("@"):
            parts.append(sheet[begin : found.start()])
            depth = 1
        elif depth:
            depth += -1 if found.group() == "}" else 1
            begin = found.end()
    parts.append(sheet[begin:] if not depth else "")
    return "".join(parts)
