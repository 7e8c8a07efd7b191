"""Unpacking: a synthetic packed model of one layer, and its 4-bit blocks read a second, slow way."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from rag.embedding import packed

HIDDEN, INNER, VOCABULARY, POSITIONS, TYPES = 32, 64, 5, 4, 2


def random_q4(count: int, seed: int) -> bytes:
    draw = np.random.default_rng(seed)
    blocks = [np.float16(draw.uniform(0.01, 0.1)).tobytes() + draw.bytes(16) for _ in range(count // 32)]
    return b"".join(blocks)


def slow_q4(raw: bytes) -> list[float]:
    """Q4_0 weight by weight, sharing no code with rag.packed."""
    weights = []
    for start in range(0, len(raw), 18):
        (scale,) = struct.unpack("<e", raw[start : start + 2])
        codes = raw[start + 2 : start + 18]
        weights += [((byte % 16) - 8) * scale for byte in codes] + [((byte // 16) - 8) * scale for byte in codes]
    return weights


def packed_tensors() -> dict[str, tuple[int, bytes]]:
    """name → (type, bytes) of a model of one layer."""
    floats = np.linspace(-1, 1, HIDDEN, dtype="<f4")
    tensors = {
        "emb.word": (1, random_q4(VOCABULARY * HIDDEN, 0)),
        "emb.pos": (0, np.tile(floats, POSITIONS).tobytes()),
        "emb.type": (0, np.tile(floats, TYPES).tobytes()),
        "emb.ln.w": (0, floats.tobytes()),
        "emb.ln.b": (0, floats.tobytes()),
    }
    for seed, part in enumerate(("q", "k", "v", "ao", "fi", "fo"), 1):
        rows, columns = {"fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}.get(part, (HIDDEN, HIDDEN))
        tensors[f"L0.{part}.w"] = (1, random_q4(rows * columns, seed))
        tensors[f"L0.{part}.b"] = (0, np.full(rows, 0.5, "<f4").tobytes())
    for part in ("aln", "oln"):
        tensors[f"L0.{part}.w"] = (0, floats.tobytes())
        tensors[f"L0.{part}.b"] = (0, floats.tobytes())
    return tensors


def packed_model() -> bytes:
    tensors = packed_tensors()
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7ifi", HIDDEN, 1, 4, INNER, VOCABULARY, POSITIONS, TYPES, 1e-12, 32)
    head += struct.pack("<5iQ", VOCABULARY, 0, 1, 2, 3, 7) + bytes((VOCABULARY + 1) * 4 + VOCABULARY * 4 + 7)
    head += struct.pack("<iI", 1, 3) + bytes(3) + struct.pack("<i", len(tensors))
    length = len(head) + sum(2 + len(name) + struct.calcsize("<BIQQ") for name in tensors)
    directory, body = b"", b""
    for name, (kind, data) in tensors.items():
        count = len(data) // 18 * 32 if kind == 1 else len(data) // 4
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, length + len(body), len(data))
        body += data
    return head + directory + body


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / packed.WEIGHTS).write_bytes(packed_model())
    (folder / packed.TOKENIZER).write_text("{}", encoding="utf-8")
    return folder


def test_q4_blocks_decode_as_a_slow_reading_of_the_format_does() -> None:
    raw = random_q4(32 * 50, seed=9)
    assert packed.dequantise(memoryview(raw)).tolist() == pytest.approx(slow_q4(raw), rel=1e-6)


def test_tensors_get_their_names_and_shapes(parts: Path) -> None:
    sizes, tensors = packed.read_tensors(parts / packed.WEIGHTS)
    assert sizes["intermediate_size"] == INNER
    assert tensors["embeddings.word_embeddings.weight"].shape == (VOCABULARY, HIDDEN)
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, HIDDEN)
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, INNER)
    assert tensors["encoder.layer.0.attention.output.LayerNorm.weight"].shape == (HIDDEN,)


def test_the_layers_are_those_of_a_bert_model(parts: Path) -> None:
    _, tensors = packed.read_tensors(parts / packed.WEIGHTS)
    output = tensors["encoder.layer.0.output.dense.weight"]
    assert output.reshape(-1).tolist() == pytest.approx(slow_q4(packed_tensors()["L0.fo.w"][1]), rel=1e-6)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(ValueError, match="E5S1"):
        packed.read_tensors(tmp_path / "other")


@pytest.mark.parametrize("kept", [6, 60, 400, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    (tmp_path / "cut").write_bytes(packed_model()[:kept])
    with pytest.raises(ValueError, match=r"truncated|E5S1"):
        packed.read_tensors(tmp_path / "cut")


def test_two_builds_are_byte_for_byte_the_same(parts: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        packed.build_model(parts, tmp_path / name)
    files = [path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*") if path.is_file()]
    assert len(files) == 10
    assert all((tmp_path / "first" / f).read_bytes() == (tmp_path / "second" / f).read_bytes() for f in files)


def test_the_unused_pooler_is_written_so_that_no_loader_invents_one(parts: Path, tmp_path: Path) -> None:
    packed.build_model(parts, tmp_path / "model")
    assert not load_file(tmp_path / "model" / "model.safetensors")["pooler.dense.weight"].any()
