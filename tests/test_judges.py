"""Judges: what holds for each, and the one that also asks a language model about near misses."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llm_server import LLMServer, Reply, Request, says
from standins import WORD_JUDGE as READER
from standins import WordReader
from writing import COST, WHO

from rag.assistant import Assistant
from rag.errors import ConfigurationError
from rag.evidence import Calibration, Judge, Judged, ReaderJudge, logit
from rag.models import Hit, Question
from rag.settings import Settings
from rag.writing.llm import build_judge, daily_budget
from rag.writing.near_misses import ASKED, BOUND, SAID, WEIGHT
from rag.writing.spending import FAILURES

Make = Callable[..., Judge]
ODD = '{"choices": [{"index": 0, "delta": {"content": "yes"}, "logprobs": {"content": [5]}}]}'


@pytest.fixture
def asking(llm: LLMServer) -> Make:
    """Makes a judge that asks the scripted server besides `reader`; what else is given are settings."""

    def make(reader: Judge = READER, **more: Any) -> Judge:
        told = {"llm": "openai-like:scripted", "llm_base_url": llm.url, "llm_judge": True, **more}
        settings = Settings(**told)
        return build_judge(settings, reader, daily_budget(settings))

    return make


@pytest.fixture(params=["reader", "yes", "no", "broken"])
def judge(request: pytest.FixtureRequest, llm: LLMServer, asking: Make) -> Judge:
    if request.param == "reader":
        return READER
    llm.script = says(status=401) if request.param == "broken" else says(request.param)
    return asking()


@pytest.fixture
def hits(visit: Assistant) -> list[Hit]:
    return visit.search(Question(WHO), 12)


# What holds for every judge


def test_no_hits_are_no_evidence(judge: Judge) -> None:
    assert judge.judge(WHO, []) == Judged((), 0.0)


def test_evidence_comes_from_the_hits_most_probable_first(judge: Judge, hits: list[Hit]) -> None:
    judged = judge.judge(WHO, hits)
    probabilities = [e.probability for e in judged.evidence]
    assert probabilities
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= p <= 1 for p in (*probabilities, judged.topical))
    for evidence in judged.evidence:
        assert evidence.hit in hits
        assert (evidence.start, evidence.end) in {(u.start, u.end) for u in evidence.hit.units}


def test_the_same_question_is_judged_the_same(judge: Judge, hits: list[Hit]) -> None:
    assert judge.judge(COST, hits) == judge.judge(COST, hits)


# A model's yes and no


def shift(before: Judged, after: Judged) -> dict[str, float]:
    """By how much the log odds of each passage's best sentence have changed."""
    was = {(e.hit.passage.id, e.start): e.probability for e in before.evidence}
    moved = ((e, logit(e.probability) - logit(was[e.hit.passage.id, e.start])) for e in after.evidence)
    return {e.text: round(by, 3) for e, by in moved}


def says_yes_to(words: str) -> Callable[[Request], Reply]:
    return lambda request: Reply(("Yes." if words in request.passages[1] else " no",))


def test_a_yes_lifts_and_a_no_lowers_what_was_asked_about(llm: LLMServer, asking: Make, hits: list[Hit]) -> None:
    llm.script = says_yes_to("Laura Brandt")
    moved = shift(READER.judge(WHO, hits), asking().judge(WHO, hits))
    assert {by for text, by in moved.items() if "Laura Brandt" in text} == {WEIGHT * SAID}
    assert {by for text, by in moved.items() if "Laura Brandt" not in text} == {-WEIGHT * SAID}


@pytest.mark.parametrize(
    "odds, told",
    [
        ({"yes": math.log(0.6), " No": math.log(0.2), "Maybe": math.log(0.2)}, math.log(3)),
        ({"no": math.log(0.5), "yes": math.log(0.2), " Yes": math.log(0.3)}, 0.0),
        ({"yes": math.log(0.75)}, math.log(3)),  # no has a quarter at most
        ({"Yes": 0.0, "no": -30.0}, BOUND),
        ({"Sure": -0.01, "Hm": -5.0}, -SAID),  # of neither: then the word
    ],
)
def test_odds_weigh_as_much_as_the_server_tells(
    llm: LLMServer, asking: Make, hits: list[Hit], odds: dict[str, float], told: float
) -> None:
    llm.script = says("no", odds=odds, finish="length")
    moved = shift(READER.judge(WHO, hits), asking().judge(WHO, hits))
    assert list(moved.values()) == pytest.approx([WEIGHT * told] * len(moved), abs=0.002)


