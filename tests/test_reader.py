"""Whatever reads keeps the contract: one reading a text, spans inside their units, no answer from the context."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standins import WordReader

from rag.embedding import model_cache, weights
from rag.embedding.embedder import Embedder
from rag.errors import ConfigurationError, NotReady
from rag.reader.hub import HubReader
from rag.reader.trained import MAX_TOKENS, UNREAD, Reader, Text, TrainedReader, coded
from rag.settings import Settings

SAID = "La delegazione ha incontrato Laura Brandt. Il memorandum è stato firmato il 24 aprile da 38 imprese."
TEXTS = [
    Text("Il vertice", SAID, ((0, 42), (43, len(SAID)))),
    Text("", "Oggi piove. 😀", ()),
    Text("Prezzi › Tabella", "Anno: 2024 · Imprese: 38", ((0, 24),)),
    Text("Lungo", "parola " * 400, ((0, 70), (2700, 2799))),
]
QUESTION = "Chi ha incontrato la delegazione?"


def _trained() -> TrainedReader:
    folder = model_cache.model_folder(weights.PACKAGED, Settings().cache)
    if not folder.is_dir():
        pytest.skip("the packaged model has not been built: make setup")
    return TrainedReader(lambda: str(folder))


def _tiny(folder: Path, kind: str, **config: Any) -> str:
    """A hub-style folder with a very small model of random weights and a tokenizer of words."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted({w for t in TEXTS for w in t.body.split()})[:80]]
    backend = Tokenizer(models.WordLevel({p: n for n, p in enumerate(pieces)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=128,
    ).save_pretrained(folder)
    torch.manual_seed(1)
    made = transformers.BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
        **config,
    )
    getattr(transformers, kind)(made).save_pretrained(folder)
    return str(folder)


def _hub(folder: Path, kind: str, **config: Any) -> HubReader:
    return HubReader(_tiny(folder, kind, **config))


MAKERS: dict[str, Callable[[Path], Any]] = {
    "stand-in": lambda _: WordReader(),
    "extractive": lambda folder: _hub(folder, "BertForQuestionAnswering"),
    "reranker": lambda folder: _hub(folder, "BertForSequenceClassification", num_labels=1),
    "nli": lambda folder: _hub(
        folder, "BertForSequenceClassification", id2label={0: "CONTRADICTION", 1: "entailment", 2: "neutral"}
    ),
    "trained": lambda _: _trained(),
}


@pytest.fixture(
    scope="module", params=[pytest.param(n, marks=pytest.mark.model) if n == "trained" else n for n in MAKERS]
)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    made = MAKERS[request.param](tmp_path_factory.mktemp(request.param))
    if hasattr(made, "load"):
        made.load()
    return made  # type: ignore[no-any-return]


def test_each_text_has_its_reading_in_order(reader: Reader) -> None:
    together = reader.read(QUESTION, TEXTS)
    assert [len(r.units) for r in together] == [len(t.quotable) for t in TEXTS]
    for text, reading in zip(TEXTS, together, strict=True):
        alone = reader.read(QUESTION, [text])[0]
        assert reading.answers == pytest.approx(alone.answers, abs=1e-3)
        assert [u.span for u in reading.units] == [u.span for u in alone.units]


def test_nothing_to_read_gives_nothing(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []


def test_every_span_lies_in_its_unit(reader: Reader) -> None:
    for text, reading in zip(TEXTS, reader.read(QUESTION, TEXTS), strict=True):
        for (begin, stop), unit in zip(text.quotable, reading.units, strict=True):
            assert begin <= unit.span[0] < unit.span[1] <= stop
            assert unit.confidence >= UNREAD


def test_a_claim_has_three_logits_that_are_numbers(reader: Reader) -> None:
    for reading in reader.read("La delegazione ha incontrato Laura Brandt.", TEXTS):
        assert len(reading.claim) == 3
        assert np.isfinite(reading.claim).all()


def test_threads_get_what_one_alone_gets(reader: Reader) -> None:
    alone = [r.answers for r in reader.read(QUESTION, TEXTS[:3])]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: reader.read(QUESTION, TEXTS[:3]), range(12)):
            assert [r.answers for r in found] == pytest.approx(alone, abs=1e-3)


def test_a_reader_says_its_name(reader: Reader) -> None:
    assert reader.name


def test_a_reader_that_is_not_loaded_says_so(tmp_path: Path) -> None:
    for made in (HubReader(str(tmp_path)), TrainedReader(lambda: str(tmp_path))):
        with pytest.raises(NotReady):
            made.read(QUESTION, TEXTS)


def test_an_nli_model_s_labels_may_come_in_any_order(tmp_path: Path) -> None:
    labels = {0: "CONTRADICTION", 1: "entailment", 2: "neutral"}
    first = _hub(tmp_path / "a", "BertForSequenceClassification", id2label=labels)
    second = _hub(
        tmp_path / "b", "BertForSequenceClassification", id2label={0: "entailment", 1: "neutral", 2: "contradiction"}
    )
    for made in (first, second):
        made.load()
    a, b = (made.read(QUESTION, TEXTS[:1])[0].claim for made in (first, second))
    assert (a[1], a[0], a[2]) == pytest.approx((b[0], b[2], b[1]), abs=1e-5)


def test_a_model_without_a_fitting_head_is_refused_with_what_would_fit(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="BertForMaskedLM") as refused:
        _hub(tmp_path, "BertForMaskedLM").load()
    assert "reranker" in str(refused.value.hint)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        HubReader(str(tmp_path / "nowhere")).load()


# The trained reader's own


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    folder = model_cache.model_folder(weights.PACKAGED, Settings().cache)
    if not folder.is_dir():
        pytest.skip("the packaged model has not been built: make setup")
    made = Embedder("packaged", lambda: str(folder))
    made.load()
    return made


@pytest.mark.model
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(min_size=1, max_size=60), text=st.text(min_size=1, max_size=200))
def test_question_and_text_are_coded_as_the_model_was_trained_on_them(
    embedder: Embedder, question: str, text: str
) -> None:
    tokenizer = embedder.model.tokenizer
    expected = tokenizer(question, text, return_offsets_mapping=True)
    ids, offsets = coded(tokenizer, question, [text])
    assert ids[0].tolist() == expected["input_ids"]
    inside = [s == 1 for s in expected.sequence_ids()]
    assert [tuple(o) for o, i in zip(offsets[0].tolist(), inside, strict=True) if i] == [
        tuple(o) for o, i in zip(expected["offset_mapping"], inside, strict=True) if i
    ]


