"""Snowball stems of Italian and English, for full text."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import Stemmer

from rag.text import words

_NAMES: Mapping[str, str] = {"it": "italian", "en": "english"}
_local = threading.local()  # a stemmer keeps a cache of its own and is not safe to share between threads

# Words that say nothing of a subject; closed classes only (articles, prepositions, auxiliaries, question words).
STOPWORDS = frozenset(
    """
    il lo la i gli le l un uno una di a da in con su per tra fra del dello della dei degli delle
    dell al allo alla ai agli alle all dal dallo dalla dai dagli dalle dall nel nello nella nei
    negli nelle nell sul sullo sulla sui sugli sulle sull col coi e ed o od ma se che chi cui non ne
    ci si mi ti vi lo ho hai ha abbiamo avete hanno aveva avevano e sono sei siamo siete era erano
    stato stata stati state essere avere fu furono sia quanto quanta quanti quante quale quali qual
    quando dove come perche cosa questo questa questi queste quello quella quelli quelle anche piu
    suo sua suoi sue loro c d s the a an of to in on at by for from with as and or not is are was
    were be been being has have had do does did who whom whose what which when where why how many
    much that this these those it its he she they them his her their there than then will would can
    could may might should i you we s t
    """.split()
)


def _stemmer(language: str) -> Stemmer.Stemmer:
    if not hasattr(_local, language):
        setattr(_local, language, Stemmer.Stemmer(_NAMES[language]))
    found: Stemmer.Stemmer = getattr(_local, language)
    return found


def stems(text: str, language: str) -> list[str]:
    """The stems of a text's folded words, in order, with repetitions."""
    return list(_stemmer(language).stemWords(words(text)))


def query_stems(text: str, language: str) -> list[str]:
    """The stems of the words that carry a subject; of all words when none does."""
    found = words(text)
    content = [word for word in found if word not in STOPWORDS]
    return list(_stemmer(language).stemWords(content or found))
