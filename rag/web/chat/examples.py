"""Questions to begin with: taken from the documents' own headings, and shown only if Fonte answers them.

A heading that is a question ("Che cosa offre il Piemonte?") is one that the document means to answer. Where too few
headings ask, the names that the documents hold most often are asked about. What is not answered in quotes is not
offered. The outcome is kept beside the index until a document, the reader or the caution changes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from rag import __version__
from rag.assistant import Assistant
from rag.errors import Busy
from rag.language.detection import LANGUAGES, detect
from rag.language.names import names
from rag.models import Answer, Document, Question, Status
from rag.reader.trained import SHIPPED
from rag.settings import Settings
from rag.text import sentences
from rag.web.chat.labels import label
from rag.web.pool import Pool
from rag.writing.answers import QUOTES_MODE

log = logging.getLogger("fonte.web")

SHOWN = 4  # a language
TRIED = 10  # a language: each costs as much as a question
RETRY = 600.0  # seconds after which they are looked for again if that failed
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+|\*\*)?((?:[^\W\d_]|[«“\"]).{12,110}\?)\s*(?:\*\*|#*)\s*$", re.MULTILINE)


def candidates(documents: Sequence[Document]) -> Iterator[tuple[str, str]]:
    """(language, question) of every heading that asks, the shortest first: they are read at a glance. Then of the names
    of several words, those first that stand in the most sentences."""
    found: dict[str, str] = {}
    for document in documents:
        for match in _HEADING.finditer(document.text[document.body_start :]):
            question = match.group(1).strip().replace("**", "")
            if question.count("?") == 1 and len(question.split()) > 2:
                found.setdefault(question, detect(question, document.language))
    for question in sorted(found, key=len):
        yield found[question], question
    held = Counter((d.language, name) for d in documents for name in _names(d.text[d.body_start :]))
    for (language, name), _ in sorted(held.items(), key=lambda item: (-item[1], item[0])):
        yield language, label(language, "example_name", name=name)


def _names(text: str) -> Iterator[str]:
    """The names of at least two words in a text, each as often as a sentence holds it."""
    for span in sentences(text):
        yield from {n.text for n in names(text[span.start : span.end]) if not n.opens and " " in n.text}


def answered(
    documents: Sequence[Document], ask: Callable[[Question], Answer], stop: Callable[[], bool] = lambda: False
) -> list[tuple[str, str]]:
    """Up to SHOWN questions a language that are answered, spread over what was tried."""
    found: list[tuple[str, str]] = []
    for language in LANGUAGES:
        told = list(islice((q for spoken, q in candidates(documents) if spoken == language), TRIED))
        good = 0
        for question in told:
            if good == SHOWN or stop():
                break
            if ask(Question(question, language=language, mode=QUOTES_MODE)).status is Status.ANSWERED:
                found.append((language, question))
                good += 1
    return found


def judging(settings: Settings) -> str:
    """Names what decides whether a question is answered, apart from the documents."""
    shipped = b"".join((SHIPPED / name).read_bytes() for name in ("reader.json", "calibration.json", "topic.json"))
    told = (__version__, settings.embed_model, settings.reader, settings.llm_judge, settings.caution)
    return hashlib.sha256(repr(told).encode() + shipped).hexdigest()


def fingerprint(documents: Sequence[Document], judged_by: str) -> str:
    told = sorted((d.id, d.version, d.visibility.value) for d in documents)
    return hashlib.sha256(json.dumps([judged_by, told]).encode()).hexdigest()


def kept(path: Path, key: str) -> list[tuple[str, str]] | None:
    """What was found the last time, if all that it rests on is still the same."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return [(str(a), str(b)) for a, b in stored["questions"]] if stored["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(path: Path, key: str, questions: Sequence[tuple[str, str]]) -> None:
    try:
        path.write_text(json.dumps({"key": key, "questions": questions}, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        log.warning("the example questions cannot be kept (%s)", error)


class Examples:
    """The questions to begin with, looked for in the background whenever the documents have changed."""

    def __init__(self, assistant: Assistant, pool: Pool, path: Path, judged_by: str) -> None:
        self._assistant = assistant
        self._pool = pool
        self._path = path
        self._judged_by = judged_by
        self._again = math.inf  # when to look again, by the monotonic clock
        self._lock = threading.Lock()
        self._key = ""
        self._found: list[tuple[str, str]] | None = None

    def current(self) -> list[tuple[str, str]] | None:
        """The questions, or None while they are being tried."""
        documents = self._assistant.documents()
        key = fingerprint(documents, self._judged_by)
        with self._lock:
            if key != self._key or time.monotonic() >= self._again:
                self._key, self._found, self._again = key, kept(self._path, key), math.inf
                if self._found is None:
                    threading.Thread(target=self._look, args=(documents, key), daemon=True).start()
            return self._found

    def _look(self, documents: Sequence[Document], key: str) -> None:
        try:
            found = answered(documents, self._ask, lambda: key != self._key)
            if key == self._key:
                keep(self._path, key, found)
            again = math.inf
        except Exception as error:  # no example is worth a page that does not open
            log.warning("no example questions (%s)", error)
            found, again = [], time.monotonic() + RETRY
        with self._lock:
            if key == self._key:
                self._found, self._again = found, again

    def _ask(self, question: Question) -> Answer:
        """Asked through the pool, after the people who are waiting."""
        for _ in range(60):
            try:
                return self._pool.submit(lambda: self._assistant.ask(question)).result()
            except Busy as busy:
                time.sleep(busy.retry_after)
        raise Busy("Too many questions are being answered.")
