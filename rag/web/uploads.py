"""Documents added over HTTP: checked by the readers first, written whole or not at all, then indexed.

They lie in the folder `uploads` of the first corpus root, and only there does HTTP change or remove files.
"""

from __future__ import annotations

import os
import secrets
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import yaml

from rag.assistant import Assistant
from rag.documents import SIDECAR, Root, SourceFile, content_hash, document_id, read
from rag.errors import InvalidInput, NotFound
from rag.formats.readers import READERS
from rag.models import Document
from rag.web.errors import Forbidden

FOLDER = "uploads"
MAX_NAME = 180  # bytes: with its sidecar's ending and a temporary one, below the 255 that file systems take


class Uploads:
    """Adds and removes files of the uploads folder; one at a time, so that a file and its sidecar stay a pair."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()

    def add(self, name: str, data: bytes, metadata: Mapping[str, str]) -> tuple[str, bool]:
        """(the document's id, whether it is new). A file of that name is replaced, its metadata too.

        Raises InvalidInput for a name that cannot be one, UnreadableDocument if no reader makes text of it.
        """
        name = safe_name(name)
        root = self._assistant.corpus[0]
        sidecar = _sidecar(metadata)
        file = SourceFile(root, f"{FOLDER}/{name}", content_hash(data, sidecar), data, sidecar)
        read(file)
        with self._lock:
            folder = _folder(root)
            is_new = not (folder / name).exists()
            if sidecar is None:
                (folder / (name + SIDECAR)).unlink(missing_ok=True)
            else:
                _write(folder / (name + SIDECAR), sidecar)
            _write(folder / name, data)
        return file.id, is_new

    def remove(self, document: Document) -> None:
        """Raises Forbidden for a document that did not come over HTTP, NotFound if its file is gone."""
        root = self._assistant.corpus[0]
        if document_id(root.label, document.source) != document.id or not _is_upload(document.source):
            raise Forbidden(
                "Only documents that were uploaded can be removed here.",
                "Remove the file from its corpus folder, then POST /api/v1/sync.",
            )
        with self._lock:
            path = _folder(root) / PurePosixPath(document.source).name
            if not path.is_file():
                raise NotFound("The document's file is no longer there.", "POST /api/v1/sync takes it out.")
            path.unlink()
            path.with_name(path.name + SIDECAR).unlink(missing_ok=True)


def _is_upload(source: str) -> bool:
    parts = PurePosixPath(source).parts
    return len(parts) == 2 and parts[0] == FOLDER


def safe_name(name: str) -> str:
    """A plain file name of a readable type, in composed form. Raises InvalidInput."""
    name = unicodedata.normalize("NFC", name.strip())
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in READERS:
        raise InvalidInput(
            f"Files of type {suffix or '(none)'} are not read.", f"Readable: {', '.join(sorted(READERS))}."
        )
    odd = any(c in '/\\:*?"<>|' or unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in name)
    if odd or name.startswith(".") or not PurePosixPath(name).stem.strip(". "):
        raise InvalidInput("That name cannot be a file's name.", "Use letters, digits, spaces, dots and dashes.")
    if len(name.encode()) > MAX_NAME:
        raise InvalidInput("That name is too long.", f"At most {MAX_NAME} bytes.")
    return name


def _sidecar(metadata: Mapping[str, str]) -> bytes | None:
    if not metadata:
        return None
    return yaml.safe_dump(dict(metadata), allow_unicode=True, sort_keys=False).encode()


def _folder(root: Root) -> Path:
    """The uploads folder; a link in its place could lead out of the corpus."""
    folder = root.path / FOLDER
    if folder.is_symlink():
        raise Forbidden(f"{FOLDER} is a link.", "Put a folder in its place.")
    folder.mkdir(exist_ok=True)
    return folder


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: a crash leaves the old file, or the new one. Hidden files are never indexed."""
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
