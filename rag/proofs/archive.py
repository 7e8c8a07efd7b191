"""Keeping proofs of what an assistant says, and telling how their quotes stand in its documents today."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from rag.assistant import Assistant
from rag.conversation import standalone
from rag.documents import READER_VERSION
from rag.errors import ConfigurationError, NotFound
from rag.index import INDEX_VERSION
from rag.models import Answer, Check, CheckedText, ClaimQuestion, Question
from rag.proofs.record import CheckedAs, Proof, Quote, Scope, of_answer, of_checks
from rag.proofs.standing import Standing, standing
from rag.proofs.store import ProofStore

log = logging.getLogger("fonte.proofs")
ID_BYTES = 12  # 96 bits: as an answer's id, nobody guesses it


class Archive:
    """The proofs of one assistant's answers and checks. Safe to call from several threads."""

    def __init__(self, assistant: Assistant, store: ProofStore) -> None:
        self._assistant = assistant
        self.store = store
        self._version: tuple[object, str] = (None, "")

    def kept(self, answer: Answer, question: Question) -> Answer:
        """The answer with the address of its proof, once that is stored; without one where nothing is kept."""
        understood = standalone(question).text
        leant = understood if understood != question.text else ""
        scope = Scope(question.as_of, self._titles(question.documents), leant)
        return replace(answer, proof=self._keep(lambda: of_answer(answer, self.index_version(), _now(), scope)))

    def kept_check(self, check: Check, claim: ClaimQuestion) -> Check:
        """The check of one claim with the address of its proof, as an answer's."""
        sent = CheckedAs(check.id, check.claim, within=self._titles(claim.documents))
        return replace(check, proof=self._keep(lambda: of_checks((check,), self.index_version(), _now(), sent)))

    def kept_text(self, checked: CheckedText, text: ClaimQuestion) -> CheckedText:
        """The checks of a text with the address of the one proof of all; a text without claims has none."""
        if not checked.checks:
            return checked
        within = self._titles(text.documents)
        sent = CheckedAs(secrets.token_hex(ID_BYTES), text.text, checked.set_aside, within)
        path = self._keep(lambda: of_checks(checked.checks, self.index_version(), _now(), sent))
        return replace(checked, proof=path)

    def _titles(self, narrowed: frozenset[str] | None) -> tuple[str, ...]:
        documents = self._assistant.retriever.library.documents
        return tuple(sorted(documents[id_].title for id_ in narrowed or () if id_ in documents))

    def _keep(self, make: Callable[[], Proof]) -> str | None:
        """An answer is worth more than its proof: a full disk loses the second only."""
        if not self.store.is_keeping:
            return None
        try:
            proof = make()
            self.store.keep(proof)
        except (sa.exc.SQLAlchemyError, ConfigurationError, ValueError) as error:
            log.error("a proof could not be kept (%s)", type(error).__name__)
            return None
        return proof.path

    def proof(self, id_: str) -> Proof:
        """Raises NotFound: never kept, over its time, or erased."""
        found = self.store.get(id_)
        if found is None:
            raise NotFound("There is no such proof.", "It was never kept, its time is over, or it was erased.")
        return found

    def standings(self, proof: Proof) -> Mapping[Quote, Standing]:
        """How each of its quotes stands in the documents as they are now."""
        documents = self._assistant.retriever.library.documents
        quotes = [q for finding in proof.findings for q in (*finding.quotes, *finding.nearest)]
        return {quote: standing(quote, documents.get(quote.source.id)) for quote in quotes}

    def index_version(self) -> str:
        """Names what is searched: every document's text, the readers, the index and the embedding model."""
        library = self._assistant.retriever.library
        known, version = self._version
        if known is not library:
            told = sorted(f"{d.id} {d.version} {d.content_hash}" for d in library.documents.values())
            digest = hashlib.blake2b("\n".join(told).encode(), digest_size=8).hexdigest()
            model = self._assistant.index.encoder.model_id
            version = f"{digest} · {READER_VERSION}.{INDEX_VERSION} · {model}"
            self._version = (library, version)
        return version


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)