def test_one_word_is_asked_of_at_most_so_many_distinct_passages(llm: LLMServer, asking: Make, hits: list[Hit]) -> None:
    llm.script = says("yes")
    asking().judge(WHO, hits)
    texts = [request.passages[1] for request in llm.requests]
    assert len(texts) == len(set(texts)) == min(ASKED, len({h.passage.id for h in hits}))
    assert {request.body["max_tokens"] for request in llm.requests} == {1}
    assert all(WHO in request.prompt for request in llm.requests)


def test_nothing_is_asked_where_no_yes_could_make_an_answer(llm: LLMServer, asking: Make, hits: list[Hit]) -> None:
    sure = ReaderJudge(WordReader(), Calibration({"reader": 1.0}, -3.0), Calibration({}, 0.0))
    asking(sure).judge("Quanto zucchero richiede una meringa svizzera?", hits)
    assert llm.requests == []


# Faults


@pytest.mark.parametrize(
    "script",
    [
        says("Banana, perhaps?"),
        says(),
        says(status=500),
        says(status=429),
        says("ye", cut=True),
        says("", raw=("{not json",)),
        says("yes", odds={"yes": 700.0}),
        says("yes", odds={"yes": math.nan}),
        says("", raw=(ODD,)),
        lambda request: Reply(("yes",)) if "Laura" in request.passages[1] else Reply(status=401),
    ],
)
def test_what_is_no_yes_or_no_leaves_the_reader_s_judgement(
    llm: LLMServer, asking: Make, hits: list[Hit], script: Callable[[Request], Reply]
) -> None:
    llm.script = script
    assert asking().judge(WHO, hits) == READER.judge(WHO, hits)
    assert llm.requests


@pytest.fixture
def held(llm: LLMServer) -> Iterator[LLMServer]:
    """The llm, hanging until the test ends."""
    hold = threading.Event()
    llm.script = lambda _: Reply(("yes",), hold=hold)
    yield llm
    hold.set()


@pytest.mark.slow
def test_a_model_that_hangs_is_left_in_time_and_not_asked_about_the_next_passage(
    held: LLMServer, asking: Make, hits: list[Hit]
) -> None:
    started = time.monotonic()
    assert asking(llm_timeout=2.0).judge(WHO, hits) == READER.judge(WHO, hits)
    assert time.monotonic() - started < 15
    assert len(held.requests) == 1


def test_a_model_that_keeps_failing_is_not_asked_for_a_while(llm: LLMServer, asking: Make, hits: list[Hit]) -> None:
    llm.script = says(status=401)
    judge = asking()
    for _ in range(FAILURES):
        judge.judge(WHO, hits)
    before = len(llm.requests)
    assert judge.judge(WHO, hits) == READER.judge(WHO, hits)
    assert len(llm.requests) == before


def test_what_it_costs_is_of_the_day_s_tokens(llm: LLMServer, asking: Make, hits: list[Hit]) -> None:
    llm.script = says("yes", usage=(900, 1))
    judge = asking(llm_daily_tokens=2000)
    assert judge.judge(WHO, hits) != READER.judge(WHO, hits)
    before = len(llm.requests)
    assert judge.judge(WHO, hits) == READER.judge(WHO, hits)
    assert len(llm.requests) == before


def test_what_a_failed_judgement_did_not_take_is_given_back(llm: LLMServer, asking: Make, hits: list[Hit]) -> None:
    judge = asking(llm_daily_tokens=700)  # for one judgement
    for script in (says(status=401), says("yes", usage=(100, 1))):
        llm.script = script
        judged = judge.judge(WHO, hits)
    assert judged != READER.judge(WHO, hits)


# Switching it on


def test_it_is_off_unless_it_is_switched_on() -> None:
    settings = Settings(llm="openai-like:scripted", llm_base_url="http://127.0.0.1:9/v1")
    assert build_judge(settings, READER, daily_budget(settings)) is READER


def test_it_needs_a_model() -> None:
    settings = Settings(llm_judge=True)
    with pytest.raises(ConfigurationError, match="FONTE_LLM_JUDGE"):
        build_judge(settings, READER, daily_budget(settings))
