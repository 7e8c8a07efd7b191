"""`fonte widget`: which pages may carry the assistant. A running server follows within seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from rag.commands import console
from rag.settings import load_settings
from rag.web.guard import is_loopback
from rag.web.widget import register as widgets
from rag.web.widget.register import Widget
from rag.web.widget.snippet import host_policy, snippet

UNKNOWN = "https://HOST"
EVERYWHERE = ("0.0.0.0", "::")  # served on every address, which is none to go to

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The assistant on other sites' pages.")
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of the index. [FONTE_DATA]", show_default=False)
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens.")]


def _file(data: Path | None) -> Path:
    return widgets.widgets_file(load_settings(data=data))


def _home(widget: Widget) -> str:
    """Where the widget's pages reach Fonte. A page beyond this machine cannot by the address that this one is served
    on: without FONTE_PUBLIC_URL the address is left to be filled in."""
    settings = load_settings()
    if settings.public_url is None and not all(is_loopback(urlsplit(o).hostname or "") for o in widget.origins):
        return UNKNOWN
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return (settings.public_url or f"http://{host}:{settings.port}").rstrip("/")


@app.command()
def add(
    name: Name,
    origin: Annotated[list[str], typer.Option(metavar="URL", help="A site that may carry it; may be repeated.")],
    folder: Annotated[list[str] | None, typer.Option(metavar="DIR", help="Only documents of this folder.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only documents of this kind.")] = None,
    contact: Annotated[str | None, typer.Option(help="mailto:, tel: or https: of a person.")] = None,
    data: Data = None,
) -> None:
    """Let a site carry the assistant. Only public documents are told there. The file knows more fields."""
    given = {"origins": origin, "folders": folder, "kinds": kind, "contact": contact}
    home = _home(widgets.add(_file(data), name, {field: value for field, value in given.items() if value}))
    print(snippet(home, name))
    console.say(f"A page with a content policy needs:\n{host_policy(home)}")
    if home == UNKNOWN:
        console.say(f"{UNKNOWN} is the address at which visitors reach Fonte: set FONTE_PUBLIC_URL to it.")


@app.command("list")
def list_(data: Data = None) -> None:
    """Show every widget, and who may carry it."""
    for name, widget in widgets.read(_file(data)).items():
        state = "on" if widget.is_open else "off" if widget.origins else "off: no origin may carry it"
        print(console.safe(f"{name}  {state}  {' '.join(widget.origins)}".rstrip()))


@app.command()
def disable(name: Name, data: Data = None) -> None:
    """Switch a widget off, on every page and within seconds."""
    widgets.switch(_file(data), name, on=False)
    console.say(f"{name} is off.")


@app.command()
def enable(name: Name, data: Data = None) -> None:
    """Switch a widget on again."""
    widgets.switch(_file(data), name, on=True)
    console.say(f"{name} is on.")


@app.command()
def remove(name: Name, data: Data = None) -> None:
    """Take a widget out of the file."""
    widgets.remove(_file(data), name)
    console.say(f"{name} is removed.")
