"""Many visitors at once on one process: no answer is lost or somebody else's, and whoever has no place is told."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, TypeVar

import httpx
import pytest
from widget_server import WidgetServer

from rag.errors import Busy
from rag.models import Answer, Question, Stated, Statement, Status, Support
from rag.web.pool import Pool, visitor_places
from rag.web.stream import Abandoned
from rag.web.widget import routes, visitors
from rag.web.widget.register import Widget
from rag.web.widget.stream import VisitorStream

STREAMS, WORKERS, QUEUE, WORK = 50, 2, 38, 0.01  # as many as are open, and fewer places than that
pytestmark = pytest.mark.slow  # hundreds of streams

FOR_VISITORS = 30  # of these places
TOML = """
[widgets.prova]
origins = ["https://www.regione.example"]
address_limit = 10000
address_at_once = 1000
visitor_limit = 1000

[widgets.una]
origins = ["https://www.regione.example"]
questions_a_day = 1
address_limit = 1
address_at_once = 1
visitor_limit = 1
"""

T = TypeVar("T")
Reply = tuple[int, dict[str, str], list[tuple[str, Any]]]  # status, headers, events


def echo(question: Question, tell: Any) -> Answer:
    """What was asked, as the answer: so that one that went astray is seen."""
    time.sleep(WORK)
    statements = tuple(Statement(f"{question.text} · {n}", (), Support.FRAME) for n in range(5))
    for statement in statements:
        tell(Stated(statement))
    return Answer(
        id=question.text, question=question.text, status=Status.NOT_FOUND, language="it", text=question.text,
        headline=None, statements=statements, citations=(), nearest=(), notes=(), mode="quotes", model=None, searched=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WidgetServer]:
    house = WidgetServer(tmp_path_factory.mktemp("load"), TOML, workers=WORKERS, queue=QUEUE)
    house.answer = echo
    with house:
        yield house


def in_a_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own: browser tests leave a loop behind in this one."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, work).result()


async def asked(
    client: httpx.AsyncClient, token: str, question: str
) -> tuple[int, dict[str, str], list[tuple[str, Any]]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with client.stream("POST", "/embed/prova/ask", json={"question": question}, headers=headers) as reply:
        found, name = [], ""
        async for line in reply.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                found.append((name, json.loads(line.removeprefix("data: "))))
        return reply.status_code, dict(reply.headers), found


async def all_at_once(server: WidgetServer, count: int) -> list[Reply]:
    """`count` questions; none is answered before all of them are in the queue or refused."""
    gate: Future[None] = Future()
    begun: list[str] = []

    def held(question: Question) -> None:
        begun.append(question.text)
        gate.result(100)

    server.before = held
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=server.origin, timeout=100, limits=limits, trust_env=False) as client:
        token = (await client.post("/embed/prova/visit")).json()["token"]
        tasks = [asyncio.create_task(asked(client, token, f"Domanda {n}?")) for n in range(WORKERS)]
        while len(begun) < WORKERS:
            await asyncio.sleep(0.01)
        tasks += [asyncio.create_task(asked(client, token, f"Domanda {n}?")) for n in range(WORKERS, count)]
        while len(server.app.state.pool._line) + sum(task.done() for task in tasks) < count:
            await asyncio.sleep(0.01)
        gate.set_result(None)
        return await asyncio.gather(*tasks)


def test_every_admitted_stream_gets_its_own_whole_answer_and_the_others_are_told_when(server: WidgetServer) -> None:
    replies = in_a_loop(all_at_once(server, STREAMS))
    assert {status for status, _, _ in replies} <= {200, 503}
    admitted = 0
    for number, (status, headers, events) in enumerate(replies):
        if status == 503:
            assert int(headers["retry-after"]) > 0
            continue
        admitted += 1
        said = [data["text"] for name, data in events if name == "statement"]
        assert said == [f"Domanda {number}? · {n}" for n in range(5)]
        assert events[-1][0] == "done"
        assert events[-1][1]["text"] == f"Domanda {number}?"
    assert admitted == FOR_VISITORS


def test_however_many_visitors_come_a_place_is_left_for_those_who_work_here() -> None:
    pool = Pool(None, WORKERS, QUEUE)  # type: ignore[arg-type]
    gate: Future[None] = Future()
    visitors = [pool.submit_for_visitor(gate.result) for _ in range(FOR_VISITORS)]
    with pytest.raises(Busy):
        pool.submit_for_visitor(gate.result)
    staff = pool.submit(lambda: "answered")
    assert visitors[-1].cancel(), "one who leaves"
    visitors[-1] = pool.submit_for_visitor(gate.result)
    with pytest.raises(Busy):
        pool.submit_for_visitor(gate.result)
    gate.set_result(None)
    assert staff.result(10) == "answered"
    for future in visitors:
        future.result(10)
    pool.submit_for_visitor(lambda: None).result(10)
    pool.close()


@pytest.mark.parametrize("workers, queue, places", [(1, 0, 1), (2, 64, 50), (2, 264, 200)])
def test_visitors_have_three_places_of_four(workers: int, queue: int, places: int) -> None:
    assert visitor_places(workers, queue) == places


def test_a_visitor_who_waits_is_told_the_place_in_the_queue(server: WidgetServer) -> None:
    replies = in_a_loop(all_at_once(server, 20))
    first = [events[0] for _, _, events in replies]
    assert {name for name, _ in first} == {"place"}
    assert sorted(data["ahead"] for _, data in first[WORKERS:]) == list(range(1, 20 - WORKERS + 1))


def test_a_question_that_found_no_place_costs_nothing(server: WidgetServer) -> None:
    """The visitor, the address and the day of this widget have one question each."""
    gate: Future[None] = Future()
    held = [server.app.state.pool.submit(lambda: gate.result(60)) for _ in range(WORKERS + QUEUE)]
    with httpx.Client(base_url=server.origin, timeout=60, trust_env=False) as web:
        headers = {"Authorization": f"Bearer {web.post('/embed/una/visit').json()['token']}"}

        def status() -> int:
            return web.post("/embed/una/ask", json={"question": "Chi?"}, headers=headers).status_code

        refused = [status() for _ in range(3)]
        gate.set_result(None)
        for future in held:
            future.result(60)
        server.before = lambda _: None
        assert (refused, [status(), status()]) == ([503, 503, 503], [200, 429])


def test_the_place_counts_those_who_have_not_begun() -> None:
    pool = Pool(None, workers=1, queue=5)  # type: ignore[arg-type]
    gate: Future[None] = Future()
    running = pool.submit(gate.result)
    waiting = [pool.submit(lambda: None) for _ in range(3)]
    while not running.running():
        time.sleep(0.001)
    assert [pool.ahead(future) for future in (running, *waiting)] == [0, 1, 2, 3]
    waiting[0].cancel()
    assert [pool.ahead(future) for future in waiting[1:]] == [1, 2]
    gate.set_result(None)
    waiting[2].result(10)
    pool.close()


async def receive_nothing() -> Any:
    await asyncio.Event().wait()


def test_a_reader_who_does_not_read_is_dropped_and_the_question_with_it() -> None:
    closed = []

    async def endless() -> AsyncIterator[str]:
        try:
            while True:
                yield "event: ping\ndata: {}\n\n"
        finally:
            closed.append(True)

    async def stuck(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def served() -> None:
        await VisitorStream(endless(), slow=0.05)({"type": "http"}, receive_nothing, stuck)

    in_a_loop(asyncio.wait_for(served(), 10))
    assert closed == [True]


def test_a_reader_who_leaves_the_line_unread_is_dropped_and_the_place_given_back(
    server: WidgetServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Over a real connection: the worker is told to stop, and what was sent does not end as an answer does."""
    dropped = threading.Event()

    def long(_: Question, tell: Any) -> Answer:
        try:
            for _n in range(64):  # 16 MiB: more than a connection holds
                tell(Stated(Statement("x" * 2**18, (), Support.FRAME)))
            while not dropped.wait(0.02):
                tell(Stated(Statement("x", (), Support.FRAME)))
        except Abandoned:
            dropped.set()
            raise
        raise AssertionError("nobody was dropped")

    monkeypatch.setattr(routes, "VisitorStream", partial(VisitorStream, slow=0.3))
    monkeypatch.setattr(server, "answer", long)
    token = httpx.post(f"{server.origin}/embed/prova/visit", trust_env=False).json()["token"]
    body = b'{"question": "Chi?"}'
    head = f"POST /embed/prova/ask HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with caplog.at_level(logging.INFO, "fonte.web"), socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        line.connect(("127.0.0.1", server.port))
        line.sendall(head.encode() + body)
        assert dropped.wait(60)
        assert wait(list(server.app.state.pool._line), 60).not_done == set()
        told = b"".join(iter(lambda: line.recv(2**20), b""))
    assert b"event: statement" in told
    assert not told.endswith(b"0\r\n\r\n")
    assert "a reader was too slow, and was dropped" in caplog.messages


