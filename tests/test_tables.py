"""A claim beside the rows of a table whose columns are titled with names."""

from __future__ import annotations

import pytest

from rag.checking.assertions import Assertion, Source, sources
from rag.checking.comparing import Comparison, Difference, compare
from rag.checking.tables import cells
from rag.language.aliases import Aliases, find_aliases
from rag.models import Document, Hit, Unit
from rag.passages import passages, units

TEXT = """# Ponti

La campata, gli anni di apertura e i pendini del ponte stanno nella tabella, con note.

| Voce | San Brizio | Torre Alta |
|---|---|---|
| Lunghezza della campata | 186 m | 312 m |
| Apertura | 2011 | 2004 |
| Pendini | 74 | 74 |
| Note | nessuna | chiuso d'inverno |
"""
DOCUMENT = Document("d", "ponti.md", "Ponti", "it", TEXT, "v", "h", "md", kind="factsheet")


def rows() -> dict[str, Source]:
    found = {}
    for passage in passages(DOCUMENT):
        hit = Hit(passage, DOCUMENT, 1.0, units=tuple(Unit(s.start, s.end, 1.0) for s in units(passage)))
        for source in sources(hit):
            if row := cells(source):
                found[row[0].text] = source
    return found


ALIASES: Aliases = find_aliases([(TEXT, "it")])
ROWS = rows()


def laid(claim: str, row: str, language: str = "it") -> Comparison:
    return compare(Assertion.of(claim, language), ROWS[row], ALIASES)


def test_the_cells_of_a_row_stand_where_they_say() -> None:
    for source in ROWS.values():
        for cell in cells(source):
            assert source.text[cell.place.start : cell.place.end] == cell.text
    assert [c.title for c in cells(ROWS["Apertura"])] == ["Voce", "San Brizio", "Torre Alta"]


@pytest.mark.parametrize(
    "claim, row, language, so",
    [
        ("La campata di Torre Alta è più lunga di quella di San Brizio.", "Lunghezza della campata", "it", True),
        ("La campata di San Brizio è più lunga di quella di Torre Alta.", "Lunghezza della campata", "it", False),
        ("La campata di San Brizio è più corta di quella di Torre Alta.", "Lunghezza della campata", "it", True),
        ("Torre Alta fu aperta prima di San Brizio: apertura nel 2004.", "Apertura", "it", True),
        ("L'apertura di San Brizio è avvenuta dopo quella di Torre Alta.", "Apertura", "it", True),
        ("Torre Alta opened after San Brizio.", "Apertura", "en", False),
        ("Torre Alta is older than San Brizio.", "Apertura", "en", True),
        ("San Brizio has fewer hangers than Torre Alta.", "Pendini", "en", False),
        ("San Brizio has a shorter span than Torre Alta.", "Lunghezza della campata", "en", True),
        ("I pendini di San Brizio sono meno di quelli di Torre Alta.", "Lunghezza della campata", "it", None),
        ("Le note su San Brizio sono più di quelle su Torre Alta.", "Note", "it", None),
        ("La campata di Torre Alta misura 312 m.", "Lunghezza della campata", "it", None),
        ("La campata di Torre Alta è più lunga di quella di Ponte Rosso.", "Lunghezza della campata", "it", None),
        ("San Brizio e Torre Alta hanno più pendini di prima.", "Pendini", "it", None),
    ],
)
def test_two_cells_are_compared_as_the_claim_compares_them(
    claim: str, row: str, language: str, so: bool | None
) -> None:
    found = laid(claim, row, language)
    assert found.compared is so
    assert (Difference.OPPOSITE in found.differences) is (so is False)


def test_a_value_of_another_column_bears_nothing_out() -> None:
    own, other = (
        laid(f"La campata di {name} misura 312 m.", "Lunghezza della campata") for name in ("Torre Alta", "San Brizio")
    )
    assert (own.missing_values, own.clashes) == (0, ())
    assert [(clash.mine, clash.theirs) for clash in other.clashes] == [("312", "186")]
    nobody = laid("La campata misura 312 m.", "Lunghezza della campata")
    assert (nobody.missing_values, nobody.clashes) == (0, ())
