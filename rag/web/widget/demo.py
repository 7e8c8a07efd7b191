"""/demo, on this machine only: an example page with the widget on it, its looks to be tried, and what to paste."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from rag.rendering import escape
from rag.web.errors import not_found
from rag.web.pages import Page, other_language, page_language, page_response
from rag.web.widget.page import DEMO as FILES
from rag.web.widget.page import SITE, asset
from rag.web.widget.register import DEMO, Widgets
from rag.web.widget.snippet import host_policy, snippet
from rag.web.widget.words import demo_words

OPTIONS = {
    "corner": "corner",
    "color": "color",
    "lang": "spoken",
    "theme": "theme",
    "greeting": "greeting",
}  # in the address
LONGEST = 300  # characters of one option
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def routes(widgets: Widgets, is_local: bool) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/demo")
    def demo(request: Request) -> Response:
        if not is_local:
            raise not_found("address")
        return page_response(Demo(request, widgets).page(), headers={"Content-Security-Policy": POLICY})

    return router


class Demo:
    """The page for one choice of widget and looks, both of them in its address."""

    def __init__(self, request: Request, widgets: Widgets) -> None:
        query = request.query_params
        self._request = request
        self._widgets = widgets.all()
        self._chosen = query.get("widget", DEMO)[:64]
        self._options = {name: query.get(asked, "")[:LONGEST] for name, asked in OPTIONS.items()}
        if self._options["color"] == _DEFAULT_COLOR:
            self._options["color"] = ""
        self._home = f"{request.url.scheme}://{request.url.netloc}"
        self._language = page_language(request)

    def say(self, key: str, **values: object) -> str:
        return escape(demo_words(self._language)[key].format(**values))

    def page(self) -> Page:
        sheet = f'<link rel="stylesheet" href="{SITE}{FILES[0]}?{asset(FILES[0])[2]}">'
        main = f"""{sheet}<main class="demo">
<header class="title"><h1>{self.say("title")}</h1><p class="meta">{self.say("intro")}</p></header>
<article><h2>{self.say("example")}</h2><p>{self.say("example_text")}</p></article>
<h2>{self.say("try")}</h2>{self._form()}
<h2>{self.say("paste")}</h2><pre tabindex="0" id="snippet">{escape(self._snippet())}</pre>
<h2>{self.say("policy")}</h2><p>{self.say("policy_text")}</p>
<pre tabindex="0" id="policy">{escape(host_policy(self._home))}</pre>
<h2>{self.say("blank")}</h2>{self._blank()}
</main>
{self._snippet()}"""
        other = other_language(self._request)
        return Page(self._language, demo_words(self._language)["title"], main, other_language=other)

    def _snippet(self) -> str:
        return snippet(self._home, self._chosen, self._options)

    def _blank(self) -> str:
        """Why the panel may stay empty, for this page and the widget that was chosen."""
        widget = self._widgets.get(self._chosen)
        if widget is None or not widget.is_open:
            told = self.say("unknown", widget=self._chosen)
        elif widget.admits(self._home):
            told = self.say("allowed", widget=self._chosen)
        else:
            told = self.say("refused", widget=self._chosen, origin=self._home, origins=", ".join(widget.origins))
        return f'<p id="state">{told}</p><p>{self.say("blank_text")}</p>'

    def _form(self) -> str:
        names = {name: name for name in self._widgets}
        return f"""<form method="get" action="/demo"><input type="hidden" name="lang" value="{self._language}">
{self._select("widget", names, self._chosen)}
{self._select("corner", self._named("corner", "", "left"), self._options["corner"])}
{self._select("lang", self._named("lang", "", "it", "en"), self._options["lang"])}
{self._select("theme", self._named("theme", "", "light", "dark"), self._options["theme"])}
<label>{self.say("color")}
<input type="color" name="color" value="{escape(self._options["color"] or _DEFAULT_COLOR)}"></label>
<label class="wide">{self.say("greeting")}<input type="text" name="greeting" maxlength="{LONGEST}"
 value="{escape(self._options["greeting"])}"></label>
<button>{self.say("show")}</button>
</form>"""

    def _named(self, option: str, *values: str) -> dict[str, str]:
        return {value: demo_words(self._language)[f"{option}_{value or 'default'}"] for value in values}

    def _select(self, name: str, values: dict[str, str], chosen: str) -> str:
        options = "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(shown)}</option>'
            for value, shown in values.items()
        )
        return f'<label>{self.say(name)}<select name="{OPTIONS.get(name, name)}">{options}</select></label>'


_DEFAULT_COLOR = "#0b5d57"
