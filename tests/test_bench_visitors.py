"""The bench's visitors: locust's users, in a process of their own, at a server of stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import pytest
from widget_server import ASKED, WidgetServer

from rag.errors import Busy
from rag.models import Answer
from tools.bench_widget import WIDGETS, WORKERS, figures, queue_for, visited

QUESTIONS = [ASKED, "Who met the delegation at the steelworks?"]
PLACES, MORE = 16, 4
pytestmark = [
    pytest.mark.slow,  # starts a server, and locust twice
    pytest.mark.skipif(find_spec("locust") is None, reason="locust is there once `make bench` was run"),
]


def test_each_hears_its_own_whole_answer_and_who_has_no_place_is_told_when_to_come_back(tmp_path: Path) -> None:
    """Nobody is answered before every place is taken and all the others were refused."""
    with WidgetServer(tmp_path, WIDGETS, workers=WORKERS, queue=queue_for(PLACES)) as server:
        alone = [heard for (heard,) in visited(server.port, [[question] for question in QUESTIONS])]
        pool, refused, gate = server.app.state.pool, [], Event()
        submit: Callable[..., Future[Answer]] = pool.submit_for_visitor

        def counted(work: Callable[[], Answer]) -> Future[Answer]:
            try:
                return submit(work)
            except Busy as error:
                refused.append(error)
                if len(refused) == MORE:
                    gate.set()
                raise

        pool.submit_for_visitor = counted
        server.before = lambda _: gate.wait(100)
        (heard,) = visited(server.port, [(QUESTIONS * PLACES)[: PLACES + MORE]])
    found = figures(heard, alone)
    assert [found[name] for name in ("admitted", "whole_and_their_own", "refused_with_retry_after")] == [16, 16, 4]
    assert found["largest_place"] == PLACES - WORKERS
    assert all(h.told[0].startswith("sources: ") and len(h.told) > 2 for h in alone), alone


def test_a_server_that_is_gone_answers_nobody(tmp_path: Path) -> None:
    with WidgetServer(tmp_path, WIDGETS) as server:
        port = server.port
    ((heard,),) = visited(port, [[ASKED]])
    assert (heard.status, heard.told) == (0, [])
