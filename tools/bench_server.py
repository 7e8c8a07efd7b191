"""The serving process as a reader meets it: when its page is up, when it can answer, and what it takes of memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tools.crowd import Crowd

LIMIT = 300.0  # seconds until it must be ready
PEOPLE = 20  # who ask at once
MOST_MIB = 2048  # of memory while serving
ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def peak_mib(pid: int) -> float | None:
    """The most memory that a process has held so far; None where /proc does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kib = next((line.split()[1] for line in lines if line.startswith("VmHWM")), None)
    return int(kib) / 1024 if kib else None


def await_status(
    client: httpx.Client, process: subprocess.Popen[bytes], path: str, started: float, any_page: bool = False
) -> float:
    """Seconds from `started` until `path` gives 200, or with `any_page` any page at all, the one of the first seconds
    included. Raises RuntimeError if the process ends or never gets there.
    """
    last = "nothing"
    while time.perf_counter() - started < LIMIT:
        if process.poll() is not None:
            raise RuntimeError(f"ui.py ended with {process.returncode} before {path} answered")
        try:
            reply = client.get(path, headers={"Accept": "text/html"} if any_page else {})
            if reply.status_code == 200 or any_page:
                return time.perf_counter() - started
            last = f"status {reply.status_code}"
        except httpx.TransportError as error:  # it does not listen yet
            last = type(error).__name__
        time.sleep(0.05)
    raise RuntimeError(f"{path} did not answer within {LIMIT:.0f} s; the last try gave {last}")


def server(work: Path, corpus: Path, questions: tuple[str, ...]) -> dict[str, Any]:
    """`python ui.py`, twice: on an empty index, and on the one that the first left."""
    first = _serve(work / "server", corpus, questions)
    again = _serve(work / "server", corpus, questions[:1])
    peak = max(first["peak_rss_mib"], again["peak_rss_mib"])
    return {
        "ratios": {
            "page up / ready": round(first["page_up_s"] / first["ready_s"], 3),
            f"p95 of {PEOPLE} at once / one alone": first["together"]["p95 / alone"],
        },
        "budgets": {f"at most {MOST_MIB} MiB": peak <= MOST_MIB},
        "first_start": first,
        "next_start": again,
    }


def crowd(url: str, questions: tuple[str, ...]) -> dict[str, Any]:
    """Seconds for one person alone, then for PEOPLE at the chat page at the same moment, each with their own answer."""
    people = Crowd(url)
    alone = sorted(people.together([question])[0].seconds for question in questions)
    replies = people.together([questions[n % len(questions)] for n in range(PEOPLE)])
    if any(reply.message.get("stage") != "done" for reply in replies):
        raise RuntimeError("somebody got no answer")
    seconds = sorted(reply.seconds for reply in replies)
    median, last = alone[len(alone) // 2], seconds[-(PEOPLE // 20) - 1]
    return {
        "alone_p50_s": round(median, 2),
        "together_p50_s": round(seconds[PEOPLE // 2], 2),
        "together_p95_s": round(last, 2),
        "p95 / alone": round(last / median, 1),
        "a_second": round(PEOPLE / seconds[-1], 2),
    }


def _serve(data: Path, corpus: Path, questions: tuple[str, ...]) -> dict[str, Any]:
    port = free_port()
    command = [sys.executable, "ui.py", "--corpus", str(corpus), "--data", str(data), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FONTE_")}
    environment |= {name: os.environ[name] for name in ("FONTE_CACHE",) if name in os.environ}
    log = data.with_suffix(".log")
    started = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            page = await_status(client, process, "/", started, any_page=True)
            chat = await_status(client, process, "/", started)
            ready_then = client.get("/readyz").status_code == 200
            ready = await_status(client, process, "/readyz", started)
            for question in questions:
                client.post("/api/v1/ask", json={"question": question}).raise_for_status()
            together = crowd(f"http://127.0.0.1:{port}/", questions) if len(questions) > 1 else {}
            return {
                "together": together,
                "page_up_s": round(page, 2),
                "chat_up_s": round(chat, 2),
                "ready_s": round(ready, 2),
                "page_before_model": not ready_then,
                "peak_rss_mib": round(peak_mib(process.pid) or 0, 1),
            }
    finally:
        process.terminate()
        process.wait(30)
