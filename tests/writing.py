"""An assistant that writes with a scripted model, over small documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from llm_server import LLMServer
from standins import WordEncoder, WordReader, open_assistant

from rag.assistant import Assistant
from rag.models import Answer, Note, Question, Support
from rag.settings import Settings
from rag.writing.composing import Composer
from rag.writing.llm import build_generator
from rag.writing.verifying import Checker, Meaning

VISIT = """---
title: Visit to Michigan
date: 2025-04-30
---
# Visit to Michigan

On 24 April the delegation met Laura Brandt, head of research, at the General Motors centre in Warren.

The mission cost 12 million euros and lasted five days. The fair lasted three days.

The delegation did not visit the Rivian factory. Rivian may open a research centre in Turin.
"""
MET = {
    "first.md": "---\ntitle: Two visits\nprovenance: One article\n---\n# Two visits\n\n"
    "On 24 April the delegation met Laura Brandt, head of research, at the General Motors centre in Warren.\n\n"
    "On 25 April the delegation met Paul Mason, head of batteries, at the Ford centre in Dearborn.\n",
    "second.md": "---\ntitle: One more\nprovenance: One article\n---\n# One more\n\n"
    "On 26 April the delegation met Ann Larsson, head of roofs, at the Webasto centre in Auburn.\n",
}
WHO = "Who did the delegation meet at General Motors?"
TRUE = "On 24 April the delegation met Laura Brandt at the General Motors centre in Warren"
COST = "How much did the mission cost?"
FALSE = "The delegation met Elon Musk in Detroit"
HALF = "The mission cost 12 million euros"  # would be borne out, if it were taken for a sentence
WHY = {
    "broken": "The writing model does not work just now",
    "limited": "The writing model has too many requests",
    "denied": "The writing model refuses access",
    "overflow": "The passages were too many for the writing model",
    "cut": "The writing model broke off",
    "garbled": "The writing model's answer could not be read",
    "empty": "The writing model wrote nothing",
    "endless": "The writing model did not stop",
    "absent": "The writing model does not find the answer",
    "unsupported": "No sentence of the model passed verification",
    "slow": "The writing model did not answer in time",
    "resting": "The writing model has not answered for a while",
    "spent": "Today's tokens are spent",
}


def cites(*sentences: str) -> str:
    return " ".join(f"{sentence} [1]." for sentence in sentences)


def shown(answer: Answer) -> list[str]:
    return [s.text for s in answer.statements if s.support is not Support.UNSUPPORTED]


def dropped(answer: Answer) -> list[str]:
    return [s.text for s in answer.statements if s.support is Support.UNSUPPORTED]


def is_in_quotes(answer: Answer, writer: Assistant, why: str) -> bool:
    """Whether it is the answer that quotes mode gives, with a note on what went wrong."""
    plain = writer.ask(Question(answer.question, mode="quotes"))
    same = (answer.text, answer.status, answer.mode) == (plain.text, plain.status, "quotes")
    note = Note("writing", f"{WHY[why]}: the answer is made of exact quotes.")
    return same and answer.notes[len(plain.notes) :] == (note,)


def writes_with(assistant: Assistant, running: LLMServer, **settings: Any) -> Assistant:
    """`assistant`, whose model is the scripted server from now on; `settings` are FONTE_LLM… ones."""
    more = {"llm": "openai-like:scripted", "llm_timeout": 20.0, "llm_base_url": running.url, **settings}
    generator = build_generator(Settings(**more))
    assert generator is not None
    checker = Checker(Meaning(WordEncoder(), WordReader()), lambda: assistant.retriever.library.aliases)
    assistant.composer = Composer(generator, checker)
    return assistant


def open_writer(folder: Path, running: LLMServer, files: Mapping[str, str | bytes], **settings: Any) -> Assistant:
    """An assistant of its own over `files` that writes with the scripted server."""
    return writes_with(open_assistant(folder, files), running, **settings)


@pytest.fixture
def llm() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("visit"), {"visit.md": VISIT})


@pytest.fixture
def writer(visit: Assistant, llm: LLMServer) -> Assistant:
    """An assistant with a new composer: what a breaker or a budget remembers is gone."""
    return writes_with(visit, llm)
