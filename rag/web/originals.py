"""The file that a text came from: handed out only while it still is what was indexed."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import quote

from starlette.responses import Response

from rag.assistant import Assistant
from rag.documents import SIDECAR, Root, content_hash, document_id
from rag.errors import NotFound
from rag.models import Document

# What a browser may show by itself; the rest is saved. A page of a document must never run as one of ours.
_SHOWN = {".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/plain", ".markdown": "text/plain"}


def root_of(assistant: Assistant, document: Document) -> Root | None:
    """The corpus folder that a document came from, if it is still one."""
    return next((r for r in assistant.corpus if document_id(r.label, document.source) == document.id), None)


def has_original(assistant: Assistant, document: Document) -> bool:
    """Whether the document's file is there as it was read."""
    path = _path(assistant, document)
    return path is not None and _unchanged(path, document) is not None


def _path(assistant: Assistant, document: Document) -> Path | None:
    """The document's file, if there is one inside its corpus folder."""
    root = root_of(assistant, document)
    path = (root.path / document.source).resolve() if root else None
    return path if root and path and path.is_relative_to(root.path) and path.is_file() else None


def original(assistant: Assistant, document: Document) -> Response:
    """The file's bytes. Raises NotFound if the file is gone or has changed since it was read."""
    path = _path(assistant, document)
    data = _unchanged(path, document) if path else None
    if path is None or data is None:
        raise NotFound(
            "The original file is no longer there, or has changed since.", "The text of this version is kept."
        )
    media = _SHOWN.get(path.suffix.lower())
    name = quote(PurePosixPath(document.source).name, safe="")
    headers = {
        "Content-Disposition": f"{'inline' if media else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": _policy(media),
    }
    return Response(data, media_type=_media_type(media, data), headers=headers)


def _policy(media: str | None) -> str:
    """A sandbox for what is shown; the browsers' own PDF readers do not work in one, and run nothing as ours."""
    return (
        "frame-ancestors 'none'"
        if media == "application/pdf"
        else "default-src 'none'; sandbox; frame-ancestors 'none'"
    )


def _media_type(media: str | None, data: bytes) -> str:
    if media != "text/plain":
        return media or "application/octet-stream"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "text/plain; charset=" + ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "windows-1252")
    return "text/plain; charset=utf-8"


def _unchanged(path: Path, document: Document) -> bytes | None:
    side = path.with_name(path.name + SIDECAR)
    try:
        data = path.read_bytes()
        sidecar = side.read_bytes() if side.is_file() else None
    except OSError:
        return None
    return data if content_hash(data, sidecar) == document.content_hash else None
