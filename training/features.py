"""Prepared features → padded batches, and the bare encoder that they were made for: all that training reads."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

MISSIONS = ("pairs", "literal", "harder", "structured", "claims")  # sources whose splits are hand-written missions
ENCODER_SIZES: dict[str, Any] = {
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "hidden_size": 384,
    "intermediate_size": 1536,
}


@dataclass(frozen=True)
class Mix:
    """What two cores can read in the time of one stage: how much of each source, and of each role in it."""

    groups: dict[str, float]  # share of a source's groups
    roles: dict[tuple[str, str], float]  # share of a role's rows; 1 where it is not named
    repeat: int  # how often each row of a mission is read
    late: float  # how much later than the public sets the missions come, 0 to 1
    near: float  # additional weight of a near miss in the loss


class Features:
    """The prepared rows; `batch` pads a list of them."""

    def __init__(self, folder: Path, mix: Mix) -> None:
        self.mix = mix
        with np.load(folder / "features.npz") as stored:
            self.arrays = {name: stored[name] for name in stored.files}
        self.rows: list[dict[str, Any]] = [
            json.loads(line) for line in (folder / "examples.jsonl").read_text(encoding="utf-8").splitlines()
        ]

    def batch(self, numbers: list[int], device: str) -> dict[str, Tensor]:
        ends = self.arrays["ends"]
        length = max(int(ends[n + 1] - ends[n]) for n in numbers)
        ids = np.zeros((len(numbers), length), np.int64)
        mask = np.zeros((len(numbers), length), np.int64)
        passage = np.zeros((len(numbers), length), bool)
        for row, n in enumerate(numbers):
            size = int(ends[n + 1] - ends[n])
            ids[row, :size] = self.arrays["ids"][ends[n] : ends[n + 1]]
            mask[row, :size] = 1
            passage[row, self.arrays["body_from"][n] : max(self.arrays["body_from"][n] + 1, size - 1)] = True
        labels: dict[str, Any] = {
            k: self.arrays[k][numbers].astype(np.int64) for k in ("start", "stop", "answers", "claim")
        }
        group = {g: i for i, g in enumerate(dict.fromkeys(self.rows[n]["group"] for n in numbers))}
        labels["group"] = np.asarray([group[self.rows[n]["group"]] for n in numbers])
        doubled = {"near": self.mix.near, "dropped": 1.0}
        labels["extra"] = np.asarray([doubled.get(self.rows[n]["role"], 0.0) for n in numbers], np.float32)
        labels |= {k: self.arrays[k][numbers].astype(np.float32) for k in ("claim_prior", "answer_prior")}
        arrays = {"ids": ids, "mask": mask, "passage": passage, **labels}
        return {k: torch.from_numpy(v).to(device) for k, v in arrays.items()}


def load_encoder(folder: Path, dropout: float = 0.0) -> Any:
    from transformers import BertConfig, BertModel

    with np.load(folder / "encoder.npz") as stored:
        state = {n: torch.from_numpy(stored[n].astype(np.float32)) for n in stored.files}
    vocabulary = state["embeddings.word_embeddings.weight"].shape[0]
    positions = state["embeddings.position_embeddings.weight"].shape[0]
    config = BertConfig(vocab_size=vocabulary, max_position_embeddings=positions, type_vocab_size=2, **ENCODER_SIZES)
    config.layer_norm_eps = 1e-12
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    # On a CPU a step takes half as long as by the fused kernel, whose backward is slow.
    config._attn_implementation = "eager"
    encoder = BertModel(config, add_pooling_layer=False)
    missing, unexpected = encoder.load_state_dict(state, strict=False)
    assert not unexpected
    assert all("position_ids" in m or "token_type_ids" in m for m in missing)
    return encoder


def batches(
    numbers: list[int], rows: list[dict[str, Any]], lengths: Any, mix: Mix, size: int, seed: int
) -> list[list[int]]:
    """Whole groups, so that a question and what it must be told apart from meet in one batch.

    Groups of like length share a batch; missions come later than the public sets, on the whole, and more often.
    """
    rng = random.Random(seed)
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for n in numbers:
        groups[rows[n]["group"]].append(n)
    drawn: list[tuple[float, list[int]]] = []
    for members in groups.values():
        source = rows[members[0]]["source"]
        for _ in range(mix.repeat if source in MISSIONS else 1):
            kept = [n for n in members if rng.random() < mix.roles.get((source, rows[n]["role"]), 1.0)]
            if kept and rng.random() < mix.groups.get(source, 1.0):
                drawn.append((rng.random() + (mix.late if source in MISSIONS else 0.0), kept))
    drawn.sort(key=lambda item: item[0])
    found: list[list[int]] = []
    for at in range(0, len(drawn), 60):
        stretch = sorted((g for _, g in drawn[at : at + 60]), key=lambda g: max(int(lengths[n]) for n in g))
        packed: list[list[int]] = [[]]
        for group in stretch:
            if len(packed[-1]) >= size:
                packed.append([])
            packed[-1] += group
        rng.shuffle(packed)
        found += packed
    return found
