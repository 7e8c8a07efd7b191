"""A model's server on this machine that speaks OpenAI's chat completions and Ollama's chat, streamed, by a script."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

_PASSAGE = re.compile(r"^\[(\d+)\] \((.*?)\) (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Request:
    """What the client sent, headers by Names-Like-This. `passages` are the numbered texts of the prompt, `question` is
    what it asks of them."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def prompt(self) -> str:
        return "\n".join(str(message["content"]) for message in self.body["messages"])

    @property
    def passages(self) -> dict[int, str]:
        return {int(number): text for number, _, text in _PASSAGE.findall(self.prompt)}

    @property
    def question(self) -> str:
        return self.prompt.rpartition("Question: ")[2].partition("\n")[0].strip()

    def number_of(self, words: str) -> int:
        """The number of the first passage that holds these words; 99 where none does."""
        return next((n for n, text in self.passages.items() if words in text), 99)


@dataclass(frozen=True)
class Reply:
    """One scripted reply. `pieces` are streamed, and what follows them is said by the rest.

    hold:     an event that is waited for before the last piece
    finish:   the finish reason of the last chunk; None ends the stream without one
    raw:      lines sent as they are, behind the pieces
    cut:      the connection is broken behind the pieces
    usage:    (tokens of the prompt, of the answer), sent to those who ask for it, as the protocol has it
    odds:     logarithms of the probabilities of words, sent with the first piece to those who ask for them
    echoes:   an error tells the key that came with the request
    """

    pieces: tuple[str, ...] = ()
    status: int = 200
    error: str = ""
    finish: str | None = "stop"
    raw: tuple[str, ...] = ()
    cut: bool = False
    usage: tuple[Any, Any] | None = None
    hold: threading.Event | None = None
    endless: str = ""
    odds: Mapping[str, float] | None = None
    echoes: bool = False


Script = Callable[[Request], Reply]


def says(*pieces: str, **more: Any) -> Script:
    """A script that gives the same reply to everything."""
    return lambda _: Reply(pieces, **more)


@dataclass
class LLMServer:
    """Serves on a free port of this machine until the block ends; `requests` keeps what was asked, `left` is set once
    somebody has closed the connection before the end."""

    script: Script = field(default_factory=lambda: says("Nothing."))
    requests: list[Request] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> LLMServer:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                with suppress(ConnectionError):  # of one who leaves between two requests
                    super().handle()

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                request = Request(body, {name.title(): value for name, value in self.headers.items()})
                outer.requests.append(request)
                assert self.path in ("/v1/chat/completions", "/api/chat"), self.path
                lines = _ollama_lines if self.path == "/api/chat" else _events
                try:
                    _answer(self, request, outer.script(request), lines)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                    outer.left.set()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"{self.host}/v1"

    @property
    def host(self) -> str:
        """Its address for clients of Ollama's protocol."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"


Lines = Callable[[Reply, Mapping[str, Any]], Iterator[str]]


def _answer(handler: BaseHTTPRequestHandler, request: Request, reply: Reply, lines: Lines) -> None:
    if reply.status != 200:
        message = reply.error or "no"
        if reply.echoes:
            message += f": {request.headers['Authorization']}"
        data = json.dumps({"error": {"message": message, "type": "error", "code": reply.status}}).encode()
        handler.send_response(reply.status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.send_header("retry-after-ms", "1")
        handler.end_headers()
        handler.wfile.write(data)
        return
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for line in lines(reply, request.body):
        _chunk(handler, line.encode())
    if reply.cut:
        handler.close_connection = True
        handler.connection.close()
        return
    handler.wfile.write(b"0\r\n\r\n")


def _chunk(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()


def _events(reply: Reply, asked: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"data: {line}\n\n" for line in _lines(reply, asked))
    if not reply.cut:
        yield "data: [DONE]\n\n"


def _ollama_lines(reply: Reply, _: Mapping[str, Any]) -> Iterator[str]:
    """Ollama counts tokens unasked, and ends with a line that is `done`."""
    for piece in reply.pieces:
        yield _ollama({"message": {"role": "assistant", "content": piece}, "done": False})
    while reply.endless:
        time.sleep(0.001)
        yield _ollama({"message": {"role": "assistant", "content": reply.endless}, "done": False})
    if reply.finish and not reply.cut:
        prompt, completion = reply.usage or (0, 0)
        counts = {"prompt_eval_count": prompt, "eval_count": completion} if reply.usage else {}
        end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": reply.finish}
        yield _ollama({**end, **counts})


def _ollama(line: dict[str, Any]) -> str:
    return json.dumps({"model": "scripted", "created_at": "2025-04-24T00:00:00Z", **line}) + "\n"


def _lines(reply: Reply, asked: Mapping[str, Any]) -> Iterator[str]:
    for number, piece in enumerate(reply.pieces):
        if reply.hold is not None and number == len(reply.pieces) - 1:
            reply.hold.wait(30)
        odds = reply.odds if number == 0 and asked.get("logprobs") else None
        yield _delta({"content": piece}, odds=odds)
    while reply.endless:
        time.sleep(0.001)
        yield _delta({"content": reply.endless})
    yield from reply.raw
    if not reply.cut and reply.finish:
        yield _delta({}, reply.finish)
    if reply.usage and (asked.get("stream_options") or {}).get("include_usage"):
        yield json.dumps(_base() | {"choices": [], "usage": _usage(*reply.usage)})


def _usage(prompt: Any, completion: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _base() -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}


def _delta(delta: dict[str, Any], finish: str | None = None, odds: Mapping[str, float] | None = None) -> str:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "finish_reason": finish}
    if odds:
        told = [{"token": token, "logprob": p, "bytes": None} for token, p in odds.items()]
        choice["logprobs"] = {"content": [{**told[0], "top_logprobs": told}], "refusal": None}
    return json.dumps(_base() | {"choices": [choice]})
