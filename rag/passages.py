"""Document → passages: paragraphs, list items and table rows, each an exact slice of the text.

`PassageParser` offers the same as a LlamaIndex NodeParser, whose own splitters find offsets by searching for the
text and so give a repeated sentence the place of its first copy.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, NodeRelationship, TextNode
from llama_index.core.schema import Document as LlamaDocument

from rag import markup
from rag.language.orders import is_order
from rag.markup import Block, BlockKind
from rag.models import Document, Passage, PassageKind, Span
from rag.text import sentences, split_long, trim

MAX_CHARS = 1200  # a longer paragraph is split between sentences; about 300 tokens of Italian
MAX_QUOTE = 420  # characters of a quote, by contract
MAX_LEAD = 300
_LINE_MARK = re.compile(r">[ \t]*")
_KINDS = {BlockKind.ITEM: PassageKind.ITEM, BlockKind.ROW: PassageKind.ROW}


class _Outline:
    """What stands above the cursor: the path of headings, a table's header row, the line that opens a list or a
    quote ("The mayor said:") with the items above a nested one, and the question that an interview's answer follows."""

    def __init__(self, markup_on: bool) -> None:
        self.markup_on = markup_on
        self.headings: list[tuple[int, str]] = []
        self.items: list[tuple[int, str]] = []
        self.lead = ""
        self.header = ""

    def see(self, block: Block, text: str) -> None:
        raw = text[block.start : block.end]
        if block.kind is BlockKind.HEADER:
            self.header, self.lead, self.items = raw, "", []
        elif block.kind is BlockKind.HEADING:
            self.headings = [(level, name) for level, name in self.headings if level < block.level]
            self.headings.append((block.level, markup.plain(raw, self.markup_on)))
            self.lead, self.items = "", []
        elif block.kind is BlockKind.ITEM:
            self.items = [(level, shown) for level, shown in self.items if level < block.level]
            self.items.append((block.level, markup.plain(raw, self.markup_on)))
        elif block.kind is not BlockKind.ROW:
            shown = markup.plain(raw, self.markup_on)
            self.lead, self.items = shown[-MAX_LEAD:] if shown.endswith((":", "?")) else "", []

    def lead_of(self, block: Block, text: str) -> str:
        """What the block stands under besides its headings."""
        if block.kind is BlockKind.ROW:
            return self.header
        if block.kind is BlockKind.ITEM:
            above = [self.lead, *(shown for level, shown in self.items if level < block.level)]
            return " › ".join(part for part in above if part)[-MAX_LEAD:]
        quoted = block.kind is BlockKind.QUOTE or text[block.start] in '«“"'
        return self.lead if quoted or self.lead.endswith("?") else ""

    @property
    def path(self) -> str:
        return " › ".join(name for _, name in self.headings)


def passages(document: Document) -> list[Passage]:
    """The passages of a document, in order and disjoint: `passage.text == document.text[start:end]`."""
    return list(_passages(document))


def _passages(document: Document) -> Iterator[Passage]:
    outline = _Outline(document.format == "md")
    for block in markup.blocks(document.text, document.body_start, format_=document.format):
        if block.kind not in (BlockKind.HEADING, BlockKind.HEADER, BlockKind.RULE):
            lead = outline.lead_of(block, document.text)
            for span in _pieces(document, block):
                yield _passage(document, block, span, outline.path, lead)
        outline.see(block, document.text)


def _pieces(document: Document, block: Block) -> Iterator[Span]:
    """The block's passages: a row whole, anything else in pieces that are not too long and hold no comment."""
    text = document.text
    spans = _shown(document, block)
    if block.kind is not BlockKind.ROW:
        spans = [piece for span in spans for piece in split_long(text, span, MAX_CHARS)]
    yield from (span for span in spans if any(c.isalnum() for c in text[span.start : span.end]))


def _shown(document: Document, block: Block) -> list[Span]:
    """The block without its comments: a sentence inside one would be found, and quoted, though nobody can see it."""
    if document.format != "md":
        return [Span(block.start, block.end)]
    hidden = markup.comments(document.text, block.start, block.end)
    edges = [block.start, *(edge for span in hidden for edge in (span.start, span.end)), block.end]
    return [trim(document.text, *pair) for pair in zip(edges[::2], edges[1::2], strict=True)]


def _page_of(document: Document, offset: int) -> int | None:
    """`Document.page_of` by bisection: a long document has many pages, and every passage asks."""
    at = bisect_right(document.pages, offset, key=lambda page: page.start) - 1
    return document.pages[at].number if at >= 0 and offset < document.pages[at].end else None


