"""Small files made in memory for the tests of the readers."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from docx import Document as new_docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

LINE = 14.0  # points between base lines


def pdf(*pages: Callable[[Canvas], None], title: str = "", **options: Any) -> bytes:
    """A PDF whose pages are drawn by these functions."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=1, pageCompression=0, **options)
    canvas.setTitle(title)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def text_page(
    *lines: str, x: float = 72, top: float = 760, size: float = 11, font: str = "Helvetica"
) -> Callable[[Canvas], None]:
    """A page of lines; an empty one leaves a gap."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for number, line in enumerate(lines):
            canvas.drawString(x, top - number * LINE, line)

    return draw


def docx(build: Callable[[Any], object], title: str = "") -> bytes:
    """A Word file filled by this function."""
    document = new_docx()
    document.core_properties.title = title
    build(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def docx_body(*xml: str) -> bytes:
    """A Word file whose body holds these elements, written with the w: prefix."""

    def build(document: Any) -> None:
        for number, part in enumerate(xml):
            head, _, tail = part.partition(">")
            slash = "/" if head.endswith("/") else ""
            document.element.body.insert(number, parse_xml(f"{head.removesuffix('/')} {nsdecls('w')}{slash}>{tail}"))

    return docx(build)


def html(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode()
