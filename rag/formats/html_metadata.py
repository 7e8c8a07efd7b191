"""What an HTML page says of itself in its head."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rag.formats.extracted import clean

_KEYS = ("title", "publisher", "date", "kind", "url", "visibility", "language", "provenance")


def metadata(root: Any) -> Mapping[str, object]:
    """What the page says of itself: Fonte's own names first, then what web sites commonly use for the same."""
    metas = _metas(root)
    title = next((clean("".join(t.itertext())) for t in root.iter("title")), "")
    site = metas.get("og:site_name", "")
    if site:
        title = next(
            (title.removesuffix(f" {mark} {site}") for mark in "|-–—·" if title.endswith(f" {mark} {site}")),
            title,
        )
    links = [link.get("href") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    common = {
        "title": title,
        "publisher": site,
        "date": metas.get("article:published_time", ""),
        "url": next((clean(link) for link in links if link), ""),
        "language": next((clean(html.get("lang") or "") for html in root.iter("html")), ""),
    }
    found = {key: metas.get(key) or common.get(key, "") for key in _KEYS}
    found["date"] = _iso_date(found["date"])  # other pages write it as they like; such a date is unknown
    return {key: value for key, value in found.items() if value}


def _metas(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").strip().lower()
        if name and meta.get("content"):
            found.setdefault(name, clean(meta.get("content")))
    return found


def _iso_date(value: str) -> str:
    try:
        return dt.date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return ""
