"""How far the wording of a claim alone gives its label away, so that a network need not learn that.

Whoever writes false claims favours other words ("only", "all", "never") than who writes true ones: a bag of words,
which sees no passage at all, tells them apart with an AUC of .7 to .8 on every set of claims here, benchmarks included.
In training its log probabilities are added to the network's logits, which leaves the network the part that only the
passage tells; in use the network stands alone (a product of experts: Clark et al. 2019, "Don't take the easy way out").
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from training.examples import Example

FOLDS = 5
LABELS = 3
ROLES = ("true", "false", "open", "supports", "refutes", "not enough info")  # one reading of each claim


def priors(rows: Sequence[Example]) -> NDArray[np.float32]:
    """(len(rows), 3): log probabilities of entailed, contradicted and neither from a claim's words, by a fit without
    its page, mission or file. 0 for a reading of no claim, and where a claim is laid beside another passage."""
    found = np.zeros((len(rows), LABELS), np.float32)
    for kind in ("fever", "written"):
        claims = [n for n, row in enumerate(rows) if row.claim >= 0 and (row.source == "fever") == (kind == "fever")]
        own = [n for n in claims if rows[n].role.removeprefix("alone-") in ROLES]
        folds = {n: _fold(rows[n].split) for n in own}
        for fold in range(FOLDS):
            others = [n for n in own if folds[n] != fold and not rows[n].role.startswith("alone-")]
            held = [n for n in own if folds[n] == fold]
            if not others or not held:
                continue
            model = make_pipeline(
                TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
                LogisticRegression(C=2.0, max_iter=1000),
            )
            model.fit([rows[n].question for n in others], [rows[n].claim for n in others])
            told = model.predict_log_proba([rows[n].question for n in held])
            found[np.ix_(held, model.classes_.astype(int))] = told
    return found


def _fold(split: str) -> int:
    return hashlib.sha256(split.encode()).digest()[0] % FOLDS
