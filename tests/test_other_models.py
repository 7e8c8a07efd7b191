"""An embedding model of one's own in the packaged one's place: a real, tiny one, whichever side its tokenizer pads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rag.embedding.embedder import Embedder

WORDS = "chi ha incontrato la delegazione treno idrogeno pane vino torino detroit".split()
TEXTS = ["treno", "chi ha incontrato la delegazione a torino", "pane vino", ""]


def tiny_model(folder: Path, side: str) -> Path:
    """A folder with a SentenceTransformer of one layer and twenty words, its weights drawn at random."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(1)
    raw = folder / "raw"
    raw.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    sizes: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    model = BertModel(BertConfig(vocab_size=len(vocabulary), **sizes))
    model.embeddings.position_embeddings.weight.data.zero_()  # so that where a text stands in its row does not matter
    model.save_pretrained(raw)
    backend = BertWordPieceTokenizer({word: n for n, word in enumerate(vocabulary)})
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    made_of: Any = cast(Any, PreTrainedTokenizerFast)(tokenizer_object=backend._tokenizer, padding_side=side, **special)
    made_of.save_pretrained(raw)
    made = SentenceTransformer(modules=[Transformer(str(raw), max_seq_length=32), Pooling(16)], device="cpu")
    made.save(str(folder / "model"))
    return folder / "model"


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
