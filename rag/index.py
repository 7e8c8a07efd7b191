"""Corpus folders → index, by content hash: unchanged costs nothing, changed is replaced, vanished is removed.

The manifest changes first, one document a transaction; Chroma follows and is compared with it at every sync, so
that a crash between the two is mended by the next start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag.documents import READER_VERSION, Root, SourceFile, read, walk
from rag.embedding.embedder import Encoder, Encoding
from rag.errors import ConfigurationError, UnreadableDocument
from rag.models import Document, IngestReport, Passage, Skipped
from rag.passages import context, passages, read_text
from rag.store.manifest import Manifest
from rag.store.rows import Entry, Stored
from rag.store.vectors import VectorStore

INDEX_VERSION = "3"  # raised when what is stored of the same text changes: every document is then indexed again
UNFINISHED = "sync"  # set while a sync changes documents
MODEL = "model"  # the embedding model of everything indexed
GROUP = 256  # passages embedded together, over documents: short batches waste a core

log = logging.getLogger("fonte.index")


@dataclass(frozen=True, slots=True)
class ModelChange:
    """Why everything is embedded again: the index was made with another embedding model."""

    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: documents done of all that need work, the one just finished, and why it is all of them."""

    done: int
    total: int
    source: str = ""
    change: ModelChange | None = None


Report = Callable[[Progress], None]


def embedded_text(passage: Passage, document: Document) -> tuple[str, int]:
    """(what is embedded, where the passage's own text begins in it): title, headings and lead stand above it."""
    above = context(passage, document)
    body = read_text(passage, document)
    return (f"{above}\n{body}", len(above) + 1) if above else (body, 0)


@dataclass
class _Plan:
    """What one sync found, by what has to be done."""

    fresh: list[SourceFile] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: dict[str, list[Skipped]] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    broken: list[SourceFile] = field(default_factory=list)  # indexed before, and no longer readable


