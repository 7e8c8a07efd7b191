"""A claim of several sentences: what is found on each makes one finding."""

from __future__ import annotations

from test_corrections import hits
from texts import document

from rag.checking.assertions import Assertion, sources
from rag.checking.comparing import compare
from rag.checking.judging import Finding, Witness, combined
from rag.language.aliases import Aliases
from rag.models import Stance, Verdict


def witness(said: str) -> Witness:
    (hit,) = hits(document(said))
    source = next(iter(sources(hit)))
    return Witness(source, compare(Assertion.of(said, "it"), source, Aliases({})), 0.5)


PRO, CON, OTHER = (witness(said) for said in ("Erano trenta.", "Erano quaranta.", "Pioveva molto."))
SUPPORTED = Finding(Verdict.SUPPORTED, 0.9, pro=(PRO,), leaning=((OTHER, Stance.FOR),))
NOTHING = Finding(Verdict.NOT_ENOUGH_INFO, 0.8)
LEANING = Finding(Verdict.NOT_ENOUGH_INFO, 0.8, leaning=((PRO, Stance.AGAINST), (OTHER, Stance.AGAINST)))
DISAGREE = Finding(Verdict.NOT_ENOUGH_INFO, 0.8, pro=(PRO,), con=(CON,), disagree=True)


def test_sources_that_contradict_each_other_are_shown_on_both_sides() -> None:
    found = combined([NOTHING, DISAGREE])
    assert (found.pro, found.con, found.disagree, found.partly) == ((PRO,), (CON,), True, False)


def test_what_bears_on_a_part_is_shown_once_and_never_beside_itself() -> None:
    found = combined([SUPPORTED, NOTHING, LEANING])
    assert found.partly
    assert (found.pro, found.leaning) == ((PRO,), ((OTHER, Stance.AGAINST),))
    assert combined([NOTHING, LEANING]).leaning == LEANING.leaning


def test_parts_that_are_all_borne_out_support_the_whole() -> None:
    second = Finding(Verdict.SUPPORTED, 0.7, pro=(OTHER,))
    found = combined([SUPPORTED, second])
    assert (found.verdict, found.confidence, found.pro, found.leaning) == (Verdict.SUPPORTED, 0.7, (PRO, OTHER), ())


def test_a_part_that_is_refuted_refutes_the_whole() -> None:
    refuted = Finding(Verdict.REFUTED, 0.6, con=(CON,))
    assert combined([SUPPORTED, refuted, NOTHING]) is refuted
