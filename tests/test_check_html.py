"""One check as HTML: every note leads to its source, and only the words that decide are lit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from proof_builders import checked, cited, corpus, document

from rag.models import Note, Span, Stance, Testimony, Verdict
from rag.web.chat.check_html import check_html

TEXT = "# Nota\n\nNel 1938 non 38 città, ma 38 imprese.\n"


def test_a_note_leads_to_the_source_whose_number_it_names(tmp_path: Path) -> None:
    found = cited(document(corpus(tmp_path, TEXT)), "1938")
    check = checked("Erano 41.", Verdict.REFUTED, Testimony(found, Stance.AGAINST))
    shown = check_html(replace(check, notes=(Note("superseded", "Superato: <b>altro</b>", (found.number,)),)))
    link = re.search(r'<p class="note">Superato: &lt;b&gt;altro&lt;/b&gt; <a href="([^"]+)">\[1\]</a></p>', shown)
    assert link is not None
    assert found.url.replace("&", "&amp;") in link[1]
    assert '<p class="meta">[1] <cite>' in shown


def test_a_deciding_number_is_lit_where_it_stands_and_not_inside_another(tmp_path: Path) -> None:
    found = cited(document(corpus(tmp_path, TEXT)), "1938")
    at = found.start + found.quote.rindex("38")
    check = checked("Erano 41.", Verdict.REFUTED, Testimony(found, Stance.AGAINST, (Span(at, at + 2),)))
    assert 'Nel 1938 non 38 città, ma <mark class="decides">38</mark> imprese' in check_html(check)
