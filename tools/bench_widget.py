"""The widget under load: many visitors' streams open at once on one serving process of this machine.

The visitors are locust's, in a process of their own (`tools/locustfile.py`); what they heard is judged here.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from rag.web.pool import visitor_places
from tools.bench_server import ROOT, await_status, free_port, peak_mib
from tools.bench_streams import Heard, Plan

WORKERS = 2
LOADS = ("full", "twice")  # as many streams as there are places, and twice as many
WIDGET = "bench"
WIDGETS = f'[widgets.{WIDGET}]\norigins = ["http://localhost:*"]\nvisitor_limit = 10000\naddress_limit = 100000\n'
WIDGETS += "address_at_once = 10000\n"
MOST_GROWN_MIB = 256  # of memory, from the first stream to the last
PATIENCE = 1200.0  # seconds for all streams together


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
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            await_status(client, process, "/readyz", time.perf_counter())
        before = peak_mib(process.pid) or 0
        found = _loaded(port, questions, streams)
        peak = peak_mib(process.pid) or 0
        found |= {"peak_rss_mib": round(peak, 1), "grown_mib": round(peak - before, 1)}
        return {
            "ratios": {f"{name}: p95 / ((queue + 1) x alone)": quotient(found, name, streams) for name in LOADS},
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
    """What must hold under any load: nobody who has a place is refused, or loses an answer or a part of it, or waits
    longer than for all who came before one after the other."""
    kept = {f"grown by at most {MOST_GROWN_MIB} MiB": found["grown_mib"] <= MOST_GROWN_MIB}
    kept["full: p95 within (queue + 1) x alone"] = quotient(found, "full", streams) <= 1
    for name in LOADS:
        load = found[name]
        kept[f"{name}: as many admitted as there are places"] = load["admitted"] >= streams
        kept[f"{name}: every answer whole and its asker's own"] = load["whole_and_their_own"] == load["admitted"]
        refused = load["streams"] - load["admitted"]
        kept[f"{name}: everyone else told when to come back"] = load["refused_with_retry_after"] == refused
    return kept


def quotient(found: dict[str, Any], load: str, streams: int) -> float:
    """p95 of the admitted against what the queue and the question itself would take one after the other."""
    queue = streams - WORKERS
    return round(float(found[load]["p95_s"] / ((queue + 1) * found["alone_s"])), 3)


def _loaded(port: int, questions: tuple[str, ...], streams: int) -> dict[str, Any]:
    asked = [list(itertools.islice(itertools.cycle(questions), count)) for count in (streams, 2 * streams)]
    warming = [questions[0]]  # the first pays for what is loaded late
    _, *alone, full, twice = visited(port, [warming, *([question] for question in questions), *asked])
    own = [h for (h,) in alone]
    found: dict[str, Any] = {"alone_s": round(statistics.mean(h.seconds for h in own), 3)}
    return found | {name: figures(heard, own) for name, heard in zip(LOADS, (full, twice), strict=True)}


def visited(port: int, rounds: list[list[str]]) -> list[list[Heard]]:
    """What locust's visitors heard at the widget of this machine's `port`."""
    plan = json.dumps(asdict(Plan(port, WIDGET, rounds)))
    command = [sys.executable, "-m", "tools.locustfile"]
    done = subprocess.run(
        command, cwd=ROOT, input=plan, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True
    )
    return [[Heard(**one) for one in found] for found in json.loads(done.stdout)]


def figures(heard: list[Heard], own: list[Heard]) -> dict[str, Any]:
    """Of streams that asked in turn what `own` were told alone: how many lost no event and heard no other's, and how
    soon."""
    admitted = sorted(h.seconds for h in heard if h.status == 200)
    p95 = admitted[int(0.95 * (len(admitted) - 1))]
    return {
        "streams": len(heard),
        "admitted": len(admitted),
        "whole_and_their_own": sum(h.is_whole and h.told == o.told for h, o in zip(heard, itertools.cycle(own))),
        "refused_with_retry_after": sum(h.status == 503 and h.retry > 0 for h in heard),
        "largest_place": max(h.place for h in heard),
        "p95_s": round(p95, 2),
    }
