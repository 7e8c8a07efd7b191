"""Listening: the socket, the server around it, and word of the address for the command line."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from rag.errors import ConfigurationError
from rag.settings import Settings
from rag.store.ownership import announce, own
from rag.web.guard import check_access
from rag.web.opening import Opening

GRACE = 5  # seconds that running replies have when the server stops


def serve(build: Callable[[], FastAPI], settings: Settings, on_address: Callable[[str], None] = print) -> None:
    """Serve what `build` makes until stopped; a page says so until it is made.

    `on_address` is told the address once it is bound, whatever port was free. Raises ConfigurationError if the
    settings would let in who should not be, the data folder is another process's, or the address cannot be listened
    on; and what `build` raises.
    """
    import uvicorn

    check_access(settings)
    own(settings.data)
    listener = bind(settings.host, settings.port)
    opening = Opening(build)
    config = uvicorn.Config(
        opening,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # rag.web.request reads them, from the trusted proxies only
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )
    announce(settings.data, local_address(listener))
    try:
        on_address(settings.public_url or local_address(listener))
        server = uvicorn.Server(config)
        opening.on_failure = lambda: setattr(server, "should_exit", True)
        with stoppable():
            server.run(sockets=[listener])
    finally:
        announce(settings.data, "")
        listener.close()
    if opening.failure:
        raise opening.failure


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM ends the block with exit status 0; uvicorn raises it anew once its server has stopped."""
    if threading.current_thread() is not threading.main_thread():  # only there do signals arrive
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens already: whoever reads the address may connect at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(256)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot listen on {host} port {port} ({error.strerror}).",
            "Name another port with --port; 0 takes a free one.",
        ) from error
    return listener


def local_address(listener: socket.socket) -> str:
    """Where this machine reaches the socket: an address that means all of them is written as the loopback one."""
    host, port = listener.getsockname()[:2]
    found = ipaddress.ip_address(host)
    if found.is_unspecified:
        host = "127.0.0.1" if found.version == 4 else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
