"""The project's own scores, on cases made by hand; every rule of rag.evaluation.scoring's docstring has one."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins import open_assistant, write
from typer.testing import CliRunner

from rag.assistant import Assistant, Loading
from rag.cli import Parts, app
from rag.errors import InvalidInput
from rag.evaluation import report as evaluation_report
from rag.evaluation import running as evaluation
from rag.evaluation import scoring
from rag.evaluation.question_sets import load
from rag.evaluation.running import NO_REPLY, Result
from rag.evaluation.scoring import Gold, Row, Verdict, folded, judge, position, quotes
from rag.models import Answer, Citation, Document, Status
from rag.settings import Settings
from rag.store.ownership import release


def found(text: str, wanted: str) -> bool:
    return position(folded(text), wanted) is not None


def citation(quote: str, source: str = "a.md", number: int = 1) -> Citation:
    document = Document("d", source, "A", "it", quote, "v", "h", "md")
    return Citation(number, document, "p", quote, quote, quote, 0, len(quote), None, 0.9)


def answer(text: str, *cited: Citation, status: Status = Status.ANSWERED) -> Answer:
    return Answer("i", "?", status, "it", text, None, (), cited, (), (), "quotes", None, 1)


GOLD = "Il vertice si è tenuto a Warren il 24 aprile con 38 imprese."
ROW = Row("q1", "Quante imprese?", "it", "factoid_it", True, (("38", "trentotto"),), evidence=(Gold("a.md", GOLD),))


# Strings in texts


@pytest.mark.parametrize(
    "text,wanted,there",
    [
        ("Erano 12 imprese.", "12", True),
        ("Erano 12.300 imprese.", "12", False),
        ("Erano 12,5 milioni.", "12", False),
        ("Erano 112.", "12", False),
        ("Costa 3.12 euro.", "12", False),
        ("Fine: 12.", "12", True),
        ("quota 93,5 %", "93.5", True),
        ("175 000 visitatori", "175.000", True),
        ("175,000 visitors", "175.000", True),
        ("1.234,5 euro", "1,234.5", True),
        ("nel 2025 300 imprese", "300", True),
        ("Perché sì", "perche", True),
        ("macchine elettriche", "elettric", True),
        ("macchine elettriche", "ettric", False),
        ("l’“Airone 7”", "l'airone 7", True),
        ("dal 3–5 maggio", "3-5 maggio", True),
        ("**Dwight** Ashcombe", "Dwight Ashcombe", True),
        ("alle 11:30", "11:30", True),
        ("alle 11:300", "11:30", False),
    ],
)
def test_a_string_begins_a_word_and_a_number_does_not_go_on(text: str, wanted: str, there: bool) -> None:
    assert found(text, wanted) is there


# One reply


def test_an_answer_with_its_string_and_its_citation_is_right() -> None:
    verdict = judge(ROW, answer(f"«{GOLD}» [1]", citation(GOLD)))
    assert verdict.ok
    assert verdict.cited
    assert (verdict.citations, verdict.precise) == (1, 1)


def test_without_a_citation_or_with_a_mark_that_leads_nowhere_it_is_wrong() -> None:
    assert not judge(ROW, answer("Erano 38.")).ok
    assert not judge(ROW, answer("Erano 38 [1] [2].", citation(GOLD))).ok


def test_what_stands_behind_the_150th_word_is_not_read() -> None:
    assert not judge(ROW, answer("parola " * 150 + "38 [1]", citation(GOLD))).ok


def test_a_partial_reply_to_an_answerable_question_is_wrong() -> None:
    assert not judge(ROW, answer("Erano 38 [1]", citation(GOLD), status=Status.PARTIAL)).ok


@pytest.mark.parametrize(
    "text,ok",
    [
        ("Erano 41. Poi 38 [1].", False),
        ("Da 41 a 38 imprese [1].", True),
        ("Erano 38. Un avviso diceva 41 [1].", True),
        ("Erano 41 [1] e 38.", False),
        ("Erano 41 [1].", False),
    ],
)
def test_an_old_value_misleads_in_a_sentence_of_its_own_before_the_right_one(text: str, ok: bool) -> None:
    row = replace(ROW, wrong=("41",))
    assert judge(row, answer(text, citation(GOLD))).ok is ok


def test_an_unanswerable_question_wants_an_abstention_that_does_not_offer_the_distractor() -> None:
    row = replace(ROW, answerable=False, parts=(), evidence=(), near=(Gold("a.md", GOLD),), wrong=("Filosa",))
    for status in (Status.PARTIAL, Status.NOT_FOUND):
        assert judge(row, answer("Non trovo chi.", status=status)).ok
    assert not judge(row, answer("Non trovo chi: forse Filosa.", status=Status.PARTIAL)).ok
    assert not judge(row, answer("Anna [1]", citation(GOLD))).ok
    assert judge(row, answer(f"«{GOLD}» [1]", citation(GOLD), status=Status.PARTIAL)).cited


def test_of_a_list_every_part_that_evidence_holds_is_to_be_cited() -> None:
    evidence = (Gold("a.md", "una prima voce lunga: precisione"), Gold("a.md", "una seconda voce lunga: formazione"))
    row = replace(ROW, parts=(("precisione",), ("formazione",)), listed=True, evidence=evidence)
    both = [citation(gold.quote, number=n) for n, gold in enumerate(evidence, 1)]
    assert judge(row, answer("precisione [1], formazione [2]", *both)).cited
    half = judge(row, answer("precisione, formazione [1]", both[0]))
    assert half.ok
    assert not half.cited


# Quotes


@pytest.mark.parametrize(
    "quote,gold,same",
    [
        (GOLD, GOLD, True),
        ("Warren il 24 aprile con 38 imprese", GOLD, True),  # all of one
        (f"{GOLD} E poi molte altre parole che non dicono nulla di questo vertice o di altri ancora", GOLD, True),
        ("tenuto a Warren", GOLD, True),
        ("a Warren", GOLD, False),  # two words are no quote, unless they are all
        ("a Warren", "A Warren", True),
        ("Il vertice si è svolto altrove il 24 aprile", GOLD, False),
        (GOLD + " parola" * 80, GOLD, False),  # too long
        ("", GOLD, False),
    ],
)
def test_a_quote_is_of_the_gold_passage_if_they_share_enough_words_in_a_row(quote: str, gold: str, same: bool) -> None:
    assert quotes(quote, gold) is same


def test_a_quote_counts_in_the_right_document_only() -> None:
    cited = [citation(GOLD), citation(GOLD, "deep/a.md"), citation(GOLD, "b.md")]
    assert scoring.supported(cited, ROW.evidence) == [True, True, False]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_the_longest_run_agrees_with_another_way_to_find_it(left: list[str], right: list[str]) -> None:
    other = SequenceMatcher(None, left, right, autojunk=False).find_longest_match().size
    assert scoring.longest_run(left, right) == other


# Figures


def result(id_: str, ok: bool, probability: float, answerable: bool = True, type_: str = "factoid_it") -> Result:
    status = "answered" if answerable == ok else "partial"
    verdict = Verdict(ok, status, ok, False, True, ok, 2, 1, 10)
    return Result(id_, type_, "it→it", answerable, "?", "!", verdict, probability, ok and answerable, 2, 1, 100.0)


RESULTS = [
    result("a", True, 0.9),
    result("b", False, 0.8),
    result("c", True, 0.7),
    result("d", True, 0.6, answerable=False, type_=evaluation.NEAR),
    result("e", False, 0.75, answerable=False, type_=evaluation.FAR),
]


def test_the_summary_keeps_near_and_far_apart() -> None:
    figures = evaluation.summary(RESULTS)
    assert figures["answerable_correct"] == 66.7
    assert figures["false_abstention"] == 33.3
    assert (figures["near_abstained"], figures["far_abstained"], figures["unanswerable_abstained"]) == (100, 0, 50)
    assert (figures["citation_precision"], figures["citation_verbatim"], figures["citation_exact"]) == (50, 100, 50)
    assert (figures["citations_per_reply"], figures["median_words"], figures["latency_p95_ms"]) == (2, 10, 100)
    assert evaluation.summary([])["answerable_correct"] is None


def test_the_curve_answers_the_surest_first_and_ties_together() -> None:
    curve = evaluation.risk_coverage(RESULTS, steps=5)
    assert [(round(c, 2), round(a, 2)) for c, a, _ in curve] == [
        (0.2, 1),
        (0.4, 0.5),
        (0.6, 0.33),
        (0.8, 0.5),
        (1, 0.4),
    ]
    tied = evaluation.risk_coverage([replace(r, probability=0.5) for r in RESULTS])
    assert [(c, a) for c, a, _ in tied] == [(1.0, 0.4)]


def test_the_area_counts_pairs_and_its_interval_holds_it() -> None:
    assert evaluation.auc([0.9, 0.8], [0.1, 0.2]) == (1.0, 1.0, 1.0)
    area = evaluation.auc([0.9, 0.5], [0.5, 0.1])
    assert area is not None
    assert area[0] == 0.875
    drawn = random.Random(1)
    area = evaluation.auc([drawn.random() for _ in range(60)], [drawn.random() for _ in range(60)])
    assert area is not None
    assert area[1] < 0.5 < area[2]
    assert evaluation.auc([], [0.1]) is None


def test_a_later_run_is_compared_row_by_row(tmp_path: Path) -> None:
    evaluation.write(RESULTS, tmp_path / "a.jsonl")
    before = evaluation.read_results(tmp_path / "a.jsonl")
    assert before == RESULTS
    now = [result("a", False, 0.1), result("b", True, 0.9), *RESULTS[2:4], replace(RESULTS[4], id="f")]
    assert evaluation.compare(now, before) == evaluation.Change(("b",), ("a",), (), ("e", "f"))


def test_the_report_shows_every_table(tmp_path: Path) -> None:
    change = evaluation.compare(RESULTS, RESULTS)
    text = evaluation_report.as_text([*RESULTS, replace(RESULTS[0], id="x", verdict=NO_REPLY)], change)
    for part in ("factoid_it", "it→it", "FONTE_CAUTION", "surest", "AUC answerable : unanswerable_near", "better: 0"):
        assert part in text
    assert json.loads(json.dumps(evaluation_report.as_values(RESULTS, change)))["questions"] == 5


# Sets and whole runs

LINE: dict[str, Any] = {
    "id": "q1",
    "question": "Who met the delegation at the steelworks?",
    "lang": "en",
    "type": "factoid_en",
    "answerable": True,
    "answers": ["Bianchi"],
    "evidence": [{"doc": "visit.md", "quote": "Anna Bianchi met the delegation at the steelworks."}],
}
MISS = {"id": "q2", "question": "Who plays the violin?", "lang": "en", "type": "unanswerable_far", "answerable": False}
DOCS = {"docs/visit.md": "# The visit\n\nAnna Bianchi met the delegation at the steelworks.\n"}


def question_set(folder: Path, *lines: object) -> Path:
    rows = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    return write(folder, {**DOCS, "questions.jsonl": rows})


@pytest.mark.parametrize(
    "lines,message",
    [
        (["{"], "line 1 is not JSON"),
        ([LINE, LINE], "line 2: the id q1 is used before"),
        ([{**LINE, "answers": []}], "without answers"),
        ([{**LINE, "evidence": [{"doc": "gone.md", "quote": "x"}]}], "names gone.md"),
        ([{k: v for k, v in LINE.items() if k != "lang"}], "the key 'lang' is missing"),
        ([{**LINE, "history": ["x"]}], "wrong form"),
        ([], "holds no question"),
    ],
)
def test_a_set_with_a_fault_is_refused_with_its_place(tmp_path: Path, lines: list[object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load(question_set(tmp_path, *lines))


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no question set"):
        load(tmp_path)


def test_a_whole_run_from_the_command_line(tmp_path: Path) -> None:
    folder = question_set(tmp_path / "set", LINE, MISS)

    def build(_: Settings, __: bool) -> tuple[Assistant, Loading]:
        assistant = open_assistant(tmp_path, {n.removeprefix("docs/"): text for n, text in DOCS.items()})
        return assistant, Loading(assistant, [])

    arguments = ["evaluate", str(folder), "--out", str(tmp_path / "out.jsonl"), "--data", str(tmp_path / "index")]
    first = CliRunner().invoke(app, [*arguments, "--json"], obj=Parts(build))
    release(tmp_path / "index")
    assert first.exit_code == 0, first.output
    figures = json.loads(first.stdout)["summary"]
    perfect = ("answerable_correct", "answerable_cited", "far_abstained", "citation_verbatim", "citation_exact")
    assert [figures[name] for name in perfect] == [100.0] * 5
    second = CliRunner().invoke(app, [*arguments, "--compare", str(tmp_path / "out.jsonl")], obj=Parts(build))
    assert second.exit_code == 0, second.output
    assert "worse: 0" in second.stdout
