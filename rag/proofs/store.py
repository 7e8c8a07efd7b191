"""Where proofs are kept, for so many days: a file of their own in the data folder, or the shared database.

Nothing is there before the first proof is. What is erased leaves no trace in the file.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from rag.proofs.record import Proof, from_json, to_json
from rag.settings import Settings, database_of
from rag.store.database import ERASING, Schema, Where, open_database

FILE = "proofs.sqlite"

_tables = sa.MetaData()
PROOFS = sa.Table(
    "proofs",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("made", sa.String, nullable=False, index=True),  # ISO, UTC
    sa.Column("record", sa.Text, nullable=False),  # as it is exported
)
SCHEMA = Schema("proofs schema", 1, _tables, pragmas=ERASING)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ProofStore:
    """The proofs of one installation, kept for `days`; 0 keeps nothing, and erases what was kept before.

    Usable from several threads, and by several processes at once.
    """

    def __init__(self, where: Where, days: int, now: Callable[[], dt.datetime] = _now) -> None:
        self._where = where
        self._days = days
        self._now = now
        self._engine: sa.Engine | None = None
        self._lock = threading.Lock()
        if self._opened(create=False) is not None:
            self._sweep()

    @property
    def is_keeping(self) -> bool:
        return self._days > 0

    def keep(self, proof: Proof) -> None:
        """Store a proof in place of one of the same id; nothing where nothing is kept."""
        engine = self._opened(create=True) if self.is_keeping else None
        if engine is None:
            return
        row = {"id": proof.id, "made": proof.made.isoformat(), "record": to_json(proof).decode()}
        with engine.begin() as connection:
            connection.execute(sa.delete(PROOFS).where(PROOFS.c.id == proof.id))
            connection.execute(sa.insert(PROOFS).values(row))
        self._sweep()

    def get(self, id_: str) -> Proof | None:
        """The proof under this id, unless its time is over."""
        engine = self._opened(create=False)
        if engine is None:
            return None
        self._sweep()
        with engine.connect() as connection:
            record = connection.execute(sa.select(PROOFS.c.record).where(PROOFS.c.id == id_)).scalar_one_or_none()
        return from_json(record) if record is not None else None

    def erase(self, id_: str) -> bool:
        """Erase one proof; False if there was none."""
        return self._delete(PROOFS.c.id == id_) > 0

    def erase_before(self, moment: dt.datetime | None = None) -> int:
        """Erase what was made before `moment` (UTC), or everything; how many there were."""
        return self._delete(PROOFS.c.made < moment.isoformat() if moment else sa.true())

    def count(self) -> int:
        engine = self._opened(create=False)
        if engine is None:
            return 0
        with engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(PROOFS)).scalar_one())

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def _sweep(self) -> None:
        """Erase what is older than the days that proofs are kept."""
        self.erase_before(self._now() - dt.timedelta(days=self._days) if self._days else None)

    def _delete(self, which: sa.ColumnElement[bool]) -> int:
        engine = self._opened(create=False)
        if engine is None:
            return 0
        with engine.begin() as connection:
            return int(connection.execute(sa.delete(PROOFS).where(which)).rowcount)

    def _opened(self, create: bool) -> sa.Engine | None:
        """The database; None for a file that is not there and is not to be made."""
        with self._lock:
            is_there = not isinstance(self._where, Path) or self._where.is_file()
            if self._engine is not None and not is_there:  # the file was deleted by hand
                self._engine.dispose()
                self._engine = None
            if self._engine is None and (create or is_there):
                self._engine = open_database(self._where, SCHEMA)
            return self._engine


def store_of(settings: Settings) -> ProofStore:
    """The proofs of these settings: in the shared database where one is named, else in the data folder."""
    return ProofStore(database_of(settings) or settings.data / FILE, settings.proof_days)
