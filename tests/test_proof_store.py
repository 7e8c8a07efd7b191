"""What any store of proofs must do: a file, or the database that several servers share."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from proof_builders import MADE, cited, corpus, document, proof_of_answer

from rag.proofs.record import Proof
from rag.proofs.store import FILE, ProofStore
from rag.store.database import Where

DAY = dt.timedelta(days=1)


@pytest.fixture
def proof(tmp_path: Path) -> Proof:
    return proof_of_answer(cited(document(corpus(tmp_path)), "38 imprese"))


def store(where: Where, days: int = 30, now: dt.datetime = MADE) -> ProofStore:
    return ProofStore(where, days, lambda: now)


class ProofStoreRules(ABC):
    """The rules, whatever the store."""

    @pytest.fixture
    @abstractmethod
    def where(self, tmp_path: Path) -> Where:
        """A subclass brings the place."""

    def test_a_proof_comes_back_as_it_was_kept_also_to_another_server(self, where: Where, proof: Proof) -> None:
        store(where).keep(proof)
        assert store(where).get(proof.id) == proof

    def test_before_the_first_proof_there_is_nothing(self, where: Where, proof: Proof) -> None:
        fresh = store(where)
        assert fresh.get(proof.id) is None
        assert (fresh.count(), fresh.erase(proof.id), fresh.erase_before()) == (0, False, 0)

    def test_without_retention_nothing_is_kept_and_what_was_is_erased(self, where: Where, proof: Proof) -> None:
        store(where).keep(proof)
        silent = store(where, days=0)
        silent.keep(replace(proof, id="another"))
        assert store(where).count() == 0

    def test_a_proof_is_gone_when_its_days_are_over(self, where: Where, proof: Proof) -> None:
        store(where, 30).keep(proof)
        assert store(where, 30, MADE + 29 * DAY).get(proof.id) == proof
        assert store(where, 30, MADE + 31 * DAY).get(proof.id) is None
        assert store(where, 30).count() == 0, "it was erased, not hidden"

    def test_one_is_erased_and_the_others_stay(self, where: Where, proof: Proof) -> None:
        kept = store(where)
        kept.keep(proof)
        kept.keep(replace(proof, id="another"))
        assert (kept.erase(proof.id), kept.erase(proof.id)) == (True, False)
        assert kept.get("another") is not None

    def test_only_what_is_older_than_the_day_is_erased(self, where: Where, proof: Proof) -> None:
        kept = store(where)
        kept.keep(proof)
        kept.keep(replace(proof, id="younger", made=MADE + 2 * DAY))
        assert kept.erase_before(MADE + DAY) == 1
        assert kept.get("younger") is not None
        assert (kept.erase_before(), kept.count()) == (1, 0)


class TestSqliteProofs(ProofStoreRules):
    @pytest.fixture
    def where(self, tmp_path: Path) -> Where:
        return tmp_path / FILE

    def test_the_file_is_made_by_the_first_proof(self, where: Where, proof: Proof) -> None:
        assert isinstance(where, Path)
        fresh = store(where)
        fresh.get(proof.id)
        fresh.erase_before()
        store(where, days=0).keep(proof)
        assert not where.exists()
        fresh.keep(proof)
        assert where.exists()


@pytest.mark.slow  # starts a PostgreSQL
class TestPostgresProofs(ProofStoreRules):
    @pytest.fixture
    def where(self, new_database: Callable[[], str]) -> Where:
        return new_database()
