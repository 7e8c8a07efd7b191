"""The one composition root: settings → an assistant with every part wired, and what loads it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from rag.assistant import Assistant, Loading
from rag.checking.desk import FactDesk
from rag.checking.judging import ClaimJudge
from rag.checking.verdicts import ClaimCalibration
from rag.documents import roots
from rag.embedding import model_cache, weights
from rag.embedding.embedder import Embedder
from rag.embedding.projection import Projection
from rag.errors import ConfigurationError
from rag.evidence import Calibration, ReaderJudge
from rag.index import Index
from rag.precedence import AUTHORITY, Precedence
from rag.reader.hub import HubReader
from rag.reader.trained import SHIPPED, TrainedReader
from rag.retrieval import Retriever
from rag.settings import PACKAGED_MODEL, Settings, database_of
from rag.store.manifest import Manifest
from rag.store.ownership import own
from rag.store.vectors import VectorStore, connect
from rag.writing.composing import Composer
from rag.writing.llm import build_generator, build_judge, daily_budget
from rag.writing.quoting import Quoter, Thresholds
from rag.writing.verifying import Checker, Meaning


def model_source(settings: Settings) -> Callable[[], str]:
    """Where the embedding model lies, once it is needed: the packaged one is built then, if it is not there."""
    if settings.embed_model != PACKAGED_MODEL:
        return lambda: settings.embed_model
    return lambda: str(weights.ensure_model(settings.cache, settings.model_archive))


def embedder_name(settings: Settings) -> str:
    if settings.embed_model != PACKAGED_MODEL:
        return settings.embed_model
    return str(model_cache.model_folder(weights.PACKAGED, settings.cache).name)


def build_embedder(settings: Settings) -> Embedder:
    """The embedding model, not yet loaded; the packaged one with the projection that was trained for it."""
    projection = Projection.load() if settings.embed_model == PACKAGED_MODEL else None
    return Embedder(embedder_name(settings), model_source(settings), projection)


AnyReader = TrainedReader | HubReader


def _reading(settings: Settings, embedder: Embedder) -> tuple[AnyReader, Calibration, AnyReader]:
    """The model that reads for questions, its calibration, and the model that reads for claims.

    A probability means something for the model that it was fitted to. Questions and claims pull one small network
    either way, so that each has updates of its own over the same encoder.
    """
    if settings.reader != PACKAGED_MODEL:
        if settings.reader_calibration is None:
            raise ConfigurationError(
                f"The reading model {settings.reader} has no calibration.",
                "Make one with training/calibrate.py, and name it in FONTE_READER_CALIBRATION.",
            )
        hub = HubReader(settings.reader)
        return hub, Calibration.load(settings.reader_calibration), hub
    packaged = model_source(settings.model_copy(update={"embed_model": PACKAGED_MODEL}))
    shared = settings.embed_model == PACKAGED_MODEL
    lend = (lambda: embedder.model) if shared else None
    reader, claims = (TrainedReader(packaged, folder, lend) for folder in (SHIPPED, SHIPPED / "claims"))
    return reader, Calibration.load(SHIPPED / "calibration.json"), claims


def build_assistant(settings: Settings, prune: bool = False) -> tuple[Assistant, Loading]:
    """Every part, wired; nothing heavy is loaded before `Loading` runs. `prune` is for the sync at its end.

    Raises ConfigurationError when the corpus or the data folder cannot be used.
    """
    corpus = roots(settings.corpus)
    own(settings.data)
    embedder = build_embedder(settings)
    reader, calibration, claim_reader = _reading(settings, embedder)
    manifest = Manifest(database_of(settings) or settings.data / "manifest.sqlite")
    vectors = VectorStore(
        connect(settings.data / "chroma", settings.chroma_url), _index_id(manifest), embedder.model_id
    )
    index = Index(manifest, vectors, embedder, settings.max_file_mb * 2**20)
    retriever = Retriever(index)
    daily = daily_budget(settings)
    judge = build_judge(settings, ReaderJudge(reader, calibration, Calibration.load(SHIPPED / "topic.json")), daily)
    precedence = Precedence(_authority(settings.data))
    quoter = Quoter(Thresholds.cautious(settings.caution), precedence)
    assistant = Assistant(index, retriever, judge, quoter, corpus, settings.max_question)
    weighing = ClaimCalibration.load(SHIPPED / "claims" / "calibration.json")
    assistant.desk = FactDesk(retriever, ClaimJudge(claim_reader, weighing, precedence))
    if generator := build_generator(settings, daily):
        checker = Checker(Meaning(embedder, claim_reader), lambda: retriever.library.aliases)
        assistant.composer = Composer(generator, checker)
    steps = [
        ("model", embedder.load),
        ("model", reader.load),
        ("model", claim_reader.load),
        ("sync", lambda: assistant.sync(prune)),
    ]
    return assistant, Loading(assistant, steps)


def _index_id(manifest: Manifest) -> str:
    return manifest.first_meta("index", hashlib.blake2b(secrets.token_bytes(16), digest_size=5).hexdigest())


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
