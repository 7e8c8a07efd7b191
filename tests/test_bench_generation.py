"""The tools that count what written answers show: a sentence shown wrongly counts, and so does a true one lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import uvicorn
from llm_server import LLMServer, says
from standins import WordEncoder, WordReader, open_assistant
from writing import open_writer

from rag.assistant import Assistant
from rag.checking.assertions import sources
from rag.errors import RagError
from rag.evaluation.question_sets import load
from rag.evaluation.scoring import Row
from rag.models import Answer, Hit, Question, Statement, Status, Support
from rag.settings import Settings
from rag.web.serve import bind
from rag.writing.composing import Composer
from rag.writing.llm import build_generator
from rag.writing.verifying import Checked, Checker, Meaning
from tools import bench_generation_claims as claims
from tools import bench_generation_live as live
from tools.bench_generation import main, options, run
from tools.bench_generation_counts import Costs, Look, Tally, follow, report
from tools.bench_generation_scripts import Script, Written, app, written

COSTS = "The Warren mission cost 12 million euros."
MET = "The delegation met Laura Brandt at the Ford centre in Dearborn."
DOCS = {
    "visit.md": f"---\ntitle: Visit\ndate: 2025-04-30\nlanguage: en\n---\n# Visit\n\n{COSTS} The fair had 45 stands.\n",
    "meeting.md": f"---\ntitle: Meeting\ndate: 2025-05-02\nlanguage: en\n---\n# Meeting\n\n{MET}\n",
}
ROWS: tuple[Mapping[str, object], ...] = (
    {
        "id": "q1",
        "question": "How many million euros did the Warren mission cost?",
        "lang": "en",
        "type": "number",
        "answerable": True,
        "answers": ["12 million"],
        "evidence": [{"doc": "visit.md", "quote": COSTS}],
    },
    {
        "id": "q2",
        "question": "At which centre did the delegation meet Laura Brandt?",
        "lang": "en",
        "type": "where",
        "answerable": True,
        "answers": ["Ford"],
        "evidence": [{"doc": "meeting.md", "quote": MET}],
    },
)
TRUE = Written("The mission cost 12 million euros.", "gold")
WRONG = Written("The mission cost 15 million euros.", "number")
FOUND = ["The mission cost 12 million euros. The fair lasted three days."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question set of two rows."""
    found = tmp_path_factory.mktemp("set")
    (found / "docs").mkdir()
    for name, text in DOCS.items():
        (found / "docs" / name).write_text(text, encoding="utf-8")
    (found / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[Row]:
    return load(folder)


@pytest.fixture(scope="module")
def script(folder: Path, rows: list[Row]) -> Script:
    return Script(rows, folder / "docs")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return open_assistant(tmp_path_factory.mktemp("bench"), DOCS)


def checker(assistant: Assistant) -> Checker:
    return Checker(Meaning(WordEncoder(), WordReader()), lambda: assistant.retriever.library.aliases)


def answer(statements: Mapping[str, Support]) -> Answer:
    return Answer(
        id="a",
        question="How much did the mission cost?",
        status=Status.ANSWERED,
        language="en",
        text="",
        headline=None,
        statements=tuple(Statement(text, (), support) for text, support in statements.items()),
        citations=(),
        nearest=(),
        notes=(),
        mode="generate",
        model="scripted",
        searched=1,
    )


def counted(items: list[Written], statements: Mapping[str, Support]) -> Tally:
    tally = Tally()
    tally.unread += len(follow(tally, items, answer(statements), FOUND))
    return tally


# Counting


@pytest.mark.parametrize("support", [Support.VERIFIED, Support.QUOTED])
def test_a_false_sentence_that_is_shown_is_counted_and_named(support: Support) -> None:
    tally = counted([TRUE, WRONG], {TRUE.text: Support.QUOTED, WRONG.text: support})
    assert tally.wrong == [f"number: {WRONG.text}"]
    figures = report({"c": tally})["c"]
    assert (figures["false_shown"], figures["true_kept"]) == ("1/1 (100.0 %)", "1/1 (100.0 %)")
    assert figures["false_shown_by_kind"] == {"number": "1/1"}
    assert figures["false_of_shown_percent"] == 50.0


def test_a_false_sentence_that_is_dropped_is_not_shown() -> None:
    figures = report({"b": counted([WRONG], {WRONG.text: Support.UNSUPPORTED})})["b"]
    assert (figures["false_shown"], figures["false_of_shown_percent"]) == ("0/1 (0.0 %)", 0.0)


def test_a_true_sentence_that_is_dropped_is_lost() -> None:
    tally = counted([TRUE], {TRUE.text: Support.UNSUPPORTED})
    assert tally.lost == [TRUE.text]
    assert report({"a": tally})["a"]["true_kept"] == "0/1 (0.0 %)"


def test_a_true_sentence_whose_passage_was_not_found_is_a_loss_of_all_but_not_of_what_was_read() -> None:
    item = Written("The bridge is 90 metres long.", "gold")
    tally = counted([TRUE, item], {TRUE.text: Support.QUOTED, item.text: Support.UNSUPPORTED})
    figures = report({"a": tally})["a"]
    assert (figures["true_kept"], figures["true_kept_of_all"]) == ("1/1 (100.0 %)", "1/2 (50.0 %)")


def test_what_the_composer_did_not_reach_counts_for_neither() -> None:
    figures = report({"c": counted([TRUE, WRONG], {TRUE.text: Support.QUOTED})})["c"]
    assert (figures["false_shown"], figures["not_read"]) == ("0/0", 1)


def test_a_true_sentence_is_not_taken_for_the_dropped_one_that_repeats_it() -> None:
    attributed = f"According to Ann Larsson, {TRUE.text}"
    tally = counted([TRUE], {attributed: Support.UNSUPPORTED})
    assert (tally.written.total(), tally.unread) == (0, 1)


def test_checking_is_weighed_against_a_model_of_ten_tokens_a_second_and_four_characters_each() -> None:
    costs = Costs()
    for seconds in (0.1, 0.3):
        costs.add(Look("x" * 40, "en", (), Checked(None), seconds, seconds / 2))
    found = costs.figures()["all"]
    assert [found[name] for name in ("sentences", "ms", "percent")] == [2, 200.0, 20.0]
    assert [found[name] for name in ("processor_ms", "processor_percent")] == [100.0, 10.0]


# The script


def test_every_kind_of_false_sentence_is_made_and_none_of_them_is_the_true_one(script: Script, rows: list[Row]) -> None:
    false = script.sentences(rows[0], "b") + script.sentences(rows[1], "b")
    by_kind = {item.kind: item.text for item in reversed(false)}
    assert set(by_kind) == {"number", "neighbour's number", "name", "attributed", "invented"}
    assert by_kind["number"] == "The Warren mission cost 15 million euros."
    assert by_kind["neighbour's number"] == "The Warren mission cost 45 million euros."
    assert by_kind["attributed"].startswith("According to ")
    assert not {item.text for item in false} & {COSTS, MET}
    assert {item.origin for item in false} == {COSTS, MET}


def test_a_sentence_is_denied_in_its_own_language(tmp_path: Path) -> None:
    quote = "La sede della missione è a Torino."
    base = {"lang": "it", "type": "t", "answerable": True, "answers": ["x"]}
    lines = [
        {**base, "id": "r1", "question": "Dove?", "evidence": [{"doc": "d.md", "quote": quote}]},
        {**base, "id": "r2", "question": "Chi?", "evidence": [{"doc": "d.md", "quote": "Il treno fu in ritardo."}]},
    ]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "d.md").write_text(f"{quote} Il treno fu in ritardo.\n", encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    rows = load(tmp_path)
    false = Script(rows, tmp_path / "docs").sentences(rows[0], "b")
    assert "La sede della missione non è a Torino." in [item.text for item in false if item.kind == "denied"]


def test_both_are_written_in_turn_and_none_is_left_out(script: Script, rows: list[Row]) -> None:
    both = script.sentences(rows[0], "c")
    assert [item.true for item in both[:2]] == [True, False]
    assert set(both) == {*script.sentences(rows[0], "a"), *script.sentences(rows[0], "b")}


def test_a_sentence_marks_the_passage_that_it_was_made_from() -> None:
    passages = ["The fair lasted three days.", f"{COSTS} It lasted five days.", "Company: Drana · Stands: 14 · Hall: B"]
    items = [Written(COSTS, "gold", COSTS), Written("Drana 15 B", "number", "Drana 14 Hall B"), Written("No", "x")]
    assert written(items, passages) == f"{COSTS} [2]\nDrana 15 B. [3]\nNo. [1]"


# Runs over stand-ins


def test_the_script_s_sentences_are_counted_over_a_whole_run(
    assistant: Assistant, script: Script, rows: list[Row]
) -> None:
    figures = report(run(assistant, checker(assistant), script, rows))
    false = len(script.sentences(rows[0], "b")) + len(script.sentences(rows[1], "b"))
    assert figures["quotes"]["answerable_correct"] == "2/2"
    assert figures["a"]["answerable_correct"] == "2/2"
    assert figures["a"]["true_kept"] == figures["c"]["true_kept"] == "2/2 (100.0 %)"
    assert figures["b"]["false_shown"] == figures["c"]["false_shown"] == f"0/{false} (0.0 %)"
    assert [figures[mode]["not_read"] for mode in "abc"] == [0, 0, 0]
    assert figures["a"]["checking"]["verbatim"]["sentences"] == 2
    assert figures["b"]["checking"]["all"]["sentences"] == false


class Credulous(Checker):
    """Believes whatever cites a passage."""

    def check(self, sentence: str, language: str, cited: Sequence[Hit], found: Sequence[Hit]) -> Checked:
        return Checked(sources(cited[0])[0].evidence())


def test_a_check_that_believes_everything_is_seen_through(
    assistant: Assistant, script: Script, rows: list[Row]
) -> None:
    believes = Credulous(Meaning(WordEncoder(), WordReader()), lambda: assistant.retriever.library.aliases)
    figures = report(run(assistant, believes, script, rows))
    false = len(script.sentences(rows[0], "b")) + len(script.sentences(rows[1], "b"))
    assert figures["b"]["false_shown"] == f"{false}/{false} (100.0 %)"
    assert figures["b"]["false_of_shown_percent"] == 100.0


CLAIMS = (
    {
        "doc": "visit.md",
        "passage": COSTS,
        "true": "12 million euros is what the Warren mission cost.",
        "false": "The Warren mission cost 14 million euros.",
        "lang": "en",
        "open": "La missione è costata più del previsto.",
        "open_lang": "it",
    },
    {"claim": "The Warren mission cost 13 million euros.", "lang": "en", "verdict": "not_enough_info"},
)


def test_claims_are_counted_by_their_truth_and_their_crossing(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "desk.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CLAIMS), encoding="utf-8")
    counts = claims.Counts()
    assert len(list(claims.run(assistant, checker(assistant), claims.load(tmp_path), counts))) == 4
    found = claims.report(counts)["crossings"]
    nothing = "0/0"
    assert found["en→en"] == _shares("1/1", "0/1", nothing)
    assert found["it→en"] == _shares(nothing, nothing, "0/1")
    assert found["en→–"] == _shares(nothing, nothing, "0/1")
    assert found["all"] == _shares("1/1", "0/1", "0/2")
    assert counts.costs.number["two languages"] == 1


def _shares(true: str, false: str, left_open: str) -> Mapping[str, object]:
    return {"true_kept": true, "false_shown": false, "open_shown": left_open, "true_dropped_for": {}}


def test_a_claim_whose_passage_is_not_in_its_document_is_a_fault(assistant: Assistant) -> None:
    with pytest.raises(RagError, match="does not hold"):
        claims.holding(assistant.documents()[0], "Words that stand nowhere.")


# A real model


@pytest.fixture
def llm() -> Iterator[LLMServer]:
    with LLMServer(says(f"{COSTS} [1] ", "The mission cost 15 million euros. [1]", usage=(10, 5))) as running:
        yield running


def test_every_sentence_of_a_model_is_a_line_with_what_became_of_it(
    llm: LLMServer, rows: list[Row], tmp_path: Path
) -> None:
    path = tmp_path / "live.jsonl"
    asked = list(live.run(open_writer(tmp_path, llm, {**DOCS}), rows[:1], path))
    kept, dropped, row = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [asked[0].id, row["row"], row["status"], row["ok"]] == ["q1", "q1", "answered", True]
    assert (kept["key"], kept["text"], kept["kept"], kept["why"]) == ("q1#1", COSTS, True, "word for word")
    assert kept["quote"] == COSTS
    assert (dropped["key"], dropped["kept"], dropped["why"]) == ("q1#2", False, "value")
    assert [cited["document"] for cited in dropped["cited"]] == ["visit.md"]


def test_labels_say_what_was_shown_wrongly_and_what_was_lost(llm: LLMServer, rows: list[Row], tmp_path: Path) -> None:
    path, said = tmp_path / "live.jsonl", tmp_path / "labels.jsonl"
    list(live.run(open_writer(tmp_path, llm, {**DOCS}), rows[:1], path))
    said.write_text('{"key": "q1#1", "true": false}\n{"key": "q1#2", "true": true}\n', encoding="utf-8")
    names = ("sentences_written", "kept", "dropped", "unsupported_shown", "true_dropped", "without_label")
    figures = live.counted(path, live.labels(said))
    assert [figures[name] for name in names] == [2, 1, 1, 1, 1, 0]
    assert [live.counted(path, {"q1#1": True})[name] for name in names] == [2, 1, 1, 0, 0, 1]
    with pytest.raises(RagError, match="q9#1"):
        live.counted(path, {"q9#1": True})
    said.write_text('{"key": "q1#1", "true": "yes"}\n', encoding="utf-8")
    with pytest.raises(RagError, match="line 1 is no label"):
        live.labels(said)


@pytest.mark.parametrize("tail", ["", '{"key": "q2#1", "row": "q2"}\n', '{"row": "q2", "finished": true}', '{"ke'])
def test_an_interrupted_row_is_cut_off_and_asked_again(tail: str, tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    whole = '{"key": "q1#1", "row": "q1"}\n{"row": "q1", "finished": true}\n'
    path.write_text(whole + tail, encoding="utf-8")
    assert live.finished(path) == {"q1"}
    assert path.read_text(encoding="utf-8") == whole
    assert live.finished(tmp_path / "none.jsonl") == set()


def test_a_model_that_is_not_there_ends_the_run_and_leaves_the_row_for_later(rows: list[Row], tmp_path: Path) -> None:
    with LLMServer(says(status=500)) as broken, pytest.raises(RagError, match="did not answer q1"):
        list(live.run(open_writer(tmp_path, broken, {**DOCS}), rows, tmp_path / "live.jsonl"))
    assert live.finished(tmp_path / "live.jsonl") == set()


def test_rows_are_chosen_so_that_every_type_has_its_share() -> None:
    rows = [Row(f"a{n}", "?", "en", "often", True) for n in range(30)]
    rows += [Row(f"b{n}", "?", "en", "seldom", answerable=n % 2 == 0) for n in range(12)]
    for number in (14, 42):
        chosen = live.chosen(rows, number)
        assert chosen == live.chosen(rows, 42)[:number]
        kinds = [(row.type, row.answerable) for row in chosen]
        assert [kinds.count(k) for k in (("often", True), ("seldom", True), ("seldom", False))] == [
            number * share // 42 for share in (30, 6, 6)
        ]


# The script as a server


@pytest.fixture
def served(script: Script, rows: list[Row]) -> Iterator[str]:
    """The address of the script (a), over HTTP."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app(script, rows, "a"), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    server.should_exit = True
    thread.join(20)


def test_the_script_answers_the_set_s_questions_over_openai_s_protocol(
    served: str, assistant: Assistant, rows: list[Row]
) -> None:
    generator = build_generator(Settings(llm="openai-like:scripted", llm_base_url=served, llm_timeout=20.0))
    assert generator is not None
    assistant.composer = Composer(generator, checker(assistant))
    found = assistant.ask(Question(rows[1].question))
    assert (found.mode, found.text) == ("generate", f"{MET} [1]")


@pytest.mark.parametrize(
    "line",
    ["", "set --claims dir", "set --live 3", "set --serve 8000 d", "set --serve port a"],
    ids=lambda s: s or "none",
)
def test_a_line_that_asks_for_nothing_whole_is_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(line.split())
    assert "error" in capsys.readouterr().err


def test_a_folder_that_is_no_set_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "is no question set" in capsys.readouterr().err