def _passage(document: Document, block: Block, span: Span, heading: str, lead: str) -> Passage:
    return Passage(
        id=passage_id(document, span),
        document_id=document.id,
        kind=_KINDS.get(block.kind, PassageKind.PARAGRAPH),
        heading=heading,
        lead=lead,
        text=document.text[span.start : span.end],
        start=span.start,
        end=span.end,
        page=_page_of(document, span.start),
    )


def passage_id(document: Document, span: Span) -> str:
    """From the document, its version and the place: the same after any re-index."""
    key = f"{document.id}\0{document.version}\0{span.start}\0{span.end}"
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


@lru_cache(4096)
def units(passage: Passage) -> tuple[Span, ...]:
    """What can be quoted of a passage, as spans of the document: its sentences, or the whole row.

    No unit is longer than a quote may be; a sentence that is gets cut at white space.
    """
    if passage.kind is PassageKind.ROW:
        whole = trim(passage.text, 0, len(passage.text))
        pieces = [whole] if whole.end - whole.start <= MAX_QUOTE else list(split_long(passage.text, whole, MAX_QUOTE))
    else:
        pieces = [p for s in sentences(passage.text) for p in split_long(passage.text, s, MAX_QUOTE)]
    bare = [_without_mark(passage.text, piece) for piece in pieces]
    return tuple(Span(passage.start + p.start, passage.start + p.end) for p in bare if p.end > p.start)


def _without_mark(text: str, span: Span) -> Span:
    """A sentence that begins a line of a Markdown quote, without that line's mark."""
    found = _LINE_MARK.match(text, span.start, span.end)
    opens_line = span.start > 0 and text[: span.start].rstrip(" ")[-1:] in ("\n", "\r")
    return Span(found.end(), span.end) if found and opens_line else span


def context(passage: Passage, document: Document) -> str:
    """What a model must know to read the passage: title, headings, and a list's opening line."""
    return " › ".join(_above(passage, document))


def harmless_context(passage: Passage, document: Document) -> str:
    """The same without what gives orders to a program."""
    return " › ".join(part for part in _above(passage, document) if not is_order(part))


def _above(passage: Passage, document: Document) -> list[str]:
    lead = passage.lead if passage.kind is not PassageKind.ROW else ""
    parts = [document.title, *(h for h in passage.heading.split(" › ") if h != document.title), lead]
    return [part for part in parts if part]


def read_text(passage: Passage, document: Document) -> str:
    """A passage as models read it: a table row with its headers, anything else as it stands."""
    if passage.kind is PassageKind.ROW:
        return markup.row_display(passage.text, passage.lead, document.format == "md")
    return passage.text


class PassageParser(NodeParser):
    """LlamaIndex's view of `passages`: nodes whose start and end are exact by construction.

    Input nodes are LlamaIndex documents whose metadata may hold `title`; their text is read as Markdown.
    """

    format: str = Field(default="md", description="format of the texts, as in rag.models.Document")

    @classmethod
    def class_name(cls) -> str:
        return "PassageParser"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        return [parsed for node in nodes for parsed in self._parse(node)]

    def _postprocess_parsed_nodes(
        self, nodes: list[BaseNode], parent_doc_map: dict[str, LlamaDocument]
    ) -> list[BaseNode]:
        """The base class would look for each node's text in the document, and find an earlier copy of it."""
        places = [(node.start_char_idx, node.end_char_idx) for node in nodes if isinstance(node, TextNode)]
        done = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        for node, place in zip((n for n in done if isinstance(n, TextNode)), places, strict=True):
            node.start_char_idx, node.end_char_idx = place
        return done

    def _parse(self, node: BaseNode) -> list[BaseNode]:
        text = node.get_content()
        document = Document(
            id=node.node_id,
            source=str(node.metadata.get("source", node.node_id)),
            title=str(node.metadata.get("title", "")),
            language=str(node.metadata.get("language", "it")),
            text=text,
            version=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            content_hash=node.hash,
            format=self.format,
            body_start=markup.body_start(text) if self.format == "md" else 0,
        )
        return [to_node(p, document) for p in passages(document)]


def to_node(passage: Passage, document: Document) -> TextNode:
    """A passage as LlamaIndex knows one, related to its document."""
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={
            "title": document.title,
            "source": document.source,
            "heading": passage.heading,
            "language": document.language,
            "page": passage.page,
        },
        relationships={NodeRelationship.SOURCE: LlamaDocument(id_=document.id, text="").as_related_node_info()},
    )
