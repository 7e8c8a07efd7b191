"""The code is built as docs/architecture.md says: one way of importing, no drawers, nothing hidden."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tools import architecture
from tools.architecture import Module

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FOUND = architecture.modules()


def test_the_list_holds_every_module_and_each_imports_only_what_stands_above_it() -> None:
    assert architecture.faults(PAGE, FOUND) == []


def test_no_module_imports_itself_in_a_circle() -> None:
    assert len(architecture.ordered(PAGE, FOUND)) == len(FOUND)


def test_every_module_says_what_it_is_for() -> None:
    assert [path for path, m in FOUND.items() if not m.purpose] == []


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "shared", "base"}
    assert [path for path in FOUND if Path(path).stem in drawers] == []


def brings_a_library(name: str) -> bool:
    """Whether importing this runs code from outside: then it may wait until it is needed."""
    top = name.split(".", maxsplit=1)[0]
    if top not in ("rag", "ui"):
        return top not in sys.stdlib_module_names
    by_name = {m.name: m for m in FOUND.values()}
    seen: set[str] = set()
    left = {name}
    while left:
        one = by_name.get(left.pop())
        if one is None or one.name in seen:
            continue
        seen.add(one.name)
        if any(n.split(".")[0] not in {"rag", *sys.stdlib_module_names} for n in one.top):
            return True
        left |= {n for n in one.top if n in by_name}
    return False


@pytest.mark.parametrize("path", sorted(FOUND))
def test_only_heavy_libraries_are_imported_inside_functions(path: str) -> None:
    names = {m.name for m in FOUND.values()}
    packages = {m.name for m in FOUND.values() if m.path.endswith("__init__.py")}  # no more than names
    inner = {n for n in FOUND[path].inner if n in names or not n.startswith("rag")} - packages
    light = {n for n in inner if not brings_a_library(n)}
    assert not light, f"{path}: import {', '.join(sorted(light))} at the top"


def test_chroma_is_known_to_one_file() -> None:
    knows = {path for path, m in FOUND.items() if any(n.split(".")[0] == "chromadb" for n in m.imports)}
    assert knows == {"rag/store/vectors.py"}


def test_gradio_is_known_to_the_chat_only() -> None:
    knows = {path for path, m in FOUND.items() if any(n.split(".")[0] == "gradio" for n in m.imports)}
    assert all(path == "ui.py" or path.startswith("rag/web/chat") for path in knows)


def test_the_core_knows_nothing_of_the_web() -> None:
    core = [p for p in architecture.ordered(PAGE, FOUND) if not p.startswith("rag/web/")]
    core = core[: core.index("rag/assistant.py") + 1]
    web = {"fastapi", "starlette", "gradio", "uvicorn"}
    assert {
        p for p in core if any(n.split(".")[0] in web or n.startswith("rag.web") for n in FOUND[p].imports)
    } == set()


def made(path: str, imports: str = "") -> Module:
    names = frozenset(imports.split())
    return Module(path, path.removesuffix(".py").replace("/", "."), "Purpose.", names, names, frozenset())


def test_a_list_that_is_wrong_is_told_how() -> None:
    page = f"{architecture.OPENING}rag/a.py  Old words.\nrag/b.py  Words.\nrag/gone.py  Words.\n{architecture.CLOSING}"
    found = {m.path: m for m in (made("rag/a.py", "rag.b"), made("rag/b.py"), made("rag/new.py", "rag.a"))}
    wrong = "\n".join(architecture.faults(page, found))
    assert "rag/new.py is not listed" in wrong
    assert "rag/gone.py is listed and does not exist" in wrong
    assert "rag/a.py imports rag/b.py, which stands below it" in wrong
    mended = architecture.written(page, found)
    assert architecture.faults(mended, found) == []
    assert list(architecture.listed(mended)) == ["rag/b.py", "rag/a.py", "rag/new.py"]
    assert re.search("rag/a.py +Old words.", mended)


def test_a_circle_is_named() -> None:
    found = {m.path: m for m in (made("rag/a.py", "rag.b"), made("rag/b.py", "rag.a"))}
    with pytest.raises(ValueError, match=r"rag/a\.py, rag/b\.py"):
        architecture.ordered("", found)
