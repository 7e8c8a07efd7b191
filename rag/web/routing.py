"""What happens at addresses that nothing answers, also when the chat is mounted behind everything."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from rag.web.errors import OPENAI, MethodNotAllowed, error_response, not_found

OURS = (
    "/api",
    "/api/{rest:path}",
    OPENAI,
    f"{OPENAI}/{{rest:path}}",
    "/documents/{rest:path}",
    "/proofs/{rest:path}",
    "/site/{rest:path}",
    "/embed",
    "/embed/{rest:path}",
)
ALONE = ("/documents", "/proofs", "/healthz", "/readyz", "/sign-in", "/sign-out", "/widget.js", "/demo")


class Unanswered:
    """An endpoint for every method: 405 where one of `routes` takes other methods, else 404, in the one form.

    Without it, a chat mounted at "/" would take these requests for its own, and answer in its own way.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        near = [route for route in self._routes if route.matches(scope)[0] is Match.PARTIAL]
        methods = {method for route in near for method in getattr(route, "methods", None) or ()}
        error = MethodNotAllowed(sorted(methods)) if methods else not_found("address")
        await error_response(error, scope["path"])(scope, receive, send)


def answer_the_rest(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Called after every one of our `routes` and before any mount."""
    unanswered = Unanswered(routes)
    for path in (*OURS, *ALONE):
        app.router.routes.append(Route(path, endpoint=unanswered, include_in_schema=False))
