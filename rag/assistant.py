"""Ask, search, ingest: the rooms put together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rag.checking.desk import MAX_TEXT, FactDesk
from rag.conversation import answering_names, standalone
from rag.corrections import correction
from rag.documents import Root
from rag.errors import InvalidInput, NotFound, NotReady
from rag.evidence import Judge, Judged
from rag.index import Index, ModelChange, Progress
from rag.language.detection import LANGUAGES, detect
from rag.language.questions import parts
from rag.models import Answer, Check, CheckedText, ClaimQuestion, Document, Hit, IngestReport, Question, Skipped
from rag.retrieval import Retriever
from rag.writing.answers import GENERATE_MODE, QUOTES_MODE, Tell, harmless, quotes_answer, tell_all
from rag.writing.composing import Composer
from rag.writing.quoting import Part, Quoter

MAX_PARTS = 3
MIN_TELLING = 4  # words


@dataclass
class Progressing:
    """Where the start stands, and how far a sync is, for the pages and /readyz. Written by one thread, read by all."""

    stage: str = "starting"  # starting, model, sync, ready or failed
    syncing: bool = False  # also later, while questions are answered
    done: int = 0
    total: int = 0
    source: str = ""
    change: ModelChange | None = None  # why a sync reads everything again
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
        self.composer: Composer | None = None  # writes answers, where a model is set up
        self.desk: FactDesk | None = None  # checks claims

    # Asking

    def ask(self, question: Question, tell: Tell = lambda _: None) -> Answer:
        """The answer: written by a model and verified where one is set up, else in quotes. `tell` hears of it as it is
        made, and may raise to end it.

        Raises InvalidInput for a question that is empty or too long, NotReady while the start is under way.
        """
        self._check(question)
        timer = Timer()
        language = self._language(question)
        alone = standalone(question)
        judged = self._judged(alone, timer)
        with timer.step("write"):
            draft = self._quoter.draft(judged, language)
            answer = quotes_answer(question, draft, language, self.retriever.library)
        if self.composer is not None and question.mode != QUOTES_MODE:
            answer = self.composer.compose(alone.text, answer, draft, judged, tell)
        else:
            tell_all(answer, tell)
        timer.steps.update(answer.timings_ms)
        timer.steps["total"] = sum(timer.steps.values())
        return replace(answer, timings_ms={name: round(ms, 1) for name, ms in timer.steps.items()})

    def check(self, claim: ClaimQuestion) -> Check:
        """What the documents say of one claim. Raises what `ask` raises."""
        return self._desk_for(claim, "claim", self._limit).check(claim)

    def check_text(self, text: ClaimQuestion) -> CheckedText:
        """What they say of every claim in a text of at most MAX_TEXT characters."""
        return self._desk_for(text, "text", MAX_TEXT).check_text(text)

    def _desk_for(self, claim: ClaimQuestion, what: str, limit: int) -> FactDesk:
        self._admit(Question(claim.text, language=claim.language, documents=claim.documents), what, limit)
        assert self.desk is not None  # an assistant that is ready has one
        return self.desk

    def _judged(self, alone: Question, timer: Timer) -> list[Part]:
        """The evidence for each thing asked. What the first is answered with is put beside the next: "who sold …, and
        what was their order worth?"."""
        found: list[Part] = []
        for piece in parts(alone.text)[:MAX_PARTS]:
            text = " ".join([piece.alone, *(name for part in found for name in answering_names(part.judged))])
            with timer.step("retrieve"):
                hits = self._search(replace(alone, text=text, language=None))
            with timer.step("read"):
                judged = harmless(self._judge.judge(self._reading(text), hits))
            with timer.step("retrieve"):
                found.append(Part(piece.text, self._corrected(judged, replace(alone, text=piece.text, language=None))))
        return found

    def _corrected(self, judged: Judged, question: Question) -> Judged:
        """What was found, with the sentence of a later source that takes the best one's value back, if there is one."""
        if not self._quoter.answers(Part(question.text, judged)):
            return judged
        library = self.retriever.library
        documents = [library.documents[id_] for id_ in library.allowed(question)]
        return replace(
            judged,
            correction=correction(judged.evidence[0], question, documents, self._search, self._quoter.precedence),
        )

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

    def _check(self, question: Question) -> None:
        self._admit(question, "question", self._limit)

    def _admit(self, question: Question, what: str, limit: int) -> None:
        if not self.state.ready:
            raise NotReady(self.state.error or "Fonte is still starting.", self.state.hint or "Ask again shortly.")
        text = question.text.strip()
        if not any(c.isalnum() for c in text):
            raise InvalidInput(f"The {what} is empty.", "Write what you want to know.")
        if len(text) > limit:
            raise InvalidInput(
                f"The {what} has {len(text)} characters; at most {limit} are read.",
                "Ask it in fewer words." if what == "question" else "Check it in parts.",
            )
        if question.language is not None and question.language not in LANGUAGES:
            raise InvalidInput(f"Language {question.language!r} is not spoken here.", "Use it or en.")
        if question.mode not in (None, QUOTES_MODE) and (question.mode != GENERATE_MODE or self.composer is None):
            raise InvalidInput(f"Mode {question.mode!r} is not available.", "Use quotes, or leave it out.")
        unknown = (question.documents or frozenset()) - self.retriever.library.documents.keys()
        if unknown:
            raise NotFound(f"No document {sorted(unknown)[0]} is indexed.", "GET /api/v1/documents lists them.")

    def _language(self, question: Question) -> str:
        asked = [turn.content for turn in question.history if turn.role == "user"]
        if question.language or not asked:
            return question.language or detect(question.text, "it")
        default = detect(asked[-1])  # "E Anna Rossi?" is too short to tell its language
        return default if len(question.text.split()) < MIN_TELLING else detect(question.text, default)

    # Documents

    def sync(self, prune: bool = False) -> IngestReport:
        """Make the index hold what the corpus folders hold; one sync at a time. `state` tells how far it is."""
        with self._syncing:
            _follow(self.state, Progress(0, 0))
            self.state.syncing = True
            try:
                found = self.index.sync(self._corpus, prune, lambda progress: _follow(self.state, progress))
                self.retriever.refresh()
            finally:
                self.state.syncing = False
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
    state.change = progress.change
