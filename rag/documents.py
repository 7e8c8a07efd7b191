"""A file, or bytes with a name, → `Document`; what cannot be read is reported with its reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from rag import markup
from rag.errors import ConfigurationError, UnreadableDocument
from rag.formats.extracted import Extracted, decode, parse_yaml, storable
from rag.formats.readers import READERS
from rag.language.detection import LANGUAGES, detect
from rag.models import Document, Skipped, Visibility

SIDECAR = ".meta.yaml"
READER_VERSION = "2"  # raised when a reader's output changes: every document is then read again
_FORMATS = {".markdown": "md", ".htm": "html", ".xhtml": "html"}


@dataclass(frozen=True, slots=True)
class Root:
    """One corpus folder. `label` tells documents of two roots apart and stays when the folder moves."""

    path: Path
    label: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found under a root, not yet parsed; `content_hash` covers its sidecar too.

    Without `data` its bytes lie on the disk until it is parsed: a corpus may be larger than the memory.
    """

    root: Root
    source: str
    content_hash: str
    data: bytes | None = None
    sidecar: bytes | None = None

    @property
    def id(self) -> str:
        return document_id(self.root.label, self.source)


def document_id(label: str, source: str) -> str:
    return hashlib.blake2b(f"{label}\0{source}".encode(), digest_size=8).hexdigest()


def roots(paths: tuple[Path, ...]) -> list[Root]:
    """The corpus folders, each with a label: its name, and a part of its path where two share a name."""
    resolved = []
    for path in paths:
        if not path.is_dir():
            raise ConfigurationError(
                f"The corpus folder {path} does not exist.", "Create it, or name another with --corpus."
            )
        resolved.append(path.resolve())
    names = [path.name for path in resolved]
    return [
        Root(
            p,
            p.name if names.count(p.name) == 1 else f"{p.name}-{hashlib.sha256(str(p).encode()).hexdigest()[:8]}",
        )
        for p in dict.fromkeys(resolved)
    ]


def walk(root: Root, max_bytes: int) -> Iterator[SourceFile | Skipped]:
    """Every document under `root` in a fixed order; hidden files and sidecars are none, links may not leave it.

    A file or folder that vanishes meanwhile is none either. Raises OSError for a folder that its disk fails to list.
    """
    closed: list[OSError] = []
    for path in sorted(_files(root.path, closed)):
        source = path.relative_to(root.path).as_posix()
        if not _is_storable(source):
            yield Skipped(repr(source)[1:-1], "Its name cannot be written in UTF-8.", "Rename the file.")
            continue
        try:
            if path.is_file():
                yield _found(root, path, source, max_bytes)
        except OSError as error:
            yield _unopened(source, error)
    for refused in closed:
        yield _unopened(storable(Path(refused.filename).relative_to(root.path).as_posix()), refused)


def _files(folder: Path, closed: list[OSError]) -> Iterator[Path]:
    """What may be a document below `folder`; to `closed` come the folders that may not be listed."""

    def fails(error: OSError) -> None:
        if isinstance(error, PermissionError):
            closed.append(error)
        elif not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            raise error  # its documents are still there

    for inside, folders, names in os.walk(folder, onerror=fails):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(inside, n) for n in names if not n.startswith(".") and not n.endswith(SIDECAR))


def _unopened(source: str, error: OSError) -> Skipped:
    return Skipped(source, f"It cannot be opened ({error.strerror}).", "Check its permissions.")


def _found(root: Root, path: Path, source: str, max_bytes: int) -> SourceFile | Skipped:
    if path.suffix.lower() not in READERS:
        known = ", ".join(sorted(READERS))
        return Skipped(source, f"Files of type {path.suffix or '(none)'} are not read.", f"Readable types: {known}.")
    size = path.stat().st_size
    if size > max_bytes:
        return Skipped(
            source,
            f"It has {size / 2**20:.0f} MiB; at most {max_bytes / 2**20:.0f} are read.",
            "Split it, or raise FONTE_MAX_FILE_MB.",
        )
    try:
        return SourceFile(root, source, content_hash(*_bytes(root, path)))
    except UnreadableDocument as error:
        return Skipped(source, error.message, error.hint)


def _bytes(root: Root, path: Path) -> tuple[bytes, bytes | None]:
    """What a file and its sidecar hold. Raises UnreadableDocument for a link that leaves the root, OSError."""
    side = path.with_name(path.name + SIDECAR)
    for part, what in ((path, "It"), (side, "Its metadata")):
        if not Path(os.path.realpath(part)).is_relative_to(root.path):  # Path.resolve refuses a link to itself
            reason = f"{what} is a link to a file outside the corpus folder."
            raise UnreadableDocument(reason, "Copy the file into the folder.")
    return path.read_bytes(), side.read_bytes() if side.is_file() else None


