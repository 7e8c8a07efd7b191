"""What visitors under load are sent to ask, and what each of them heard: shared with the process that loads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Questions for a widget of this machine: those of one round at once, the rounds one after the other."""

    port: int
    widget: str
    rounds: list[list[str]]


@dataclass(frozen=True, slots=True)
class Heard:
    """One stream: its status (0 where the line broke), the seconds to its end, Retry-After (0 for none), the largest
    place told, and every other event in its order with its words."""

    status: int
    seconds: float
    retry: int
    place: int
    told: list[str]

    @property
    def is_whole(self) -> bool:
        return bool(self.told) and self.told[-1].startswith("done: ")


def events(lines: Iterable[str]) -> tuple[int, list[str]]:
    """The largest place that a stream told of, and its other events; pings, which come when they come, are left out."""
    place, told, name = 0, [], ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ").strip()
        elif line.startswith("data: ") and name == "place":
            place = max(place, json.loads(line.removeprefix("data: "))["ahead"])
        elif line.startswith("data: ") and name != "ping":
            data = json.loads(line.removeprefix("data: "))
            words = " ".join(source["quote"] for source in data["sources"]) if name == "sources" else data.get("text")
            told.append(f"{name}: {words}")
    return place, told
