"""What holds for every test: no network but this machine's own, no hub, no telemetry, no settings from outside."""

from __future__ import annotations

import os
import shutil
import socket
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("chat_pages", "openai_server", "postgres", "widget_pages")

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
_LOOPBACK = ("127.", "::1", "localhost", "testserver", "0.0.0.0")


class NetworkRefused(RuntimeError):
    """Deliberately no OSError: code that forgives a broken connection must not hide this one."""


def _refuse_outside(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name and not name.startswith(_LOOPBACK):
        raise NetworkRefused(f"A test tried to reach {name}; only this machine's loopback may be used.")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection and every look-up of a name that leaves this machine."""
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != getattr(socket, "AF_UNIX", None):
            _refuse_outside(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if self.family != getattr(socket, "AF_UNIX", None):
            _refuse_outside(address[0])
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_outside(host)
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


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
