"""The stages of training: what each reads, one after the other."""

from __future__ import annotations

from training.features import Mix

# Of each role's rows, in the stages that read all kinds of pairs.
ROLES = {
    ("squad", "hard"): 0.5,
    ("pairs", "near"): 0.6,
    ("pairs", "hard"): 0.25,
    ("pairs", "near-hard"): 0.12,
    ("literal", "hard"): 0.3,
    ("literal", "near-hard"): 0.3,
    ("harder", "hard"): 0.4,
    ("harder", "near-hard"): 0.2,
}
QUESTIONS = ("squad", "xquad", "pairs", "literal", "harder", "structured", "passage-pairs")
LATER = {"passage-claims": 0.0, "passage-pairs": 0.0}  # written when most stages had been run
STAGES = {
    "broad": Mix(
        {**LATER, "squad": 0.6, "xquad": 0.22, "fever": 0.15, "literal": 0.0, "harder": 0.0, "structured": 0.0},
        {("squad", "hard"): 0.5, ("pairs", "hard"): 0.22, ("pairs", "near-hard"): 0.22},
        repeat=2,
        late=0.35,
        near=1.0,
    ),
    # Close wording as often answered as not: the first stage alone learns that it does not answer.
    "balanced": Mix(
        {**LATER, "squad": 0.3, "xquad": 0.08, "fever": 0.06, "structured": 0.0}, ROLES, repeat=1, late=0.0, near=0.0
    ),
    # Questions only, the newest rows whole: text in lines, and subjects that stand a sentence before.
    "lines": Mix(
        {**LATER, "squad": 0.25, "xquad": 0.08, "fever": 0.0, "claims": 0.0, "pairs": 0.65, "literal": 0.65},
        {**ROLES, ("pairs", "near"): 0.7, ("structured", "hard"): 0.5, ("structured", "near-hard"): 0.25},
        repeat=1,
        late=0.0,
        near=0.0,
    ),
    # For several epochs, as a GPU reads in minutes: near misses whole and weighty, other passages in part.
    "questions": Mix(
        {**LATER, "squad": 0.5, "xquad": 0.5, "fever": 0.0, "claims": 0.0},
        {
            (source, role): share
            for source in ("squad", "pairs", "literal", "harder", "structured")
            for role, share in (("hard", 0.4), ("near-hard", 0.25))
        },
        repeat=1,
        late=0.0,
        near=1.5,
    ),
    # The same on two cores in an hour, from an adapter that is there: mostly the sentences that settle a claim by
    # themselves, which is what a desk goes by.
    "reworded": Mix(
        {**dict.fromkeys(QUESTIONS, 0.0), "passage-claims": 0.0, "fever": 0.15},
        {
            **{("claims", role): 0.35 for role in ("true", "false", "open")},
            ("claims", "aside"): 0.05,
            ("claims", "elsewhere"): 0.06,
        },
        repeat=1,
        late=0.0,
        near=0.0,
    ),
    # What `reworded` reads in part, and all that is written on passages of their own, in quite other words and with
    # contradictions that no word shows.
    "passages": Mix(
        {**dict.fromkeys(QUESTIONS, 0.0), "fever": 0.15},
        {
            **{("claims", role): 0.1 for role in ("true", "false", "open")},
            **{("claims", f"alone-{role}"): 0.3 for role in ("true", "false", "open")},
            ("claims", "aside"): 0.05,
            ("claims", "elsewhere"): 0.05,
        },
        repeat=1,
        late=0.0,
        near=0.0,
    ),
    # Mostly claims that one passage entails and the other contradicts: nothing but the passage tells which.
    "contrast": Mix(
        {**dict.fromkeys(QUESTIONS, 0.0), "fever": 0.1, "claims": 0.4},
        {
            **{("claims", role): 0.1 for role in ("true", "false", "open")},
            **{("claims", f"alone-{role}"): 0.3 for role in ("true", "false", "open")},
            ("claims", "aside"): 0.05,
            ("claims", "elsewhere"): 0.05,
            ("passage-claims", "open"): 0.5,
            ("passage-claims", "elsewhere"): 0.5,
        },
        repeat=1,
        late=0.0,
        near=0.0,
    ),
    # Questions on passages of their own, with a part of all before them.
    "answers": Mix(
        {
            "squad": 0.15,
            "xquad": 0.1,
            "fever": 0.0,
            "claims": 0.0,
            "passage-claims": 0.0,
            "pairs": 0.2,
            "literal": 0.2,
            "harder": 0.3,
            "structured": 0.3,
        },
        {
            **{
                (source, role): share
                for source in ("squad", "pairs", "literal", "harder", "structured")
                for role, share in (("hard", 0.4), ("near-hard", 0.25))
            },
            ("passage-pairs", "dropped"): 0.6,
        },
        repeat=1,
        late=0.0,
        near=1.5,
    ),
    # Claims only, for a network of their own: told apart within triplets, what agrees from what merely resembles.
    "claims": Mix(
        {**dict.fromkeys(QUESTIONS, 0.0), "passage-claims": 0.0},
        {},
        repeat=1,
        late=0.0,
        near=0.0,
    ),
}
