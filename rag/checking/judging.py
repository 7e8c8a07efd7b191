"""A claim and the passages found for it → what they say of it: for, against, or not enough to decide.

The reader and the rules of `comparing` look at every quotable sentence; `verdicts` weighs them. Where sources
contradict each other the later or weightier one is followed; where none is, nothing is decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from rag.checking.assertions import Assertion, Source, sources
from rag.checking.comparing import Comparison, compare
from rag.checking.overall import Features
from rag.checking.reserves import Reservation, reservation
from rag.checking.verdicts import ClaimCalibration, features
from rag.evidence import reading_text
from rag.language.aliases import Aliases
from rag.models import Evidence, Hit, Stance, Verdict
from rag.precedence import Precedence, same_subject
from rag.reader.trained import Reader, Reading, Text

READ = 12  # passages that are read for one claim
ALONE = 8  # sentences of them that are read by themselves as well
SHOWN = 3  # passages shown on either side
NEAREST = 2  # shown where nothing speaks for or against
OVERRULES = 0.8  # probability from which a sentence against a claim stands up to one for it
LEANS = 1.0  # against a claim, as strongly as "neither" does
NOTABLE = 0.25  # share of the whole weight from which a sentence is shown on its side
BEARS = 0.1  # odds, by its weights alone, from which a sentence bears on a claim though it does not decide it
BESIDE = 1  # of such shown beside those that decide


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence laid beside the claim, with what is weighed of it."""

    source: Source
    comparison: Comparison
    features: Features


