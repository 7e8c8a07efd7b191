"""Sentences with offsets, in Italian and English."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.models import Span
from rag.text import fold, sentences, split_long, trim, words

FRAGMENTS = (
    [
        ". ",
        "! ",
        "? ",
        "… ",
        ".» ",
        '." ',
        "\n",
        "\r\n",
        " ",
        "art. ",
        "S.p.A. ",
        "U.S. ",
        "93.5",
        "1. ",
        "«",
        "“",
        "> ",
    ],
    ["Poi", "il", "G.", "e\u0301", "😀", "\x00", "\u00a0", "dott.", "La"],
)
PIECES = st.sampled_from([piece for line in FRAGMENTS for piece in line])
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=40).map("".join)


def split(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text)]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_sentences_are_ordered_disjoint_and_cover_everything_but_white_space(text: str) -> None:
    found = sentences(text)
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    between = [0, *(edge for span in found for edge in (span.start, span.end)), len(text)]
    assert all(not text[a:b].strip() for a, b in zip(between[::2], between[1::2], strict=True))


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(4, 60))
@example("\r\n\r\n. ", 4)
def test_long_pieces_are_within_the_limit_and_lose_nothing(text: str, limit: int) -> None:
    found = list(split_long(text, Span(0, len(text)), limit))
    assert all(span.start < span.end and span.end - span.start <= limit for span in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert "".join("".join(text[s.start : s.end].split()) for s in found) == "".join(text.split())


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_trimming_takes_white_space_only(text: str) -> None:
    span = trim(text, 0, len(text))
    assert text[span.start : span.end] == text.strip()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ne ha parlato il dott. Bianchi con la dott.ssa Rossi.",
        "Si applica l'art. 5 del d.lgs. n. 81 del 2008.",
        "Il palazzo è del sec. XX, il portale dei secc. XV e XVI, la torre del sec. I a.C.",
        "Fiat S.p.A. è di Torino.",
        "Ha firmato G. Bianchi per la Regione.",
        "Hanno firmato A. La Porta e G. De Luca.",
        "The gap is 93.5 billion dollars.",
        "L'incontro è alle ore 10.30 di giovedì.",
        "The U.S. Government said so.",
        "Mr. Smith e il prof. Rossi ne discutono.",
        "Vedi pag. 12, fig. 3 e all. 2 del documento.",
        "Si parte da C.so Francia e da P.zza Castello.",
        "Componenti, software, ecc. e altro ancora.",
        "1. Il primo punto resta con il suo numero.",
        "Il sito è www.regione.piemonte.it da allora.",
        "Aspetta… e poi continua.",
        "«Bene!» ha detto il sindaco.",
    ],
)
def test_abbreviations_initials_and_numbers_end_no_sentence(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    "text, count",
    [
        ("Si parte alle ore 10.30. Poi si visita lo stabilimento.", 2),
        ("The bus left at 5 p.m. The visit began.", 2),
        ("The gap is in the U.S. The opening is there.", 2),
        ("La sede è della Fiat S.p.A. Il direttore è nuovo.", 2),
        ("Vitamina C. Il resto segue.", 2),
        ("Ha detto: «Si può fare.» Poi è uscito.", 2),
        ("“È fatta!” Così ha chiuso.", 2),
        ("Hanno risposto di no. Il dialogo continua.", 2),
        ("That is all. The end.", 2),
        ("Entra in vigore il 24 gennaio. Il Piemonte c'è.", 2),
        ("Lo dice l'art. 5. Il comma 2 lo conferma.", 2),
        ("Chi c'era? Nessuno. E perché?", 3),
        ("Sono 950. 175.000 i lavoratori.", 2),
        ("Uno.\r\nDue.", 2),
    ],
)
def test_a_stop_before_what_can_begin_a_sentence_ends_one(text: str, count: int) -> None:
    assert len(split(text)) == count


def test_words_fold_case_accents_and_elisions() -> None:
    assert words("L’Università dell'Età") == ["l", "universita", "dell", "eta"]


@pytest.mark.parametrize(
    "hard", ["." * 200_000, ". A" * 15_000, "«" * 100_000 + ".", "1. " * 15_000, "a.b" * 15_000 + " X"]
)
def test_hostile_punctuation_costs_no_more_than_its_length(hard: str) -> None:
    started = time.process_time()
    sentences(hard)
    assert time.process_time() - started < 5
