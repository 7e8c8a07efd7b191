"""How far the wording of a claim or a question alone gives its label away, so that a network need not learn that.

Whoever writes false claims favours other words ("only", "all", "never") than who writes true ones: a bag of words,
which sees no passage at all, tells them apart with an AUC of .7 to .8 on every set of claims here, benchmarks included,
and questions that are answered from those that nearly are with .64 to .84. In training its log probabilities are added
to the network's logits, which leaves the network the part that only the passage tells; in use the network stands alone
(a product of experts: Clark et al. 2019, "Don't take the easy way out").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from training.examples import ANSWERS, Example

FOLDS = 5
LABELS = 3
CLAIM_ROLES = ("true", "false", "open", "supports", "refutes", "not enough info")  # beside a claim's own passages
NEARLY_ASKED = ("pairs", "literal", "harder", "structured", "passage-pairs")  # sources that have near misses


def claim_priors(rows: Sequence[Example]) -> NDArray[np.float32]:
    """(len(rows), 3): log probabilities of entailed, contradicted and neither from a claim's words, by a fit without
    its page, mission or file. 0 for a reading of no claim, and where a claim is laid beside another passage."""
    found = np.zeros((len(rows), LABELS), np.float32)
    claims = [n for n, row in enumerate(rows) if row.role.removeprefix("alone-") in CLAIM_ROLES and row.claim >= 0]
    for from_fever in (True, False):
        own = [n for n in claims if (rows[n].source == "fever") == from_fever]
        for held, classes, told in _crossed(rows, own, [rows[n].claim for n in own]):
            found[np.ix_(held, classes)] = told
    return found


def answer_priors(rows: Sequence[Example]) -> NDArray[np.float32]:
    """(len(rows),): log odds of "answers" from a question's words, among all readings of the missions' questions, by a
    fit without its mission or file; 0 for all other readings."""
    found = np.zeros(len(rows), np.float32)
    own = [n for n, row in enumerate(rows) if row.source in NEARLY_ASKED and row.answers >= 0]
    for held, classes, told in _crossed(rows, own, [rows[n].answers for n in own]):
        if len(classes) > 1:
            found[held] = told[:, classes.index(ANSWERS)] - told[:, classes.index(1 - ANSWERS)]
    return found


def _crossed(
    rows: Sequence[Example], own: Sequence[int], labels: Sequence[int]
) -> Iterator[tuple[list[int], list[int], NDArray[np.float64]]]:
    """(row numbers, classes, log probabilities) for each fold of the splits, by a fit of the others."""
    label = dict(zip(own, labels, strict=True))
    for fold in range(FOLDS):
        held = [n for n in own if _fold(rows[n].split) == fold]
        others = [n for n in own if _fold(rows[n].split) != fold]
        if not held or not others:
            continue
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
            LogisticRegression(C=2.0, max_iter=1000),
        )
        model.fit([rows[n].question for n in others], [label[n] for n in others])
        yield held, [int(c) for c in model.classes_], model.predict_log_proba([rows[n].question for n in held])


def _fold(split: str) -> int:
    return hashlib.sha256(split.encode()).digest()[0] % FOLDS
