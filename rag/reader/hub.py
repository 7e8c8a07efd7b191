"""A hub model in the place of the trained reader: an extractive reader, a reranker, or an NLI model.

What a model can tell follows from its head: a reader of SQuAD 2.0's kind points at words and may answer "nowhere"; a
reranker (one logit) and an NLI model (three) judge each quotable unit whole. Its probabilities are its own, so it
brings a calibration of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from rag.errors import ConfigurationError, NotReady
from rag.reader.trained import UNREAD, Reading, Text, UnitReading, unit_readings

MAX_TOKENS = 384
BATCH = 12
NO_CLAIM = (0.0, 0.0, 0.0)
_NLI = {"entail": 0, "contradict": 1, "neutral": 2}  # openings of the labels, and their place in `Reading.claim`


class HubReader:
    """A model by hub id or folder, as transformers loads it. Safe from several threads; they take turns."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    @property
    def name(self) -> str:
        return self._source

    def load(self) -> None:
        """Raises ConfigurationError for a model that is not there, or whose head says nothing of answers."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._source)

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        """One reading a text, in the order of `texts`."""
        if self._loaded is None:
            raise NotReady("The reading model is still loading.", "Ask again in a few seconds.")
        model, tokenizer = self._loaded
        read = _pointed if hasattr(model, "qa_outputs") else _judged
        with self._lock:
            return read(model, tokenizer, question, texts)


def _load(source: str) -> tuple[Any, Any]:
    from transformers import (
        AutoConfig,
        AutoModelForQuestionAnswering,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )

    try:
        config = AutoConfig.from_pretrained(source)
        kind = (config.architectures or [""])[0]
        if kind.endswith("ForQuestionAnswering"):
            model = AutoModelForQuestionAnswering.from_pretrained(source)
        elif kind.endswith("ForSequenceClassification") and config.num_labels in (1, 3):
            model = AutoModelForSequenceClassification.from_pretrained(source)
        else:
            raise ConfigurationError(
                f"{source} is a {kind or 'model without a head'}, which says nothing of answers.",
                "Name an extractive reader, a reranker with one label, or an NLI model with three.",
            )
        return model.eval(), AutoTokenizer.from_pretrained(source, use_fast=True)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The reading model {source} cannot be loaded ({' '.join(str(error).split())[:160]}).",
            "Check FONTE_READER, or unset it to use the packaged reader.",
        ) from error


def _above(text: Text) -> str:
    return f"{text.context}\n" if text.context else ""


def _encoded(tokenizer: Any, first: Sequence[str], second: Sequence[str]) -> Any:
    return tokenizer(
        list(first),
        list(second),
        truncation="longest_first",
        max_length=min(MAX_TOKENS, tokenizer.model_max_length),
        padding=True,
        return_offsets_mapping=True,
        return_tensors="pt",
    )


# Extractive readers


def _pointed(model: Any, tokenizer: Any, question: str, texts: Sequence[Text]) -> list[Reading]:
    """Spans by start and end logits; whether the text answers at all, against the first token's (SQuAD 2.0)."""
    import torch

    found: list[Reading] = []
    for at in range(0, len(texts), BATCH):
        part = texts[at : at + BATCH]
        coded = _encoded(tokenizer, [question] * len(part), [_above(t) + t.body for t in part])
        offsets = coded.pop("offset_mapping")
        with torch.inference_mode():
            out = model(**coded)
        for n, text in enumerate(part):
            second = torch.tensor([s == 1 for s in coded.sequence_ids(n)])
            places = offsets[n] - len(_above(text))
            inside = second & (places[:, 1] > 0)
            units = tuple(unit_readings(out.start_logits[n], out.end_logits[n], places, inside, text))
            nowhere = float(out.start_logits[n][0] + out.end_logits[n][0])
            # What a span says of the whole text is its logits less those of pointing nowhere.
            best = max(u.confidence for u in units)
            found.append(Reading(best - nowhere if best > UNREAD else UNREAD, units, NO_CLAIM))
    return found


# Rerankers and NLI models


def _judged(model: Any, tokenizer: Any, question: str, texts: Sequence[Text]) -> list[Reading]:
    """Each unit judged whole under its context; an NLI model takes the text as premise and the question as claim."""
    import torch

    nli = model.config.num_labels == 3
    pieces = [(text, unit) for text in texts for unit in text.quotable]
    said = [_above(text) + text.body[slice(*unit)] for text, unit in pieces]
    rows: list[list[float]] = []
    for at in range(0, len(said), BATCH):
        part = said[at : at + BATCH]
        asked = [question] * len(part)
        coded = _encoded(tokenizer, part, asked) if nli else _encoded(tokenizer, asked, part)
        coded.pop("offset_mapping")
        with torch.inference_mode():
            rows += model(**coded).logits.tolist()
    claims = [_claim(row, model.config.id2label) if nli else NO_CLAIM for row in rows]
    scores = [c[0] - max(c[1:]) for c in claims] if nli else [row[0] for row in rows]
    found: list[Reading] = []
    at = 0
    for text in texts:
        own = slice(at, at + len(text.quotable))
        at = own.stop
        units = tuple(UnitReading(u, s) for u, s in zip(text.quotable, scores[own], strict=True))
        best = max(range(own.start, own.stop), key=lambda n: scores[n])
        found.append(Reading(scores[best], units, claims[best]))
    return found


def _claim(row: Sequence[float], labels: dict[int, str]) -> tuple[float, float, float]:
    """Logits in the order entailed, contradicted, neither, whatever order the model's labels have."""
    placed = list(NO_CLAIM)
    for n, logit in enumerate(row):
        label = labels[n].casefold()
        place = next((p for opening, p in _NLI.items() if label.startswith(opening)), n)
        placed[place] = float(logit)
    return placed[0], placed[1], placed[2]
