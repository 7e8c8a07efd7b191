"""Vectors and their tokens: pure parts everywhere, the packaged model where it is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save
from standins import WordEncoder, write

from rag.embedding import model_cache, weights
from rag.embedding.embedder import Embedder, Encoder, digest
from rag.embedding.projection import Projection, unit
from rag.embedding.weights import PROBE, PROBE_START, PROBE_TOLERANCE
from rag.errors import ConfigurationError, NotReady
from rag.settings import Settings


@given(st.integers(0, 5), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_unit_rows_have_length_one_and_zero_rows_stay(rows: int, size: int, seed: int) -> None:
    given_ = np.random.default_rng(seed).standard_normal((rows, size)).astype(np.float32)
    lengths = np.linalg.norm(unit(np.vstack([given_, np.zeros((1, size), np.float32)])), axis=-1)
    assert lengths[:-1] == pytest.approx(np.ones(rows), abs=1e-5)
    assert lengths[-1] == 0


def test_a_digest_names_the_numbers_and_nothing_else() -> None:
    vector = np.arange(4, dtype=np.float32)
    assert digest(vector) == digest(vector.copy()) == digest(vector.astype("<f4"))
    assert digest(vector) != digest(vector + 1)


def projection(size: int, kept: int) -> Projection:
    rng = np.random.default_rng(7)
    vectors, tokens = (rng.standard_normal((size, columns)).astype(np.float32) for columns in (size, kept))
    return Projection(vectors, tokens, "7")


@settings(deadline=None)  # the first product brings torch
@given(st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_what_a_projection_gives_has_length_one(rows: int, seed: int) -> None:
    given_ = unit(np.random.default_rng(seed).standard_normal((rows, 8)).astype(np.float32))
    through = projection(8, 3)
    assert through.of_tokens(given_).shape == (rows, 3)
    for found in (through.of_tokens(given_), through.of_vector(given_)):
        assert np.linalg.norm(found, axis=-1) == pytest.approx(np.ones(rows), abs=1e-5)


SHAPELESS = save({"vectors": np.ones((2, 2)), "tokens": np.ones((3, 1))})


@pytest.mark.parametrize("content", [None, b"", b"not safetensors", save({"vectors": np.ones((2, 2))}), SHAPELESS])
def test_a_file_that_is_no_projection_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "projection.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"projection\.safetensors is no projection"):
        Projection.load(path)


def test_a_model_seen_through_another_projection_is_another_model(tmp_path: Path) -> None:
    folder = str(write(tmp_path, {"config.json": "{}"}))
    plain, seen, other = (
        Embedder(folder, lambda: folder, through).model_id
        for through in (None, projection(4, 2), replace(projection(4, 2), name="8"))
    )
    assert len({plain, seen, other}) == 3


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_the_stand_in_keeps_the_contract_of_an_encoder(text: str) -> None:
    assert broken_rules(WordEncoder(), text) == []


def broken_rules(encoder: Encoder, text: str) -> list[str]:
    """Which of the rules that index and retrieval rely on an encoder breaks for a text."""
    (encoding,), query = encoder.encode_documents([text]), encoder.encode_query(text)
    one = pytest.approx(1.0, abs=1e-4)
    rules = {
        "a passage's vector has length 1": np.linalg.norm(encoding.vector) == one,
        "a question's vector has length 1": np.linalg.norm(query.vector) == one,
        "every token has its place": len(encoding.tokens) == len(encoding.offsets),
        "every token of a question has its weight": len(query.tokens) == len(query.weights),
        "places lie in the text": all(0 <= a < b <= len(text) for a, b in encoding.offsets.tolist()),
        "weights sum up to 1, or there are none": query.weights.sum() == one or not query.weights.any(),
        "no weight is negative": (query.weights >= 0).all(),
    }
    return [rule for rule, holds in rules.items() if not holds]


def test_a_model_that_is_not_loaded_says_so() -> None:
    with pytest.raises(NotReady):
        Embedder("packaged", lambda: "nowhere").encode_query("Chi?")


@pytest.mark.slow  # imports the libraries
def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be loaded") as caught:
        Embedder("lost", lambda: str(tmp_path / "lost")).load()
    assert "FONTE_EMBED_MODEL" in caught.value.hint


def model_id(name: Path | str) -> str:
    return Embedder(str(name), lambda: str(name)).model_id


@pytest.mark.parametrize("changed", ["config.json", "model.safetensors", "1_Pooling/config.json"])
def test_a_folder_with_another_file_is_another_model(tmp_path: Path, changed: str) -> None:
    files = {"config.json": "{}", "model.safetensors": "weights", "1_Pooling/config.json": "{}"}
    one, same, other = (write(tmp_path / side / "tuned", files) for side in "abc")
    write(other, {changed: "changed"})
    write(same, {".cache/huggingface/download.lock": "when it was fetched"})
    assert model_id(one) == model_id(same) != model_id(other)
    (same / changed).unlink()
    assert model_id(same) != model_id(one)


def test_a_model_is_looked_at_once(tmp_path: Path) -> None:
    embedder = Embedder(str(write(tmp_path, {"config.json": "{}"})), lambda: "")
    before = embedder.model_id
    write(tmp_path, {"config.json": "changed"})
    assert embedder.model_id == before


def test_a_hub_model_is_named_with_the_commit_that_the_cache_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert model_id("owner/name") == "owner/name"
    for commit in ("a" * 40, "b" * 40):
        files = {"refs/main": commit, f"snapshots/{commit}/config.json": "{}"}
        write(tmp_path / "models--owner--name", files)
        assert model_id("owner/name") == f"owner/name@{commit[:12]}"


@pytest.fixture(scope="module")
def model() -> Embedder:
    """The packaged model from the shared cache."""
    folder = model_cache.model_folder(weights.PACKAGED, Settings().cache)
    if not folder.is_dir():
        pytest.skip("the packaged model has not been built: make setup")
    loaded = Embedder("packaged", lambda: str(folder), Projection.load())
    loaded.load()
    return loaded


TEXTS = [
    "Chi ha incontrato la delegazione?",
    "L’«università» costa 3,5 milioni 😀 — così.",
    "A",
    " spazi  doppi ",
    "e\u0301 à ﷺ",
]


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS)
def test_the_packaged_model_keeps_the_contract(model: Embedder, text: str) -> None:
    assert broken_rules(model, text) == []


@pytest.mark.model
def test_the_packaged_model_gives_a_known_sentence_its_known_vector(model: Embedder) -> None:
    vector = model.model.encode(PROBE, normalize_embeddings=True)  # as it is, without the projection
    assert vector[: len(PROBE_START)] == pytest.approx(PROBE_START, abs=PROBE_TOLERANCE)


@pytest.mark.model
def test_a_question_is_nearer_to_its_answer_than_to_anything_else_across_languages(model: Embedder) -> None:
    texts = [
        "La delegazione ha incontrato la sindaca di Warren.",
        "Il treno a idrogeno costa dieci milioni.",
        "Oggi piove.",
    ]
    held = np.stack([e.vector for e in model.encode_documents(texts)])
    for question in ("Chi ha incontrato la delegazione?", "Whom did the delegation meet?"):
        assert int((held @ model.encode_query(question).vector).argmax()) == 0


@pytest.mark.model
def test_the_tokens_of_a_text_lie_where_they_stand(model: Embedder) -> None:
    text = "La città di Torino 😀 è qui."
    (encoding,) = model.encode_documents([text])
    pieces = [text[a:b] for a, b in encoding.offsets]
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert [list(o) for o in encoding.offsets] == sorted(list(o) for o in encoding.offsets)


@pytest.mark.model
def test_a_question_of_one_word_has_its_token(model: Embedder) -> None:
    assert len(model.encode_query("Filosa").tokens) > 0


@pytest.mark.model
def test_rare_words_weigh_more_than_articles_wherever_they_stand(model: Embedder) -> None:
    for text in ("la delegazione di Warren", "Warren e la delegazione di"):
        query = model.encode_query(text)
        (encoding,) = model.encode_documents([text])
        weight = {text[a:b]: float(w) for (a, b), w in zip(encoding.offsets, query.weights, strict=True)}
        assert max(weight["la"], weight["di"]) < 0.3 * weight["Warren"]


@pytest.mark.model
def test_a_batch_gives_what_each_text_alone_gives(model: Embedder) -> None:
    together = model.encode_documents([*TEXTS, "parola " * 120])
    for text, encoding in zip(TEXTS, together, strict=False):
        (alone,) = model.encode_documents([text])
        assert encoding.vector == pytest.approx(alone.vector, abs=1e-4)
        assert np.array_equal(encoding.offsets, alone.offsets)


@pytest.mark.model
def test_llama_index_gets_the_same_vectors(model: Embedder) -> None:
    text = "La delegazione di Torino."
    assert model.get_text_embedding(text) == pytest.approx(model.encode_documents([text])[0].vector, abs=1e-5)
    assert model.get_query_embedding(text) == pytest.approx(model.encode_query(text).vector, abs=1e-5)


@pytest.mark.model
def test_a_text_that_is_too_long_is_cut_and_keeps_its_places(model: Embedder) -> None:
    (encoding,) = model.encode_documents(["parola " * 2000])
    assert 0 < len(encoding.tokens) <= 512
