"""A check's proof → schema.org ClaimReview as JSON-LD, one review a claim, for the page that a story stands on."""

from __future__ import annotations

import json
from typing import Any

from rag.errors import InvalidInput
from rag.models import Verdict
from rag.proofs.record import Finding, Proof, Quote
from rag.proofs.wording import say

_RATINGS = {Verdict.SUPPORTED: 5, Verdict.REFUTED: 1}  # of 1 to 5; what is open gets no number


def claim_review(proof: Proof, origin: str = "") -> str:
    """The JSON-LD. Raises InvalidInput for the proof of an answer: a question claims nothing."""
    if proof.kind != "check":
        raise InvalidInput("An answer reviews no claim.", "Ask for json, md, html or docx.")
    reviews = [_review(proof, finding, origin) for finding in proof.findings]
    whole: Any = reviews[0] if len(reviews) == 1 else {"@context": "https://schema.org", "@graph": reviews}
    # As it may be pasted into a <script>: nothing in it may end one.
    return json.dumps(whole, ensure_ascii=False, indent=1).replace("<", "\\u003c")


def _review(proof: Proof, finding: Finding, origin: str) -> dict[str, Any]:
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": say(proof.language, finding.outcome).lstrip("✓✗? ")}
    if (value := _RATINGS.get(Verdict(finding.outcome))) is not None:
        rating |= {"ratingValue": value, "worstRating": 1, "bestRating": 5}
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": origin + proof.path,
        "datePublished": proof.made.date().isoformat(),
        "inLanguage": proof.language,
        "claimReviewed": finding.asked,
        "reviewBody": " ".join(s.text.replace("**", "") for s in finding.statements),
        "reviewRating": rating,
        "itemReviewed": {"@type": "Claim", "text": finding.asked},
        "author": {"@type": "Organization", "name": "Fonte", "url": origin or None},
        "isBasedOn": [_quotation(quote, origin) for quote in finding.quotes if not quote.leaning],
    }


def _quotation(quote: Quote, origin: str) -> dict[str, Any]:
    source = quote.source
    document: dict[str, Any] = {"@type": "CreativeWork", "name": source.title, "inLanguage": source.language}
    if source.publisher:
        document["publisher"] = {"@type": "Organization", "name": source.publisher}
    if source.date:
        document["datePublished"] = source.date.isoformat()
    if source.url:
        document["url"] = source.url
    return {"@type": "Quotation", "text": quote.quote, "url": origin + quote.path, "isPartOf": document}
