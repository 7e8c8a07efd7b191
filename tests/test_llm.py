"""FONTE_LLM: which model it names, what it says when it cannot, its budgets, and the doctor's one call."""

from __future__ import annotations

import builtins
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from llm_server import LLMServer, Script, says

from rag.commands import doctor
from rag.errors import ConfigurationError
from rag.settings import Settings
from rag.writing.llm import build_llm, try_out
from rag.writing.spending import FAILURES, REST, Breaker, DailyBudget, Reserved

URL = "http://127.0.0.1:9/v1"


def test_no_model_is_the_default() -> None:
    assert build_llm(Settings()) is None
    assert "exact quotes" in try_out(Settings())


@pytest.mark.parametrize("name", ["gpt", "openai-like:", "unknown:model", ":model"])
def test_a_name_that_is_not_understood_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(ConfigurationError, match="names no model") as caught:
        build_llm(Settings(llm=name, llm_base_url=URL))
    assert "ollama:model" in caught.value.hint


def test_a_server_of_one_s_own_needs_its_address() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_llm(Settings(llm="openai-like:model"))
    assert "FONTE_LLM_BASE_URL" in caught.value.hint


def test_somebody_else_s_key_is_not_sent_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another-service")
    with LLMServer(says("Yes.")) as llm:
        try_out(Settings(llm="openai-like:model", llm_base_url=llm.url))
        assert "another-service" not in str(llm.requests[0].headers)


@pytest.mark.parametrize("name", ["openai-like:model-x", "openai:gpt-4o", "ollama:model-x:7b"])
def test_each_kind_makes_the_model_that_is_named(name: str) -> None:
    llm = build_llm(Settings(llm=name, llm_base_url=URL, llm_key="k"))
    assert llm is not None
    assert llm.metadata.model_name == name.partition(":")[2]


def test_a_model_that_openai_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="model-x"):
        build_llm(Settings(llm="openai:model-x", llm_key="k"))


def test_a_part_that_is_not_installed_is_named_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "llama_index.llms.anthropic":
            raise ModuleNotFoundError(name=name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ConfigurationError) as caught:
        build_llm(Settings(llm="anthropic:model"))
    assert "pip install llama-index-llms-anthropic" in caught.value.hint
    assert "environment of its own" in caught.value.hint  # in Fonte's, it would change packages that are pinned
    assert ".venv" not in caught.value.hint


@pytest.mark.parametrize("status, hint", [(401, "FONTE_LLM_KEY"), (404, "FONTE_LLM_BASE_URL"), (500, "server runs")])
def test_the_doctor_says_what_is_wrong(status: int, hint: str) -> None:
    with LLMServer(says(status=status)) as llm, pytest.raises(ConfigurationError) as caught:
        try_out(Settings(llm="openai-like:model", llm_base_url=llm.url))
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "name, script, message, hint",
    [
        ("openai-like:model", says(status=401), "does not answer", "FONTE_LLM_KEY"),
        ("openai-like:model", says(status=429), "does not answer", "Wait"),
        ("openai-like:", says("Yes."), "names no model", "ollama:model"),
    ],
)
def test_a_model_that_fails_is_a_failure_of_the_doctor_with_what_to_do(
    tmp_path: Path, name: str, script: Script, message: str, hint: str
) -> None:
    with LLMServer(script) as llm:
        where = Settings(data=tmp_path / "d", corpus=(tmp_path,), port=0, llm=name, llm_base_url=llm.url)
        (found,) = [f for f in doctor.examine(where) if f.check == "llm"]
    assert found.level is doctor.Level.FAIL
    assert message in found.message
    assert hint in found.hint


def test_the_doctor_says_how_long_it_took_and_whether_tokens_are_counted() -> None:
    with LLMServer(says("Yes.")) as llm:
        assert "counts no tokens" in try_out(Settings(llm="openai-like:model", llm_base_url=llm.url))
        llm.script = says("Yes.", usage=(9, 2))
        told = try_out(Settings(llm="openai-like:model", llm_base_url=llm.url))
        assert told.startswith("openai-like:model answers in ")
        assert "counts no tokens" not in told


def test_the_key_is_in_no_picture_of_the_settings() -> None:
    assert "secret-key" not in repr(Settings(llm_key="secret-key"))


# Budgets and the breaker


def taken(budget: DailyBudget, tokens: int) -> Reserved:
    reserved = budget.reserve(tokens)
    assert reserved is not None
    return reserved


def test_what_is_reserved_is_settled_with_what_was_spent() -> None:
    budget = DailyBudget(100)
    first, second = taken(budget, 60), taken(budget, 40)
    assert budget.reserve(1) is None
    budget.settle(first, 10)
    budget.settle(second, 0)
    assert budget.reserve(91) is None
    taken(budget, 90)


def test_more_than_was_reserved_is_counted_whole() -> None:
    budget = DailyBudget(100)
    budget.settle(taken(budget, 10), 95)
    assert budget.reserve(6) is None


def test_a_day_s_tokens_come_back_the_next_day() -> None:
    day = [dt.date(2025, 4, 24)]
    budget = DailyBudget(100, lambda: day[0])
    over_night = taken(budget, 60)
    day[0] += dt.timedelta(days=1)
    taken(budget, 50)
    budget.settle(over_night, 20)  # of the new day; what was reserved was the old one's
    assert budget.reserve(31) is None
    taken(budget, 30)


def test_without_a_limit_everything_is_allowed() -> None:
    budget = DailyBudget(0)
    budget.settle(taken(budget, 10**9), 10**9)
    assert budget.reserve(10**9) is not None


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_try_later() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for worked in (False, False, True, *[False] * FAILURES):
        assert breaker.allows()
        breaker.report(worked)
    assert not breaker.allows()
    now[0] += REST + 1
    assert breaker.allows()
    assert not breaker.allows()
    breaker.report(worked=True)
    assert breaker.allows()
