"""What happens at addresses that nothing answers, also when the chat is mounted behind everything."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from rag.web.errors import MethodNotAllowed, error_response, not_found

OURS = ("/api", "/api/{rest:path}", "/documents/{rest:path}", "/site/{rest:path}")
ALONE = ("/documents", "/healthz", "/readyz", "/sign-in", "/sign-out")


class Unanswered:
    """An endpoint for every method: 405 where another route takes other methods, else 404, in the one form.

    Without it, a chat mounted at "/" would take these requests for its own, and answer in its own way.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = {m for route in scope["app"].router.routes for m in _methods(route, scope)}
        error = MethodNotAllowed(sorted(methods)) if methods else not_found("address")
        await error_response(error)(scope, receive, send)


def _methods(route: BaseRoute, scope: Scope) -> set[str]:
    match, child = route.matches(scope)
    if match is not Match.PARTIAL:
        return set()
    return set(getattr(child.get("route", route), "methods", None) or getattr(route, "methods", None) or ())


def answer_the_rest(app: FastAPI) -> None:
    """Called after every route of ours and before any mount."""
    for path in (*OURS, *ALONE):
        app.router.routes.append(Route(path, endpoint=Unanswered(), include_in_schema=False))
