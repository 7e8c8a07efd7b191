"""Ask, search, ingest: the rooms put together. `build_assistant` is the one composition root."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from rag import citations, model_cache, weights
from rag.conversation import standalone
from rag.documents import Root, roots
from rag.embedding import Embedder
from rag.errors import ConfigurationError, InvalidInput, NotFound, NotReady
from rag.evidence import Calibration, Judge, Judged, ReaderJudge
from rag.index import Index, Progress
from rag.language import LANGUAGES, detect
from rag.manifest import Manifest
from rag.models import (
    Answer,
    Document,
    Draft,
    Hit,
    IngestReport,
    Note,
    Question,
    Skipped,
    Statement,
    Status,
    Support,
)
from rag.ownership import own
from rag.precedence import AUTHORITY, Precedence
from rag.questions import parts
from rag.quoting import Part, Quoter, Thresholds
from rag.reader import SHIPPED, TrainedReader
from rag.retrieval import Retriever
from rag.settings import PACKAGED_MODEL, Settings
from rag.vectors import VectorStore, connect
from rag.wording import word

MAX_PARTS = 3
QUOTES_MODE = "quotes"


@dataclass
class Progressing:
    """Where the start stands, for the pages and /readyz. Written by the loading thread, read by all."""

    stage: str = "starting"  # starting, model, sync, ready or failed
    done: int = 0
    total: int = 0
    source: str = ""
    error: str = ""
    hint: str = ""

    @property
    def ready(self) -> bool:
        return self.stage == "ready"


@dataclass
class Timer:
    """Milliseconds by step of one answer."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.steps[name] = self.steps.get(name, 0.0) + (time.perf_counter() - started) * 1000


class Assistant:
    """Answers questions over one index. Safe to call from several threads; syncs take turns."""

    def __init__(
        self,
        index: Index,
        retriever: Retriever,
        judge: Judge,
        quoter: Quoter,
        corpus: Sequence[Root],
        limit: int,
    ) -> None:
        self.index = index
        self.retriever = retriever
        self.state = Progressing()
        self._judge = judge
        self._quoter = quoter
        self._corpus = list(corpus)
        self._limit = limit
        self._syncing = threading.Lock()
        self.last_report: IngestReport | None = None

    # Asking

    def ask(self, question: Question) -> Answer:
        """The answer in quotes.

        Raises InvalidInput for a question that is empty or too long, NotReady while the start is under way.
        """
        self._check(question)
        timer = Timer()
        language = self._language(question)
        alone = standalone(question)
        with timer.step("retrieve"):
            found = [(text, self._search(replace(alone, text=text, language=None))) for text in self._parts(alone)]
        with timer.step("read"):
            judged = [Part(text, self._judge.judge(self._reading(text), hits)) for text, hits in found]
        with timer.step("write"):
            draft = self._quoter.draft(judged, language)
            answer = self._verified(question, draft, language)
        timer.steps["total"] = sum(timer.steps.values())
        return replace(answer, timings_ms={name: round(ms, 1) for name, ms in timer.steps.items()})

    def search(self, question: Question, limit: int) -> list[Hit]:
        self._check(question)
        return self.retriever.search(question, limit)

    def judge(self, text: str) -> Judged:
        """The evidence for one plain question: what evaluation and calibration look at."""
        return self._judge.judge(self._reading(text), self._search(Question(text)))

    def _search(self, question: Question) -> list[Hit]:
        return self.retriever.search(question)

    def _reading(self, text: str) -> str:
        return self.retriever.expanded(text)

    def _parts(self, question: Question) -> list[str]:
        return parts(question.text)[:MAX_PARTS]

    def _check(self, question: Question) -> None:
        if not self.state.ready:
            raise NotReady(self.state.error or "Fonte is still starting.", self.state.hint or "Ask again shortly.")
        text = question.text.strip()
        if not any(c.isalnum() for c in text):
            raise InvalidInput("The question is empty.", "Write what you want to know.")
        if len(text) > self._limit:
            raise InvalidInput(
                f"The question has {len(text)} characters; at most {self._limit} are read.",
                "Ask it in fewer words.",
            )
        if question.language is not None and question.language not in LANGUAGES:
            raise InvalidInput(f"Language {question.language!r} is not spoken here.", "Use it or en.")
        if question.mode not in (None, QUOTES_MODE):
            raise InvalidInput(f"Mode {question.mode!r} is not available.", "Use quotes, or leave it out.")
        unknown = (question.documents or frozenset()) - self.retriever.library.documents.keys()
        if unknown:
            raise NotFound(f"No document {sorted(unknown)[0]} is indexed.", "GET /api/v1/documents lists them.")

    def _language(self, question: Question) -> str:
        asked = [turn.content for turn in question.history if turn.role == "user"]
        default = detect(asked[-1]) if asked else "it"
        return question.language or detect(question.text, default)

    def _verified(self, question: Question, draft: Draft, language: str) -> Answer:
        """The draft with every quote compared with its document; the only road from draft to answer."""
        cited = citations.Citations()
        statements = [
            Statement(s.text, cited.cite(s.evidence), Support.FRAME if s.is_frame else Support.QUOTED)
            for s in draft.sentences
        ]
        library = self.retriever.library
        searched = library.allowed(question)
        if draft.status is Status.NOT_FOUND:
            key = "not_found" if searched else "empty"
            statements = [Statement(word(language, key), (), Support.FRAME)]
        notes = tuple(Note(n.kind, n.text, cited.cite(n.evidence)) for n in draft.notes)
        dates = [d.date for id_ in searched if (d := library.documents[id_]).date]
        return Answer(
            id=secrets.token_urlsafe(12),
            question=question.text,
            status=draft.status,
            language=language,
            text=_joined(statements, draft.headline),
            headline=draft.headline,
            statements=tuple(statements),
            citations=cited.numbered,
            nearest=tuple(citations.citation(e) for e in draft.nearest),
            notes=notes,
            mode=QUOTES_MODE,
            model=None,
            searched=len(searched),
            newest=max(dates, default=None),
        )

    # Documents

    def sync(self, prune: bool = False, report: Callable[[Progress], None] = lambda _: None) -> IngestReport:
        """Make the index hold what the corpus folders hold; one sync at a time."""
        with self._syncing:
            found = self.index.sync(self._corpus, prune, report)
            self.retriever.refresh()
            self.last_report = found
            return found

    def documents(self, public_only: bool = False) -> list[Document]:
        library = self.retriever.library
        allowed = library.allowed(Question("", public_only=public_only))
        return [d for d in library.documents.values() if d.id in allowed]

    def document(self, document_id: str, version: str | None = None, public_only: bool = False) -> Document:
        """A document now or at `version`. Raises NotFound; a document out of reach is as unknown as any other."""
        found = self.index.manifest.document(document_id, version)
        if found is None or (public_only and found.visibility.value != "public"):
            raise NotFound("There is no such document or version.", "GET /api/v1/documents lists the documents.")
        return found

    def skipped(self) -> list[Skipped]:
        return self.index.manifest.skipped()

    @property
    def corpus(self) -> tuple[Root, ...]:
        """The folders that the documents come from; what is uploaded goes into the first."""
        return tuple(self._corpus)


