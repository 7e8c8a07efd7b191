"""The check tab's work on the server: claims one by one, one proof of all, and nothing that stays in memory."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from loops import run_alone
from standins import open_assistant
from web_builders import LOCAL, open_app

from rag.checking.claims import claims
from rag.models import SetAside
from rag.proofs.archive import Archive
from rag.proofs.exports import export
from rag.proofs.record import Proof
from rag.proofs.store import FILE, ProofStore
from rag.web.chat import check_page
from rag.web.chat.check_page import CheckTab
from rag.web.pool import Pool

RIGHT = "La delegazione in viaggio contava 38 imprese."
OTHER = "Il gatto del custode mangia soltanto pesce."


class Desk:
    """A tab over one worker, and the proofs that it keeps."""

    def __init__(self, folder: Path) -> None:
        assistant = open_assistant(folder, {"verbale.md": f"# Verbale\n\n{RIGHT}\n"})
        self._archive = Archive(assistant, ProofStore(folder / "data" / FILE, 30))
        self.pool = Pool(assistant, 1, 0, self._archive)
        self.tab = CheckTab(self.pool)

    def proof(self, html: str) -> Proof:
        return self._archive.proof(html.partition("/proofs/")[2].partition('"')[0])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_claim_that_could_not_be_checked_stands_in_the_proof_as_such(desk: Desk) -> None:
    async def kept() -> str:
        split = await desk.tab.split({"text": f"{RIGHT} {OTHER}"})
        await desk.tab.check({"run": split["run"], "number": 0})
        return (await desk.tab.keep({"run": split["run"]}))["html"]

    proof = desk.proof(run_alone(kept()))
    assert [f.asked for f in proof.findings] == [RIGHT]
    assert proof.set_aside == (SetAside(OTHER, len(RIGHT) + 1, len(RIGHT) + 1 + len(OTHER), "failed"),)
    assert f"{OTHER} (verifica non riuscita)" in export(proof, "html", "", {}).data.decode()


def test_a_proof_that_finds_no_place_can_be_asked_for_again(desk: Desk) -> None:
    async def kept() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        split = await desk.tab.split({"text": RIGHT})
        await desk.tab.check({"run": split["run"], "number": 0})
        done = threading.Event()
        busy = desk.pool.submit(done.wait)
        first = await desk.tab.keep({"run": split["run"]})
        done.set()
        await asyncio.wrap_future(busy)
        return first, await desk.tab.keep({"run": split["run"]}), await desk.tab.keep({"run": split["run"]})

    first, again, third = run_alone(kept())
    assert first == {"fault": "check_busy"}
    assert [f.asked for f in desk.proof(again["html"]).findings] == [RIGHT]
    assert third == {"fault": "proof_failed"}


@pytest.mark.parametrize("lasts, fault", [(0.0, "check_failed"), (3600.0, None)])
def test_a_text_whose_proof_nobody_asks_for_is_forgotten_in_time(desk: Desk, lasts: float, fault: str | None) -> None:
    async def checked() -> dict[str, str]:
        tab = CheckTab(desk.pool, lasts)
        split = await tab.split({"text": RIGHT})
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(0.0, over.set)
        await over.wait()
        return await tab.check({"run": split["run"], "number": 0})

    assert run_alone(checked()).get("fault") == fault


def test_a_text_that_takes_long_to_split_holds_up_nobody_else(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ends = threading.Event(), threading.Event()
    ended: list[bool] = []

    def held(text: str) -> object:
        begun.set()
        ended.append(ends.wait(20))
        return claims(text)

    monkeypatch.setattr(check_page, "claims", held)
    app, _ = open_app(tmp_path / "app")

    async def asked() -> dict[str, Any]:
        splitting = asyncio.create_task(desk.tab.split({"text": RIGHT}))
        await asyncio.to_thread(begun.wait, 20)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=LOCAL) as web:
            assert (await web.get("/healthz")).status_code == 200
        ends.set()
        return await splitting

    assert [c["claim"] for c in run_alone(asked())["claims"]] == [RIGHT]
    assert ended == [True], "the text was split on the loop, which then answers nobody"
