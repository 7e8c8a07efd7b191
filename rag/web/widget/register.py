"""Which pages may carry the assistant, and what it may tell there: a TOML file, read anew once it changes.

A file that cannot be read switches every widget off until it is mended: a kill switch with a typing error must not
leave open what was meant to be closed.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from rag.errors import ConfigurationError, InvalidInput, NotFound
from rag.language.detection import LANGUAGES, detect
from rag.models import Document
from rag.settings import Settings
from rag.web.guard import is_loopback, is_reachable

log = logging.getLogger("fonte.widgets")
FILE = "widgets.toml"
DEMO = "demo"
_RESERVED = frozenset({"site"})  # /embed/site/ holds what every panel loads
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(?::([0-9]{1,5}|\*))?")
_PORTS = {"http": "80", "https": "443"}


def origin(value: str) -> str:
    """An allowed origin as browsers write it.

    Raises ValueError for what is none, and for plain http beyond this machine: whoever sits on the way could put
    words into such a page. A port may be left open ("*") on this machine only.
    """
    found = _ORIGIN.fullmatch(value.strip().lower().removesuffix("/"))
    if not found:
        raise ValueError(f"{value!r} is no origin; write https://www.example.org, without a path or a pattern")
    scheme, host, port = found.groups()
    if not is_loopback(host) and (scheme == "http" or port == "*"):
        raise ValueError(f"{value!r} must be https with a fixed port: only this machine may be trusted without")
    return f"{scheme}://{host}" + (f":{port}" if port and port != _PORTS[scheme] else "")


def _contact(value: str) -> str:
    """Where a person answers: mailto:, tel: or an https page."""
    parts = urlsplit(value)
    if parts.scheme not in ("mailto", "tel", "https") or not (parts.path or parts.netloc) or not value.isprintable():
        raise ValueError("a contact is mailto:…, tel:… or https://…")
    return value


Listed = Annotated[tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...], Field(strict=False)]
Spoken = (
    Annotated[str, StringConstraints(max_length=300)]
    | dict[Literal["it", "en"], Annotated[str, StringConstraints(max_length=300)]]
)


class Widget(BaseModel):
    """One widget. What is not set is the careful choice: no page may carry it, and only public documents are told."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    origins: Annotated[tuple[Annotated[str, AfterValidator(origin)], ...], Field(strict=False, max_length=50)] = ()
    folders: Listed = ()
    kinds: Listed = ()
    languages: Annotated[tuple[Literal["it", "en"], ...], Field(strict=False)] = ()
    language: Literal["auto", "it", "en"] = "auto"
    theme: Literal["auto", "light", "dark"] = "auto"
    accent: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    title: Spoken = ""
    greeting: Spoken = ""
    examples: Annotated[Listed, Field(max_length=8)] = ()
    contact: Annotated[str, StringConstraints(max_length=300), AfterValidator(_contact)] | None = None
    enabled: bool = True
    questions_a_day: Annotated[int, Field(ge=0, le=1_000_000)] = 2000
    written_a_day: Annotated[int, Field(ge=0, le=1_000_000)] = 200  # answers by a language model; then quotes
    visitor_limit: Annotated[int, Field(ge=1, le=10_000)] = 20  # questions in ten minutes
    address_limit: Annotated[int, Field(ge=1, le=100_000)] = 120  # the same of everyone behind one address; and visits
    address_at_once: Annotated[int, Field(ge=1, le=10_000)] = 12  # questions of one address that are under way

    @property
    def is_open(self) -> bool:
        """Whether any page may carry it: an empty list of origins means nobody."""
        return self.enabled and bool(self.origins)

    def admits(self, page: str) -> bool:
        """Whether `page`, an origin, is among the allowed ones; ":*" stands for every port, the usual one too."""
        here = origin(page)
        parts = urlsplit(here)
        portless = here.removesuffix(f":{parts.port}") if parts.port else here  # :80 and :443 are not written
        return here in self.origins or f"{portless}:*" in self.origins

    def tells(self, document: Document) -> bool:
        """Whether answers may rest on this document."""
        return (
            document.visibility.value == "public"
            and (not self.folders or any(document.source.startswith(f"{f.strip('/')}/") for f in self.folders))
            and (not self.kinds or document.kind in self.kinds)
            and (not self.languages or document.language in self.languages)
        )

    def spoken(self, name: Literal["title", "greeting"]) -> Mapping[str, str]:
        """The words in each language they were given in."""
        given: str | dict[Literal["it", "en"], str] = getattr(self, name)
        if isinstance(given, str):
            return dict.fromkeys(LANGUAGES, given) if given else {}
        return {str(language): words for language, words in given.items()}

    def questions(self) -> list[tuple[str, str]]:
        """The example questions, each with its language."""
        return [(detect(q, "it" if self.language == "auto" else self.language), q) for q in self.examples]


