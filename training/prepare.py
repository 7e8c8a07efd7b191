"""Make the reader's training features: `python training/prepare.py PUBLIC_DIR MODEL_DIR OUT_DIR`.

Reads the public sets (checksums compared) and training/data, finds hard negatives with the embedding model, and
writes features.npz (token ids over the pieces that occur), examples.jsonl (what each row is), and encoder.npz (the
encoder with only those pieces' embeddings), which is all that train.py needs on any device.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from training import examples as ex
from training.examples import Example
from training.negatives import hard_negatives, settles_nothing
from training.prior import answer_priors, claim_priors

MAX_TOKENS = 256
CHECKSUMS = {
    "squad_it_first40.json.gz": "e4fd8ad8b3dff1a33bd509d16de2678aef7c1c53659091b4ed728f2b53666e4b",
    "xquad.en.json.gz": "35bf6fdfe1d708c5cd0ef16587ee77182cf6cfe8c15d12a6d54e645cadfd2be9",
    "xquad.es.json.gz": "abdf33c3bd8ddca57bc4b1c074c2109e8ad28f2a4e70225a39ca326c07880077",
    "xquad.ro.json.gz": "3f1043fa82a84975ec2a0d83baefc766b4e190bf380045de200f8a4e2c0b85ff",
    "xquad.de.json.gz": "53f15202fce898a9c1ad3f7c9f1555eff2bbe3454876a0425712cb9ffcb83330",
    "fever_it.jsonl.gz": "b8714c542f273d06fd9456ba6e53617cedfaf596ba6b98bb20846f2757865497",
    "fever_en.jsonl.gz": "dcad4355d6e757b303f82647f699f099b0c6f828169dc344576ec10c3cbaef06",
}
DATA = Path(__file__).parent / "data"
PASSAGES = Path(__file__).parent / "passages"


def check_public(folder: Path) -> None:
    """The figures of the model card hold for these very files."""
    for name, wanted in CHECKSUMS.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != wanted:
            raise SystemExit(f"{folder / name}: SHA-256 is {found}, expected {wanted}. Fetch the file again.")


class Ranker:
    """Nearest passages by the embedding model. Vectors are kept in `cache`: encoding is nearly all of the time."""

    def __init__(self, model_dir: Path, cache: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self.model = SentenceTransformer(str(model_dir), device="cpu")
        self._cache = cache
        self._known: dict[str, np.ndarray] = {}  # type: ignore[type-arg]
        if cache.is_file():
            with np.load(cache) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def rank(self, questions: list[str], texts: list[str], count: int) -> list[list[int]]:
        asked, told = self._encode("query", questions), self._encode("document", texts)
        return [list(row) for row in np.argsort(-(asked @ told.T), axis=1)[:, :count]]

    def save(self) -> None:
        np.savez(self._cache, keys=np.asarray(list(self._known)), vectors=np.stack(list(self._known.values())))

    def _encode(self, prompt: str, texts: list[str]) -> np.ndarray:  # type: ignore[type-arg]
        keys = [hashlib.sha256(f"{prompt}/{text}".encode()).hexdigest()[:24] for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        vectors = self.model.encode(list(fresh.values()), prompt_name=prompt, batch_size=64)
        self._known.update(zip(fresh, np.asarray(vectors, np.float16), strict=True))
        return np.stack([self._known[key] for key in keys]).astype(np.float32)


def public_negatives(found: list[Example], ranker: Ranker, count: int) -> list[Example]:
    """Hard negatives of SQuAD-it from the same article."""
    extra: list[Example] = []
    golds = [e for e in found if e.role == "gold"]
    for split in sorted({e.split for e in golds}):
        own = [e for e in golds if e.split == split]
        bodies = sorted({e.body for e in own})
        ranks = ranker.rank([e.question for e in own], bodies, 12)
        for example, row in zip(own, ranks, strict=True):
            extra += hard_negatives(example, [("", bodies[n]) for n in row], count)
    return extra


def mission(folder: Path, ranker: Ranker, rng: random.Random) -> list[Example]:
    """A mission's pairs and claims, with hard negatives of questions and near misses from its other passages."""
    found = ex.mission_passages(folder)
    rows = [e for source in ("pairs", "literal", "harder", "structured") for e in ex.pairs(folder, found, source)]
    rows += [e for source in ("claims", "twins", "desk", "reworded") for e in ex.claims(folder, found, source)]
    asked = [e for e in rows if e.role in ("gold", "near", "true", "false", "open")]
    ranks = ranker.rank([e.question for e in asked], [p.embedded for p in found], 12)
    for example, row in zip(asked, ranks, strict=True):
        others = [(found[n].context, found[n].body) for n in row]
        if example.role == "gold":
            rows += hard_negatives(example, others, 4)
        elif example.role == "near":
            rows += [replace(example, role="near-hard", context=c, body=b) for c, b in others[:3] if b != example.body][
                :2
            ]
        else:
            rows += settles_nothing(example, others, 2)
    return ex.leaning(rows, rng)