def _is_storable(name: str) -> bool:
    return storable(name) == name


def content_hash(data: bytes, sidecar: bytes | None) -> str:
    """The SHA-256 of a file and, behind a "+", that of its sidecar: whoever has the files can compare both."""
    return "+".join(hashlib.sha256(part).hexdigest() for part in (data, sidecar) if part is not None)


def read(file: SourceFile) -> Document:
    """The document in a file. What its sidecar says comes before what the file says of itself.

    Raises UnreadableDocument with the reason where there is none.
    """
    suffix = PurePosixPath(file.source).suffix.lower()
    file, data = _loaded(file)
    if not data.strip():
        raise UnreadableDocument("The file is empty.", "Remove it, or put text into it.")
    extracted = _extract(suffix, data)
    if not any(c.isalnum() for c in extracted.text[extracted.body_start :]):
        raise UnreadableDocument("The file holds no text.", "If it is a scan, run text recognition on it first.")
    metadata = {**extracted.metadata, **(parse_yaml(decode(file.sidecar)) if file.sidecar else {})}
    return _document(file, _FORMATS.get(suffix, suffix[1:]), extracted, metadata)


def _loaded(file: SourceFile) -> tuple[SourceFile, bytes]:
    """The file as it is on the disk now, if it came without its bytes."""
    if file.data is not None:
        return file, file.data
    try:
        data, sidecar = _bytes(file.root, file.root.path / file.source)
    except OSError as error:
        raise UnreadableDocument(f"It cannot be opened ({error.strerror}).", "Check its permissions.") from error
    return replace(file, content_hash=content_hash(data, sidecar), data=data, sidecar=sidecar), data


def _extract(suffix: str, data: bytes) -> Extracted:
    try:
        return READERS[suffix](data)
    except UnreadableDocument:
        raise
    except Exception as error:  # a malformed file may break its library in any way; it must not stop the rest
        raise UnreadableDocument(
            f"The file is damaged or not what its name says ({type(error).__name__}).",
            "Open it and save it again.",
        ) from error


def _document(file: SourceFile, format_: str, extracted: Extracted, metadata: Mapping[str, object]) -> Document:
    text = extracted.text
    language = _string(metadata, "language")
    return Document(
        id=file.id,
        source=file.source,
        title=_string(metadata, "title") or _first_heading(extracted, format_) or PurePosixPath(file.source).stem,
        language=language[:2].lower()
        if language and language[:2].lower() in LANGUAGES
        else detect(text[extracted.body_start :]),
        text=text,
        version=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        content_hash=file.content_hash,
        format=format_,
        kind=(_string(metadata, "kind") or "other").lower(),
        publisher=_string(metadata, "publisher"),
        date=_date(metadata.get("date")),
        url=_web_address(_string(metadata, "url")),
        provenance=_string(metadata, "provenance"),
        visibility=_visibility(metadata),
        pages=extracted.pages,
        body_start=extracted.body_start,
    )


def _string(metadata: Mapping[str, object], key: str) -> str | None:
    """The value in one line. A list is refused: a few bytes of YAML can name one that is endless when written out."""
    value = metadata.get(key)
    if isinstance(value, (list, dict, set)):
        raise UnreadableDocument(f"Its {key} is a list, not a text.", "Write it in one line.")
    return " ".join(storable(str(value)).split())[:1000] or None if value is not None else None


def _date(value: object) -> dt.date | None:
    """A full ISO date; anything less is not a date, and nothing guesses the rest."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date) or value is None:
        return value
    try:
        return dt.date.fromisoformat((_string({"date": value}, "date") or "")[:10])
    except ValueError as error:
        raise UnreadableDocument(
            f"Its date {str(value)[:40]!r} is not of the form 2025-04-24.", "Mend or remove it."
        ) from error


def _visibility(metadata: Mapping[str, object]) -> Visibility:
    value = _string(metadata, "visibility") or Visibility.INTERNAL.value
    if value.lower() not in {v.value for v in Visibility}:
        raise UnreadableDocument(f"Its visibility {value!r} is neither internal nor public.", "Mend or remove it.")
    return Visibility(value.lower())


def _web_address(value: str | None) -> str | None:
    return value if value and value.lower().startswith(("https://", "http://")) else None


def _first_heading(extracted: Extracted, format_: str) -> str | None:
    for block in markup.blocks(extracted.text, extracted.body_start, format_=format_):
        if block.kind is markup.BlockKind.HEADING:
            return markup.plain(extracted.text[block.start : block.end], format_ == "md")[:300] or None
    return None
