"""OpenAI's own client at a server of ours, and what a test makes that server's assistant say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from openai import OpenAI
from web_builders import MISSION

from rag.assistant import Assistant
from rag.models import Answer, Question, Statement

WHO = "Chi ha incontrato la delegazione a Detroit?"
IN_ENGLISH = "Who painted the yellow harbour crane?"
ENGLISH = """---
title: The harbour
date: 2024-05-02
language: en
---

Carlo Rossi painted the yellow harbour crane last spring.
"""
FACTORIES = "# Economia\n\nIl Michigan ha 12.000 stabilimenti.\n"
FILES: dict[str, str | bytes] = {"missione.md": MISSION, "harbour.md": ENGLISH, "economia.md": FACTORIES}


def open_client(address: str, key: str = "any", **options: Any) -> OpenAI:
    return OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=20, **options)


def said(ai: OpenAI, question: str, **fields: Any) -> Any:
    return ai.chat.completions.create(model="fonte", messages=[{"role": "user", "content": question}], **fields)


def content(completion: Any) -> str:
    return str(completion.choices[0].message.content)


def alike(text: str) -> str:
    """What two answers to one question have in common: not the address of their proofs."""
    return re.sub(r"/proofs/[\w-]+", "/proofs/…", text)


def asked_of(app: FastAPI, answer: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are answered by this function from now on."""

    class Told(Assistant):
        def __init__(self) -> None:
            self.__dict__.update(app.state.assistant.__dict__)

        def ask(self, question: Question, tell: Any = None) -> Answer:
            return answer(super().ask, question, tell)

    monkeypatch.setattr(app.state.pool, "assistant", Told())


def written(ask: Callable[..., Answer], question: Question, sentences: list[Statement]) -> Answer:
    """An answer of these sentences, as a model would have written them."""
    return replace(ask(question), headline=None, statements=tuple(sentences))


def heard(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """The questions that reach the assistant from now on."""
    found: list[Question] = []

    def answer(ask: Callable[..., Answer], question: Question, tell: Any) -> Answer:
        found.append(question)
        return ask(question)

    asked_of(app, answer, monkeypatch)
    return found
