"""A server on this machine that OpenAI's client asks: fixtures `openai_app`, `ai_address`, `ai` and `ai_web`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fastapi import FastAPI
    from openai import OpenAI
    from starlette.testclient import TestClient


@pytest.fixture(scope="session")
def openai_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One worker, and one place to wait for it."""
    from openai_client import FILES  # what these bring, other tests need not wait for
    from web_builders import open_app

    return open_app(tmp_path_factory.mktemp("openai"), FILES, ping=0.05, workers=1, queue=1)[0]


@pytest.fixture(scope="session")
def ai_address(openai_app: FastAPI) -> Iterator[str]:
    from web_builders import serving

    with serving(openai_app) as found:
        yield found


@pytest.fixture(scope="session")
def ai(ai_address: str) -> Iterator[OpenAI]:
    from openai_client import open_client

    with open_client(ai_address) as found:
        yield found


@pytest.fixture
def ai_web(openai_app: FastAPI) -> TestClient:
    """Asks the same application by hand."""
    from web_builders import client

    return client(openai_app)
