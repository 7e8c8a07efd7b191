"""Invented meetings of which a text names nobody, with somebody else near by; and the sentence that names."""

from __future__ import annotations

VISIT = """# Visit to Michigan

On 24 April the delegation held a summit at the technical centre of General Motors in Warren.

The summit at GM was about batteries.

Two days later, in Detroit, Antonio Filosa of Stellantis gave a dinner.
"""
PORT = """# The port of Velmora

On 3 May the council was at the harbour office of Velmora for a long afternoon.

A week later Ines Talvik of the railway opened the new bridge.
"""
MUSEUM = """# Il museo di Orsara

Il 9 giugno la giunta ha visto il cantiere del museo di Orsara.

Il giorno dopo Bruno Castelli della banca ha inaugurato la piscina.
"""
LAB = """# The laboratory in Kestrel

On 2 October the students toured the laboratory in Kestrel.

In the evening Petra Lindqvist of the theatre sang.
"""
# (text, question, the sentence that names somebody, who is named there, who stands near and is not the answer)
TRAPS = [
    (
        VISIT,
        "Who did the delegation meet at GM?",
        "At GM the delegation met Laura Brandt, head of research.",
        "Laura Brandt",
        "Filosa",
    ),
    (
        PORT,
        "Who did the council meet in Velmora?",
        "In Velmora the council met Otto Wieland, master of the port.",
        "Otto Wieland",
        "Talvik",
    ),
    (
        MUSEUM,
        "Chi ha incontrato la giunta a Orsara?",
        "A Orsara la giunta ha incontrato Elsa Morini, direttrice.",
        "Elsa Morini",
        "Castelli",
    ),
    (
        LAB,
        "Who met the students in Kestrel?",
        "In Kestrel Amir Rashidi met the students for an hour.",
        "Amir Rashidi",
        "Lindqvist",
    ),
]
