"""The widget under load: many visitors' streams open at once on one serving process of this machine.

Written with httpx and asyncio, which Fonte has anyway: locust brings a web server and gevent of its own, and reads no
event streams.
"""

from __future__ import annotations

import asyncio
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

from tools.bench_server import ROOT, await_status, free_port, peak_mib

WORKERS = 2
WIDGETS = '[widgets.bench]\norigins = ["http://localhost:*"]\nvisitor_limit = 10000\naddress_limit = 100000\n'
PATIENCE = 900.0  # seconds for all streams together


@dataclass(frozen=True, slots=True)
class Heard:
    """One stream: its status, when it ended, the largest place told, and whether it was whole."""

    status: int
    seconds: float
    place: int
    whole: bool
    retry: bool


def widget(data: Path, corpus: Path, question: str, streams: int) -> dict[str, Any]:
    """`fonte serve` over `corpus`: the question alone, then `streams` visitors with it at once, then twice as many."""
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
    environment |= {"FONTE_WORKERS": str(WORKERS), "FONTE_QUEUE": str(streams - WORKERS)}
    with data.with_suffix(".log").open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        home = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=home, timeout=60, trust_env=False) as client:
            await_status(client, process, "/readyz", time.perf_counter())
        before = peak_mib(process.pid) or 0
        found = asyncio.run(asyncio.wait_for(_loaded(home, question, streams), PATIENCE))
        return {
            **found,
            "peak_rss_mib": peak_mib(process.pid),
            "grown_mib": round((peak_mib(process.pid) or 0) - before, 1),
        }
    finally:
        process.terminate()
        process.wait(30)


async def _loaded(home: str, question: str, streams: int) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=2 * streams)
    async with httpx.AsyncClient(base_url=home, timeout=PATIENCE, limits=limits, trust_env=False) as client:
        token = (await client.post("/embed/bench/visit")).raise_for_status().json()["token"]
        await _asked(client, token, question)  # the first pays for what is loaded late
        alone = statistics.median([(await _asked(client, token, question)).seconds for _ in range(3)])
        full = await asyncio.gather(*(_asked(client, token, question) for _ in range(streams)))
        over = await asyncio.gather(*(_asked(client, token, question) for _ in range(2 * streams)))
    return {"alone_s": round(alone, 3), "full": _figures(full, alone), "twice": _figures(over, alone)}


def _figures(heard: list[Heard], alone: float) -> dict[str, Any]:
    """p95 of the admitted, against what as many questions one after the other would take at most."""
    admitted = sorted(h.seconds for h in heard if h.status == 200)
    p95 = admitted[int(0.95 * (len(admitted) - 1))]
    return {
        "streams": len(heard),
        "admitted": len(admitted),
        "whole": sum(h.whole for h in heard),
        "refused_with_retry_after": sum(h.retry for h in heard if h.status == 503),
        "largest_place": max(h.place for h in heard),
        "p95_s": round(p95, 2),
        "p95 / ((queue + 1) x alone)": round(p95 / (len(admitted) * alone), 3),
    }


async def _asked(client: httpx.AsyncClient, token: str, question: str) -> Heard:
    started, name, place, whole = time.perf_counter(), "", 0, False
    headers = {"Authorization": f"Bearer {token}"}
    async with client.stream("POST", "/embed/bench/ask", json={"question": question}, headers=headers) as reply:
        async for line in reply.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name == "place":
                place = max(place, json.loads(line.removeprefix("data: "))["ahead"])
        whole = name == "done"
        return Heard(reply.status_code, time.perf_counter() - started, place, whole, "retry-after" in reply.headers)
