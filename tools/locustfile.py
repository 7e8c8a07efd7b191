"""Visitors of a widget as users of locust, each with a stream of its own; rounds of them, one after the other.

A process of its own, `python -m tools.locustfile`: locust puts gevent's functions in the place of Python's. It reads a
`Plan` as JSON from standard input and writes what was `Heard`, round by round in the order of the questions, to
standard output. It knows a port of 127.0.0.1 and no other host.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import ClassVar

from gevent.queue import Queue
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from tools.bench_streams import Heard, Plan, events

MOST_A_SECOND = 100  # visitors who come; locust advises against more


class Visitor(FastHttpUser):
    """Comes to the widget, asks the next question there is, hears the answer to its end, and goes."""

    widget: ClassVar[str]
    asked: ClassVar[Queue] = Queue()  # (number, question)
    heard: ClassVar[Queue] = Queue()  # (number, Heard)

    @task
    def visit(self) -> None:
        number, question = self.asked.get()
        try:
            self.heard.put((number, self._ask(question)))
        except Exception as error:  # the line broke; locust would try again
            print(f"{question} {type(error).__name__}: {error}", file=sys.stderr)
            self.heard.put((number, Heard(0, 0.0, 0, 0, [])))
        raise StopUser

    def _ask(self, question: str) -> Heard:
        token = self.client.post(f"/embed/{self.widget}/visit").json()["token"]
        asked = {"json": {"question": question}, "headers": {"Authorization": f"Bearer {token}"}}
        started = time.perf_counter()
        with self.client.post(f"/embed/{self.widget}/ask", **asked, stream=True, catch_response=True) as reply:
            reply.success()  # a refusal too is what this is about
            lines = iter(lambda: reply.stream.readline(b"\n"), b"")
            place, told = events(line.decode() for line in lines)
            seconds = time.perf_counter() - started
            return Heard(reply.status_code, seconds, int(reply.headers.get("retry-after", 0)), place, told)


def heard(plan: Plan) -> Iterator[list[Heard]]:
    """As many visitors at once as a round has questions; the next round begins when all of them have gone."""
    Visitor.widget = plan.widget
    runner = Environment(user_classes=[Visitor], host=f"http://127.0.0.1:{plan.port}").create_local_runner()
    for questions in plan.rounds:
        for asked in enumerate(questions):
            Visitor.asked.put(asked)
        runner.start(len(questions), spawn_rate=min(len(questions), MOST_A_SECOND))
        found = dict(Visitor.heard.get() for _ in questions)
        runner.stop()
        yield [found[number] for number in range(len(questions))]


if __name__ == "__main__":
    json.dump([[asdict(one) for one in found] for found in heard(Plan(**json.load(sys.stdin)))], sys.stdout)
