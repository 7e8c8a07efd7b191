"""The widget's files: what a page and a panel load, how small it is, and the page on which it is tried."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_builders import KEY, PASSWORD, bearer, client, signed_in
from widget_server import House, WidgetServer

from rag.api import create_app
from rag.web.widget.snippet import host_policy

ROOT = Path(__file__).resolve().parents[1]
TOML = '[widgets.prova]\norigins = ["https://www.regione.example"]\n'
TOML += "[widgets.spento]\norigins = ['http://localhost:*', 'http://127.0.0.1:*']\nenabled = false\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("files"), TOML)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Who sits at this machine, where everybody may enter."""
    server = WidgetServer(tmp_path_factory.mktemp("here"), TOML)
    return client(create_app(server.assistant, server.settings))


@pytest.mark.parametrize(
    "path", ["/widget.js", "/embed/site/panel.js", "/embed/site/panel.css", "/embed/site/serif.woff2"]
)
def test_the_files_need_no_access_and_come_compressed(house: House, path: str) -> None:
    reply = house.web.get(path)
    assert reply.status_code == 200
    again = house.web.get(path, headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert house.web.get("/embed/site/demo.html").status_code == 404


def test_the_loader_is_for_everybody_and_holds_no_name_of_a_host(house: House) -> None:
    reply = house.web.get("/widget.js")
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "http" not in reply.text.replace("http://www.w3.org/", "")


def test_loader_and_panel_are_small(house: House) -> None:
    """Compressed, as sent: 5 kB for the loader, 40 kB for all that the panel loads, its type included."""

    def sent(path: str) -> int:
        with house.web.stream("GET", path) as reply:
            return sum(len(piece) for piece in reply.iter_raw())

    assert sent("/widget.js") <= 5_000
    page = house.web.get("/embed/prova").text
    paths = ["/embed/prova", "/embed/site/serif.woff2", *(p.split('"')[1] for p in page.split("href=")[1:3])]
    paths += [page.split('src="')[1].split('"')[0]]
    assert sum(sent(path) for path in paths) <= 40_000, {path: sent(path) for path in paths}


def test_the_demonstration_is_there_on_this_machine_only(house: House, tmp_path: Path) -> None:
    named = WidgetServer(tmp_path, "", staff_password=PASSWORD, api_keys=KEY, public_url="https://fonte.example")
    public = client(create_app(named.assistant, named.settings))
    assert public.get("/demo", headers=bearer(KEY)).status_code == 404
    page = signed_in(house.app).get("/demo?widget=prova&color=%23aa0000&greeting=%22><b>Ciao")
    assert page.status_code == 200
    assert "&lt;script src=&quot;http://127.0.0.1:7860/widget.js&quot;" in page.text
    assert "<b>Ciao" not in page.text
    assert "data-color=&quot;#aa0000&quot;" in page.text
    assert '<input type="color" name="color" value="#aa0000">' in page.text
    for spoken in ("it", "en"):
        chosen = signed_in(house.app).get(f"/demo?spoken={spoken}").text
        assert f"data-lang=&quot;{spoken}&quot;" in chosen
        assert f'<option value="{spoken}" selected>' in chosen


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost", "localhost:8000"])
@pytest.mark.parametrize(
    "language, widget, told",
    [
        ("it", "demo", "Questa pagina può mostrare il widget «demo»."),
        ("en", "demo", "This page may show the widget “demo”."),
        ("it", "prova", "Il widget «prova» non ammette {home}, il sito di questa pagina"),
        ("en", "prova", "The widget “prova” does not allow {home}, this page’s site"),
        ("it", "mai-visto", "Il widget «mai-visto» non esiste, è spento o non ammette nessun sito"),
        ("en", "spento", "There is no widget “spento”, or it is off, or it allows no site"),
    ],
)
def test_the_demonstration_says_why_a_frame_may_be_blank(
    here: TestClient, host: str, language: str, widget: str, told: str
) -> None:
    """On the usual port too, which addresses leave out."""
    page = here.get(f"/demo?lang={language}&widget={widget}", headers={"Host": host})
    state = page.text.partition('<p id="state">')[2].partition("</p>")[0]
    assert state.startswith(told.format(home=f"http://{host}"))


def test_a_page_with_a_policy_is_told_the_lines_that_the_readme_has(here: TestClient) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = "\n".join(line.strip() for line in re.findall(r"^ *(?:script|frame)-src .*", readme, re.MULTILINE))
    assert lines == host_policy("https://fonte.regione.example")
    shown = here.get("/demo").text.partition('id="policy">')[2].partition("</pre>")[0]
    assert html.unescape(shown) == host_policy("http://127.0.0.1:7860")
