"""What a request says about itself, read off the raw ASGI scope: host, origin, address, scheme."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from rag.settings import Settings
from rag.web.errors import BadRequest, Forbidden, Misdirected
from rag.web.guard import Network, is_loopback, proxies, public_host

VISITORS = "/embed/"  # where widgets live: these routes know visitors by tokens, and tell of public documents only
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = re.compile(r"q=0(?:\.0*)?")
_ANY = frozenset({"", "0.0.0.0", "::"})


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def accepts(headers: Headers, kind: str) -> bool:
    """Whether the Accept header names this media type itself, and not with a quality of 0."""
    for part in headers.get("accept", "").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name == kind:
            return not any(_REFUSED.fullmatch(parameter) for parameter in parameters)
    return False


def host_name(value: str) -> str:
    """The name in a Host header, without its port; "" where there is none."""
    try:
        parts = urlsplit(f"//{value}")
        _ = parts.port
    except ValueError:
        return ""
    clean = parts.netloc == value and "@" not in value
    return _bare(parts.hostname or "") if clean else ""


@dataclass(frozen=True)
class Site:
    """The names that this server answers to, and the proxies it believes."""

    names: frozenset[str]
    any_address: bool
    trusted: tuple[Network, ...]
    public_origin: str | None

    @classmethod
    def of(cls, settings: Settings) -> Site:
        public = public_host(settings)
        names = {settings.host, *settings.allowed_hosts, *([public] if public else [])}
        parts = urlsplit(settings.public_url or "")
        return cls(
            names=frozenset(_bare(name) for name in names) - _ANY,
            any_address=_bare(settings.host) in _ANY,
            trusted=proxies(settings),
            public_origin=f"{parts.scheme}://{parts.netloc}".lower() if public else None,
        )

    def check_host(self, headers: Headers) -> None:
        """A page of another site whose name was rebound to this address still sends that name: it is refused."""
        given = headers.getlist("host")
        name = host_name(given[0]) if len(given) == 1 else ""
        if not name:
            raise BadRequest("The Host header is missing or malformed.", "Send one, naming this server.")
        if not (name in self.names or is_loopback(name) or (self.any_address and _is_address(name))):
            raise Misdirected(
                "This server does not answer for that host.", "Name it in FONTE_ALLOWED_HOSTS or FONTE_PUBLIC_URL."
            )

    def check_origin(self, method: str, headers: Headers) -> None:
        """Browsers say where a request comes from; one that changes things must come from our own pages."""
        if method in SAFE_METHODS:
            return
        fetched = headers.get("sec-fetch-site")
        if fetched is not None and fetched not in ("same-origin", "none"):
            raise _cross_site()
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin.lower(), headers.get("host", "")):
            raise _cross_site()

    def _is_own(self, origin: str, host: str) -> bool:
        return origin in (f"http://{host}".lower(), f"https://{host}".lower(), self.public_origin)

    def is_proxy(self, scope: Scope) -> bool:
        return _within(_peer(scope), self.trusted)

    def address(self, scope: Scope) -> str:
        """Who asks: the peer, or the last address that a trusted proxy forwarded and that is none itself.

        An IPv6 caller is known by its /64, which one machine may use whole.
        """
        found = _peer(scope)
        if self.is_proxy(scope):
            chain = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
            others = [a.strip() for a in chain if a.strip() and not _within(a.strip(), self.trusted)]
            found = others[-1] if others else found
        return _grouped(found)

    def origin(self, scope: Scope) -> str:
        """Where the caller reaches this server: the public address, or the one that was asked."""
        scheme = "https" if self.is_secure(scope) else "http"
        return self.public_origin or f"{scheme}://{Headers(scope=scope).get('host', '')}"

    def is_secure(self, scope: Scope) -> bool:
        """Whether the browser came over https."""
        forwarded = Headers(scope=scope).get("x-forwarded-proto", "") if self.is_proxy(scope) else ""
        public = (self.public_origin or "").startswith("https:")
        return bool(scope.get("scheme") == "https" or forwarded.strip().lower() == "https" or public)


def _cross_site() -> Forbidden:
    return Forbidden("The request comes from a page of another site.", "Send it from Fonte's own pages or a program.")


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in network for network in networks if network.version == found.version)


def _grouped(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
