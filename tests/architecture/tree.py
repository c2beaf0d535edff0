"""What the laws read: our Python files, parsed once, and what each imports."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from chassis import settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "blocage",
    "chassis",
    "consigne",
    "deploy",
    "dev",
    "documents",
    "droit",
    "loadtests",
    "papier",
    "personne",
    "pilotage",
    "prefecture",
    "promesse",
    "services",
)
# Nouns that several services share, cut into the same layers as a service.
NOUNS = ("blocage", "consigne", "papier", "pilotage", "prefecture", "promesse")
SERVICES = settings.SERVICES
LAYERS = ("rules", "store", "inputs", "actions", "api", "pages")


@cache
def parse(path: Path) -> ast.Module:
    """The syntax tree of a file of ours."""
    return ast.parse(path.read_text("utf-8"), str(path))


def files(*packages: str) -> list[Path]:
    """The Python files of these packages, in a stable order; a package not written yet has none."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def name(path: Path) -> str:
    """How a message calls a file."""
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    """The dotted name under which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def services() -> list[str]:
    """The services that can be started."""
    return [service for service in SERVICES if (ROOT / "services" / service / "__main__.py").exists()]


def rooms(service: str) -> list[str]:
    """The rooms of a service that is laid out by noun, then by layer; none of one that is laid out by layer."""
    folders = {path.parent for layer in LAYERS for path in (ROOT / "services" / service).glob(f"*/{layer}*")}
    return sorted(folder.name for folder in folders if folder.name not in LAYERS and (folder / "__init__.py").exists())


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each import that runs; those for type checking alone bind nothing."""
    yield from _imports(parse(path), module(path), path.name == "__init__.py")


def _imports(node: ast.AST, where: str, package: bool) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield from _imports(other, where, package)
        elif isinstance(child, ast.Import):
            for alias in child.names:
                yield child.lineno, alias.name
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(child, where, package)
            for alias in child.names:
                yield child.lineno, f"{base}.{alias.name}"
        else:
            yield from _imports(child, where, package)


def _absolute(node: ast.ImportFrom, where: str, package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = where.split(".")
    base = parts[: len(parts) - node.level + (1 if package else 0)]
    return ".".join([*base, *([node.module] if node.module else [])])


def calls(path: Path) -> Iterator[ast.Call]:
    """Each call written in a file."""
    yield from (node for node in ast.walk(parse(path)) if isinstance(node, ast.Call))


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
