"""A real embedding model in a folder, so small that it is made in a moment: what it means is left to chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

WORDS = "chi ha incontrato la delegazione treno idrogeno pane vino torino detroit".split()
SIZE = 16  # numbers in a vector


def tiny_model(folder: Path, side: str = "right") -> Path:
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
        "hidden_size": SIZE,
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
    made = SentenceTransformer(modules=[Transformer(str(raw), max_seq_length=32), Pooling(SIZE)], device="cpu")
    made.save(str(folder / "model"))
    return folder / "model"
