"""No network but this machine's own: what would leave it is refused, and told, for who asked may swallow the error."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

LOOPBACK = ("127.", "::1", "localhost", "testserver", "0.0.0.0")


class NetworkRefused(RuntimeError):
    """Deliberately no OSError: code that forgives a broken connection must not hide this one."""


@contextmanager
def loopback_only(tell: Callable[[str], object]) -> Iterator[None]:
    """Refuses every connection, datagram and look-up of a name that leaves this machine; `tell` hears the host."""

    def check(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and name and not name.startswith(LOOPBACK):
            tell(name)
            raise NetworkRefused(f"Something tried to reach {name}; only this machine's loopback may be used.")

    def guarded(sending: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *given: Any) -> Any:
            if self.family != getattr(socket, "AF_UNIX", None):
                check(given[-1][0])  # the address is the last of what connect and sendto are given
            return sending(self, *given)

        return call

    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *given: Any, **named: Any) -> Any:
        check(host)
        return look_up(host, *given, **named)

    doors = ("connect", "connect_ex", "sendto")
    before = {name: getattr(socket.socket, name) for name in doors}
    for name, door in before.items():
        setattr(socket.socket, name, guarded(door))
    socket.getaddrinfo = guarded_look_up
    try:
        yield
    finally:
        for name, door in before.items():
            setattr(socket.socket, name, door)
        socket.getaddrinfo = look_up