def collect(public: Path, ranker: Ranker) -> list[Example]:
    rng = random.Random(20261122)
    own: list[Example] = []
    for folder in sorted(p for p in DATA.iterdir() if (p / "docs").is_dir()):
        own += mission(folder, ranker, rng)
    for path in sorted((PASSAGES / "claims").glob("*.jsonl")):
        own += ex.passages_with_claims(path, rng)
    for path in sorted((PASSAGES / "questions").glob("*.jsonl")):
        own += ex.passages_with_questions(path)
    contexts = sorted({e.context for e in own if e.role == "gold" and len(e.context) <= 120})
    squad = list(ex.squad(public / "squad_it_first40.json.gz", rng))
    asked = [*squad, *public_negatives(squad, ranker, 2), *ex.xquad(public, rng)]
    return [*ex.borrowed_contexts(asked, contexts, rng), *ex.fever(public), *own]


def encode(rows: list[Example], tokenizer) -> dict[str, np.ndarray]:  # type: ignore[no-untyped-def,type-arg]
    """Token ids, where the passage's tokens begin, and the span in tokens (-1 where there is none)."""
    ids: list[int] = []
    ends, body_from, starts, stops = [0], [], [], []
    for row in rows:
        above = f"{row.context}\n" if row.context else ""
        coded = tokenizer(
            row.question,
            above + row.body,
            truncation="only_second",
            max_length=MAX_TOKENS,
            return_offsets_mapping=True,
        )
        second = [n for n, s in enumerate(coded.sequence_ids()) if s == 1]
        offsets = coded["offset_mapping"]
        inside = [n for n in second if offsets[n][1] > len(above)]
        body_from.append(inside[0] if inside else len(offsets) - 1)
        start = stop = -1
        if row.span is not None:
            a, b = row.span[0] + len(above), row.span[1] + len(above)
            hit = [n for n in inside if offsets[n][1] > a and offsets[n][0] < b]
            start, stop = (hit[0], hit[-1]) if hit else (-1, -1)
        starts.append(start)
        stops.append(stop)
        ids += coded["input_ids"]
        ends.append(len(ids))
    return {
        "ids": np.asarray(ids, np.int32),
        "ends": np.asarray(ends, np.int64),
        "body_from": np.asarray(body_from, np.int16),
        "start": np.asarray(starts, np.int16),
        "stop": np.asarray(stops, np.int16),
        "answers": np.asarray([r.answers for r in rows], np.int8),
        "claim": np.asarray([r.claim for r in rows], np.int8),
        "claim_prior": claim_priors(rows).astype(np.float16),
        "answer_prior": answer_priors(rows).astype(np.float16),
    }


def main(public: Path, model_dir: Path, out: Path) -> None:
    from transformers import AutoModel, AutoTokenizer

    check_public(public)
    out.mkdir(parents=True, exist_ok=True)
    ranker = Ranker(model_dir, out / "vectors.npz")
    rows = collect(public, ranker)
    ranker.save()
    features = encode(rows, AutoTokenizer.from_pretrained(model_dir))
    pieces, features["ids"] = np.unique(features["ids"], return_inverse=True)
    np.savez_compressed(out / "features.npz", **{**features, "ids": features["ids"].astype(np.uint16)})
    state = AutoModel.from_pretrained(model_dir).state_dict()
    state = {n: t.numpy().astype(np.float16) for n, t in state.items() if not n.startswith("pooler")}
    state["embeddings.word_embeddings.weight"] = state["embeddings.word_embeddings.weight"][pieces]
    np.savez_compressed(out / "encoder.npz", **state)
    with (out / "examples.jsonl").open("w", encoding="utf-8") as file:
        for row in rows:
            kept = {k: v for k, v in asdict(row).items() if k not in ("context", "body", "span")}
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")
    print(f"{len(rows)} examples, {len(features['ids'])} tokens, {len(pieces)} pieces")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
