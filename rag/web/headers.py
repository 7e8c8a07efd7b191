"""Headers that every response carries, whoever made it: content policies, no sniffing, no framing, no CORS."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.errors import PROGRAMS
from rag.web.request import VISITORS

STRICT_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE_CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
# The chat's page carries its configuration in inline scripts and makes its style sheets and handlers while it runs.
CHAT_CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self' blob:; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
LOADER = "/widget.js"
OURS = (
    *PROGRAMS,
    "/documents",
    "/proofs",
    "/site/",
    "/healthz",
    "/readyz",
    "/sign-in",
    "/sign-out",
    "/demo",
    LOADER,
    "/embed",
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}


class SecurityHeaders:
    """The outermost middleware. A route may name its own content policy; the rest is the same for all.

    Cross-origin permissions are taken out: the chat's framework gives them to any site on a host that is not local.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [n for n in headers.keys() if n.lower().startswith("access-control-")]:  # noqa: SIM118
                    del headers[name]
                headers.update(ALWAYS)
                headers.setdefault("Content-Security-Policy", _policy(scope["path"]))
                _open_to_others(scope["path"], headers)
                if scope["path"].startswith(PROGRAMS):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, guarded)


def _open_to_others(path: str, headers: MutableHeaders) -> None:
    """The loader is everybody's; a widget's page is framed by whom its own policy names."""
    framed = path.startswith(VISITORS) and "frame-ancestors 'none'" not in headers["Content-Security-Policy"]
    if framed:
        del headers["X-Frame-Options"]  # it knows no list, and older browsers heed it first
        headers["Cross-Origin-Embedder-Policy"] = "require-corp"  # or isolated pages could not frame it
    if framed or path == LOADER:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _policy(path: str) -> str:
    return STRICT_CSP if path.startswith(OURS) else CHAT_CSP