@dataclass(frozen=True, slots=True)
class Witness:
    """A sentence that speaks for or against a claim, and its share of the whole weight."""

    source: Source
    comparison: Comparison
    share: float

    def evidence(self) -> Evidence:
        return Evidence(self.source.hit, self.source.span.start, self.source.span.end, self.share, self.share)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with its pulls for and against the claim, which are 0 under a reservation.

    `meant` holds what it would pull if a plan proved what happened, and a saying what is so.
    """

    candidate: Candidate
    up: float
    down: float
    meant: tuple[float, float]
    reservation: Reservation | None

    @property
    def document(self) -> str:
        return self.candidate.source.hit.document.id

    @property
    def stance(self) -> Stance:
        """The side on which it pulls more."""
        return Stance.FOR if self.up > self.down else Stance.AGAINST

    def witness(self, share: float) -> Witness:
        return Witness(self.candidate.source, self.candidate.comparison, share)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A sentence that would have decided, and on which side, but for the reservation."""

    witness: Witness
    stance: Stance
    reservation: Reservation


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on one claim. `superseded` are sentences of sources that a later or weightier one overrules."""

    verdict: Verdict
    confidence: float
    pro: tuple[Witness, ...] = ()
    con: tuple[Witness, ...] = ()
    superseded: tuple[tuple[Witness, Stance], ...] = ()
    nearest: tuple[Evidence, ...] = ()
    disagree: bool = False
    doubted: bool = False  # a source that comes before the one that says so leans against it: the first of `con`
    reserved: Reserved | None = None
    partly: bool = False  # of several sentences some are borne out
    leaning: tuple[tuple[Witness, Stance], ...] = ()  # they bear on the claim and do not decide it


NOTHING = Finding(Verdict.NOT_ENOUGH_INFO, 1.0)


def combined(findings: Sequence[Finding]) -> Finding:
    """One finding for a claim of several sentences: refuted where one is, supported where all are."""
    if len(findings) < 2:
        return findings[0] if findings else NOTHING
    refuted = [f for f in findings if f.verdict is Verdict.REFUTED]
    supported = [f for f in findings if f.verdict is Verdict.SUPPORTED]
    if refuted:
        return max(refuted, key=lambda f: f.confidence)
    pro = tuple(w for f in supported for w in f.pro)
    if len(supported) == len(findings):
        least = min(findings, key=lambda f: f.confidence)
        con = tuple(w for f in findings for w in f.con)
        return replace(least, pro=pro, con=con, leaning=_beside((*pro, *con), [least]))
    open_ = [f for f in findings if f.verdict is Verdict.NOT_ENOUGH_INFO]
    undecided = next((f for f in open_ if f.pro or f.con or f.reserved), open_[0])
    pro = (*pro, *undecided.pro)
    leaning = _beside((*pro, *undecided.con), open_)
    return replace(undecided, pro=pro, partly=bool(supported), leaning=leaning)


def _beside(shown: Sequence[Witness], findings: Sequence[Finding]) -> tuple[tuple[Witness, Stance], ...]:
    """What bears on the parts of a claim, without what is shown on a side, and no sentence twice."""
    said = {w.source.text for w in shown}
    found = {w.source.text: (w, stance) for f in findings for w, stance in f.leaning if w.source.text not in said}
    return tuple(found.values())[:SHOWN]


@dataclass(frozen=True, slots=True)
class ClaimJudge:
    """Judges claims. Safe to use from several threads."""

    reader: Reader
    calibration: ClaimCalibration
    precedence: Precedence

    def candidates(
        self, claim: Assertion, asked: str, hits: Sequence[Hit], aliases: Aliases, today: dt.date | None = None
    ) -> list[Candidate]:
        """Every quotable sentence of the best hits beside the claim; `asked` is the claim with what it leans on."""
        read = [hit for hit in hits[:READ] if hit.units]
        if not read:
            return []
        found = [(hit, n, s) for hit in read for n, s in enumerate(sources(hit)) if n < len(hit.units)]
        readings = self.reader.read(asked, [reading_text(hit) for hit in read])
        whole = {hit.passage.id: reading for hit, reading in zip(read, readings, strict=True)}
        alone = self._alone(asked, found)
        best = max(unit.similarity for hit in read for unit in hit.units)
        made = []
        for hit, number, source in found:
            reading = whole[hit.passage.id]
            comparison = compare(claim, source, aliases, today)
            own = alone.get((hit.passage.id, number), reading)
            made.append(Candidate(source, comparison, features(hit, number, comparison, reading, own, best)))
        return made

    def _alone(self, asked: str, found: Sequence[tuple[Hit, int, Source]]) -> dict[tuple[str, int], Reading]:
        """Readings of the likeliest sentences by themselves, where their passages hold others besides."""
        several = [(h, n, s) for h, n, s in found if len(h.units) > 1]
        several.sort(key=lambda item: -item[0].units[item[1]].similarity)
        chosen = several[:ALONE]
        texts = [Text(reading_text(h).context, s.evidence().text) for h, _, s in chosen]
        readings = self.reader.read(asked, texts) if texts else []
        return {(h.passage.id, n): reading for (h, n, _), reading in zip(chosen, readings, strict=True)}

    def judge(self, claim: Assertion, candidates: Sequence[Candidate]) -> Finding:
        """The verdict on a claim from its candidates."""
        weighed = self._weighed(claim, candidates)
        superseded = self._superseded(claim, weighed)
        left = [w for w in weighed if w not in superseded]
        supported, refuted = self.calibration.probabilities([(w.up, w.down) for w in left])
        disagree = self._contradictory(claim, left) is not None
        verdict = Verdict.NOT_ENOUGH_INFO if disagree else self.calibration.verdict(supported, refuted)
        reserved = self._reserved(left) if verdict is Verdict.NOT_ENOUGH_INFO else None
        if verdict is Verdict.NOT_ENOUGH_INFO and not disagree and reserved is None:
            left, verdict, (supported, refuted) = self._second_look(left)
        doubter = self._doubter(claim, left) if verdict is Verdict.SUPPORTED else None
        sided = disagree or reserved is not None or verdict is not Verdict.NOT_ENOUGH_INFO
        pro = _side(left, lambda w: w.up, disagree or verdict is Verdict.SUPPORTED) if sided else ()
        con = _side(left, lambda w: w.down, disagree or verdict is Verdict.REFUTED) if sided else ()
        if doubter is not None:
            verdict, first = Verdict.NOT_ENOUGH_INFO, doubter.witness(0.0)
            con = (first, *(w for w in con if w.source != first.source))
        shown = {w.source.text for w in (*pro, *con)} | {w.candidate.source.text for w in superseded[:1]}
        shown |= {reserved.witness.source.text} if reserved else set()
        confidence = {Verdict.SUPPORTED: supported, Verdict.REFUTED: refuted}.get(verdict, 1.0 - supported - refuted)
        return Finding(
            verdict,
            confidence,
            pro,
            con,
            tuple((w.witness(0.0), w.stance) for w in superseded[:SHOWN]),
            tuple(w.witness(0.0).evidence() for w in sorted(weighed, key=_likeness, reverse=True)[:NEAREST]),
            disagree,
            doubter is not None,
            reserved,
            leaning=self._leaning([w for w in weighed if w not in superseded], shown, BESIDE if sided else SHOWN),
        )

    def _leaning(
        self, weighed: Sequence[Weighed], shown: Collection[str], count: int
    ) -> tuple[tuple[Witness, Stance], ...]:
        """The sentences that bear on a claim most beside those `shown`, each with its side: where nothing decides, a
        reader may; where something does, it is what else to look at."""
        found: dict[str, tuple[float, Weighed, Stance]] = {}
        for w in weighed:
            text = w.candidate.source.text
            if w.candidate.source.asks or text in shown:
                continue
            up, down = self.calibration.bears(w.candidate.features)
            stance = Stance.FOR if up > down else Stance.AGAINST
            if max(up, down) >= BEARS and max(up, down) > found.get(text, (0.0,))[0]:
                found[text] = (max(up, down), w, stance)
        ranked = sorted(found.values(), key=lambda item: -item[0])[:count]
        return tuple((w.witness(0.0), stance) for _, w, stance in ranked)

    def _second_look(self, weighed: Sequence[Weighed]) -> tuple[list[Weighed], Verdict, tuple[float, float]]:
        """What the sentences say together where none decides by itself: with what each then pulls, by its weights
        alone, and how probable either side is."""
        speaking = [w for w in weighed if w.reservation is None and not w.candidate.source.asks]
        verdict, probabilities = self.calibration.second_look([w.candidate.features for w in speaking])
        if verdict is Verdict.NOT_ENOUGH_INFO:
            return list(weighed), verdict, probabilities
        leanings = [self.calibration.leanings(w.candidate.features) for w in speaking]
        return (
            [replace(w, up=up, down=down) for w, (up, down) in zip(speaking, leanings, strict=True)],
            verdict,
            probabilities,
        )

    def _weighed(self, claim: Assertion, candidates: Sequence[Candidate]) -> list[Weighed]:
        """The candidates with how much each pulls: nothing where its source settles nothing about such a claim."""
        found = []
        for candidate in candidates:
            source = candidate.source
            repeats = source.repeats(claim)
            meant = (0.0, 0.0) if source.asks else self.calibration.pulls(candidate.features, repeats=repeats)
            reserved = reservation(claim, source)
            up, down = (0.0, 0.0) if reserved else meant
            found.append(Weighed(candidate, up, down, meant, reserved))
        return found

    def _reserved(self, weighed: Sequence[Weighed]) -> Reserved | None:
        """The strongest sentence under a reservation, where without any it would have decided."""
        verdict = self.calibration.verdict(*self.calibration.probabilities([w.meant for w in weighed]))
        if verdict is Verdict.NOT_ENOUGH_INFO:
            return None
        side, stance = (0, Stance.FOR) if verdict is Verdict.SUPPORTED else (1, Stance.AGAINST)
        best = max(weighed, key=lambda w: w.meant[side] if w.reservation else 0.0)
        if best.reservation is None:
            return None
        return Reserved(best.witness(0.0), stance, best.reservation)

    def _contradictory(self, claim: Assertion, weighed: Sequence[Weighed]) -> tuple[Weighed, Weighed] | None:
        """The best sentence for and the best against of the same thing, where either would decide alone; of two
        documents."""
        pro = max(weighed, key=lambda w: w.up, default=None)
        if pro is None:
            return None
        con = max((w for w in weighed if _of_the_same(claim, pro, w)), key=lambda w: w.down)
        alone = pro.up / (1 + pro.up), con.down / (1 + con.down)
        decide = alone[0] >= self.calibration.support_bar and alone[1] >= max(self.calibration.refute_bar, OVERRULES)
        return (pro, con) if decide and pro.document != con.document else None

    def _superseded(self, claim: Assertion, weighed: Sequence[Weighed]) -> list[Weighed]:
        """What the later or weightier of two contradictory sources overrules: what says otherwise and ranks below,
        the sentence that contradicts it most first."""
        found = self._contradictory(claim, weighed)
        if found is None:
            return []
        pro, con = found
        for winner, loser, is_pro in ((pro, con, True), (con, pro, False)):
            if self._outranks(winner, loser):
                against = [w for w in weighed if (w.down if is_pro else w.up) > (w.up if is_pro else w.down)]
                return [loser, *(w for w in against if w is not loser and self._outranks(winner, w))]
        return []

    def _doubter(self, claim: Assertion, weighed: Sequence[Weighed]) -> Weighed | None:
        """A sentence that gives a value otherwise and leans against the claim, though it would not decide alone, in a
        source that comes before the best for it."""
        pro = max(weighed, key=lambda w: w.up)
        against = [
            w
            for w in weighed
            if w.reservation is None
            and not w.candidate.source.asks
            and self.calibration.against(w.candidate.features) > LEANS
            and w.candidate.comparison.clashes
            and self._outranks(w, pro)
            and _of_the_same(claim, pro, w)
        ]
        return max(against, key=lambda w: self.calibration.against(w.candidate.features), default=None)

    def _outranks(self, left: Weighed, right: Weighed) -> bool:
        return self.precedence.outranks(left.witness(0.0).evidence(), right.witness(0.0).evidence())


def _of_the_same(claim: Assertion, pro: Weighed, con: Weighed) -> bool:
    """Whether what speaks against a claim is about the same: a visit to Ford on another day is none to GM."""
    if not con.candidate.comparison.missing_names:
        return True
    return same_subject(pro.witness(0.0).evidence(), con.witness(0.0).evidence(), claim.text)


def _likeness(weighed: Weighed) -> float:
    return weighed.candidate.features["unit"]


def _side(weighed: Sequence[Weighed], pull: Callable[[Weighed], float], decides: bool) -> tuple[Witness, ...]:
    """The sentences that pull most to one side, each with its share of the whole weight, the strongest first.

    The side that decides, or two that stand against each other, show their strongest even where many share the weight,
    so that none reaches NOTABLE.
    """
    total = 1.0 + sum(w.up + w.down for w in weighed)
    ranked = sorted((w for w in weighed if pull(w) > 0.0), key=pull, reverse=True)
    notable = [w for w in ranked if pull(w) / total >= NOTABLE and pull(w) >= max(w.up, w.down)]
    shown = notable[:SHOWN] or ranked[: int(decides)]
    return tuple(w.witness(pull(w) / total) for w in shown)
