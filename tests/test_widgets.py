"""The widgets' file: strict, careful where it says nothing, followed while the server runs; and the commands for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from rag.cli import app
from rag.errors import ConfigurationError
from rag.models import Document, Visibility
from rag.web.widget.register import Widget, Widgets, demonstration, origin, read

SITE = "https://www.regione.example"
RUNNER = CliRunner()


def document(source: str = "a.md", visibility: str = "public", kind: str = "report", language: str = "it") -> Document:
    return Document(
        id="d", source=source, title="T", language=language, text="x", version="v", content_hash="h", format="md",
        kind=kind, visibility=Visibility(visibility),
    )  # fmt: skip


def kept(folder: Path, toml: str) -> Path:
    path = folder / "widgets.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def test_without_a_file_there_is_no_widget(tmp_path: Path) -> None:
    assert read(tmp_path / "widgets.toml") == {}


@pytest.mark.parametrize(
    "toml, told",
    [
        ("[widgets.a]\norigin = ['https://x.example']", "origin"),
        ("[widgets.a]\norigins = 'https://x.example'", "origins"),
        ("[widgets.a]\norigins = ['http://x.example']", "must be https"),
        ("[widgets.a]\norigins = ['https://*.example']", "no origin"),
        ("[widgets.a]\norigins = ['https://x.example/page']", "no origin"),
        ("[widgets.a]\norigins = ['*']", "no origin"),
        ('[widgets.a]\norigins = ["https://x.example; script-src *"]', "no origin"),
        ("[widgets.a]\nenabled = 'yes'", "enabled"),
        ("[widgets.a]\nquestions_a_day = -1", "questions_a_day"),
        ("[widgets.a]\nlanguage = 'fr'", "language"),
        ("[widgets.a]\naccent = 'red'", "accent"),
        ("[widgets.a]\ncontact = 'javascript:alert(1)'", "contact"),
        ("[widgets.a]\nvisibility = 'internal'", "visibility"),
        ("[widgets.site]\n", "site"),
        ("[widgets.'A b']\n", "A b"),
        ("[widget.a]\n", "widget"),
        ("[widgets.a\n", "cannot be read"),
    ],
)
def test_what_is_not_meant_so_is_refused_by_name(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Widgets(kept(tmp_path, toml))


@given(st.text(max_size=60))
def test_an_origin_can_never_say_more_than_one_site(text: str) -> None:
    """It goes into a header: no space, no semicolon, no quote gets through."""
    try:
        found = origin(text)
    except ValueError:
        return
    assert not set(found) & set(" ;,'\"\n\r\t/?#") - {"/"}
    assert found.count("/") == 2


def test_origins_are_written_as_browsers_write_them(tmp_path: Path) -> None:
    assert origin("https://WWW.Regione.example:443/") == "https://www.regione.example"
    assert origin("http://localhost:*") == "http://localhost:*"
    with pytest.raises(ValueError, match="fixed port"):
        origin("https://www.regione.example:*")


def test_no_origin_means_nobody(tmp_path: Path) -> None:
    assert Widgets(kept(tmp_path, "[widgets.a]\n")).get("a") is None


def test_only_public_documents_are_told_and_of_those_what_the_widget_names() -> None:
    told = Widget(origins=(SITE,), folders=("note/",), kinds=("report",), languages=("it",))
    assert told.tells(document("note/a.md"))
    assert not told.tells(document("note/a.md", visibility="internal"))
    assert not told.tells(document("notebook/a.md"))
    assert not told.tells(document("note/a.md", kind="minutes"))
    assert not told.tells(document("note/a.md", language="en"))
    assert Widget(origins=(SITE,)).tells(document())


def test_a_running_server_follows_the_file(tmp_path: Path) -> None:
    path = kept(tmp_path, f"[widgets.a]\norigins = ['{SITE}']\n")
    widgets = Widgets(path)
    assert widgets.get("a") is not None
    kept(tmp_path, f"[widgets.a]\norigins = ['{SITE}']\nenabled = false\n")
    assert widgets.get("a") is None


def test_a_file_that_broke_switches_everything_off_and_mended_on_again(tmp_path: Path) -> None:
    """A kill switch with a typing error must not leave open what was meant to be closed."""
    good = f"[widgets.a]\norigins = ['{SITE}']\n"
    widgets = Widgets(kept(tmp_path, good), demonstration())
    assert set(widgets.all()) == {"a", "demo"}
    kept(tmp_path, good + "enabled = flase\n")
    assert widgets.all() == {}
    kept(tmp_path, good + "# mended\n")
    assert set(widgets.all()) == {"a", "demo"}


def test_the_example_widget_is_for_pages_of_this_machine_only() -> None:
    assert all(o.startswith(("http://127.0.0.1:", "http://localhost:")) for o in demonstration().origins)


def fonte(data: Path, *arguments: str) -> Any:
    return RUNNER.invoke(app, ["widget", *arguments, "--data", str(data)])


def test_the_commands_add_list_disable_enable_and_remove(tmp_path: Path) -> None:
    added = fonte(
        tmp_path, "add", "missione", "--origin", SITE, "--folder", "note", "--contact", "mailto:urp@x.example"
    )
    assert added.exit_code == 0
    assert 'data-widget="missione" defer></script>' in added.output
    widgets = Widgets(tmp_path / "widgets.toml")
    found = widgets.get("missione")
    assert found is not None
    assert (found.origins, found.folders, found.contact) == ((SITE,), ("note",), "mailto:urp@x.example")
    assert fonte(tmp_path, "disable", "missione").exit_code == 0
    assert widgets.get("missione") is None
    assert "missione  off" in fonte(tmp_path, "list").output
    assert fonte(tmp_path, "enable", "missione").exit_code == 0
    assert widgets.get("missione") == found
    assert fonte(tmp_path, "remove", "missione").exit_code == 0
    assert read(tmp_path / "widgets.toml") == {}


@pytest.mark.parametrize(
    "origin, settings, home",
    [
        (SITE, {}, "https://HOST"),
        (SITE, {"FONTE_HOST": "0.0.0.0"}, "https://HOST"),
        (SITE, {"FONTE_PUBLIC_URL": "https://fonte.regione.example/"}, "https://fonte.regione.example"),
        ("http://localhost:*", {}, "http://127.0.0.1:7860"),
        ("http://localhost:8080", {"FONTE_HOST": "0.0.0.0", "FONTE_PORT": "9000"}, "http://127.0.0.1:9000"),
    ],
)
def test_the_line_to_paste_names_an_address_that_the_page_can_reach_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, settings: dict[str, str], home: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    added = fonte(tmp_path, "add", "a", "--origin", origin)
    assert added.stdout == f'<script src="{home}/widget.js" data-widget="a" defer></script>\n'
    assert f"script-src {home};" in added.stderr
    assert ("set FONTE_PUBLIC_URL" in added.stderr) == (home == "https://HOST")


def test_the_commands_keep_what_a_person_wrote_around_it(tmp_path: Path) -> None:
    path = kept(tmp_path, f"# the region's pages\n[widgets.a]\norigins = ['{SITE}']  # agreed in May\n")
    fonte(tmp_path, "disable", "a")
    assert "# the region's pages" in path.read_text(encoding="utf-8")
    assert "# agreed in May" in path.read_text(encoding="utf-8")


def test_the_commands_refuse_what_the_file_would_not_hold(tmp_path: Path) -> None:
    assert fonte(tmp_path, "add", "a", "--origin", "http://x.example").exit_code == 2
    assert fonte(tmp_path, "disable", "a").exit_code == 1
    assert fonte(tmp_path, "add", "a", "--origin", SITE).exit_code == 0
    assert fonte(tmp_path, "add", "a", "--origin", SITE).exit_code == 2
