"""`fonte feedback`: what was kept is shown, and goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli import app
from rag.feedback import FILE, Feedback, Thumb
from rag.models import Status


@pytest.fixture
def data(tmp_path: Path) -> Path:
    feedback = Feedback(tmp_path / FILE)
    feedback.keep(Thumb("a1", Status.ANSWERED, "up", "right"))
    feedback.keep(Thumb("a2", Status.PARTIAL, "down", "missing", "Chi\x1b[2J c'era?"))
    feedback.close()
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["feedback", *map(str, arguments)])
    return result.exit_code, result.output


def test_verdicts_are_listed_with_the_question_only_where_it_was_given(data: Path) -> None:
    code, told = run("list", "--data", data, "--json")
    kept = {t["answer_id"]: t for t in json.loads(told)["feedback"]}
    assert (code, kept["a1"]["question"], kept["a2"]["status"]) == (0, None, "partial")
    code, told = run("list", "--data", data)
    assert (code, "missing" in told, "\x1b" in told) == (0, True, False)


def test_erasing_says_how_many_went(data: Path) -> None:
    assert run("erase", "--before", "2020-01-01", "--data", data) == (0, "0 erased\n")
    assert run("erase", "--all", "--data", data) == (0, "2 erased\n")
    assert json.loads(run("list", "--data", data, "--json")[1]) == {"feedback": []}


@pytest.mark.parametrize("given", [[], ["--all", "--before", "2026-01-01"], ["--before", "yesterday"]])
def test_what_to_erase_must_be_said(data: Path, given: list[str]) -> None:
    assert run("erase", *given, "--data", data)[0] == 2
    assert len(json.loads(run("list", "--data", data, "--json")[1])["feedback"]) == 2


def test_a_folder_without_verdicts_is_told(tmp_path: Path) -> None:
    code, told = run("list", "--data", tmp_path)
    assert code != 0
    assert "--data" in told
    assert list(tmp_path.iterdir()) == [], "nothing is made by looking"
