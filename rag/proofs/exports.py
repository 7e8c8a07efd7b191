"""The formats in which a proof leaves: each a file that stands alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from rag.proofs.claim_review import claim_review
from rag.proofs.html import document
from rag.proofs.markdown import markdown
from rag.proofs.record import Proof, Quote, to_json
from rag.proofs.sheet import Sheet, sheet
from rag.proofs.standing import Standing
from rag.proofs.word_file import word_file

Format = Literal["json", "md", "html", "docx", "claimreview"]
Standings = Mapping[Quote, Standing]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    media_type: str
    data: bytes


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEETS: Mapping[Format, tuple[str, Callable[[Sheet, Proof], bytes]]] = {
    "md": ("text/markdown; charset=utf-8", lambda shown, _: markdown(shown).encode()),
    "html": ("text/html; charset=utf-8", lambda shown, _: document(shown).encode()),
    "docx": (_DOCX, lambda shown, proof: word_file(shown, proof.made)),
}


def formats(proof: Proof) -> tuple[Format, ...]:
    """Those that this proof can leave in."""
    return ("docx", "html", "md", "json", *(("claimreview",) if proof.kind == "check" else ()))


def export(proof: Proof, format_: Format, origin: str, standings: Standings) -> File:
    """The proof as a file. `origin` is the address of the site that its links lead to.

    Raises InvalidInput where the proof has no such form.
    """
    if format_ == "json":
        return File(f"fonte-{proof.id}.json", "application/json", to_json(proof))
    if format_ == "claimreview":
        return File(f"fonte-{proof.id}.jsonld", "application/ld+json", claim_review(proof, origin).encode())
    media_type, write = _SHEETS[format_]
    return File(f"fonte-{proof.id}.{format_}", media_type, write(sheet(proof, origin, standings), proof))
