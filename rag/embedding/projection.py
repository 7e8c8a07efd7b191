"""What the packaged model's vectors are looked at through: two linear maps, trained to find the passage that answers.

The model itself stays as it is. Its vectors say as much about the language of a text as about its matter, so that an
Italian question finds Italian passages first; a map learned on questions and passages in both languages mends that
(contrastive loss over the passages of one mission, training/projection.py). That of the tokens also makes them three
times smaller, as ColBERTv2 does (Santhanam et al. 2022).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import ConfigurationError

Floats = NDArray[np.float32]
SHIPPED = Path(__file__).parent / "projection.safetensors"


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; zero rows stay."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Projection:
    """`vectors` (d, d) maps a text's vector, `tokens` (d, k) those of its tokens; `name` tells two of them apart."""

    vectors: Floats
    tokens: Floats
    name: str

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Projection:
        """Raises ConfigurationError for a file that is not there or holds something else."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            content = path.read_bytes()
            stored = load(content)
            vectors, tokens = (stored[name].astype(np.float32) for name in ("vectors", "tokens"))
            if not vectors.shape[0] == vectors.shape[1] == tokens.shape[0]:
                raise ValueError(f"its maps are of {vectors.shape} and {tokens.shape}")
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise ConfigurationError(f"{path} is no projection ({error}).", "Install Fonte again.") from error
        return cls(vectors, tokens, hashlib.sha256(content).hexdigest()[:8])

    def of_vector(self, vector: Floats) -> Floats:
        return unit(vector @ self.vectors)

    def of_tokens(self, tokens: Floats) -> Floats:
        import torch  # numpy's threads and the model's would wait for each other, a passage at a time

        return unit((torch.from_numpy(tokens) @ torch.from_numpy(self.tokens)).numpy())
