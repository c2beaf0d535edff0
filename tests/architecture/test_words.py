"""Words: what every service is built on is named in the field's English, the law's nouns by who owns them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture import tree

NOUN = re.compile(r"^\| `(\w+)` \|", re.M)
# The same word in both languages, and the one of `droit` that the chassis turns into statuses.
SAME_IN_ENGLISH = {"agent", "contact", "message", "decision", "instruction", "structure"}
# French without being of the law: names that the chassis once had.
FORMER = {"jeton", "fait", "commande", "guet", "saisie", "motif", "rejet", "jnap", "accueil", "facteur", "cadre"}
# Names of the published API descriptions, which clients generated code from.
PUBLISHED = {"Jeton"}


def glossary() -> set[str]:
    """The French nouns of the code, one by one."""
    section = (tree.ROOT / "GLOSSARY.md").read_text("utf-8").split("## Documents")[0]
    return set(NOUN.findall(section))


def words(name: str) -> set[str]:
    """The words of a module or class name, in the singular."""
    return {word.lower().removesuffix("s") for word in re.findall(r"[A-Z]?[a-z]+", name)}


def names(path: Path) -> list[str]:
    """What a file is called, and each class in it."""
    classes = [node.name for node in ast.walk(tree.parse(path)) if isinstance(node, ast.ClassDef)]
    return [path.stem, *(name for name in classes if name not in PUBLISHED)]


def test_the_chassis_holds_no_french_noun() -> None:
    """What knows a noun of the law is `blocage/`, `papier/`, `documents/`, `droit/` or a service."""
    french = (glossary() | FORMER) - SAME_IN_ENGLISH

    assert [
        f"{tree.name(path)}: {name}" for path in tree.files("chassis") for name in names(path) if words(name) & french
    ] == []
