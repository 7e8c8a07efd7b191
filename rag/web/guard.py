"""Whether these settings may be served at all: staff access before any address but a loopback one."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag.errors import ConfigurationError
from rag.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MIN_PASSWORD, MIN_KEY = 8, 16  # characters
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_TAKEN = frozenset(
    "host origin authorization cookie accept accept-language content-type content-length user-agent referer".split()
)


def check_access(settings: Settings) -> None:
    """Raises ConfigurationError if serving these settings would let in who should not be.

    Reachable under a name or an address that is not loopback, Fonte needs a staff password, or the header in which
    a trusted proxy names the person. Called before anything listens.
    """
    proxies(settings)
    public_host(settings)
    if settings.staff_header is not None:
        _check_header(settings)
    _check_secret("FONTE_STAFF_PASSWORD", settings.staff_password, MIN_PASSWORD)
    _check_secret("FONTE_ADMIN_TOKEN", settings.admin_token, MIN_KEY)
    for key in settings.api_keys:
        _check_secret("FONTE_API_KEYS", key, MIN_KEY)
    if is_reachable(settings) and not has_staff_access(settings):
        raise ConfigurationError(
            f"Fonte does not serve {_where(settings)} without staff access: anyone there could read every document.",
            "Set FONTE_STAFF_PASSWORD, or FONTE_STAFF_HEADER with FONTE_TRUSTED_PROXIES; or serve 127.0.0.1.",
        )


def needs_staff_access(settings: Settings) -> bool:
    """Whether callers must show who they are: on a loopback address without a password everyone may enter."""
    return is_reachable(settings) or has_staff_access(settings)


def has_staff_access(settings: Settings) -> bool:
    return settings.staff_password is not None or bool(settings.staff_header and settings.trusted_proxies)


def is_reachable(settings: Settings) -> bool:
    """Whether others than this machine may come: by the address, or by a name that a proxy answers to."""
    names = [settings.host, public_host(settings) or "localhost", *settings.allowed_hosts]
    return not all(is_loopback(name) for name in names)


def _where(settings: Settings) -> str:
    names = [settings.host, public_host(settings) or "localhost", *settings.allowed_hosts]
    return next(repr(name) for name in names if not is_loopback(name))


def is_loopback(host: str) -> bool:
    bare = host.strip("[]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def public_host(settings: Settings) -> str | None:
    """The host of FONTE_PUBLIC_URL."""
    if settings.public_url is None:
        return None
    try:
        parts = urlsplit(settings.public_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.path not in ("", "/") or parts.query:
        raise ConfigurationError(
            f"FONTE_PUBLIC_URL {settings.public_url!r} is not the address of a site.", "Write https://name[:port]."
        )
    return host


def proxies(settings: Settings) -> tuple[Network, ...]:
    """FONTE_TRUSTED_PROXIES as networks."""
    try:
        return tuple(ipaddress.ip_network(value, strict=False) for value in settings.trusted_proxies)
    except ValueError as error:
        raise ConfigurationError(
            f"FONTE_TRUSTED_PROXIES: {error}.", "Write addresses or networks: 10.0.0.5, 10.1.0.0/16."
        ) from error


def _check_header(settings: Settings) -> None:
    name = settings.staff_header or ""
    if not _HEADER.fullmatch(name) or name.lower() in _TAKEN:
        raise ConfigurationError(
            f"FONTE_STAFF_HEADER {name!r} cannot name a person.", "Use a header such as X-Forwarded-User."
        )
    if not settings.trusted_proxies:
        raise ConfigurationError(
            "FONTE_STAFF_HEADER is set and FONTE_TRUSTED_PROXIES is not: anyone could write that header.",
            "Name the proxy's address in FONTE_TRUSTED_PROXIES.",
        )


def _check_secret(name: str, secret: SecretStr | None, least: int) -> None:
    if secret is not None and len(secret.get_secret_value()) < least:
        raise ConfigurationError(
            f"{name} is shorter than {least} characters.", "Choose a longer one, or leave it unset."
        )
