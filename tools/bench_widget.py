"""The widget under load: many visitors' streams open at once on one serving process of this machine.

Written with httpx and asyncio, which Fonte has anyway: locust brings a web server and gevent of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rag.web.pool import visitor_places
from tools.bench_server import ROOT, await_status, free_port, peak_mib

WORKERS = 2
LOADS = ("full", "twice")  # as many streams as there are places, and twice as many
WIDGETS = '[widgets.bench]\norigins = ["http://localhost:*"]\nvisitor_limit = 10000\naddress_limit = 100000\n'
WIDGETS += "address_at_once = 10000\n"
MOST_GROWN_MIB = 256  # of memory, from the first stream to the last
PATIENCE = 900.0  # seconds for all streams together


@dataclass(frozen=True, slots=True)
class Heard:
    """One stream: its status, when it ended, the largest place told, and the whole answer, empty if it did not end."""

    status: int
    seconds: float
    place: int
    answer: str
    retry: bool


def widget(data: Path, corpus: Path, questions: tuple[str, ...], streams: int) -> dict[str, Any]:
    """`fonte serve` over `corpus`: each question alone, then `streams` visitors at once, for whom there are places,
    then twice as many."""
    data.mkdir(parents=True)
    (data / "widgets.toml").write_text(WIDGETS, encoding="utf-8")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "rag.cli",
        "serve",
        "--corpus",
        str(corpus),
        "--data",
        str(data),
        "--port",
        str(port),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FONTE_")}
    environment |= {name: os.environ[name] for name in ("FONTE_CACHE",) if name in os.environ}
    environment |= {"FONTE_WORKERS": str(WORKERS), "FONTE_QUEUE": str(queue_for(streams))}
    with data.with_suffix(".log").open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        home = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=home, timeout=60, trust_env=False) as client:
            await_status(client, process, "/readyz", time.perf_counter())
        before = peak_mib(process.pid) or 0
        found = asyncio.run(asyncio.wait_for(_loaded(home, questions, streams), PATIENCE))
        peak = peak_mib(process.pid) or 0
        found |= {"peak_rss_mib": round(peak, 1), "grown_mib": round(peak - before, 1)}
        waiting = streams - WORKERS
        return {
            "ratios": {f"{name}: p95 / ((queue + 1) x alone)": _quotient(found, name, waiting) for name in LOADS},
            "budgets": budgets(found, streams),
            **found,
        }
    finally:
        process.terminate()
        process.wait(30)


def queue_for(visitors: int) -> int:
    """The FONTE_QUEUE at which so many visitors have a place."""
    return next(queue for queue in itertools.count() if visitor_places(WORKERS, queue) >= visitors)


def budgets(found: dict[str, Any], streams: int) -> dict[str, bool]:
    """What must hold under any load: nobody who has a place is refused, or loses an answer or a part of it."""
    kept = {f"grown by at most {MOST_GROWN_MIB} MiB": found["grown_mib"] <= MOST_GROWN_MIB}
    for name in LOADS:
        load = found[name]
        kept[f"{name}: as many admitted as there are places"] = load["admitted"] >= streams
        kept[f"{name}: every answer whole and its asker's own"] = load["whole_and_their_own"] == load["admitted"]
        refused = load["streams"] - load["admitted"]
        kept[f"{name}: everyone else told when to come back"] = load["refused_with_retry_after"] == refused
    return kept


def _quotient(found: dict[str, Any], load: str, queue: int) -> float:
    """p95 of the admitted against what the queue and the question itself would take one after the other."""
    return round(float(found[load]["p95_s"] / ((queue + 1) * found["alone_s"])), 3)


async def _loaded(home: str, questions: tuple[str, ...], streams: int) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=2 * streams, max_keepalive_connections=0)  # each visitor has a browser
    async with httpx.AsyncClient(base_url=home, timeout=PATIENCE, limits=limits, trust_env=False) as client:
        token = (await client.post("/embed/bench/visit")).raise_for_status().json()["token"]
        await _asked(client, token, questions[0])  # the first pays for what is loaded late
        alone = [await _asked(client, token, question) for question in questions]
        found: dict[str, Any] = {"alone_s": round(statistics.mean(h.seconds for h in alone), 3)}
        own = [h.answer for h in alone]
        for load, count in zip(LOADS, (streams, 2 * streams), strict=True):
            asked = itertools.islice(itertools.cycle(questions), count)
            found[load] = _figures(await asyncio.gather(*(_asked(client, token, q) for q in asked)), own)
    return found


def _figures(heard: list[Heard], own: list[str]) -> dict[str, Any]:
    """Of streams that asked in turn what `own` answers: how many got their own answer whole, and how soon."""
    admitted = sorted(h.seconds for h in heard if h.status == 200)
    p95 = admitted[int(0.95 * (len(admitted) - 1))]
    return {
        "streams": len(heard),
        "admitted": len(admitted),
        "whole_and_their_own": sum(h.answer == answer != "" for h, answer in zip(heard, itertools.cycle(own))),
        "refused_with_retry_after": sum(h.retry for h in heard if h.status == 503),
        "largest_place": max(h.place for h in heard),
        "p95_s": round(p95, 2),
    }


async def _asked(client: httpx.AsyncClient, token: str, question: str) -> Heard:
    started, name, place, answer = time.perf_counter(), "", 0, ""
    headers = {"Authorization": f"Bearer {token}"}
    async with client.stream("POST", "/embed/bench/ask", json={"question": question}, headers=headers) as reply:
        async for line in reply.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "place":
                place = max(place, json.loads(line.removeprefix("data: "))["ahead"])
            elif line.startswith("data: ") and name == "done":
                answer = json.loads(line.removeprefix("data: "))["text"]
        return Heard(reply.status_code, time.perf_counter() - started, place, answer, "retry-after" in reply.headers)
