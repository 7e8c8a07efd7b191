"""An embedding model of one's own in the packaged one's place: a real, tiny one, whichever side its tokenizer pads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from standins import write
from tiny_models import SIZE, tiny_model

from rag.composition import build_assistant
from rag.embedding.embedder import Embedder
from rag.models import Question, Status
from rag.settings import load_settings
from rag.store.ownership import release

TEXTS = ["treno", "chi ha incontrato la delegazione a torino", "pane vino", ""]


@pytest.mark.slow  # imports the libraries
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_text_is_encoded_alike_alone_and_beside_longer_ones(tmp_path: Path, side: str) -> None:
    folder = tiny_model(tmp_path, side)
    embedder = Embedder(str(folder), lambda: str(folder))
    embedder.load()
    together = embedder.encode_documents(TEXTS)
    for text, found in zip(TEXTS, together, strict=True):
        alone = embedder.encode_documents([text])[0]
        assert found.tokens.shape == (len(text.split()), 16)
        assert found.offsets.tolist() == alone.offsets.tolist()
        assert np.abs(found.tokens.astype(int) - alone.tokens.astype(int)).max(initial=0) <= 1
        assert found.vector == pytest.approx(alone.vector, abs=1e-4)


@pytest.mark.model  # the shipped reader stands on the packaged model, which is then built as well
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_setting_alone_puts_a_folders_model_in_the_packaged_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment to an answer, through the composition root; a second start embeds nothing again."""
    folder = tiny_model(tmp_path / "mine")
    corpus = write(tmp_path / "corpus", {"a.md": "La delegazione ha incontrato Anna Bianchi a Torino.\n"})
    for name, value in {"EMBED_MODEL": folder, "CORPUS": corpus, "DATA": tmp_path / "data"}.items():
        monkeypatch.setenv(f"FONTE_{name}", str(value))
    assistant, loading = build_assistant(load_settings())
    try:
        loading.run()
        assert assistant.index.encoder.model_id.startswith(f"{folder.name}@")
        assert assistant.index.encoder.encode_query("treno").vector.size == SIZE
        answer = assistant.ask(Question("Chi ha incontrato la delegazione a Torino?"))
        assert answer.status is Status.ANSWERED
        assert "Anna Bianchi" in answer.text
        again = assistant.sync()
        assert (again.unchanged, again.changed) == (("a.md",), ())
    finally:
        release(tmp_path / "data")