class Index:
    """Documents in, passages out; owns the order in which manifest and vectors change."""

    def __init__(
        self, manifest: Manifest, vectors: VectorStore, encoder: Encoder, max_bytes: int, group: int = GROUP
    ) -> None:
        self.manifest = manifest
        self.vectors = vectors
        self.encoder = encoder
        self._max_bytes = max_bytes
        self._group = group

    def sync(self, roots: Sequence[Root], prune: bool = False, report: Report = lambda _: None) -> IngestReport:
        """Make the index hold what the folders hold.

        Raises ConfigurationError, having removed nothing, if more than half of the documents would vanish and
        `prune` is not set: a folder that is not mounted, or a disk that gives empty files, must not empty an index.
        """
        with self.manifest.alone():
            return self._sync(roots, prune, report)

    def _sync(self, roots: Sequence[Root], prune: bool, report: Report) -> IngestReport:
        started = time.perf_counter()
        stored = self.manifest.stored()
        plan = self._plan(roots, stored)
        gone = {s.id: s.source for s in stored.values() if s.id not in plan.found}
        if refusal := _refusal(gone, stored, prune):
            raise refusal
        added, changed, count = self._index(plan, stored, report)
        gone |= {file.id: file.source for file in plan.broken}
        refusal = _refusal(gone, stored, prune)
        if gone and refusal is None:
            self.manifest.set_meta(UNFINISHED, "yes")
            for id_ in gone:
                self.manifest.remove(id_)
        self.manifest.set_skipped(plan.skipped)
        self.reconcile()
        if self.manifest.meta(MODEL) != self.encoder.model_id:
            self.manifest.set_meta(MODEL, self.encoder.model_id)
        if self.manifest.meta(UNFINISHED):  # also where a sync that was cut off had changed something
            self.manifest.mark_changed()
            self.manifest.set_meta(UNFINISHED, "")
        if refusal:
            raise refusal
        return IngestReport(
            added=tuple(added),
            changed=tuple(changed),
            unchanged=tuple(sorted(plan.unchanged)),
            removed=tuple(sorted(gone.values())),
            skipped=tuple(s for root in roots for s in plan.skipped.get(root.label, [])),
            passages=count,
            seconds=time.perf_counter() - started,
        )

    def fingerprint(self, file: SourceFile) -> str:
        return f"{file.content_hash}/{READER_VERSION}.{INDEX_VERSION}/{self.encoder.model_id}"

    def _plan(self, roots: Sequence[Root], stored: dict[str, Stored]) -> _Plan:
        plan = _Plan()
        for root in roots:
            for file in walk(root, self._max_bytes):
                if isinstance(file, Skipped):
                    plan.skipped.setdefault(root.label, []).append(file)
                elif file.id in stored and stored[file.id].fingerprint == self.fingerprint(file):
                    plan.found.add(file.id)
                    plan.unchanged.append(file.source)
                else:
                    plan.found.add(file.id)
                    plan.fresh.append(file)
        return plan

    def _index(self, plan: _Plan, stored: dict[str, Stored], report: Report) -> tuple[list[str], list[str], int]:
        added: list[str] = []
        changed: list[str] = []
        count = done = 0
        if change := self._model_change(plan, stored):
            log.warning(
                "The embedding model changed from %s to %s: all documents are embedded again. %d to go.",
                change.was,
                change.now,
                len(plan.fresh),
            )
            report(Progress(0, len(plan.fresh), change=change))
        for group in self._groups(plan, stored):
            encodings = iter(self._encode(group))
            for file, document, found in group:
                if done == 0:
                    self.manifest.set_meta(UNFINISHED, "yes")
                entries = [Entry(p, next(encodings), context(p, document)) for p in found]
                self.manifest.put(document, file.root.label, self.fingerprint(file), entries)
                (changed if file.id in stored else added).append(file.source)
                count += len(entries)
                done += 1
                report(Progress(done, len(plan.fresh), file.source, change))
        return added, changed, count

    def _model_change(self, plan: _Plan, stored: Mapping[str, Stored]) -> ModelChange | None:
        """The change that has indexed documents embedded again; also what a sync that was cut off had left of them."""
        was, now = self.manifest.meta(MODEL), self.encoder.model_id
        renewed = any(file.id in stored for file in plan.fresh)
        return ModelChange(was, now) if renewed and was and was != now else None

    def _groups(
        self, plan: _Plan, stored: dict[str, Stored]
    ) -> Iterator[list[tuple[SourceFile, Document, list[Passage]]]]:
        """Read files in groups, each of about the passages that are embedded together; what cannot be read is noted."""
        group: list[tuple[SourceFile, Document, list[Passage]]] = []
        size = 0
        for file in plan.fresh:
            try:
                document = read(file)
            except UnreadableDocument as error:
                plan.skipped.setdefault(file.root.label, []).append(Skipped(file.source, error.message, error.hint))
                if file.id in stored:
                    plan.broken.append(file)
                continue
            group.append((file, document, passages(document)))
            size += len(group[-1][2])
            if size >= self._group:
                yield group
                group, size = [], 0
        if group:
            yield group

    def _encode(self, group: list[tuple[SourceFile, Document, list[Passage]]]) -> list[Encoding]:
        """Encodings of the group's passages, their token offsets counted from the passage's own start."""
        texts = [embedded_text(p, document) for _, document, found in group for p in found]
        encoded = self.encoder.encode_documents([text for text, _ in texts]) if texts else []
        return [
            replace(encoding, offsets=encoding.offsets - shift)
            for encoding, (_, shift) in zip(encoded, texts, strict=True)
        ]

    def reconcile(self) -> None:
        """Make Chroma hold exactly the manifest's passages, from the vectors kept there: nothing is embedded."""
        self.vectors.drop_others()
        wanted, held = self.manifest.vector_ids(), self.vectors.ids()
        if surplus := held - wanted:
            self.vectors.remove(sorted(surplus))
        if missing := wanted - held:
            self.vectors.add(self.manifest.vectors(sorted(missing)))


def _refusal(gone: Mapping[str, str], stored: Mapping[str, Stored], prune: bool) -> ConfigurationError | None:
    """Why these documents (id → source) are not taken out of what is stored; None where they are."""
    if prune or len(gone) * 2 <= len(stored):
        return None
    return ConfigurationError(
        f"{len(gone)} of {len(stored)} indexed documents are no longer in the corpus folders, or cannot be read.",
        "If that is meant, start with --prune. Other documents than before want an index of their own: --data FOLDER. "
        "Else check that the folders and their disk are the right ones.",
    )
