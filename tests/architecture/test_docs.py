"""The pages that a clone is read by: their links lead somewhere, and they name no place of ours."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture import tree

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")
CITED = re.compile(r"\bdocs/[\w./-]+\.(?:md|toml)\b")


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
