"""The pages that a clone is read by: their links lead somewhere, and they name no place of ours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from chassis.release import RELEASE
from droit.catalogue import catalogue
from tests.architecture import echanges, tree

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
CITED = re.compile(r"\bdocs/[\w./-]+\.(?:md|toml)\b")
# What a newcomer reads: what these name must be there.
GUIDES = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{name}.md" for name in ("architecture", "droit", "modeles", "operations", "rendez-vous", "reprise")),
    *(f"{name}/README.md" for name in ("chassis/web", "deploy", "dev", "docs/rows", "documents", "loadtests")),
    *(f"services/{name}/README.md" for name in tree.SERVICES),
)
EXAMPLE = re.compile(r"^```.*?^```", re.M | re.S)
SPOKEN = re.compile(r"`([^`\n]+)`")
PLACE = re.compile(r"(?!/)[\w./*<>-]*(/|\.(py|md|toml|txt|yaml|html|proto|typ|lock))")
NAMED = re.compile(r"((?:[a-z_][a-z0-9_]*\.)+)([A-Za-z_]\w*)(\(.*\))?")
METHOD = re.compile(r"[A-Z]\w+Service/[A-Z]\w+")
FACT = re.compile(rf"({'|'.join(tree.SERVICES)})\.[a-z_]+\.[a-z_]+")
# Written by a command, brought by an operator in `CLES_DIR`, or an address.
NOT_IN_GIT = re.compile(
    r"(gen|out|journaux)/.*|(agendas|agents)\.toml|(public\.jwks|stack|types)\.json|(ca|tls)\.crt|tls\.key|autorite\.der"
    r"|PUBLIC_URL/.*|sejour\.invalid"
)


def pages() -> list[Path]:
    """The pages at the root, in docs/ and in the services."""
    return sorted(
        [*tree.ROOT.glob("*.md"), *(tree.ROOT / "docs").rglob("*.md"), *(tree.ROOT / "services").rglob("*.md")]
    )


def test_every_link_leads_somewhere() -> None:
    """Relative links resolve in the clone."""
    wrong = [
        f"{tree.name(page)} → {target}"
        for page in pages()
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]

    assert wrong == []


def test_a_page_that_the_code_cites_exists() -> None:
    """A comment that sends to a page of docs/ sends to one that is there."""
    cited = {
        (tree.name(path), page)
        for path in [*tree.files(*tree.PACKAGES, "tests"), *(tree.ROOT / "droit").rglob("*.toml")]
        for page in CITED.findall(path.read_text("utf-8"))
    }

    assert sorted(f"{name} → {page}" for name, page in cited if not (tree.ROOT / page).exists()) == []


def test_every_decision_is_in_the_index() -> None:
    """docs/adr/README.md lists each decision under its number, and numbers follow one another."""
    decisions = sorted((tree.ROOT / "docs" / "adr").glob("[0-9]*.md"))
    index = (tree.ROOT / "docs" / "adr" / "README.md").read_text("utf-8")

    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))
    assert [page.name for page in decisions if f"({page.name})" not in index] == []


def test_a_glossary_noun_is_defined_once() -> None:
    """One concept, one word: the first column of the glossary repeats nothing."""
    nouns = re.findall(r"^\| (`?[^|]+?`?) \|", (tree.ROOT / "GLOSSARY.md").read_text("utf-8"), re.M)
    defined = [noun for noun in nouns if noun not in ("noun", "short", "word", "---")]

    assert sorted(defined) == sorted(set(defined))


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_names_exists(guide: str) -> None:
    """Each path, `module.function`, fact and RPC in backticks; `<name>` stands for any name, as on the page."""
    text = EXAMPLE.sub("", (tree.ROOT / guide).read_text("utf-8"))

    assert sorted(said for said in set(SPOKEN.findall(text)) if not _exists(said, guide)) == []


# A row of docs/architecture.md that says what a module gives, and the functions that it names there.
GIVES = re.compile(r"^\| `([\w/]+\.py)`(.*)$", re.M)
CALLED = re.compile(r"`(\w+)\(")


def test_a_module_gives_what_the_architecture_says() -> None:
    """Each function that a row names is defined in the module of that row, of the chassis where it names no folder."""
    rows = [
        (tree.ROOT / ("" if "/" in module else "chassis") / module, row)
        for module, row in GIVES.findall((tree.ROOT / "docs" / "architecture.md").read_text("utf-8"))
    ]

    assert rows
    assert [name for path, row in rows for name in CALLED.findall(row) if name not in _definitions(path)] == []


def _exists(said: str, guide: str) -> bool:
    if NOT_IN_GIT.fullmatch(said):
        return True
    if METHOD.fullmatch(said):
        return any(method.endswith(f".{said}") for method in _published()[1])
    if FACT.fullmatch(said):
        return any(fnmatch(said, subject) for subject in _published()[0])
    if PLACE.fullmatch(said):
        return _is_place(re.sub(r"<\w+>", "*", said.rstrip("/")), guide)
    if named := NAMED.fullmatch(said):
        return _is_defined(named[1].rstrip("."), named[2])
    return True


@cache
def _published() -> tuple[frozenset[str], frozenset[str]]:
    """The subjects of facts, and the RPCs."""
    return frozenset(fact.subject for fact in echanges.published()), frozenset(echanges.methods())


def _is_place(pattern: str, guide: str) -> bool:
    """A file or a folder: from the root, from its guide’s folder, or, naming no folder of the root, at any depth."""
    inside = guide.rpartition("/")[0]
    deep = pattern.split("/")[0] not in {name.split("/")[0] for name in _places()}
    near = [pattern, f"{inside}/{pattern}", *([f"*/{pattern}"] if deep else [])]
    return any(fnmatch(name, each) for name in _places() for each in near)


@cache
def _places() -> tuple[str, ...]:
    """Every file and folder of ours, and the folders that hold them."""
    top = [path for path in tree.ROOT.iterdir() if not path.name.startswith(".") and path.name not in ("gen", "out")]
    below = [path for folder in top if folder.is_dir() for path in folder.rglob("*") if path.suffix != ".pyc"]
    return tuple(tree.name(path) for path in [*top, *below])


def _is_defined(module: str, name: str) -> bool:
    """Whether a module so called, by its last words, defines the name or is a package that holds it."""
    for path in tree.files(*tree.PACKAGES):
        called = tree.module(path)
        if f".{called}".endswith(f".{module}") and name in _definitions(path):
            return True
        if f".{called}".endswith(f".{module}.{name}"):
            return True
    return False


@cache
def _definitions(path: Path) -> frozenset[str]:
    return frozenset(_defined(tree.parse(path)))


def _defined(parsed: ast.Module) -> Iterator[str]:
    for node in parsed.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_help_texts_name_the_release_of_the_project() -> None:
    """A deployment says which version runs, and each text says which one it was written for (XCT-12)."""
    versions = [version for consigne in catalogue().consignes.values() for version in consigne.versions]
    assert tree.project()["project"]["version"] == RELEASE
    assert [version for version in versions if not version.release] == []
