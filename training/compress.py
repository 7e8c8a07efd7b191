"""Make a small adapter of a fully trained one: `python training/compress.py MODEL_DIR TRAINED OUT_DIR NAME [RANK]`.

The change of every linear layer is cut to its RANK largest singular values (Eckart and Young 1936) and stored as two
factors; biases, norms and heads stay whole. TRAINED is adapter.safetensors or checkpoint.pt of train.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor


def load_trained(path: Path) -> dict[str, Tensor]:
    state: dict[str, Any] = (
        torch.load(path, map_location="cpu", weights_only=True)["model"]
        if path.suffix == ".pt"
        else load_file(str(path))
    )
    return {name: tensor.float() for name, tensor in state.items()}


def factors(change: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """(up, down) whose product is the best approximation of `change` of that rank."""
    u, s, v = torch.linalg.svd(change, full_matrices=False)
    root = s[:rank].sqrt()
    return u[:, :rank] * root, root[:, None] * v[:rank]


def compress(base: dict[str, Tensor], trained: dict[str, Tensor], rank: int) -> dict[str, Tensor]:
    """The adapter's tensors under the names that the network has with its low-rank layers."""
    found: dict[str, Tensor] = {}
    for name, tensor in trained.items():
        stem, _, kind = name.rpartition(".")
        linear = name.startswith("encoder.") and "LayerNorm" not in name
        if linear and kind == "weight":
            found[f"{stem}.up"], found[f"{stem}.down"] = factors(tensor - base[name.removeprefix("encoder.")], rank)
        elif linear and kind == "bias":
            found[f"{stem}.base.bias"] = tensor
        else:
            found[name] = tensor
    return {name: tensor.half().contiguous() for name, tensor in found.items()}


def first_layer(trained: dict[str, Tensor]) -> int:
    """The lowest layer of the encoder that was trained."""
    return min(int(name.split(".")[3]) for name in trained if name.startswith("encoder.encoder.layer."))


def main(model_dir: Path, path: Path, out: Path, name: str, rank: int) -> None:
    trained = load_trained(path)
    adapter = compress(load_file(str(model_dir / "model.safetensors")), trained, rank)
    out.mkdir(parents=True, exist_ok=True)
    save_file(adapter, str(out / "adapter.safetensors"))
    described = {"name": name, "rank": rank, "first": first_layer(trained)}
    (out / "reader.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    print(f"{(out / 'adapter.safetensors').stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    chosen = int(sys.argv[5]) if len(sys.argv) > 5 else 48
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], chosen)
