"""Made-up reports of an institution, in Italian and English, always the same for one seed: what the bench reads."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

PASSAGES = 20  # of one document: as many as its paragraphs and list items

_IT = {
    "who": "la Regione|il Consorzio|l'Assessorato|la Camera di commercio|il Comune di {place}|l'Azienda sanitaria|"
    "la Fondazione {place}|l'Università di {place}|il Parco scientifico|l'Agenzia per il turismo|"
    "la delegazione|il Ministero",
    "did": "ha approvato|ha presentato|ha finanziato|ha rinviato|ha concluso|ha avviato|ha esaminato|ha sostenuto|"
    "ha pubblicato|ha rivisto|ha inaugurato|ha sospeso",
    "what": "il piano di {theme}|l'accordo sulla {theme}|il bando per la {theme}|la relazione annuale sulla {theme}|"
    "il protocollo d'intesa|il secondo lotto dei lavori|la convenzione con {place}|il programma della missione|"
    "lo studio di fattibilità|il bilancio del progetto",
    "theme": "mobilità elettrica|formazione tecnica|ricerca applicata|gestione delle acque|logistica portuale|"
    "meccanica agricola|sanità digitale|tutela del paesaggio|edilizia scolastica|filiera alimentare|energia solare",
    "place": "Valmora|Castelbruno|Rocca San Vito|Montelario|Porto Lume|Serravalda|Campofiero|"
    "Torreselva|Lagoscuro|Pieve Alta",
    "when": "il {day} {month} {year}|nel {month} del {year}|entro la fine del {year}|nella seduta del {day} {month}|"
    "dopo la visita del {day} {month}",
    "how": "con una spesa di {sum} euro|con il voto favorevole di {n} membri su {m}|alla presenza di {person}|"
    "su proposta di {person}|per {n} imprese del territorio|con {n} posti di lavoro previsti|"
    "in {n} comuni della provincia",
    "why": "per ridurre i tempi di attesa|per rispondere alle richieste dei sindaci|in vista della fiera di {place}|"
    "per completare la rete esistente|perché la prima gara era andata deserta|secondo quanto riferito da {person}",
    "month": "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|settembre|ottobre|novembre|dicembre",
    "sentence": "{who} {did} {what} {when}, {how}.|{when} {who} {did} {what} {why}.|"
    "Secondo {person}, {who} {did} {what} {how}.|"
    "{who} {did} {what}; i lavori proseguiranno {why}.|Per {what} sono stati stanziati {sum} euro {when}.",
    "heading": "Premessa|Decisioni|Bilancio|Prossimi passi|Partecipanti|Osservazioni|Calendario",
}
_EN = {
    "who": "the Region|the Consortium|the Chamber of Commerce|the City of {place}|"
    "the {place} Foundation|the port authority|"
    "the University of {place}|the science park|the tourism agency|the delegation|the ministry|"
    "the steering committee",
    "did": "approved|presented|funded|postponed|completed|launched|examined|supported|published|"
    "revised|opened|suspended",
    "what": "the {theme} plan|the agreement on {theme}|the call for {theme}|"
    "the annual report on {theme}|the feasibility study|"
    "the memorandum of understanding|the second lot of works|the mission programme|the budget of the project",
    "theme": "electric mobility|technical training|applied research|water management|port logistics|farm machinery|"
    "digital health|landscape protection|school building|the food chain|solar energy",
    "place": "Lakeport|Northfield Falls|Ashbury|Graymoor|Fort Ellis|Millhaven|Stonebridge|Riverton|"
    "Oak Harbor|Elmsworth",
    "when": "on {day} {month} {year}|in {month} {year}|by the end of {year}|at the session of {day} {month}|"
    "after the visit of {day} {month}",
    "how": "at a cost of {sum} dollars|with {n} votes out of {m}|in the presence of {person}|"
    "at the request of {person}|"
    "for {n} local companies|with {n} new jobs expected|in {n} counties",
    "why": "to shorten waiting times|to answer the mayors' requests|ahead of the {place} fair|"
    "to complete the existing network|"
    "because the first tender had no bidders|according to {person}",
    "month": "January|February|March|April|May|June|July|September|October|November|December",
    "sentence": "{who} {did} {what} {when}, {how}.|{when}, {who} {did} {what} {why}.|"
    "According to {person}, {who} {did} {what} {how}.|"
    "{who} {did} {what}; works will go on {why}.|For {what}, {sum} dollars were set aside {when}.",
    "heading": "Background|Decisions|Budget|Next steps|Attendees|Remarks|Calendar",
}
_FIRST = (
    "Ada Bruno Carla Dario Elena Fabio Greta Henry Irene James Laura Martin Nadia Oscar Paula Rosa Simon Tessa".split()
)
_LAST = (
    "Abelli Barrow Corvini Dunmore Estrani Falken Gavardi Holt Imbriani Joyner Lambruschi Marsh Novelli Orsatti".split()
)
_BANKS = {"it": _IT, "en": _EN}


class Writer:
    """Writes texts by a seed: the same seed, the same text."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def fill(self, bank: dict[str, str], kind: str) -> str:
        """A choice of this kind, with the kinds in braces filled in turn."""
        chosen = self._random.choice(bank[kind].split("|"))
        while (at := chosen.find("{")) >= 0:
            end = chosen.index("}", at)
            chosen = chosen[:at] + self._value(bank, chosen[at + 1 : end]) + chosen[end + 1 :]
        return chosen

    def _value(self, bank: dict[str, str], name: str) -> str:
        draw = self._random
        if name in bank:
            return self.fill(bank, name)
        values = {
            "day": str(draw.randint(1, 28)),
            "year": str(draw.randint(2018, 2026)),
            "n": str(draw.randint(2, 90)),
            "m": str(draw.randint(91, 200)),
            "sum": f"{draw.randint(1, 980)}.{draw.randint(0, 9)}00",
            "person": f"{draw.choice(_FIRST)} {draw.choice(_LAST)}",
        }
        return values[name]

    def sentence(self, bank: dict[str, str]) -> str:
        text = self.fill(bank, "sentence")
        return text[0].upper() + text[1:]

    def document(self, number: int) -> str:
        """Markdown with PASSAGES paragraphs and list items, of one to four sentences each."""
        language = "it" if self._random.random() < 0.7 else "en"
        bank = _BANKS[language]
        title = f"{self.fill(bank, 'what').capitalize()}, n. {number}"
        lines = ["---", f"title: {title}", f"language: {language}", "---", f"# {title}", ""]
        for n in range(PASSAGES):
            if n % 5 == 0:
                lines += [f"## {self.fill(bank, 'heading')}", ""]
            mark, count = ("- ", 1) if n % 5 == 4 else ("", self._random.randint(2, 4))
            lines += [mark + " ".join(self.sentence(bank) for _ in range(count)), ""]
        return "\n".join(lines)

    def questions(self, count: int) -> Iterator[str]:
        """Questions in both languages, in turn, made of the words of the documents."""
        for number in range(count):
            bank = _BANKS[("it", "en")[number % 2]]
            opening = ("Quando {who} {did} {what}?", "When was it that {who} {did} {what}?")[number % 2]
            yield self.fill({**bank, "question": opening}, "question")


def documents(count: int, seed: int) -> Sequence[str]:
    writer = Writer(seed)
    return [writer.document(number) for number in range(1, count + 1)]