def _joined(statements: Sequence[Statement], headline: str | None) -> str:
    """The answer as one text with [n] marks; what is unsupported is not in it."""
    pieces = []
    for number, statement in enumerate(s for s in statements if s.support is not Support.UNSUPPORTED):
        marks = " ".join(f"[{n}]" for n in statement.citations)
        lead = f"**{headline}** {marks} — " if headline and number == 0 else ""
        pieces.append(f"{lead}{statement.text} {marks}".rstrip())
    return "\n".join(pieces)


class Loading:
    """Brings an assistant up in the background, so that the page is there before the model is."""

    def __init__(self, assistant: Assistant, steps: Sequence[tuple[str, Callable[[], object]]]) -> None:
        self._assistant = assistant
        self._steps = steps

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self.run, name="fonte-loading", daemon=True)
        thread.start()
        return thread

    def run(self) -> None:
        """All steps in order; a failure is kept as the state that /readyz and the pages show."""
        state = self._assistant.state
        try:
            for stage, step in self._steps:
                state.stage = stage
                step()
            state.stage = "ready"
        except Exception as error:  # whatever broke, the server stays up and says so
            state.error = str(getattr(error, "message", error)) or type(error).__name__
            state.hint = str(getattr(error, "hint", ""))
            state.stage = "failed"
            raise


def _follow(state: Progressing, progress: Progress) -> None:
    state.done, state.total, state.source = progress.done, progress.total, progress.source


def model_source(settings: Settings) -> Callable[[], str]:
    """Where the embedding model lies, once it is needed: the packaged one is built then, if it is not there."""
    if settings.embed_model != PACKAGED_MODEL:
        return lambda: settings.embed_model
    return lambda: str(weights.ensure_model(settings.cache, settings.model_archive))


def embedder_name(settings: Settings) -> str:
    if settings.embed_model != PACKAGED_MODEL:
        return settings.embed_model
    return str(model_cache.model_folder(weights.PACKAGED, settings.cache).name)


def build_assistant(settings: Settings, prune: bool = False) -> tuple[Assistant, Loading]:
    """Every part, wired; nothing heavy is loaded before `Loading` runs. `prune` is for the sync at its end.

    Raises ConfigurationError when the corpus or the data folder cannot be used.
    """
    corpus = roots(settings.corpus)
    own(settings.data)
    embedder = Embedder(embedder_name(settings), model_source(settings))
    packaged = model_source(settings.model_copy(update={"embed_model": PACKAGED_MODEL}))
    reader = TrainedReader(packaged)
    manifest = Manifest(settings.data / "manifest.sqlite")
    vectors = VectorStore(
        connect(settings.data / "chroma", settings.chroma_url), _index_id(manifest), embedder.model_id
    )
    index = Index(manifest, vectors, embedder, settings.max_file_mb * 2**20)
    retriever = Retriever(index)
    judge = ReaderJudge(reader, Calibration.load(SHIPPED / "calibration.json"))
    quoter = Quoter(Thresholds.cautious(settings.caution), Precedence(_authority(settings.data)))
    assistant = Assistant(index, retriever, judge, quoter, corpus, settings.max_question)
    steps = [
        ("model", embedder.load),
        ("model", reader.load),
        ("sync", lambda: assistant.sync(prune, lambda p: _follow(assistant.state, p))),
    ]
    return assistant, Loading(assistant, steps)


def _index_id(manifest: Manifest) -> str:
    found = manifest.meta("index")
    if found is None:
        found = hashlib.blake2b(secrets.token_bytes(16), digest_size=5).hexdigest()
        manifest.set_meta("index", found)
    return found


def _authority(data: Path) -> dict[str, int]:
    """The operator's own order of kinds (data/authority.json), on top of the shipped one."""
    path = data / "authority.json"
    if not path.is_file():
        return dict(AUTHORITY)
    try:
        return {
            **AUTHORITY,
            **{str(k): int(v) for k, v in json.loads(path.read_text(encoding="utf-8")).items()},
        }
    except (ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"{path} is not a table of kinds and numbers ({error}).", "Mend or remove it."
        ) from error
