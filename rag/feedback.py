"""Thumbs, kept in a file of their own in the data folder: erasing it loses nothing else.

A row holds the day, an id, the answer's status, the verdict and the reason; the question only if the person agreed. The
chat page draws the id itself, so that no verdict is joined with the answer's proof, which holds its question. A second
thumb under the same id takes the place of the first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from rag.errors import InvalidInput, NotFound
from rag.models import Status
from rag.store.database import ERASING, Schema, open_database

FILE = "feedback.sqlite"  # in the data folder
VERDICTS = ("up", "down")
MAX_REASON = 600
MAX_ID = 64

_tables = sa.MetaData()
THUMBS = sa.Table(
    "thumbs",
    _tables,
    sa.Column("answer_id", sa.String, primary_key=True),
    sa.Column("date", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("question", sa.Text),
)
SCHEMA = Schema("feedback schema", 1, _tables, pragmas=ERASING)


@dataclass(frozen=True, slots=True)
class Thumb:
    """One verdict. `answer_id` is whatever stands for the answer; `question` is None without consent."""

    answer_id: str
    status: Status
    verdict: str
    reason: str = ""
    question: str | None = None
    date: str = ""  # ISO day, given when it is kept


class Feedback:
    """The thumbs of one data folder; usable from several threads."""

    def __init__(self, path: Path) -> None:
        self._engine = open_database(path, SCHEMA)

    def keep(self, thumb: Thumb) -> None:
        """Store a verdict in place of an earlier one on the same answer. Raises InvalidInput if it is malformed."""
        if thumb.verdict not in VERDICTS:
            raise InvalidInput(f"A verdict is {' or '.join(VERDICTS)}, not {thumb.verdict!r}.")
        if not 0 < len(thumb.answer_id) <= MAX_ID:
            raise InvalidInput("The answer's id is missing or too long.")
        row = {
            **asdict(thumb),
            "status": thumb.status.value,
            "reason": thumb.reason[:MAX_REASON],
            "date": dt.datetime.now(dt.UTC).date().isoformat(),
        }
        with self._engine.begin() as connection:
            connection.execute(sa.delete(THUMBS).where(THUMBS.c.answer_id == thumb.answer_id))
            connection.execute(sa.insert(THUMBS).values(row))

    def all(self) -> Iterator[Thumb]:
        """Every verdict, oldest day first."""
        with self._engine.connect() as connection:
            for row in connection.execute(sa.select(THUMBS).order_by(THUMBS.c.date)):
                yield Thumb(row.answer_id, Status(row.status), row.verdict, row.reason, row.question, row.date)

    def erase(self, before: dt.date | None = None) -> int:
        """Erase every verdict, or those of before a day; how many there were."""
        old = sa.delete(THUMBS) if before is None else sa.delete(THUMBS).where(THUMBS.c.date < before.isoformat())
        with self._engine.begin() as connection:
            return int(connection.execute(old).rowcount)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def kept_in(data: Path) -> Iterator[Feedback]:
    """The thumbs of a data folder for as long as the block lasts. Raises NotFound where none was ever given."""
    if not (data / FILE).is_file():
        raise NotFound(f"No verdict was ever given in {data}.", "Name the folder of the index with --data.")
    feedback = Feedback(data / FILE)
    try:
        yield feedback
    finally:
        feedback.close()
