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

LIMIT = 300.0  # seconds until it must be ready
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


def await_status(client: httpx.Client, process: subprocess.Popen[bytes], path: str, started: float) -> float:
    """Seconds from `started` until `path` gives 200. Raises RuntimeError if the process ends or never gets there."""
    while time.perf_counter() - started < LIMIT:
        if process.poll() is not None:
            raise RuntimeError(f"ui.py ended with {process.returncode} before {path} answered")
        try:
            if client.get(path).status_code == 200:
                return time.perf_counter() - started
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{path} did not answer within {LIMIT:.0f} s")


def server(work: Path, corpus: Path, questions: tuple[str, ...]) -> dict[str, Any]:
    """`python ui.py`, twice: on an empty index, and on the one that the first left."""
    first = _serve(work / "server", corpus, questions)
    again = _serve(work / "server", corpus, questions[:1])
    return {
        "ratios": {"page up / ready": round(first["page_up_s"] / first["ready_s"], 3)},
        "first_start": first,
        "next_start": again,
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
            page = await_status(client, process, "/", started)
            ready_then = client.get("/readyz").status_code == 200
            ready = await_status(client, process, "/readyz", started)
            for question in questions:
                client.post("/api/v1/ask", json={"question": question}).raise_for_status()
            return {
                "page_up_s": round(page, 2),
                "ready_s": round(ready, 2),
                "page_before_model": not ready_then,
                "peak_rss_mib": round(peak_mib(process.pid) or 0, 1),
            }
    finally:
        process.terminate()
        process.wait(30)
