"""The reader's network: a multilingual encoder with low-rank updates, and heads for span, answer and claim.

Input: `<s> question </s></s> context newline passage </s>`. LoRA (Hu et al. 2021) on every linear layer of the
encoder; the answer head looks at the first token and at the tokens where the span heads look, so that it judges the
very words that would be the answer (null-answer modelling after SQuAD 2.0, Rajpurkar et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import BertModel

CLAIM_LABELS = ("entailed", "contradicted", "neither")


class LoraLinear(nn.Module):
    """A frozen linear layer plus a trained update of low rank: y = Wx + b + BAx."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(rank, base.in_features) / rank)
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        update: Tensor = x @ self.down.T.to(x.dtype) @ self.up.T.to(x.dtype)
        output: Tensor = self.base(x) + update
        return output

    def merged(self) -> nn.Linear:
        """One ordinary layer with the update added in."""
        with torch.no_grad():
            self.base.weight += self.up @ self.down
        return self.base


@dataclass(frozen=True, slots=True)
class Outputs:
    """Logits: start and end (batch, tokens), masked outside the passage; answers (batch,); claim (batch, 3)."""

    start: Tensor
    end: Tensor
    answers: Tensor
    claim: Tensor


class ReaderNetwork(nn.Module):
    """`passage_mask` (batch, tokens) marks the tokens of the passage itself, where a span may lie."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.span = nn.Linear(hidden, 2)
        self.answer_inner = nn.Linear(3 * hidden, hidden)
        self.answer_outer = nn.Linear(hidden, 1)
        self.claim_inner = nn.Linear(2 * hidden, hidden)
        self.claim_outer = nn.Linear(hidden, len(CLAIM_LABELS))

    def forward(self, ids: Tensor, mask: Tensor, passage_mask: Tensor) -> Outputs:
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        logits = self.span(states).masked_fill(~passage_mask.bool().unsqueeze(-1), -1e4)
        attention = torch.softmax(logits, dim=1)
        spans = torch.einsum("btk,bth->bkh", attention, states).flatten(1)
        first = states[:, 0]
        weights = passage_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
        answers = self.answer_outer(torch.tanh(self.answer_inner(torch.cat([first, spans], 1))))
        claim = self.claim_outer(torch.tanh(self.claim_inner(torch.cat([first, mean], 1))))
        return Outputs(logits[..., 0], logits[..., 1], answers.squeeze(-1), claim)


def add_lora(network: ReaderNetwork, rank: int, first: int = 0) -> None:
    """Put a low-rank update on every linear layer of the encoder from layer `first` on, and freeze the rest of it."""
    for parameter in network.encoder.parameters():
        parameter.requires_grad_(False)
    for block in network.encoder.encoder.layer[first:]:
        for module, name, layer in _linears(block):
            setattr(module, name, LoraLinear(layer, rank))


def merge_lora(network: ReaderNetwork) -> None:
    """Fold the updates into the layers: the same function, at the speed of the bare encoder."""
    for module in list(network.encoder.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, LoraLinear):
                setattr(module, name, child.merged())


def _linears(block: nn.Module) -> list[tuple[nn.Module, str, nn.Linear]]:
    return [
        (module, name, child)
        for module in block.modules()
        for name, child in module.named_children()
        if isinstance(child, nn.Linear)
    ]


def trained_state(network: ReaderNetwork) -> dict[str, Tensor]:
    """What training changed: the updates and the heads, nothing of the encoder."""
    return {n: p.detach().cpu() for n, p in network.named_parameters() if p.requires_grad}
