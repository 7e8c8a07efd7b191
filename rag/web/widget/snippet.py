"""The line that puts a widget on a page, and what the page's own content policy must allow."""

from __future__ import annotations

from collections.abc import Mapping

from rag.rendering import escape
from rag.settings import Settings
from rag.web.widget.register import DEMO, Widget, open_widgets


def snippet(home: str, widget_id: str, options: Mapping[str, str] | None = None) -> str:
    """The line to paste; `options` become data- attributes of the loader, the empty ones left out."""
    more = "".join(f' data-{name}="{escape(value)}"' for name, value in (options or {}).items() if value)
    return f'<script src="{home}/widget.js" data-widget="{escape(widget_id)}"{more} defer></script>'


def host_policy(home: str) -> str:
    """What a page with a content policy adds to it. Styles need nothing: the loader brings its own in its shadow."""
    return f"script-src {home};\nframe-src {home};"


def announcement(settings: Settings, home: str) -> str:
    """What the start says: where Fonte is, and the line that puts it on a page."""
    return f"Fonte: {home}\n{invitation(home, open_widgets(settings).all())}"


def invitation(home: str, widgets: Mapping[str, Widget]) -> str:
    """What the start says of widgets: the line to paste, or how to come by one."""
    id_ = next((name for name, widget in widgets.items() if widget.is_open), None)
    if id_ is None:
        return "No widget yet: `fonte widget add NAME --origin https://www.example.org` makes one."
    where = f" ({home}/demo shows it)" if id_ == DEMO else ""
    return f"For a web page{where}:\n  {snippet(home, id_)}"
