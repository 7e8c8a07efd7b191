"""Why a file was left out, in the reader's language. The core says it in English; what is not known here stays so."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.rendering import escape

_ITALIAN: Mapping[str, str] = {
    r"Its name cannot be written in UTF-8\.": "Il suo nome non si può scrivere in UTF-8.",
    r"Rename the file\.": "Rinomina il file.",
    r"It is a link to a file outside the corpus folder\.": "È un collegamento a un file fuori dalla cartella.",
    r"Its metadata is a link to a file outside the corpus folder\.": "I suoi metadati stanno fuori dalla cartella.",
    r"Copy the file into the folder\.": "Copia il file nella cartella.",
    r"It cannot be opened \((.*)\)\.": r"Non si può aprire (\1).",
    r"Check its permissions\.": "Controlla i suoi permessi.",
    r"Files of type \(none\) are not read\.": "I file senza estensione non vengono letti.",
    r"Files of type (\S+) are not read\.": r"I file di tipo \1 non vengono letti.",
    r"Readable types: (.*)\.": r"Tipi leggibili: \1.",
    r"It has (\d+) MiB; at most (\d+) are read\.": r"È di \1 MiB; se ne leggono al massimo \2.",
    r"Split it, or raise FONTE_MAX_FILE_MB\.": "Dividilo, o alza FONTE_MAX_FILE_MB.",
    r"The file is empty\.": "Il file è vuoto.",
    r"Remove it, or put text into it\.": "Toglilo, o scrivici un testo.",
    r"The file holds no text\.": "Il file non contiene testo.",
    r"If it is a scan, run text recognition on it first\.": "Se è una scansione, riconosci prima il testo (OCR).",
    r"The file is damaged or not what its name says \((.*)\)\.": r"Il file è danneggiato o ha un nome sbagliato (\1).",
    r"Open it and save it again\.": "Aprilo e salvalo di nuovo.",
    r"The file is binary, not text\.": "Il file è binario, non è testo.",
    r"Save it as text, PDF or DOCX\.": "Salvalo come testo, PDF o DOCX.",
    r"Its metadata is not valid YAML \((.*)\)\.": r"I suoi metadati non sono YAML valido (\1).",
    r"Mend the lines between the dashes, or the sidecar file\.": "Correggi le righe fra i trattini o il file a fianco.",
    r"Its date (.*) is not of the form 2025-04-24\.": r"La sua data \1 non ha la forma 2025-04-24.",
    r"Its visibility (.*) is neither internal nor public\.": r"La sua visibilità \1 non è né internal né public.",
    r"Mend or remove it\.": "Correggila o toglila.",
    r"It is encrypted: a password is needed to open it\.": "È protetto: per aprirlo serve una password.",
    r"Save a copy without a password\.": "Salvane una copia senza password.",
    r"It is a Word file of before 2007\.": "È un file Word di prima del 2007.",
    r"Save it as DOCX\.": "Salvalo come DOCX.",
    r"It is damaged, or no (PDF|Word file) at all\.": r"È danneggiato, o non è un \1.",
    r"It holds no text: its pages are pictures, as a scanner makes them\.": "Non ha testo: le pagine sono immagini.",
    r"Run text recognition \(OCR\) on it, then add the result\.": "Riconosci il testo (OCR) e aggiungi il risultato.",
    r"It has (\d+) pages; at most (\d+) are read\.": r"Ha \1 pagine; se ne leggono al massimo \2.",
    r"Split it\.": "Dividilo.",
    r"It holds more than ([\d,]+) letters\.": r"Contiene più di \1 lettere.",
    r"Its (\w+) is a list, not a text\.": r"Il suo campo \1 è un elenco, non un testo.",
    r"Write it in one line\.": "Scrivilo in una riga.",
    r"It unpacks to (\S+) MiB from (\S+): too much for a text\.": r"Da \2 MiB si espande a \1: troppo per un testo.",
    r"It is a ZIP archive, but no Word file\.": "È un archivio ZIP, non un file Word.",
    r"Add the documents in it one by one\.": "Aggiungi a uno a uno i documenti che contiene.",
    r"Its elements are nested deeper than 256, so that only its beginning could be read\.": "I suoi elementi sono "
    "annidati per oltre 256 livelli: se ne leggerebbe solo l’inizio.",
    r"Save the page as text or PDF\.": "Salva la pagina come testo o PDF.",
    r"Its metadata is longer than a document's metadata can be\.": "I suoi metadati sono troppo lunghi.",
    r"Shorten it\.": "Accorciali.",
    r"Its metadata is not a list of `key: value` lines\.": "I suoi metadati non sono righe «chiave: valore».",
    r"Write one `key: value` a line\.": "Scrivi una coppia «chiave: valore» per riga.",
}


def reason_in(language: str, text: str) -> str:
    """A reason or a hint as escaped HTML, tagged with the language it is in where that is not the page's."""
    if not text:
        return ""
    if language == "it":
        for pattern, italian in _ITALIAN.items():
            if found := re.fullmatch(pattern, text, re.DOTALL):
                return escape(found.expand(italian))
    return f'<span lang="en">{escape(text)}</span>' if language != "en" else escape(text)
