"""What holds for every test: no network but this machine's own, no hub, no telemetry, no settings from outside."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from loopback import loopback_only

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("chat_pages", "openai_server", "postgres", "widget_pages", "writing")

# Before any import of the libraries that read them.
os.environ.update(
    {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "ANONYMIZED_TELEMETRY": "False",
        "TOKENIZERS_PARALLELISM": "false",
    }
)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Nothing leaves this machine; what telemetry tried in a thread, and kept to itself, fails the run at its end."""
    refused: list[str] = []
    with loopback_only(refused.append):
        yield
    assert refused == [], "hosts outside this machine that something tried to reach"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own FONTE_ variables change no test; the cache of the packaged model may be elsewhere."""
    for name in [n for n in os.environ if n.startswith("FONTE_") and n != "FONTE_CACHE"]:
        monkeypatch.delenv(name)


def find_chromium() -> str | None:
    """A Chromium to test with: the one that BROWSER_PATH names, or one that the system has."""
    named = os.environ.get("BROWSER_PATH")
    found = [named] if named else [shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")]
    return next((path for path in found if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; a test opens contexts of its own in it."""
    path = find_chromium()
    if path is None:
        warnings.warn("NO BROWSER: set BROWSER_PATH or install chromium; what people see is NOT tested.", stacklevel=1)
        pytest.skip("NO BROWSER: set BROWSER_PATH, or `apt-get install chromium`; what people see is NOT tested")
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    arguments = ["--headless=new", *quiet, "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=arguments)
        yield launched
        launched.close()