def demonstration() -> Widget:
    """What `make run` offers: pages of this machine may carry it, and no other."""
    return Widget(origins=("http://127.0.0.1:*", "http://localhost:*"))


class Widgets:
    """The widgets of one file. `demo` is there where only this machine is served."""

    def __init__(self, path: Path, demo: Widget | None = None) -> None:
        """Raises ConfigurationError if the file is there and cannot be read."""
        self._path = path
        self._demo = {DEMO: demo} if demo else {}
        self._lock = threading.Lock()
        self._seen = _stamp(path)
        self._told: Mapping[str, Widget] = {**self._demo, **read(path)}

    def get(self, id_: str) -> Widget | None:
        """A widget that is open, or None: what is unknown and what is switched off look the same."""
        found = self.all().get(id_)
        return found if found is not None and found.is_open else None

    def all(self) -> Mapping[str, Widget]:
        """As the file is now."""
        with self._lock:
            now = _stamp(self._path)
            if now != self._seen:
                self._seen = now
                try:
                    self._told = {**self._demo, **read(self._path)}
                except ConfigurationError as error:
                    log.error("every widget is off: %s", error)
                    self._told = {}
            return self._told


def widgets_file(settings: Settings) -> Path:
    return settings.widgets or settings.data / FILE


def open_widgets(settings: Settings) -> Widgets:
    """The widgets of these settings; the example one is there only where this machine alone is served."""
    return Widgets(widgets_file(settings), None if is_reachable(settings) else demonstration())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def read(path: Path) -> dict[str, Widget]:
    """The widgets of a file; none if it is not there. Raises ConfigurationError for what is not meant so."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.", "Mend it; the README shows one.") from error
    unknown = sorted(raw.keys() - {"widgets"})
    if unknown or not isinstance(raw.get("widgets", {}), dict):
        raise ConfigurationError(f"{path}: {', '.join(unknown) or 'widgets'} is not known.", "Write [widgets.NAME].")
    return {
        _checked_id(str(path), id_): _widget(f"{path}: {id_}", values) for id_, values in raw.get("widgets", {}).items()
    }


def _checked_id(where: str, id_: str) -> str:
    if not _ID.fullmatch(id_) or id_ in _RESERVED:
        raise ConfigurationError(f"{where}: {id_!r} names no widget.", "Use lower-case letters, digits and hyphens.")
    return id_


def _widget(where: str, values: object) -> Widget:
    try:
        return Widget.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise ConfigurationError(f"{where}.{name}: {reason}.", "The README lists every field.") from error


# Changing the file, with its comments kept


def add(path: Path, id_: str, values: Mapping[str, Any]) -> Widget:
    """Write a new widget into the file. Raises InvalidInput if there is one of that name."""
    _checked_id("The name", id_)
    widget = _widget(id_, dict(values))
    if id_ in read(path):
        raise InvalidInput(f"There is a widget {id_} already.", f"Change it in {path}, or remove it first.")
    given = {name: value for name, value in widget.model_dump().items() if name in values}

    def change(widgets: Any) -> None:
        widgets[id_] = {n: list(v) if isinstance(v, tuple) else v for n, v in given.items()}

    _rewrite(path, change)
    return widget


def switch(path: Path, id_: str, on: bool) -> None:
    """Enable or disable; a running server follows with the next request. Raises NotFound."""
    _known(path, id_)
    _rewrite(path, lambda widgets: widgets[id_].update({"enabled": on}))


def remove(path: Path, id_: str) -> None:
    """Raises NotFound."""
    _known(path, id_)
    _rewrite(path, lambda widgets: widgets.pop(id_))


def _known(path: Path, id_: str) -> None:
    if id_ not in read(path):
        raise NotFound(f"There is no widget {id_} in {path}.", "`fonte widget list` shows those that are there.")


def _rewrite(path: Path, change: Any) -> None:
    """The file with one change, written whole or not at all."""
    import tomlkit

    whole = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    if "widgets" not in whole:
        whole["widgets"] = tomlkit.table(is_super_table=True)
    change(whole["widgets"])
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(tomlkit.dumps(whole), encoding="utf-8")
    os.replace(beside, path)
