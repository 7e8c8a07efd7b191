"""The training scripts' rules: clean data, splits that never leak, figures computed rightly."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training import compress, examples, features, figures, negatives, prior, stages, train, validate
from training.calibrate import fit, predict

MISSIONS = sorted(p for p in validate.DATA.iterdir() if p.is_dir())


@pytest.mark.parametrize("folder", MISSIONS, ids=lambda p: p.name)
def test_every_hand_written_row_is_valid(folder: Path) -> None:
    faults, _ = validate.check_mission(folder)
    assert faults == []


@pytest.mark.parametrize("path", sorted(validate.PASSAGES.rglob("*.jsonl")), ids=lambda p: p.stem)
def test_every_passage_of_its_own_is_valid(path: Path) -> None:
    faults, counts = validate.check_passages(path)
    assert faults == []
    assert counts["across languages"] >= (counts["claims"] + counts["questions"]) / 3


def test_there_are_enough_missions_pairs_and_twins() -> None:
    counts = [validate.check_mission(folder)[1] for folder in MISSIONS]
    assert len(counts) >= 8
    assert sum(c["pairs"] for c in counts) >= 1000
    assert sum(c["claims"] for c in counts) >= 600


def test_the_validator_finds_a_passage_that_is_not_verbatim() -> None:
    row = dict.fromkeys(validate.PAIR_KEYS, "x") | {
        "doc": "a.md",
        "passage": "not there",
        "lang": "it",
        "near_lang": "it",
    }
    assert any("verbatim" in fault for fault in validate.pair_faults(row, {"a.md": "something else"}))


@pytest.mark.parametrize("folder", MISSIONS[:3], ids=lambda p: p.name)
def test_a_pair_s_span_is_its_answer(folder: Path) -> None:
    found = examples.mission_passages(folder)
    golds = [e for e in examples.pairs(folder, found) if e.role == "gold"]
    assert len(golds) > 80
    assert all(e.span is not None and e.body[slice(*e.span)].strip() for e in golds)


def test_a_passage_without_its_answer_no_longer_holds_it() -> None:
    body = "La missione parte lunedì. La guida Anna Verdi. Torna sabato."
    gold = examples.Example("g", "s", "pairs", "gold", "Chi guida?", "", body, (36, 46), 1, -1, "it>it")
    dropped = examples.without_answer(gold)
    assert dropped is not None
    assert dropped.body == "La missione parte lunedì. Torna sabato."
    assert dropped.answers == examples.DOES_NOT


CLAIM = examples.Example(
    "g", "s", "claims", "true", "Nel 2024 Fibralta ha spedito 40 telai a Lisbona.", "",
    "Fibralta spedì 40 telai a Lisbona.", None, examples.ANSWERS, examples.ENTAILED, "it>it",
)  # fmt: skip


def test_what_may_settle_a_claim_is_no_negative_of_it() -> None:
    again = "Nel 2024 furono 40 i telai che Fibralta ha spedito a Lisbona."
    other = "Fibralta ha 210 addetti e due impianti."
    found = negatives.settles_nothing(CLAIM, [("", CLAIM.body), ("", again), ("", other)], 2)
    assert [(e.body, e.claim, e.answers, e.role) for e in found] == [
        (other, examples.NEITHER, examples.DOES_NOT, "elsewhere")
    ]


def test_what_ranks_before_the_claim_s_own_passage_is_no_negative_of_it() -> None:
    found = negatives.settles_nothing(CLAIM, [("", "Del tutto altro."), ("", CLAIM.body), ("", "Ancora altro.")], 2)
    assert [e.body for e in found] == ["Ancora altro."]


def test_across_languages_names_and_numbers_tell_what_may_settle_a_claim() -> None:
    assert negatives.may_settle("In 2024 Fibralta shipped 40 frames.", "Fibralta, 2024: 40 telai.", crossing=True)
    assert not negatives.may_settle("In 2024 Fibralta shipped 40 frames.", "Fibralta ha 210 addetti.", crossing=True)


def test_the_sentences_that_settle_a_claim_are_told_from_those_around_them() -> None:
    claim = replace(CLAIM, body=f"Il mercato cresce. {CLAIM.body} Altro non si sa.")
    assert [(e.role, e.body, e.claim) for e in examples.parts(claim, CLAIM.body)] == [
        ("alone-true", CLAIM.body, examples.ENTAILED),
        ("aside", "Il mercato cresce. Altro non si sa.", examples.NEITHER),
    ]


def test_no_article_or_mission_is_on_both_sides() -> None:
    sources = ("squad", "xquad", "pairs", "literal", "claims")
    rows = [{"source": s, "split": f"{s}/{n % 40}"} for n in range(400) for s in sources]
    for row in rows:
        if row["source"] in ("literal", "claims"):
            row["split"] = row["split"].replace(row["source"], "pairs")
    training, held = train.partition(rows, ["pairs/3", "pairs/17"])
    assert {rows[n]["split"] for n in training}.isdisjoint(rows[n]["split"] for n in held)
    assert {rows[n]["split"] for n in held} >= {"pairs/3", "pairs/17"}


def test_a_mission_that_there_is_not_cannot_be_held_out() -> None:
    with pytest.raises(SystemExit, match="atlantis"):
        train.partition([{"source": "pairs", "split": "a"}], ["atlantis"])


def test_a_run_ends_with_its_steps_or_with_its_time() -> None:
    assert train.progressed(50, 100, seconds=10, minutes=0) == 0.5
    assert train.progressed(10, 100, seconds=60, minutes=1) == 1


def test_a_batch_keeps_groups_whole() -> None:
    rows = [{"group": f"g{n // 3}", "source": "pairs", "role": "gold"} for n in range(90)]
    plan = features.batches(list(range(90)), rows, np.full(90, 10), stages.STAGES["balanced"], size=8, seed=1)
    for batch in plan:
        groups = [rows[n]["group"] for n in batch]
        assert all(groups.count(g) % 3 == 0 for g in groups)


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    rng = random.Random(3)
    positive = [rng.random() + 0.3 for _ in range(40)]
    negative = [rng.random() for _ in range(30)]
    right = sum(p > n for p in positive for n in negative) / (40 * 30)
    assert figures.auc(positive, negative) == pytest.approx(right)


def test_passages_from_elsewhere_count_against_a_lean_and_not_as_right_or_wrong() -> None:
    told = {"true": [4.0, 0.0, 0.0], "false": [0.0, 4.0, 0.0], "elsewhere": [0.0, 5.0, 0.0]}
    found = figures.claim_figures([{"role": role, "claim": logits} for role, logits in told.items()])
    assert found == {"accuracy": 1.0, "auc-entailed": 1.0, "auc-contradicted": 0.5}


def test_the_logistic_fit_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((4000, 2))
    p = 1 / (1 + np.exp(-(x @ np.array([2.0, -1.0]) + 0.5)))
    weights = fit(x, (rng.random(4000) < p).astype(float))
    assert weights == pytest.approx([2.0, -1.0, 0.5], abs=0.25)
    assert np.abs(predict(weights, x) - p).max() < 0.1


def test_factors_of_full_rank_give_the_change_back() -> None:
    change = torch.randn(12, 7, generator=torch.Generator().manual_seed(1))
    up, down = compress.factors(change, 7)
    assert torch.allclose(up @ down, change, atol=1e-5)


def test_factors_of_low_rank_are_the_best_of_that_rank() -> None:
    change = torch.randn(12, 7, generator=torch.Generator().manual_seed(1))
    up, down = compress.factors(change, 3)
    left_out = torch.linalg.svdvals(change)[3:].square().sum().sqrt()
    assert torch.linalg.norm(change - up @ down) == pytest.approx(float(left_out), rel=1e-4)


def passages_file(tmp_path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path = tmp_path / "subject-1.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


CLAIMS = [["it", "true", "a"], ["en", "true", "b"], ["it", "false", "c"], ["en", "false", "d"], ["it", "open", "e"],
          ["en", "open", "f"]]  # fmt: skip
COUNTER = ["false", "open", "true", "true", "open", "true"]


def test_a_counter_passage_is_read_with_the_same_claims_and_its_own_labels(tmp_path: Path) -> None:
    row = {"context": "T", "text": "x", "lang": "it", "claims": CLAIMS, "counter": {"text": "y", "labels": COUNTER}}
    path = passages_file(tmp_path, [row, {**row, "text": "z"}])
    read = [e for e in examples.passages_with_claims(path, random.Random(0)) if e.group == "claims/subject-1/0"]
    labelled = {body: [e.role for e in read if e.body == body and e.role != "elsewhere"] for body in ("x", "y")}
    assert labelled == {"x": [label for _, label, _ in CLAIMS], "y": COUNTER}
    assert [e.claim for e in read if e.role == "elsewhere"] == [examples.NEITHER]
    assert {e.split for e in read} == {"subject-1"}


def test_each_question_is_read_with_the_passage_that_answers_it_and_with_the_other(tmp_path: Path) -> None:
    first, second = ({"text": f"Il {n} parte. Torna {n}.", "answers": [n, "parte", "Torna"]} for n in ("3", "5"))
    questions = [["it", f"q{n}"] for n in range(6)]
    row = {"context": "T", "lang": "it", "questions": questions, "first": first, "second": second}
    read = list(examples.passages_with_questions(passages_file(tmp_path, [row])))
    golds = [e for e in read if e.role == "gold"]
    assert [e.question for e in golds] == [q for _, q in questions]
    assert all(e.span and e.body[slice(*e.span)] in ("3", "5", "parte", "Torna") for e in golds)
    assert {(e.question, e.body) for e in read if e.role == "near"} == {
        (e.question, second["text"] if e.body == first["text"] else first["text"]) for e in golds
    }


@pytest.mark.parametrize("labels", [["true"] * 5, ["yes"] * 6, [label for _, label, _ in CLAIMS]])
def test_a_counter_passage_that_turns_nothing_round_is_a_fault(labels: list[str]) -> None:
    row = {"context": "T", "text": "x", "lang": "it", "claims": CLAIMS, "counter": {"text": "y", "labels": labels}}
    assert list(validate.counter_faults(row))


def test_a_claims_words_tell_its_label_only_where_they_do(tmp_path: Path) -> None:
    """By claims of other files; what stands beside another passage is told nothing."""
    made = []
    for number in range(40):
        for claim, label in (("only two of them came", "false"), ("two of them came", "true"), ("a third", "open")):
            made.append(
                replace(CLAIM, split=f"s{number}", role=label, question=claim, claim=examples.LABELS[label])
            )  # fmt: skip
    made.append(replace(CLAIM, role="elsewhere", question="only two of them came", claim=examples.NEITHER))
    told = np.exp(prior.claim_priors(made))
    assert (told[0:120:3, examples.CONTRADICTED] > 0.7).all()
    assert (told[1:120:3, examples.ENTAILED] > 0.7).all()
    assert np.allclose(told[:120].sum(axis=1), 1, atol=1e-3)
    assert (told[120] == 1).all()


def test_a_claim_is_told_apart_by_its_passages_where_it_leans_to_the_one_that_entails_it() -> None:
    def read(question: str, role: str, lean: float) -> dict[str, object]:
        return {"group": "g", "question": question, "role": role, "claim": [lean, 0.0, 0.0]}

    rows = [read("a", "true", 2.0), read("a", "false", 1.0), read("b", "true", 5.0), read("b", "false", 6.0)]
    rows += [read("c", "true", 9.0), read("c", "open", 1.0)]
    assert figures.turned_round(rows) == 0.5
    assert figures.turned_round(rows[:2]) == 1.0


def test_a_questions_words_tell_whether_it_is_answered_only_where_they_do() -> None:
    gold = examples.Example("g", "s", "pairs", "gold", "", "", "x", None, 1, -1, "it>it")
    asked = (("chi guida la delegazione", 1), ("quanto pesa la delegazione", 0), ("dove dorme", 1), ("dove dorme", 0))
    made = [replace(gold, split=f"s{n}", question=q, answers=a) for n in range(40) for q, a in asked]
    made.append(replace(gold, source="squad", question="chi guida la delegazione"))
    told = prior.answer_priors(made)
    assert (told[0:160:4] > 1).all()
    assert (told[1:160:4] < -1).all()
    assert (abs(told[2:160:4]) < 0.5).all()
    assert told[160] == 0


def test_the_two_corpora_of_passages_share_no_group() -> None:
    """A stage takes whole groups, by the source of their first row."""
    claims = {e.group for p in (validate.PASSAGES / "claims").glob("care-*.jsonl")
              for e in examples.passages_with_claims(p, random.Random(0))}  # fmt: skip
    questions = {e.group for p in (validate.PASSAGES / "questions").glob("care-*.jsonl")
                 for e in examples.passages_with_questions(p)}  # fmt: skip
    assert claims
    assert questions
    assert not claims & questions
