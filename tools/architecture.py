"""The import order that docs/architecture.md states: read, compared with the code, and brought up to date.

    python -m tools.architecture           what is wrong with the list, if anything
    python -m tools.architecture --write   mend it: lines stay where they may, a new module comes in below its imports

`tests/test_architecture.py` asks the same.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
OPENING, CLOSING = "```modules\n", "```\n"


@dataclass(frozen=True, slots=True)
class Module:
    """A file of the program: what it is for, and what it imports."""

    path: str
    name: str
    purpose: str
    imports: frozenset[str]  # every import, dotted, of ours and of others
    top: frozenset[str]  # those that run when the module is imported
    inner: frozenset[str]  # those inside functions


def module(path: Path, root: Path = ROOT) -> Module:
    relative = path.relative_to(root)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    guarded = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    inner = frozenset(_imported(functions))
    every = frozenset(_imported([tree]))
    for_types = frozenset(_imported(guarded))
    return Module(
        path=relative.as_posix(),
        name=".".join(relative.with_suffix("").parts).removesuffix(".__init__"),
        purpose=(ast.get_docstring(tree) or "").split("\n")[0],
        imports=every,
        top=every - inner - for_types,
        inner=inner,
    )


def _imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Dotted names that could be modules: "from a import b" may mean a.b."""
    for node in (found for start in nodes for found in ast.walk(start)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(root: Path = ROOT) -> dict[str, Module]:
    """Every module of the program by its path."""
    paths = [*(root / "rag").rglob("*.py"), *root.glob("ui.py")]
    return {m.path: m for m in (module(p, root) for p in sorted(paths))}


def needs(found: Mapping[str, Module]) -> dict[str, set[str]]:
    """Paths of the modules that each one imports; a package's own `__init__` is no more than its name."""
    by_name = {m.name: path for path, m in found.items() if not path.endswith("__init__.py")}
    return {path: {by_name[n] for n in m.imports if n in by_name} - {path} for path, m in found.items()}


def listed(page: str) -> dict[str, str]:
    """Path → line of the list, top to bottom."""
    block = page.partition(OPENING)[2].partition(CLOSING)[0]
    return {line.split()[0]: line for line in block.splitlines() if line.startswith(("rag/", "ui.py"))}


def faults(page: str, found: Mapping[str, Module]) -> list[str]:
    """What is wrong with the list, each with what to do."""
    order, wanted = list(listed(page)), needs(found)
    place = {path: n for n, path in enumerate(order)}
    wrong = [f"{path} is not listed: python -m tools.architecture --write" for path in found if path not in place]
    wrong += [
        f"{path} is listed and does not exist: python -m tools.architecture --write"
        for path in order
        if path not in found
    ]
    for path in (p for p in order if p in found):
        below = sorted(other for other in wanted[path] if place.get(other, -1) > place[path])
        wrong += [f"{path} imports {other}, which stands below it" for other in below]
    return wrong


def ordered(page: str, found: Mapping[str, Module]) -> list[str]:
    """Paths in an order that holds, as near to the listed one as it may be. Raises ValueError on a cycle."""
    place = {path: n for n, path in enumerate(listed(page))}
    wanted, done = needs(found), list[str]()
    while len(done) < len(found):
        ready = [p for p in found if p not in done and wanted[p] <= set(done)]
        if not ready:
            raise ValueError(f"these import each other: {', '.join(sorted(set(found) - set(done)))}")
        done.append(min(ready, key=lambda p: (place.get(p, -1), p)))
    return done


def written(page: str, found: Mapping[str, Module]) -> str:
    """The page with its list brought up to date."""
    held, order = listed(page), ordered(page, found)
    width = max(len(path) for path in order)
    lines = []
    for path in order:
        _, _, purpose = held.get(path, "").partition("  ")
        lines.append(f"{path:<{width}}  {purpose.strip() or found[path].purpose}\n")
    head, _, rest = page.partition(OPENING)
    return head + OPENING + "".join(lines) + CLOSING + rest.partition(CLOSING)[2]


def main(arguments: list[str]) -> int:
    page, found = PAGE.read_text(encoding="utf-8"), modules()
    if "--write" in arguments:
        PAGE.write_text(written(page, found), encoding="utf-8")
        return 0
    wrong = faults(page, found)
    print("\n".join(wrong) or "docs/architecture.md agrees with the code.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
