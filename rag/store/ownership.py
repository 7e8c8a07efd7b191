"""One process owns a data folder: a second writer would break Chroma's readers."""

from __future__ import annotations

import json
import os
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import ConfigurationError

_held: dict[Path, FileLock] = {}  # kept for the life of the process: a lock that is collected is released


def own(data: Path, address: str = "") -> None:
    """Take the folder for this process, made if need be. Raises ConfigurationError if another process holds it."""
    data.mkdir(parents=True, exist_ok=True)
    data = data.resolve()
    if data in _held:
        return
    lock = FileLock(data / "owner.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        where = owner_address(data)
        raise ConfigurationError(
            f"Another Fonte process owns {data}{f' and serves {where}' if where else ''}.",
            "Stop it, use that one, or name another folder with --data.",
        ) from None
    _held[data] = lock
    announce(data, address)


def announce(data: Path, address: str) -> None:
    """Leave word of where this process serves, so that the command line can hand over to it."""
    (data / "owner.json").write_text(json.dumps({"pid": os.getpid(), "address": address}), encoding="utf-8")


def owner_address(data: Path) -> str:
    """The address that the owner of a folder left, or ""."""
    try:
        return str(json.loads((data / "owner.json").read_text(encoding="utf-8")).get("address", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def release(data: Path) -> None:
    """Give the folder back; for tests and for commands that end."""
    lock = _held.pop(data.resolve(), None)
    if lock is not None:
        lock.release()