@pytest.mark.model
def test_what_is_too_long_is_cut_at_the_end_of_the_text(embedder: Embedder) -> None:
    ids, offsets = coded(embedder.model.tokenizer, "chi? " * 300, ["parola " * 900, "breve"])
    assert ids.shape == (2, MAX_TOKENS) == offsets.shape[:2]
    assert ids[0, -1] == embedder.model.tokenizer.sep_token_id


@pytest.mark.model
def test_sharing_a_model_changes_neither_reader_nor_embedder(embedder: Embedder) -> None:
    before = embedder.encode_query(QUESTION).vector
    sharing = TrainedReader(lambda: "", lend=lambda: embedder.model)
    sharing.load()
    own = _trained()
    own.load()
    mine, shared = own.read(QUESTION, TEXTS), sharing.read(QUESTION, TEXTS)
    assert [r.answers for r in shared] == pytest.approx([r.answers for r in mine], abs=1e-4)
    assert embedder.encode_query(QUESTION).vector == pytest.approx(before, abs=1e-6)


@pytest.mark.model
def test_an_adapter_of_another_shape_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"encoder.nothing": torch.zeros(1)}, str(tmp_path / "adapter.safetensors"))
    (tmp_path / "reader.json").write_text(json.dumps({"name": "other", "rank": 2, "first": 11}))
    broken = TrainedReader(_trained()._model_dir, tmp_path)
    with pytest.raises(ValueError, match="does not fit"):
        broken.load()
