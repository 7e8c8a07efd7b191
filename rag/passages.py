"""Document → passages: paragraphs, list items and table rows, each an exact slice of the text.

`PassageParser` offers the same as a LlamaIndex NodeParser, whose own splitters find offsets by searching for the
text and so give a repeated sentence the place of its first copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, NodeRelationship, TextNode
from llama_index.core.schema import Document as LlamaDocument

from rag import markup
from rag.markup import Block, BlockKind
from rag.models import Document, Passage, PassageKind, Span
from rag.text import sentences, split_long, trim

MAX_CHARS = 1200  # a longer paragraph is split between sentences; about 300 tokens of Italian
MAX_QUOTE = 420  # characters of a quote, by contract
_KINDS = {BlockKind.ITEM: PassageKind.ITEM, BlockKind.ROW: PassageKind.ROW}


class _Outline:
    """What stands above the cursor: the path of headings, and the line or header row that opens a list or table."""

    def __init__(self, markup_on: bool) -> None:
        self.markup_on = markup_on
        self.headings: list[tuple[int, str]] = []
        self.lead = ""

    def see(self, block: Block, text: str) -> None:
        raw = text[block.start : block.end]
        if block.kind is BlockKind.HEADING:
            self.headings = [(level, name) for level, name in self.headings if level < block.level]
            self.headings.append((block.level, markup.plain(raw, self.markup_on)))
            self.lead = ""
        elif block.kind is BlockKind.HEADER:
            self.lead = raw
        elif block.kind not in _KINDS:
            shown = markup.plain(raw, self.markup_on)
            self.lead = shown[-300:] if shown.endswith(":") else ""

    @property
    def path(self) -> str:
        return " › ".join(name for _, name in self.headings)


def passages(document: Document) -> list[Passage]:
    """The passages of a document, in order and disjoint: `passage.text == document.text[start:end]`."""
    return list(_passages(document))


def _passages(document: Document) -> Iterator[Passage]:
    outline = _Outline(document.format == "md")
    for block in markup.blocks(document.text, document.body_start):
        if block.kind not in (BlockKind.HEADING, BlockKind.HEADER, BlockKind.RULE):
            for span in _pieces(document.text, block):
                yield _passage(document, block, span, outline)
        outline.see(block, document.text)


def _pieces(text: str, block: Block) -> Iterator[Span]:
    if block.kind is BlockKind.ROW:
        yield from [Span(block.start, block.end)] if any(c.isalnum() for c in text[block.start : block.end]) else []
        return
    for span in split_long(text, Span(block.start, block.end), MAX_CHARS):
        if any(c.isalnum() for c in text[span.start : span.end]):
            yield span


def _passage(document: Document, block: Block, span: Span, outline: _Outline) -> Passage:
    under_lead = block.kind in _KINDS
    return Passage(
        id=passage_id(document, span),
        document_id=document.id,
        kind=_KINDS.get(block.kind, PassageKind.PARAGRAPH),
        heading=outline.path,
        lead=outline.lead if under_lead else "",
        text=document.text[span.start : span.end],
        start=span.start,
        end=span.end,
        page=document.page_of(span.start),
    )


def passage_id(document: Document, span: Span) -> str:
    """From the document, its version and the place: the same after any re-index."""
    key = f"{document.id}\0{document.version}\0{span.start}\0{span.end}"
    return hashlib.blake2b(key.encode(), digest_size=8).hexdigest()


def units(passage: Passage) -> list[Span]:
    """What can be quoted of a passage, as spans of the document: its sentences, or the whole row.

    No unit is longer than a quote may be; a sentence that is gets cut at white space.
    """
    if passage.kind is PassageKind.ROW:
        whole = trim(passage.text, 0, len(passage.text))
        pieces = [whole] if whole.end - whole.start <= MAX_QUOTE else list(split_long(passage.text, whole, MAX_QUOTE))
    else:
        pieces = [p for s in sentences(passage.text) for p in split_long(passage.text, s, MAX_QUOTE)]
    return [Span(passage.start + p.start, passage.start + p.end) for p in pieces]


def context(passage: Passage, document: Document) -> str:
    """What a model must know to read the passage: title, headings, and a list's opening line."""
    lead = passage.lead if passage.kind is not PassageKind.ROW else ""
    parts = [document.title, *(h for h in passage.heading.split(" › ") if h != document.title), lead]
    return " › ".join(part for part in parts if part)


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
            body_start=markup.body_start(text),
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
