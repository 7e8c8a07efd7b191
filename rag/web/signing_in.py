"""The staff's way in and out: a password form, a session cookie, and a count of failed attempts."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response

from rag.language.detection import LANGUAGES
from rag.web.access import Door, access_of, session_cookie
from rag.web.errors import BadRequest, TooManyAttempts
from rag.web.pages import message_page, page_language, sign_in_page
from rag.web.sessions import COOKIE, LIFETIME, Attempts, same
from rag.web.words import phrase, preferred

MAX_FORM = 10_000  # bytes


def local_path(value: str) -> str:
    """`value` if it is a path of this site, else "/": nobody is sent elsewhere after signing in."""
    plain = value.isprintable() and "\\" not in value and value.isascii()
    return value if plain and value.startswith("/") and not value.startswith("//") else "/"


def routes(door: Door, attempts: Attempts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in")
    def form(request: Request) -> Response:
        language = page_language(request)
        onward = local_path(request.query_params.get("next", "/"))
        if door.is_open:
            return RedirectResponse("/", status_code=303)
        if door.password is not None:
            return sign_in_page(language, onward)
        if access_of(request) is not None:  # the proxy names the person by now
            return RedirectResponse(onward, status_code=303)
        return message_page(request, phrase(language, "sign_in"), phrase(language, "by_proxy"), 403)

    @router.post("/sign-in")
    async def enter(request: Request) -> Response:
        fields = _fields(await request.body())
        onward = local_path(fields.get("next", "/"))
        language = preferred(request.headers.get("accept-language", ""), fields.get("lang"))
        if door.password is None or door.sessions is None:
            return RedirectResponse("/sign-in", status_code=303)
        address = door.site.address(request.scope)
        try:
            attempts.take(address)
        except TooManyAttempts as error:
            notice = phrase(language, "too_many", minutes=-(-error.retry_after // 60))
            return sign_in_page(language, onward, notice, error.status, error.retry_after)
        if not same(fields.get("password", ""), door.password):
            return sign_in_page(language, onward, phrase(language, "wrong_password"), 403)
        attempts.forgive(address)
        reply = RedirectResponse(onward, status_code=303)
        _set(reply, door.sessions.begin(), LIFETIME, door.site.is_secure(request.scope))
        return reply

    @router.post("/sign-out")
    async def leave(request: Request) -> Response:
        if door.sessions is not None:
            door.sessions.end(session_cookie(Headers(scope=request.scope)))
        spoken = _fields(await request.body()).get("lang")
        reply = RedirectResponse(f"/sign-in?lang={spoken}" if spoken in LANGUAGES else "/sign-in", status_code=303)
        _set(reply, "", 0, door.site.is_secure(request.scope))
        return reply

    return router


def _set(reply: Response, value: str, seconds: int, secure: bool) -> None:
    reply.set_cookie(COOKIE, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/")


def _fields(body: bytes) -> dict[str, str]:
    """The first value of each field of a URL-encoded form."""
    if len(body) > MAX_FORM:
        raise BadRequest("The form is too long.", "Send a password, and where to go from there.")
    found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    return {name: values[0] for name, values in found.items()}
