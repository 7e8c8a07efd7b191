"""A judge that also asks a language model, yes or no, whether the best passages say what is asked.

A near miss speaks of the very thing and not of the detail asked for; a larger model may read that better. Its odds are
added to the reader's, never put in their place: for the sentences of a passage that was asked about

    logit(probability) = logit(the reader's probability) + WEIGHT · ln(P(yes) / P(no)), the logarithm within ±BOUND

A server that tells no odds gives one word, which counts as ±SAID. Whatever fails, the reader's judgement stands.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.evidence import Judge, Judged, logit, sigmoid
from rag.models import Evidence, Hit
from rag.writing.answers import harmless
from rag.writing.faults import Fault, WritingFault
from rag.writing.generation import Prompts, data, fenced
from rag.writing.spending import Breaker, DailyBudget
from rag.writing.streaming import Limits, Stream, Usage, weight

if TYPE_CHECKING:
    from llama_index.core.llms import LLM, ChatMessage, ChatResponse

log = logging.getLogger("fonte.writing")
ASKED = 3  # passages that one question asks about
FLOOR = 0.002  # probability below which no yes makes an answer of the reader's best: then nothing is asked
WEIGHT = 0.5
BOUND = 4.0
SAID = 2.0
_YES = frozenset({"yes", "y", "sì", "si"})
_NO = frozenset({"no", "n"})
_WORD = re.compile(r"[^\W\d_]+")


class NearMissJudge:
    """Judges with another judge, and asks a model about its best passages. Safe to use from several threads."""

    def __init__(
        self, reader: Judge, llm: LLM, limits: Limits, daily: DailyBudget, secrets: Sequence[str] = ()
    ) -> None:
        self._reader = reader
        self._llm = llm
        self._limits = limits
        self._daily = daily
        self._breaker = Breaker()
        self._prompt = Prompts.load().judge
        self._secrets = secrets

    def judge(self, question: str, hits: Sequence[Hit]) -> Judged:
        judged = self._reader.judge(question, hits)
        if judged.best < FLOOR:
            return judged
        asked = {e.hit.passage.id: e.hit for e in harmless(judged).evidence}
        try:
            odds = self._odds(question, list(asked.values())[:ASKED])
        except WritingFault as error:
            log.warning("the model that judges failed: %s", error)
            return judged
        found = [_weighed(e, odds.get(e.hit.passage.id, 0.0)) for e in judged.evidence]
        found.sort(key=lambda e: (-e.probability, -e.score, e.hit.passage.id, e.start))
        return replace(judged, evidence=tuple(found))

    def _odds(self, question: str, hits: Sequence[Hit]) -> dict[str, float]:
        """ln(P(yes) / P(no)) of each passage that fits, by its id; all within the seconds of the limits.

        Raises WritingFault where one of them cannot be had: some alone would lift or lower those beside the others.
        """
        requests = {hit.passage.id: self._messages(question, hit) for hit in hits}
        fitting = {id_: m for id_, m in requests.items() if weight(m) < self._limits.context}
        if not fitting:
            return {}
        reserved = self._daily.reserve(sum(weight(m) + self._limits.answer for m in fitting.values()))
        if reserved is None:
            raise WritingFault(Fault.SPENT)
        usages = {id_: Usage() for id_ in fitting}
        try:
            return self._asked(fitting, usages)
        finally:
            self._daily.settle(reserved, sum(usage.total for usage in usages.values()))

    def _asked(self, requests: Mapping[str, Sequence[ChatMessage]], usages: Mapping[str, Usage]) -> dict[str, float]:
        """The same of these requests, unless the model rests; `usages` are filled in."""
        if not self._breaker.allows():
            raise WritingFault(Fault.RESTING)
        worked, end = False, time.monotonic() + self._limits.seconds
        try:
            odds = {id_: self._ask(m, usages[id_], end - time.monotonic()) for id_, m in requests.items()}
            worked = True
        finally:
            self._breaker.report(worked)
        return odds

    def _ask(self, messages: Sequence[ChatMessage], usage: Usage, seconds: float) -> float:
        stream = Stream(self._llm, messages, max(0.0, seconds), self._secrets, usage)
        try:
            return log_odds(stream)
        finally:
            stream.stop()

    def _messages(self, question: str, hit: Hit) -> list[ChatMessage]:
        from llama_index.core.llms import ChatMessage

        content = self._prompt.format(passage=fenced(1, hit), question=data(question))
        return [ChatMessage(role="user", content=content)]


def log_odds(responses: Iterable[ChatResponse]) -> float:
    """ln(P(yes) / P(no)) of a model's answer, within ±BOUND: by the odds of its first word, else by the word itself.

    0 where it says neither. Raises WritingFault.
    """
    said, told = "", dict[str, float]()
    for response in responses:
        said += response.delta or ""
        told = told or next(_first_words(response.raw), {})
    rest = max(0.0, 1 - sum(told.values()))  # a word that is not told has no more than this
    yes, no = (sum(p for token, p in told.items() if _bare(token) in those) for those in (_YES, _NO))
    if (yes or no) and (yes or rest) and (no or rest):
        return max(-BOUND, min(BOUND, math.log((yes or rest) / (no or rest))))
    word = _bare(said)
    return SAID if word in _YES else -SAID if word in _NO else 0.0


def _first_words(raw: Any) -> Iterator[dict[str, float]]:
    """The words that might have stood first, with their probabilities, where a server tells them.

    Raises WritingFault for what are none.
    """
    try:
        for choice in getattr(raw, "choices", None) or ():
            for token in getattr(choice.logprobs, "content", None) or ():
                yield {str(other.token): _probability(other.logprob) for other in (*(token.top_logprobs or ()), token)}
    except (AttributeError, TypeError, ValueError) as error:
        raise WritingFault(Fault.GARBLED, f"{type(error).__name__}: {error}") from None


def _probability(logarithm: float) -> float:
    if not logarithm <= 0.01:  # of which rounding may be the cause
        raise ValueError(f"{logarithm} is no logarithm of a probability")
    return math.exp(logarithm)


def _bare(text: str) -> str:
    found = _WORD.search(text.casefold())
    return found.group() if found else ""


def _weighed(item: Evidence, odds: float) -> Evidence:
    return replace(item, probability=sigmoid(logit(item.probability) + WEIGHT * odds)) if odds else item