def test_a_visitor_who_leaves_gives_the_place_back(server: WidgetServer) -> None:
    """Ten leave at once while the workers are held; none of their questions is ever worked on."""
    gate: Future[None] = Future()
    seen: list[str] = []

    def held(question: Question) -> None:
        seen.append(question.text)
        gate.result(60)

    async def leave() -> None:
        async with httpx.AsyncClient(base_url=server.origin, timeout=60, trust_env=False) as client:
            token = (await client.post("/embed/prova/visit")).json()["token"]
            first = [asyncio.create_task(asked(client, token, f"Prima {n}?")) for n in range(WORKERS)]
            while len(seen) < WORKERS:
                await asyncio.sleep(0.01)
            gone = [asyncio.create_task(asked(client, token, f"Via {n}?")) for n in range(10)]
            line = server.app.state.pool._line
            while len(line) < WORKERS + 10:
                await asyncio.sleep(0.01)
            for task in gone:
                task.cancel()
            while len(line) > WORKERS:
                await asyncio.sleep(0.01)
            gate.set_result(None)
            await asyncio.gather(*first)

    server.before = held
    try:
        in_a_loop(asyncio.wait_for(leave(), 100))
    finally:
        server.before = lambda _: None
    assert sorted(seen) == [f"Prima {n}?" for n in range(WORKERS)]


def test_memory_stays_bounded_whatever_number_of_visitors_come() -> None:
    clock = [1_800_000_000.0]
    house = visitors.Visitors(b"k" * 32, lambda: clock[0])
    for number in range(visitors.REMEMBERED + 500):
        clock[0] += 0.001
        house.welcome("a", Widget(), f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(house._visits._times) == visitors.REMEMBERED
