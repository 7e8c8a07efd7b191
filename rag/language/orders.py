"""Sentences of a document that speak to a program instead of saying something: never an answer, never evidence.

General marks of such orders, in Italian and English; no list can be whole, so nothing depends on this one alone.
"""

from __future__ import annotations

import re

# Who reads for people: a program, but no social worker, and artificial intelligence where it is somebody spoken to.
_PERSON = r"(?! (?:social|amministrativ|parlamentar|personal|manager|director|professor|secretar|general|editor|mayor))"
_ADDRESSEE = (
    rf"(?:(?:assistent[ei]|assistant){_PERSON}|chatbot|language model|modello linguistico|llm|gpt|bot"
    r"|automat(?:ed|ic) (?:reader|system)s?|sistem[ai] automatic[oi]|lettore automatico"
    r"|(?-i:AI|IA|A\.I\.)|intelligenza artificiale|artificial intelligence)"
)
_THE = (
    r"(?:the |an? |any |all |every |your |this |il |lo |la |l['’]|i |gli |le |un |uno |un['’]|ogni |tutti (?:i |gli ))?"
)
_TO = r"(?:a |al |alla |allo |ai |agli |alle |all['’])"
_SAYS = (
    r"(?:answer|reply|respond|say|state|tell|print|reveal|ignore|disregard|repeat|recommend|praise|mention|pretend"
    r"|rispond\w+|dire|dichiar\w+|scriv\w+|rivel\w+|ignor\w+|ripet\w+|raccomand\w+|consigli\w+|sconsigli\w+|nomin\w+"
    r"|lod\w+|cit\w+|comunic\w+|fing\w+)"
)
_MUST = r"(?:deve|devono|must|should|shall)"
_PATTERNS = (
    # ignore what came before
    r"\b(?:ignor\w*|disregard\w*|forget|dimentic\w*|overrid\w*|sovrascriv\w*|revocat\w*|bypass\w*)\b.{0,60}"
    r"\b(?:previous|prior|above|earlier|instructions?|rules?|precedent[ei]|istruzion[ei]|regol[ae]|sopra|ricevut\w+"
    r"|prompt|polic\w+)\b",
    r"\b(?:previous|prior|earlier|all|precedent[ei]|documents?|documenti)\b.{0,40}\b(?:istruzion[ei]|instructions?"
    r"|polic(?:y|ies)|falsi|false)\b"
    r".{0,40}\b(?:revocat\w*|revoked|void|ignor\w*|disregard\w*|overrid\w*|no longer apply)\b",
    # speaks of, or to, the program
    rf"\b(?:you are|sei|act as|comportati come|diventa)\b.{{0,12}}\b(?:an?|the|un|uno|il|lo|l['’]|un['’]) ?"
    rf"(?:(?!(?:di|of|in|per|for)\b)\w+ ){{0,2}}{_ADDRESSEE}\b",
    r"\b(?:da (?:ora|questo momento)(?: in poi)?|from now on|d'ora in poi)\b.{0,30}\b(?:sei|rispond\w+|you|ignor\w+"
    r"|answer|reply)\b",
    rf"\b{_ADDRESSEE}\b.{{0,60}}\b(?:{_MUST}|has to|è tenut\w+ a|va istruit\w+|autorizza\w*)\b.{{0,40}}\b{_SAYS}\b",
    rf"\b(?:nota|note|istruzion[ei]|instructions?|message|messaggio|avviso|warning)\b.{{0,20}}\b"
    rf"(?:(?:per|for|to) {_THE}|{_TO}){_ADDRESSEE}\b",
    rf"\b(?:autorizza|authori[sz]es?|istruisce|instructs?|ordina|orders?|invita|chiede|asks?) "
    rf"(?:(?:to )?{_THE}|{_TO}){_ADDRESSEE}\b",
    # says how to answer; "domanda" is an application too, and offices answer people
    r"\b(?:ogni|qualunque|qualsiasi|any|every|all|each) (?:risposta|domanda|answer|response|reply|question|quer(?:y"
    r"|ies))\b.{0,50}"
    r"\b(?:(?:rispondi|rispondete|comincia|inizia|begins?|starts?|(?<!an )(?<!the )(?:reply|respond|answer))"
    r" (?:soltanto|solo|sempre|con|che|only|always|with|that|by)"
    rf"|{_MUST}(?: \w+){{0,2}} (?:rispondere (?:con|che|solo|soltanto)|cominciare|iniziare|begin|start|be answered with"
    r"|(?:includere|contenere|ripetere|riportare|include|contain|repeat)\b.{0,20}\b(?:words?|parol[ae]|phrase|frase"
    r"|sentence)))\b",
    rf"\b(?:ogni risposta|(?:any|every|all|each) (?:answer|response|reply))\b.{{0,30}}\b{_MUST}\b.{{0,30}}"
    r"\b(?:link|immagine|image)\b",
    r"(?<!the )(?<!an )(?<!no )\b(?:rispondi|rispondete|reply|respond|answer)\b.{0,25}\b(?:soltanto|solo|sempre|only"
    r"|always|with the|con la frase|con il|con questo|che è|that)\b",
    r"\b(?:quando|when(?:ever)?|if|se)\b.{0,12}\b(?:rispondi|you (?:answer|reply|respond))\b",
    r"\b(?:quando|when(?:ever)?|if|se)\b.{0,12}\b(?:qualcuno|someone|anyone|somebody|the user|l['’]utente)"
    r" (?:chiede|asks?)\b.{0,80}"
    r"(?:\b(?:rispondi|rispondete|scrivi|scrivete|dite|fingi|you (?:answer|reply|say|tell|must|should)"
    r"|(?:la risposta|the answer) (?:è|is))\b|\b(?:di[’']|dì) "
    r"|, (?:then |always |just |please )?(?:say|reply|answer|respond|tell|write|claim|pretend)\b)",
    r"\b(?:the correct|la risposta|right) (?:answer|corretta|giusta)\b.{0,12}\b(?:is|è|to give)\b",
    r"\b(?:do not|don['’]t|never|must not|non)\b.{0,25}\b(?:mention(?:ed)?|reveal|tell (?:the user|anyone)"
    r"|citare mai|cit(?:are|i) (?:mai )?le fonti|dire a nessuno|rivel\w+|menzion\w+)\b"
    r".{0,60}\b(?:note|nota|instruction|istruzion\w*|user|utente|sources?|fonti|prompt|message|this|questo|questa)\b",
    r"\b(?:must not|not) be mentioned\b|\bsystem prompt\b|\bhidden (?:rules|instructions|prompt)\b"
    r"|\bregole nascoste\b|\bprompt di sistema\b",
    r"\b(?:BEGIN|END)-?\s?(?:PROMPT|SYSTEM)\b",
    r"\b(?:includi|include|inserisci|append|aggiungi)\b.{0,40}\b(?:risposta|answer|reply|response|immagine|image"
    r"|link)\b",
    r"^\W*(?:SYSTEM|ASSISTANT|USER|SISTEMA|ASSISTENTE|UTENTE)\W*[:\]>]",
    r"</?(?:system|assistant|user|instructions?|context|documents?|passages?)\b|[\[(]/?(?:assistant|system|user|inst)[\])]",
    r"\b(?:i will now|ora)\b.{0,20}\b(?:recommend|answer as|raccomander\w+|ignorer\w+)\b",
)
_ORDER = re.compile("|".join(f"(?:{p})" for p in _PATTERNS), re.IGNORECASE | re.DOTALL)
_LINK = re.compile(
    r"https?:|www\.|\bjavascript:|\bdata:[a-z]+/|\]\(|<[a-z/!]|[\w.+-]@[\w-]++\.\w"
    r"|[a-z0-9-]\.(?:com|org|net|it|eu|io|info|example|gov|edu|dev|app|co|us|uk|de|fr)\b",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Whether a sentence tells a program what to do or to say."""
    return _ORDER.search(text) is not None


def holds_link(text: str) -> bool:
    """Whether a text holds an address, a host's name, or markup that a page might bring to life."""
    return _LINK.search(text) is not None
