"""Proof → HTML: the body that its page shows, and one self-contained file. Nothing in either is live."""

from __future__ import annotations

from rag.proofs.sheet import Change, Entry, Line, Section, Sheet, runs
from rag.proofs.wording import say
from rag.rendering import escape
from rag.wording import quoted

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1e1c19, #ece8df); --paper: light-dark(#fbfaf7, #171614);
  --soft: light-dark(#5f5a51, #aca598); --line: light-dark(#e3ded3, #37342e); --lit: light-dark(#ffe89c, #594712);
  --notice: light-dark(#fff5d9, #332a12); --accent: light-dark(#0b5d57, #74cabe); }
body { max-width: 42rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 Georgia, serif; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; } h2 { font-size: 1.4rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; }
a { color: var(--accent); } .outcome { font-weight: 600; }
.small, .about, .facts { color: var(--soft); font-size: .88rem; }
blockquote { margin: .6rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
mark { background: var(--lit); color: inherit; } .notice { background: var(--notice); padding: .5rem .8rem; }
.hash { font: .82rem/1.4 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
@media print { :root { color-scheme: light; } body { padding: 0; font-size: 10.5pt; }
  li, blockquote { break-inside: avoid; } }
""".strip()
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def document(sheet: Sheet) -> str:
    """One file that needs no other: style inside, no script, and a policy that lets nothing in."""
    return f"""<!DOCTYPE html>
<html lang="{sheet.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(sheet.sections[0].asked)} · {escape(sheet.title)}</title>
<style>
{STYLE}
</style>
</head>
<body>
<h1>{escape(sheet.title)}</h1>
{body(sheet)}</body>
</html>
"""


def body(sheet: Sheet) -> str:
    """The proof without its title: the questions, what was found, the sources, the circumstances."""
    draft = (
        f'<section class="draft"><h2>{_say(sheet, "draft")}</h2><p>{escape(sheet.text)}</p></section>\n'
        if sheet.text
        else ""
    )
    aside = "".join(f"<li>{escape(text)}</li>" for text in sheet.set_aside)
    aside = f'<section class="aside"><h2>{_say(sheet, "set_aside")}</h2><ul>{aside}</ul></section>\n' if aside else ""
    sections = "".join(_section(section, sheet) for section in sheet.sections)
    return f"{draft}{sections}{aside}{_facts(sheet)}"


def _say(sheet: Sheet, key: str) -> str:
    return escape(say(sheet.language, key))


def _section(section: Section, sheet: Sheet) -> str:
    lead = _headline(section.headline) if section.headline else ""
    lines = "".join(_line(line) for line in section.lines)
    entries = "".join(_entry(entry, sheet) for entry in section.entries)
    sources = f'<h3>{_say(sheet, "sources")}</h3>\n<ol class="sources">{entries}</ol>\n' if entries else ""
    nearest = "".join(_entry(entry, sheet) for entry in section.nearest)
    near = f'<h3>{_say(sheet, "nearest")}</h3>\n<ul class="sources">{nearest}</ul>\n' if nearest else ""
    return f"""<section class="finding">
<p class="kind">{escape(section.label)}</p>
<h2>{escape(section.asked)}</h2>
<p class="outcome">{escape(section.outcome)}</p>
{lead}{lines}{sources}{near}<p class="small">{escape(section.foot)}</p>
</section>
"""


def _headline(line: Line) -> str:
    return f'<p class="headline"><strong lang="{line.language}">{escape(line.text)}</strong>{_marks(line)}</p>\n'


def _line(line: Line) -> str:
    if line.kind == "quote":
        quote = f'<span lang="{line.language}">{escape(line.text)}</span>'
        return f"<blockquote><p>{quote}{_marks(line)}</p></blockquote>\n"
    text = "".join(f"<strong>{escape(t)}</strong>" if strong else escape(t) for t, strong in runs(line))
    return f'<p class="{line.kind}">{text}{_marks(line)}</p>\n'


def _marks(line: Line) -> str:
    return "".join(f' <a class="mark" href="#source-{mark}">[{mark}]</a>' for mark in line.marks)


def _entry(entry: Entry, sheet: Sheet) -> str:
    opening, closing = quoted(sheet.language, "\0").split("\0")
    words = "".join(f"<mark>{escape(t)}</mark>" if lit else escape(t) for t, lit in entry.pieces)
    number = f'<span class="number">[{entry.mark}]</span> ' if entry.mark else ""
    stance = f' <span class="stance">({escape(entry.stance)})</span>' if entry.stance else ""
    facts = "".join(f'<li>{escape(n)}: <span class="hash">{escape(v)}</span></li>' for n, v in entry.facts)
    anchor = f' id="source-{entry.mark}"' if entry.mark else ""
    then = f'<p class="when">{_say(sheet, "then")}</p>\n' if entry.change and entry.change.now else ""
    return f"""<li{anchor}>
<p class="name">{number}<cite lang="{entry.language}">{escape(entry.title)}</cite>{stance}</p>
<p class="about">{escape(entry.about)}</p>
{then}<blockquote lang="{entry.language}"><p>{opening}{words}{closing}</p></blockquote>
<p class="open"><a href="{escape(entry.path)}">{_say(sheet, "open")}</a></p>
{_change(entry.change, entry.language, sheet) if entry.change else ""}<ul class="facts">{facts}</ul>
</li>
"""


def _change(change: Change, language: str, sheet: Sheet) -> str:
    now = (
        f'<p class="when">{_say(sheet, "now")}</p>\n'
        f'<blockquote class="now" lang="{language}"><p>{escape(quoted(sheet.language, change.now))}</p></blockquote>\n'
        f'<p class="open"><a href="{escape(change.path)}">{_say(sheet, "open")}</a></p>\n'
        if change.now
        else ""
    )
    return f'<p class="notice">{escape(change.told)}</p>\n{now}'


def _facts(sheet: Sheet) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in sheet.facts)
    link = f'<a class="permalink" href="{escape(sheet.address)}">{escape(sheet.address)}</a>'
    return f'<dl class="circumstances">{rows}<dt>{_say(sheet, "permalink")}</dt><dd>{link}</dd></dl>\n'
