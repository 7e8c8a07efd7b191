"""The training scripts' rules: clean data, splits that never leak, figures computed rightly."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training import compress, examples, features, figures, negatives, stages, train, validate
from training.calibrate import fit, predict

MISSIONS = sorted(p for p in validate.DATA.iterdir() if p.is_dir())


@pytest.mark.parametrize("folder", MISSIONS, ids=lambda p: p.name)
def test_every_hand_written_row_is_valid(folder: Path) -> None:
    faults, _ = validate.check_mission(folder)
    assert faults == []


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
