"""What stands under an answer: how it came about, what was searched, and what a model wrote that is not in it."""

from __future__ import annotations

from rag.language.orders import holds_link, is_order
from rag.models import Answer, Support
from rag.rendering import escape, searched_line
from rag.web.chat.labels import label
from rag.wording import quoted


def foot(answer: Answer) -> str:
    said = f"{_badge(answer)}{escape(searched_line(answer))}{_proof(answer)}"
    return f'<p class="small" lang="{answer.language}">{said}</p>{_dropped(answer)}'


def _badge(answer: Answer) -> str:
    """How the answer came about: written and verified, or quoted."""
    if not answer.citations:
        return ""
    by = f' title="{escape(answer.model)}"' if answer.model else ""
    return f'<span class="badge"{by}>{escape(label(answer.language, f"badge_{answer.mode}"))}</span> · '


def _proof(answer: Answer) -> str:
    """The way to the answer's lasting record, where one is kept."""
    if answer.proof is None:
        return ""
    named = escape(label(answer.language, "proof"))
    return f' <a class="proof" href="{escape(answer.proof)}" target="_blank" rel="noopener">{named}</a>'


def _dropped(answer: Answer) -> str:
    """The sentences that were not verified, closed at first; of one with an address or an order only that it was."""
    left = [s.text for s in answer.statements if s.support is Support.UNSUPPORTED]
    if not left:
        return ""
    language = answer.language
    title = label(language, "dropped_one" if len(left) == 1 else "dropped_many", count=len(left))
    items = "".join(f"<li>{escape(_told(text, language))}</li>" for text in left)
    return (
        f'<details class="small" lang="{language}"><summary>{escape(title)}</summary>'
        f'<ul class="nearest">{items}</ul></details>'
    )


def _told(text: str, language: str) -> str:
    if holds_link(text) or is_order(text):
        return label(language, "dropped_withheld")
    return quoted(language, text)
