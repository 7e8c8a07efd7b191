"""What `fonte doctor` looks at: each check gives lines that say ok, warn or fail, and what to do.

A check never changes anything, and none loads a model.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from rag import offline
from rag.embedding import model_cache, projection, weights
from rag.errors import ConfigurationError
from rag.models import Skipped
from rag.reader.trained import SHIPPED
from rag.settings import PACKAGED_MODEL, Settings, database_of
from rag.store.ownership import owner_address

ROOT = Path(__file__).resolve().parents[2]
LOW, TOO_LOW = 2**30, 200 * 2**20  # free bytes
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `hint` says what to do."""

    check: str
    level: Level
    message: str
    hint: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in turn; one that breaks is a finding, and the others go on."""
    for check in CHECKS:
        name = check.__name__.strip("_")
        try:
            yield from check(settings)
        except ConfigurationError as error:
            yield Finding(name, Level.FAIL, error.message, error.hint)
        except Exception as error:  # a check that breaks must not hide the ones after it
            yield Finding(name, Level.FAIL, f"The check itself broke: {type(error).__name__}: {error}")


def _python(_: Settings) -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("python", Level.OK, found)
    else:
        yield Finding("python", Level.FAIL, f"{found} is not supported.", "Use Python 3.11, 3.12 or 3.13.")


def _packages(_: Settings) -> Iterator[Finding]:
    locked = [ROOT / name for name in ("requirements.lock", "requirements-torch.txt")]
    pins = [pin for path in locked if path.is_file() for pin in pinned(path.read_text(encoding="utf-8"))]
    pins = pins or [pin for line in metadata.requires("fonte") or () for pin in pinned(line)]
    wrong = [
        f"{name} {found or 'is missing'} (locked: {version})"
        for name, version in pins
        if (found := _installed(name)) is None or found.partition("+")[0] != version
    ]
    if not wrong:
        yield Finding("packages", Level.OK, f"{len(pins)} packages as locked")
    for line in wrong[:8]:
        missing = "is missing" in line
        yield Finding("packages", Level.FAIL if missing else Level.WARN, line, "Run `make setup`.")


def pinned(lines: str) -> list[tuple[str, str]]:
    """(name, version) of the `name==version` lines that hold for this machine."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in lines.splitlines():
        try:
            requirement = Requirement(line.partition(" #")[0].rstrip(" \\"))
        except InvalidRequirement:  # hashes, comments and options
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found += [(requirement.name, s.version) for s in requirement.specifier if s.operator == "=="]
    return found


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _model(settings: Settings) -> Iterator[Finding]:
    if settings.embed_model != PACKAGED_MODEL:
        needed = settings.reader == PACKAGED_MODEL
        message = f"{settings.embed_model} (FONTE_EMBED_MODEL)"
        message += "; the reader still needs the packaged model" if needed else ""
        if not Path(settings.embed_model).is_dir():
            hint = "Its first use fetches it from the hub; a local folder needs no network."
            yield Finding("model", Level.WARN, f"{message}.", hint)
        else:
            yield Finding("model", Level.OK, message)
        if not needed:
            return
    folder = model_cache.model_folder(weights.PACKAGED, settings.cache)
    if model_cache.is_complete(folder):
        yield Finding("model", Level.OK, str(folder))
    elif settings.model_archive and not settings.model_archive.is_file():
        message = f"The archive {settings.model_archive} is not there."
        yield Finding("model", Level.FAIL, message, "Check FONTE_MODEL_ARCHIVE.")
    else:
        hint = "`make setup` makes it (about 90 MB to fetch), or the next start does."
        yield Finding("model", Level.WARN, f"{folder} is not made yet, or not complete.", hint)


def _reader(_: Settings) -> Iterator[Finding]:
    reader = ("reader.json", "adapter.safetensors", "calibration.json")
    needed = [SHIPPED / "topic.json", *(folder / name for folder in (SHIPPED, SHIPPED / "claims") for name in reader)]
    missing = [path for path in (*needed, projection.SHIPPED) if not path.is_file()]
    if missing:
        message = f"Not there: {', '.join(map(str, missing))}."
        yield Finding("reader", Level.FAIL, message, "Restore the folder from the checkout or the package.")
    else:
        yield Finding("reader", Level.OK, str(SHIPPED))


def _data(settings: Settings) -> Iterator[Finding]:
    data = settings.data.absolute()
    existing = next(p for p in (data, *data.parents) if p.exists())
    try:
        with TemporaryFile(dir=existing):
            pass
    except OSError as error:
        message = f"{existing} cannot be written ({error.strerror})."
        yield Finding("data", Level.FAIL, message, "Change its permissions, or name another folder with --data.")
        return
    if settings.database_url:
        yield _shared(settings)
    elif not (data / "manifest.sqlite").is_file():
        yield Finding("data", Level.OK, f"{data} is empty: the first start reads the corpus into it")
        return
    else:
        yield _schema(data / "manifest.sqlite")
    if _is_owned(data):
        address = owner_address(data)
        message = f"Owned by {f'the server at {address}' if address else 'another process, which serves nothing'}"
        hint = "Commands hand over to it." if address else "Wait for it to end."
        yield Finding("data", Level.OK if address else Level.WARN, message, hint)


def _shared(settings: Settings) -> Finding:
    """The database that several servers share; opening it makes its tables."""
    from rag.store.manifest import Manifest

    try:
        manifest = Manifest(database_of(settings) or "")
    except ConfigurationError as error:
        return Finding("data", Level.FAIL, error.message, error.hint)
    try:
        return Finding("data", Level.OK, f"the shared database: {len(manifest.stored())} documents")
    finally:
        manifest.close()


