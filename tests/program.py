"""Fonte as a process of its own, as people start it: on a free port, asked over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def running(log: Path, *command: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """`python command` with further environment variables, for as long as the block lasts; its stderr goes to `log`."""
    path = [variables.pop("PYTHONPATH", ""), str(ROOT), str(ROOT / "tests")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path)), **variables}
    with log.open("w") as told:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=told, text=True
        )
    try:
        assert process.stdout
        address = process.stdout.readline().removeprefix("Fonte: ").strip()
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as web:
            yield process, web
    finally:
        process.kill()
        process.communicate()


def await_readiness(web: httpx.Client, seconds: float) -> None:
    end = time.monotonic() + seconds
    while web.get("/readyz").status_code != 200:
        assert time.monotonic() < end, web.get("/readyz").text
        time.sleep(0.1)
