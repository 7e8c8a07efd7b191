"""The fact desk: a claim, or a text claim by claim, checked against the indexed documents."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import time
from dataclasses import replace

from rag.checking.assertions import Assertion
from rag.checking.claims import Found, claims
from rag.checking.judging import ClaimJudge, Finding, combined
from rag.checking.writing import unchecked, written
from rag.errors import InvalidInput
from rag.language import names
from rag.language.detection import detect
from rag.language.questions import beside
from rag.models import Check, CheckedText, ClaimQuestion, Question
from rag.retrieval import Retriever

MAX_TEXT = 20_000  # characters
MAX_CLAIMS = 60  # of one text
_LEANS = re.compile(
    r"^\W*(?:lui|lei|loro|egli|ella|ess[oaie]|quest[oaie]|quell[oaie]|ci|vi|poi|il giorno (?:dopo|prima)|he|she|it|they"
    r"|his|her|its|their|this|that|these|those|then|there|the (?:next|same) day)\b",
    re.IGNORECASE,
)


class FactDesk:
    """Checks claims. Safe to use from several threads."""

    def __init__(self, retriever: Retriever, judge: ClaimJudge) -> None:
        self._retriever = retriever
        self._judge = judge

    def check(self, question: ClaimQuestion) -> Check:
        """One claim; of several sentences every one must be borne out, and one that is refuted refutes the whole."""
        began = time.perf_counter()
        found, aside = claims(question.text, question.language)
        language = question.language or (found[0].language if found else detect(question.text))
        searched = self._retriever.library.allowed(_searching(question, question.text))
        findings = [self._find(question, claim) for claim in found] if searched else []
        finding = combined(findings)
        made = written(finding, language, is_claim=bool(found), searched=len(searched))
        dates = [d.date for id_ in searched if (d := self._retriever.library.documents[id_]).date]
        return Check(
            id=secrets.token_hex(12),
            claim=question.text,
            start=question.start,
            end=question.end or question.start + len(question.text),
            verdict=finding.verdict,
            language=language,
            explanation=made.explanation,
            confidence=round(finding.confidence, 4),
            testimonies=made.testimonies,
            nearest=made.nearest,
            notes=(*made.notes, *(unchecked(aside, language) if found else ())),
            model=self._judge.reader.name,
            searched=len(searched),
            newest=max(dates, default=None),
            as_of=question.as_of,
            timings_ms={"total": round((time.perf_counter() - began) * 1000, 1)},
        )

    def check_text(self, question: ClaimQuestion) -> CheckedText:
        """Every claim of a text, in order. Raises InvalidInput for a text of more than MAX_CLAIMS claims."""
        found, aside = claims(question.text, question.language)
        if len(found) > MAX_CLAIMS:
            raise InvalidInput(
                f"The text holds {len(found)} claims; at most {MAX_CLAIMS} are checked at once.",
                "Check it in parts.",
            )
        checks = [self.check(_alone(question, claim)) for claim in found]
        return CheckedText(tuple(checks), aside)

    def _find(self, question: ClaimQuestion, claim: Found) -> Finding:
        assertion = Assertion.of(claim.text, claim.language)
        asked = beside(claim.text, _leaning_on(claim, question.before))
        hits = self._retriever.search(replace(_searching(question, asked), language=claim.language))
        aliases = self._retriever.library.aliases
        today = question.as_of or dt.date.today()  # what "yesterday" counts from; searched is what as_of alone allows
        candidates = self._judge.candidates(assertion, asked, hits, aliases, today)
        return self._judge.judge(assertion, candidates)


def _alone(question: ClaimQuestion, claim: Found) -> ClaimQuestion:
    """One claim of a text as a question of its own, with the sentence before it to lean on."""
    return replace(
        question,
        text=claim.text,
        before=claim.before,
        language=claim.language,
        start=claim.start,
        end=claim.end,
    )


def _leaning_on(claim: Found, before: str) -> str:
    """The names of the sentence before a claim that does not say itself of whom or what it speaks."""
    text = claim.before or before
    if not text or (names.names(claim.text) and not _LEANS.match(claim.text)):
        return ""
    return " ".join(dict.fromkeys(name.text for name in names.names(text)))


def _searching(question: ClaimQuestion, text: str) -> Question:
    return Question(text, documents=question.documents, as_of=question.as_of, public_only=question.public_only)
