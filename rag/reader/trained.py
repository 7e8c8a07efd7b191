"""The trained reader: a question and a passage → whether it answers, and where; a claim → what it says of that."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from rag.errors import NotReady

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor
    from transformers import BertModel

    from rag.reader.network import ReaderNetwork

SHIPPED = Path(__file__).parent
MAX_TOKENS = 256
MAX_QUESTION = 96
MAX_SPAN = 48  # tokens of an answer
BATCH = 12
UNREAD = -20.0  # log probability of a span that lies past what the model reads; no other has less


@dataclass(frozen=True, slots=True)
class Text:
    """What is read: `context` (title, headings, lead) above `body`.

    `units` are the [start, end) of what could be quoted of the body, in order; the whole body when none is named.
    """

    context: str
    body: str
    units: tuple[tuple[int, int], ...] = ()

    @property
    def quotable(self) -> tuple[tuple[int, int], ...]:
        return self.units or ((0, len(self.body)),)


@dataclass(frozen=True, slots=True)
class UnitReading:
    """The words of one unit that would best answer: their [start, end) in the body, and their log probability."""

    span: tuple[int, int]
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One text read for one question.

    answers:    logit of "this text answers the question".
    units:      a reading of each of the text's quotable units, in order.
    claim:      logits of entailed, contradicted, neither, for a claim.
    """

    answers: float
    units: tuple[UnitReading, ...]
    claim: tuple[float, float, float]

    @property
    def span(self) -> tuple[int, int]:
        """The best words of the whole text."""
        return max(self.units, key=lambda unit: unit.confidence).span


class Reader(Protocol):
    """What evidence needs of a reading model; a hub model or a test's own can take its place."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]: ...


class TrainedReader:
    """The shipped adapter over the packaged encoder. `load()` takes seconds; reading is safe from several threads.

    `lend` gives the model where it is in memory already: its embeddings, four fifths of it, its untrained layers and
    its tokenizer are shared.
    """

    def __init__(
        self,
        model_dir: Callable[[], str],
        adapter: Path = SHIPPED,
        lend: Callable[[], SentenceTransformer] | None = None,
    ) -> None:
        self._model_dir = model_dir
        self._adapter = adapter
        self._lend = lend
        self._lock = threading.Lock()
        self._loaded: tuple[ReaderNetwork, Any] | None = None

    @property
    def name(self) -> str:
        return str(json.loads((self._adapter / "reader.json").read_text(encoding="utf-8"))["name"])

    def load(self) -> None:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._model_dir(), self._adapter, self._lend() if self._lend else None)

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
        ids, offsets = coded(tokenizer, question, [a + t.body for a, t in zip(above, texts, strict=True)])
        # The context's tokens are read, and never answer; special ones and padding have no extent.
        inside = offsets[..., 1] > torch.tensor([len(a) for a in above])[:, None]
        inside[~inside.any(1), 0] = True  # a body cut off entirely has no span
        with torch.inference_mode():
            out = network(ids, (ids != tokenizer.pad_token_id).long(), inside)
        starts_at, ends_at = torch.log_softmax(out.start, 1), torch.log_softmax(out.end, 1)
        return [
            Reading(
                float(out.answers[n]),
                tuple(unit_readings(starts_at[n], ends_at[n], offsets[n] - len(above[n]), inside[n], text)),
                tuple(float(x) for x in out.claim[n]),  # type: ignore[arg-type]
            )
            for n, text in enumerate(texts)
        ]


def coded(tokenizer: Any, question: str, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """`<s> question </s></s> text </s>`, padded: ids (batch, tokens), and offsets (batch, tokens, 2) in each text.

    Offsets are 0 outside the text. Put together here, since the tokenizer is shared between threads: its own way to
    cut and to pad is a state that each call would change under the others.
    """
    import torch

    backend, first, last = tokenizer.backend_tokenizer, tokenizer.cls_token_id, tokenizer.sep_token_id
    head = [first, *backend.encode(question, add_special_tokens=False).ids[:MAX_QUESTION], last, last]
    rows, places = [], []
    for text in texts:
        found = backend.encode(text, add_special_tokens=False)
        room = MAX_TOKENS - len(head) - 1
        rows.append([*head, *found.ids[:room], last])
        places.append([(0, 0)] * len(head) + found.offsets[:room] + [(0, 0)])
    longest = max(map(len, rows))
    ids = torch.tensor([row + [tokenizer.pad_token_id] * (longest - len(row)) for row in rows])
    return ids, torch.tensor([place + [(0, 0)] * (longest - len(place)) for place in places])


def unit_readings(start: Tensor, end: Tensor, offsets: Tensor, inside: Tensor, text: Text) -> Iterator[UnitReading]:
    """The best span of each unit: the most probable first and last token in it, at most MAX_SPAN apart."""
    for begin, stop in text.quotable:
        held = (inside & (offsets[:, 1] > begin) & (offsets[:, 0] < stop)).nonzero().flatten()
        if not len(held):  # cut off: the model never saw it
            yield UnitReading((begin, stop), UNREAD)
            continue
        sums = start[held][:, None] + end[held][None, :]
        allowed = sums.new_ones(sums.shape).triu().tril(MAX_SPAN - 1)
        best = int(sums.masked_fill(allowed == 0, -1e9).argmax())
        first, last = held[best // len(held)], held[best % len(held)]
        span = (max(begin, int(offsets[first][0])), min(stop, int(offsets[last][1])))
        yield UnitReading(span, max(UNREAD, float(start[first] + end[last])))


def _sharing(lent: BertModel, first: int) -> BertModel:
    """A copy of an encoder's layers from `first` on; embeddings and the layers below, never trained, are the same."""
    same = [lent.embeddings, *lent.encoder.layer[:first]]
    return copy.deepcopy(lent, {id(part): part for part in same})


def _load(model_dir: str, adapter: Path, lent: SentenceTransformer | None) -> tuple[ReaderNetwork, Any]:
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    from rag.reader.network import ReaderNetwork, add_lora, merge_lora

    described = json.loads((adapter / "reader.json").read_text(encoding="utf-8"))
    if lent is None:
        encoder = AutoModel.from_pretrained(model_dir, add_pooling_layer=False)
        tokenizer = AutoTokenizer.from_pretrained(model_dir)
    else:
        encoder, tokenizer = _sharing(cast("BertModel", lent[0].auto_model), described["first"]), lent.tokenizer
    network = ReaderNetwork(encoder)
    add_lora(network, described["rank"], described["first"])
    state = {n: t.float() for n, t in load_file(str(adapter / "adapter.safetensors")).items()}
    unexpected = network.load_state_dict(state, strict=False).unexpected_keys
    if unexpected:
        raise ValueError(f"the adapter in {adapter} does not fit the encoder: {unexpected[:3]}")
    merge_lora(network)
    return network.eval(), tokenizer
