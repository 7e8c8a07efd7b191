"""The trained reader: a question and a passage → whether it answers, and where; a claim → what it says of that."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import NotReady

if TYPE_CHECKING:
    import torch

    from rag.network import ReaderNetwork

SHIPPED = Path(__file__).parent / "reader"
MAX_TOKENS = 256
MAX_SPAN = 48  # tokens of an answer
BATCH = 12


@dataclass(frozen=True, slots=True)
class Text:
    """What is read: `context` (title, headings, lead) above `body`; spans count in `body`."""

    context: str
    body: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One text read for one question.

    answers:    logit of "this text answers the question".
    confidence: log probability of the span among all spans of the text.
    span:       [start, end) in the body of the words that would answer.
    claim:      logits of entailed, contradicted, neither, for a claim.
    """

    answers: float
    span: tuple[int, int]
    claim: tuple[float, float, float]
    confidence: float = 0.0


class Reader(Protocol):
    """What evidence needs of a reading model; a hub model or a test's own can take its place."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]: ...


class TrainedReader:
    """The shipped adapter over the packaged encoder. `load()` takes seconds; reading is safe from several threads."""

    def __init__(self, model_dir: Callable[[], str], adapter: Path = SHIPPED) -> None:
        self._model_dir = model_dir
        self._adapter = adapter
        self._lock = threading.Lock()
        self._loaded: tuple[ReaderNetwork, Any] | None = None

    @property
    def name(self) -> str:
        return str(json.loads((self._adapter / "reader.json").read_text(encoding="utf-8"))["name"])

    def load(self) -> None:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._model_dir(), self._adapter)

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        """One reading a text, in the order of `texts`."""
        if self._loaded is None:
            raise NotReady("The reading model is still loading.", "Ask again in a few seconds.")
        order = sorted(range(len(texts)), key=lambda n: len(texts[n].body) + len(texts[n].context))
        found: dict[int, Reading] = {}
        for at in range(0, len(order), BATCH):
            part = order[at : at + BATCH]
            found.update(zip(part, self._read_batch(question, [texts[n] for n in part]), strict=True))
        return [found[n] for n in range(len(texts))]

    def _read_batch(self, question: str, texts: list[Text]) -> list[Reading]:
        import torch

        assert self._loaded is not None
        network, tokenizer = self._loaded
        above = [f"{text.context}\n" if text.context else "" for text in texts]
        coded = tokenizer(
            [question] * len(texts),
            [a + t.body for a, t in zip(above, texts, strict=True)],
            truncation="only_second",
            max_length=MAX_TOKENS,
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        second = torch.tensor([[s == 1 for s in coded.sequence_ids(n)] for n in range(len(texts))])
        starts = torch.tensor([len(a) for a in above])[:, None]
        inside = second & (coded["offset_mapping"][..., 1] > starts)
        inside[~inside.any(1), 0] = True  # a body cut off entirely has no span
        with torch.inference_mode():
            out = network(coded["input_ids"], coded["attention_mask"], inside)
        best = _best_spans(out.start, out.end)
        return [
            Reading(
                float(out.answers[n]),
                _characters(coded["offset_mapping"][n], best[n], len(above[n]), len(text.body)),
                tuple(float(x) for x in out.claim[n]),  # type: ignore[arg-type]
                float(torch.log_softmax(out.start[n], 0)[best[n][0]] + torch.log_softmax(out.end[n], 0)[best[n][1]]),
            )
            for n, text in enumerate(texts)
        ]


def _best_spans(start: torch.Tensor, end: torch.Tensor) -> list[tuple[int, int]]:
    """The best (first, last) token of each row, at most MAX_SPAN apart."""
    import torch

    length = start.shape[1]
    band = torch.ones(length, length, dtype=torch.bool).triu().tril(MAX_SPAN - 1)
    sums = (start[:, :, None] + end[:, None, :]).masked_fill(~band, -1e9)
    flat = sums.flatten(1).argmax(1)
    return [(int(n) // length, int(n) % length) for n in flat]


def _characters(offsets: torch.Tensor, span: tuple[int, int], shift: int, size: int) -> tuple[int, int]:
    start = max(0, int(offsets[span[0]][0]) - shift)
    end = max(0, int(offsets[span[1]][1]) - shift)
    return min(start, size), min(max(start, end), size)


def _load(model_dir: str, adapter: Path) -> tuple[ReaderNetwork, Any]:
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    from rag.network import ReaderNetwork, add_lora, merge_lora

    described = json.loads((adapter / "reader.json").read_text(encoding="utf-8"))
    network = ReaderNetwork(AutoModel.from_pretrained(model_dir, add_pooling_layer=False))
    add_lora(network, described["rank"], described["first"])
    state = {n: t.float() for n, t in load_file(str(adapter / "adapter.safetensors")).items()}
    unexpected = network.load_state_dict(state, strict=False).unexpected_keys
    if unexpected:
        raise ValueError(f"the adapter in {adapter} does not fit the encoder: {unexpected[:3]}")
    merge_lora(network)
    return network.eval(), AutoTokenizer.from_pretrained(model_dir)
