"""Who gets in: one ASGI gate in front of everything, the chat's own routes included.

The order of its questions: is the host ours, does a change come from our own pages, who is it. What is public
(`PUBLIC`) goes through without the last; `scope["fonte.access"]` tells the routes who asks, None for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from fastapi import Request, Security
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import AccessDenied, RagError
from rag.settings import Settings
from rag.web import assets
from rag.web.errors import PROGRAMS, Forbidden, error_response
from rag.web.guard import check_access, needs_staff_access
from rag.web.request import VISITORS, Site, accepts
from rag.web.sessions import COOKIE, ENDED_FILE, Sessions, same

__all__ = ["Access", "Door", "Gate", "check_access", "require_admin"]

PUBLIC = frozenset(
    {"/healthz", "/readyz", "/sign-in", "/sign-out", "/widget.js", *(f"/site/{name}" for name in assets.PUBLIC)}
)
SCOPE_KEY = "fonte.access"
API_KEY = Security(HTTPBearer(scheme_name="ApiKey", description="one of FONTE_API_KEYS", auto_error=False))
Kind = Literal["local", "staff", "client", "admin"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who asks: anyone at this machine, a member of staff, a program with a key, or the holder of the admin token."""

    kind: Kind
    name: str = ""


class Door:
    """Recognises callers by the settings' secrets; `key` signs their sessions."""

    def __init__(self, settings: Settings, key: bytes) -> None:
        self.site = Site.of(settings)
        self.is_open = not needs_staff_access(settings)
        self.password = settings.staff_password.get_secret_value() if settings.staff_password else None
        self.sessions = Sessions(key, self.password, settings.data / ENDED_FILE) if self.password else None
        self._header = settings.staff_header if settings.trusted_proxies else None
        self._keys = [key.get_secret_value() for key in settings.api_keys]
        self._admin = settings.admin_token.get_secret_value() if settings.admin_token else None

    @property
    def has_admin(self) -> bool:
        return bool(self._admin)

    def access(self, scope: Scope) -> Access | None:
        """Who asks, or None. A token comes before a session, for it reaches further."""
        headers = Headers(scope=scope)
        return (
            self._by_token(headers)
            or self._by_session(headers)
            or self._by_proxy(scope, headers)
            or (Access("local") if self.is_open else None)
        )

    def _by_token(self, headers: Headers) -> Access | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("latin-1", "replace").decode("utf-8", "replace")
        if scheme.lower() != "bearer" or not given:
            return None
        if self._admin and same(given, self._admin):
            return Access("admin")
        known = [same(given, key) for key in self._keys]  # all are compared: the time tells nothing
        return Access("client") if any(known) else None

    def _by_session(self, headers: Headers) -> Access | None:
        cookie = session_cookie(headers)
        return Access("staff") if cookie and self.sessions and self.sessions.is_valid(cookie) else None

    def _by_proxy(self, scope: Scope, headers: Headers) -> Access | None:
        if self._header is None or not self.site.is_proxy(scope):
            return None
        names = [name.strip() for name in headers.getlist(self._header)]
        return Access("staff", names[0][:200]) if len(names) == 1 and names[0] else None


def is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(VISITORS)


def session_cookie(headers: Headers) -> str:
    """The session's cookie as sent, or ""."""
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(COOKIE, "")


class Gate:
    """The middleware. Web sockets are not used here, and closed."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        try:
            self._door.site.check_host(headers)
            self._door.site.check_origin(scope["method"], headers)
        except RagError as error:
            return error_response(error, scope["path"])
        scope[SCOPE_KEY] = self._door.access(scope)
        if scope[SCOPE_KEY] is None and not is_public(scope["path"]):
            return self._sign_in_first(scope, headers)
        return None

    def _sign_in_first(self, scope: Scope, headers: Headers) -> Response:
        """A person is led to the page that tells the way in; a program is told what is missing."""
        is_page = scope["method"] == "GET" and accepts(headers, "text/html")
        if is_page and not scope["path"].startswith(PROGRAMS):
            query = scope["query_string"].decode("latin-1")
            here = scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", status_code=303)
        return error_response(
            AccessDenied("Nobody is signed in.", "Sign in at /sign-in, or send an API key as a Bearer token."),
            scope["path"],
        )


def access_of(request: Request) -> Access | None:
    found = request.scope.get(SCOPE_KEY)
    return found if isinstance(found, Access) else None


def require_key(request: Request) -> None:
    """A route's dependency for programs: beyond this machine a key, and no session that a browser sends by itself."""
    access = access_of(request)
    if access is None or access.kind not in ("local", "client", "admin"):
        raise AccessDenied("An API key is missing or wrong.", "Send one of FONTE_API_KEYS as a Bearer token.")


def require_admin(request: Request) -> None:
    """A route's dependency: only the admin token passes."""
    door: Door = request.app.state.door
    if not door.has_admin:
        raise Forbidden("Changing the documents is switched off.", "Set FONTE_ADMIN_TOKEN to allow it.")
    access = access_of(request)
    if access is None or access.kind != "admin":
        if access is not None and access.kind == "client":
            raise Forbidden("That key may not change the documents.", "Send the admin token as a Bearer token.")
        raise AccessDenied("The admin token is missing or wrong.", "Send it as a Bearer token.")
