"""POST /api/v1/check over a real application: both shapes, strict bodies, errors; and `fonte check`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner
from web_builders import client, document_id, open_app

from rag.assistant import Assistant, Loading
from rag.checking.rendering import check_json
from rag.cli import Parts, app
from rag.from_json import check_from_json
from rag.settings import Settings
from rag.web.replies import CheckedTextReply, CheckReply, ErrorReply

RIGHT = "La delegazione in viaggio contava 38 imprese."
FILES = {"verbale.md": f"---\ntitle: Verbale\ndate: 2025-06-24\nkind: minutes\n---\n\n{RIGHT}\n"}
WRONG = "La delegazione in viaggio contava 41 imprese."
UNKNOWN = "Il gatto del custode mangia soltanto pesce."


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client(open_app(tmp_path_factory.mktemp("check"), FILES)[0])


def post(web: TestClient, body: Any) -> Any:
    return web.post("/api/v1/check", json=body)


@pytest.mark.parametrize(
    "claim, verdict, stances",
    [(RIGHT, "supported", ["for"]), (WRONG, "refuted", ["against"]), (UNKNOWN, "not_enough_info", [])],
)
def test_a_claim_gets_a_verdict_with_verbatim_quotes(
    web: TestClient, claim: str, verdict: str, stances: list[str]
) -> None:
    reply = post(web, {"claim": claim}).json()
    found = CheckReply.model_validate(reply)
    assert (found.verdict, [c.stance for c in found.citations]) == (verdict, stances)
    text = web.get(f"/api/v1/documents/{document_id(web, 'verbale.md')}/text").json()["text"]
    for cited in found.citations:
        assert text[cited.start : cited.end] == cited.quote
        assert all(text[d.start : d.end] == d.text for d in cited.deciding)


def test_a_text_gets_a_verdict_for_each_claim_at_its_place(web: TestClient) -> None:
    text = f"Buongiorno! {RIGHT} {WRONG}"
    found = CheckedTextReply.model_validate(post(web, {"text": text}).json())
    assert [c.verdict for c in found.checks] == ["supported", "refuted"]
    assert [text[c.start : c.end] for c in found.checks] == [RIGHT, WRONG]
    assert [(a.text, a.reason) for a in found.set_aside] == [("Buongiorno!", "greeting")]


@pytest.mark.parametrize(
    "body, status",
    [
        ({}, 422),
        ({"claim": RIGHT, "text": RIGHT}, 422),
        ({"claim": RIGHT, "more": 1}, 422),
        ({"claim": 7}, 422),
        ({"claim": RIGHT, "as_of": "ieri"}, 422),
        ({"claim": RIGHT, "language": "fr"}, 422),
        ({"claim": "?!"}, 422),
        ({"claim": "a\ud800"}, 422),
        ({"text": "x" * 20_001}, 422),
        ({"claim": RIGHT, "documents": ["unknown"]}, 404),
    ],
)
def test_what_is_no_request_is_refused_in_the_one_form(web: TestClient, body: Any, status: int) -> None:
    reply = web.post("/api/v1/check", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert reply.status_code == status
    assert ErrorReply.model_validate(reply.json()).error.message


def test_a_check_survives_the_way_there_and_back(web: TestClient) -> None:
    reply = post(web, {"claim": WRONG, "as_of": "2025-12-31"}).json()
    again = check_json(check_from_json(reply))
    assert again["citations"][0]["deciding"] == reply["citations"][0]["deciding"]
    assert {k: v for k, v in again.items() if k != "citations"} == {k: v for k, v in reply.items() if k != "citations"}


# The command line


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    from standins import open_assistant

    def build(_: Settings, prune: bool) -> tuple[Assistant, Loading]:
        assistant = open_assistant(tmp_path, FILES)
        assistant.state.stage = "starting"
        return assistant, Loading(assistant, [("sync", lambda: assistant.sync(prune))])

    return Parts(build)


def run(parts: Parts, tmp_path: Path, *given: str) -> Any:
    return CliRunner().invoke(app, ["check", *given, "--data", str(tmp_path / "data")], obj=parts)


@pytest.mark.parametrize("claim, code", [(RIGHT, 0), (WRONG, 5), (UNKNOWN, 3)])
def test_the_exit_code_is_the_verdict(parts: Parts, tmp_path: Path, claim: str, code: int) -> None:
    assert run(parts, tmp_path, claim).exit_code == code


def test_a_draft_is_read_from_a_file_and_told_claim_by_claim(parts: Parts, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(f"Buongiorno! {RIGHT} {WRONG}\n", encoding="utf-8")
    result = run(parts, tmp_path, "--file", str(draft))
    assert result.exit_code == 5
    assert "✓ Confermata" in result.stdout
    assert "✗ Smentita" in result.stdout
    assert "– saluto: Buongiorno!" in result.stdout


@pytest.mark.parametrize("of_a_file", [False, True])
def test_the_address_of_the_proof_is_told_and_taken_out_by_what_is_said(
    parts: Parts, tmp_path: Path, of_a_file: bool
) -> None:
    (tmp_path / "draft.md").write_text(RIGHT, encoding="utf-8")
    result = run(parts, tmp_path, *(("--file", str(tmp_path / "draft.md")) if of_a_file else (RIGHT,)))
    told = re.search(r"Kept as /proofs/(\S+); `fonte (proofs export \1)` takes it out", result.stderr)
    assert told
    assert "/proofs/" not in result.stdout
    out = CliRunner().invoke(app, [*told[2].split(), "--data", str(tmp_path / "data")], obj=parts)
    assert out.exit_code == 0, out.output


def test_a_draft_without_a_claim_is_not_supported(parts: Parts, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text("Buongiorno a tutti!\n", encoding="utf-8")
    assert run(parts, tmp_path, "--file", str(draft)).exit_code == 3


def test_json_is_that_of_http_and_the_exit_code_is_0(parts: Parts, tmp_path: Path) -> None:
    result = run(parts, tmp_path, WRONG, "--json")
    assert result.exit_code == 0
    assert CheckReply.model_validate(json.loads(result.stdout)).verdict == "refuted"


@pytest.mark.parametrize("given", [[], [RIGHT, "--file", "x.md"], ["--file", "nowhere.md"], [RIGHT, "--as-of", "ieri"]])
def test_a_command_that_says_nothing_to_check_exits_with_2(parts: Parts, tmp_path: Path, given: list[str]) -> None:
    assert run(parts, tmp_path, *given).exit_code == 2
