"""One check as HTML: every note leads to its source, and only the words that decide are lit."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from lxml.html import HtmlElement, fragment_fromstring
from proof_builders import MADE, checked, cited, corpus, document

from rag.checking import rendering
from rag.from_json import check_from_json
from rag.models import Note, SetAside, Span, Stance, Testimony, Verdict
from rag.proofs.exports import export
from rag.proofs.record import CheckedAs, of_checks
from rag.web.chat.check_html import aside_html, check_html

TEXT = "# Nota\n\nNel 1938 non 38 città, ma 38 imprese.\n"
ENGLISH = "---\ntitle: The “second” notice\nlanguage: en\n---\n\nThe delegation counted 38 “small” firms in all.\n"


def page(html: str) -> HtmlElement:
    return fragment_fromstring(html, create_parent="div")


def spoken(html: str, path: str) -> list[tuple[str, str]]:
    """The pieces of text under `path`, each with the language that a screen reader takes it to be in."""
    found = []
    for text in page(html).xpath(f"{path}//text()"):
        above = "ancestor" if text.is_tail else "ancestor-or-self"
        (language,) = text.getparent().xpath(f"{above}::*[@lang][1]/@lang")
        found.append((text.strip(), language))
    return [(text, language) for text, language in found if text]


def test_a_note_leads_to_the_source_whose_number_it_names(tmp_path: Path) -> None:
    found = cited(document(corpus(tmp_path, TEXT)), "1938")
    check = checked("Erano 41.", Verdict.REFUTED, Testimony(found, Stance.AGAINST))
    shown = check_html(replace(check, notes=(Note("superseded", "Superato: <b>altro</b>", (found.number,)),)))
    link = re.search(r'<p class="note">Superato: &lt;b&gt;altro&lt;/b&gt; <a href="([^"]+)">\[1\]</a></p>', shown)
    assert link is not None
    assert found.url.replace("&", "&amp;") in link[1]
    assert '<p class="meta">[1] <cite lang="it">' in shown


def test_a_deciding_number_is_lit_where_it_stands_and_not_inside_another(tmp_path: Path) -> None:
    found = cited(document(corpus(tmp_path, TEXT)), "1938")
    at = found.start + found.quote.rindex("38")
    check = checked("Erano 41.", Verdict.REFUTED, Testimony(found, Stance.AGAINST, (Span(at, at + 2),)))
    assert 'Nel 1938 non 38 città, ma <mark class="decides">38</mark> imprese' in check_html(check)


def test_titles_and_quotes_are_in_their_document_s_language_and_the_rest_in_that_of_the_claim(tmp_path: Path) -> None:
    found = cited(document(corpus(tmp_path, ENGLISH)), "38")
    title, quote = "«The “second” notice»", "«The delegation counted 38 “small” firms …»"
    told = replace(
        checked("Erano 41.", Verdict.REFUTED, Testimony(found, Stance.AGAINST)),
        explanation=f"L’avviso {title} dice altro: {quote}.",
        notes=(Note("superseded", f"Superato: l’avviso {title} diceva altro: «{found.display}»", (1,)),),
    )
    shown = check_html(told)
    assert spoken(shown, "//p[@class='reason']") == [
        ("L’avviso", "it"), (title, "en"), ("dice altro:", "it"), (quote, "en"), (".", "it"),
    ]  # fmt: skip
    assert [s for s in spoken(shown, "//p[@class='note']") if s[1] == "en"] == [
        (title, "en"), (f"«{found.display}»", "en"),
    ]  # fmt: skip
    assert spoken(shown, "//p[@class='meta']") == [
        ("[1]", "it"), ("The “second” notice", "en"), ("· data non indicata ·", "it"), ("Apri nel documento", "it"),
    ]  # fmt: skip


def test_a_sentence_of_the_claim_s_own_is_in_the_claim_s_language() -> None:
    check = replace(checked("Erano 41.", Verdict.NOT_ENOUGH_INFO), notes=(Note("unchecked", "Non vista: «Evviva!»"),))
    assert spoken(check_html(check), "//p[@class='note']") == [("Non vista:", "it"), ("«Evviva!»", "it")]


def test_what_is_set_aside_is_in_the_language_it_was_written_in() -> None:
    aside = (SetAside("Hello!", 0, 6, "greeting"), SetAside("Che cosa ha detto il sindaco?", 7, 36, "question"))
    shown = f'<div lang="it">{aside_html(aside, "it", "en")}</div>'
    assert spoken(shown, "//li") == [
        ("saluto", "it"), ("Hello!", "en"), ("domanda", "it"), ("Che cosa ha detto il sindaco?", "it"),
    ]  # fmt: skip


def test_a_side_is_named_by_its_heading_and_is_no_landmark_of_the_page(tmp_path: Path) -> None:
    """A draft has many claims: landmarks of one name each would tell nobody where they are."""
    found = cited(document(corpus(tmp_path, TEXT)), "1938")
    sides = [Testimony(found, Stance.AGAINST), Testimony(found, Stance.FOR)]
    shown = page(check_html(checked("Erano 41.", Verdict.REFUTED, *sides)))
    assert [h.text_content() for h in shown.xpath("//div[contains(@class, 'side ')]/h4")] == ["A favore", "Contro"]
    assert shown.xpath("//section | //*[@role]") == []


def test_the_nearest_passages_stand_in_quotation_marks(tmp_path: Path) -> None:
    near = cited(document(corpus(tmp_path, TEXT)), "1938", 0)
    shown = page(check_html(replace(checked("Erano 41.", Verdict.NOT_ENOUGH_INFO), nearest=(near,))))
    (quote,) = shown.xpath("//*[@class='nearest']//blockquote[@lang='it']")
    assert quote.text_content() == "«Nel 1938 non 38 città, ma 38 imprese.»"


def test_what_leans_and_does_not_decide_is_named_so(tmp_path: Path) -> None:
    found = cited(document(corpus(tmp_path, TEXT)), "1938")
    check = checked("Erano 41.", Verdict.NOT_ENOUGH_INFO, Testimony(found, Stance.AGAINST, leaning=True))
    assert [h.text_content() for h in page(check_html(check)).xpath("//h4")] == ["Ne parlano, senza decidere"]
    assert "\nNe parlano, senza decidere\n[1] " in rendering.check_text(check)
    told = rendering.check_json(check)
    assert told["citations"][0]["leaning"] is True
    assert rendering.check_text(check_from_json(json.loads(json.dumps(told)))) == rendering.check_text(check)
    proof = of_checks([check], "index", MADE, CheckedAs("id", check.claim))
    assert proof.findings[0].statements[0].citations == ()
    assert "(non decide)" in export(proof, "md", "https://fonte.example.org", {}).data.decode()
    assert json.loads(export(proof, "claimreview", "https://fonte.example.org", {}).data)["isBasedOn"] == []