def _schema(manifest: Path) -> Finding:
    from rag.store.manifest import SCHEMA_VERSION

    found = dict(_rows(manifest, "SELECT key, value FROM meta")).get("schema")
    if found != str(SCHEMA_VERSION):
        message = f"{manifest} has schema {found}; this Fonte knows schema {SCHEMA_VERSION}."
        return Finding("data", Level.FAIL, message, "Use the Fonte that wrote it, or another folder with --data.")
    documents, passages = (_rows(manifest, f"SELECT count(*) FROM {t}")[0][0] for t in ("documents", "passages"))
    return Finding("data", Level.OK, f"{manifest.parent}: {documents} documents, {passages} passages")


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query gives on an SQLite file, opened for reading alone."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        hint = "Move the data folder away: the next start reads the corpus anew."
        raise ConfigurationError(f"{path} cannot be read ({error}).", hint) from error


def _is_owned(data: Path) -> bool:
    from filelock import FileLock, Timeout

    if not (data / "owner.lock").exists():
        return False
    try:
        with FileLock(data / "owner.lock", timeout=0):
            return False
    except Timeout:
        return True


def _corpus(settings: Settings) -> Iterator[Finding]:
    from rag.documents import roots, walk

    for root in roots(settings.corpus):
        found = list(walk(root, settings.max_file_mb * 2**20))
        skipped = [file for file in found if isinstance(file, Skipped)]
        count = len(found) - len(skipped)
        if count:
            yield Finding("corpus", Level.OK, f"{root.path}: {count} documents")
        else:
            hint = "Put documents there, or name another folder with --corpus."
            yield Finding("corpus", Level.WARN, f"{root.path} holds no document that can be read.", hint)
        for left in (*skipped, *_unread(settings.data, root.label, skipped)):
            yield Finding("corpus", Level.WARN, f"{left.source}: {left.reason}", left.hint)


def _unread(data: Path, label: str, known: list[Skipped]) -> list[Skipped]:
    """The files that the last sync could not read, but for those that are skipped by their names and sizes."""
    manifest = data / "manifest.sqlite"
    if not manifest.is_file():
        return []
    rows = _rows(manifest, "SELECT root, source, reason, hint FROM skipped ORDER BY source")
    seen = {s.source for s in known}
    return [
        Skipped(source, reason, hint) for root, source, reason, hint in rows if root == label and source not in seen
    ]


def _chroma(settings: Settings) -> Iterator[Finding]:
    if settings.chroma_url:
        from rag.store.vectors import connect

        connect(settings.data / "chroma", settings.chroma_url).heartbeat()
        yield Finding("chroma", Level.OK, f"the server at {settings.chroma_url} answers")
        return
    stored = settings.data / "chroma" / "chroma.sqlite3"
    if not stored.is_file():
        yield Finding("chroma", Level.OK, f"{stored.parent} is empty: the next start fills it")
    elif (told := _rows(stored, "PRAGMA quick_check(1)")[0][0]) == "ok":
        yield Finding("chroma", Level.OK, str(stored.parent))
    else:
        hint = "Stop Fonte and remove that folder: the next start fills it from the manifest, embedding nothing."
        yield Finding("chroma", Level.FAIL, f"{stored} is damaged ({told}).", hint)


def _disk(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("data", settings.data), ("cache", settings.cache)):
        absolute = folder.absolute()
        free = shutil.disk_usage(next(p for p in (absolute, *absolute.parents) if p.exists())).free
        level = Level.FAIL if free < TOO_LOW else Level.WARN if free < LOW else Level.OK
        hint = "" if level is Level.OK else "Make room: 10,000 passages take about 500 MB, the model 550 MB."
        yield Finding("disk", level, f"{free / 2**30:.1f} GiB free for the {name} folder", hint)


def _port(settings: Settings) -> Iterator[Finding]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            ours = owner_address(settings.data).endswith(f":{settings.port}") and _is_owned(settings.data)
            message = f"{settings.host}:{settings.port} is taken ({error.strerror})"
            if ours:
                yield Finding(
                    "port", Level.OK, f"{settings.host}:{settings.port} is served by this data folder's owner"
                )
            else:
                yield Finding("port", Level.FAIL, f"{message}.", "Stop what listens there, or set FONTE_PORT.")
            return
    yield Finding("port", Level.OK, f"{settings.host}:{settings.port} is free")


def _access(settings: Settings) -> Iterator[Finding]:
    guarded = settings.staff_password is not None or settings.staff_header is not None
    if settings.host in LOOPBACK:
        yield Finding("access", Level.OK, "only this machine reaches the server")
    elif guarded:
        yield Finding("access", Level.OK, f"{settings.host} is open to the network, behind staff access")
    else:
        hint = "Set FONTE_STAFF_PASSWORD, or FONTE_STAFF_HEADER behind a proxy that signs people in."
        yield Finding("access", Level.FAIL, f"{settings.host} is no loopback address: Fonte will not start.", hint)


def _llm(settings: Settings) -> Iterator[Finding]:
    """One real call of a few tokens to the writing model, if there is one."""
    from rag.writing.llm import try_out

    yield Finding("llm", Level.OK, try_out(settings))


def _telemetry(_: Settings) -> Iterator[Finding]:
    on = wrongly_set(os.environ)
    if on:
        yield Finding("telemetry", Level.FAIL, f"Not switched off: {', '.join(on)}.", "Unset them and try again.")
    else:
        yield Finding("telemetry", Level.OK, f"off ({', '.join(offline.TELEMETRY)})")


def wrongly_set(environment: Mapping[str, str]) -> list[str]:
    return [name for name, value in offline.TELEMETRY.items() if environment.get(name) != value]


CHECKS: tuple[Check, ...] = (
    _python, _packages, _model, _reader, _data, _corpus, _chroma, _disk, _port, _access, _llm, _telemetry
)  # fmt: skip
