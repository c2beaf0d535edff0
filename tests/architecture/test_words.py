"""Words: what every service is built on is named in the field's English, the law's nouns by who owns them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from blocage.rules import FOLLOWING
from services.deposit.consumers import HANDLERS
from services.deposit.demande.pages.historique import PHRASES
from services.deposit.demande.pages.mots import FAITS
from services.deposit.parcours.actions import MESSAGE, RATTACHE, on_steps
from services.deposit.parcours.pages import PAS
from tests.architecture import echanges, tree

NOUN = re.compile(r"^\| `(\w+)` \|", re.M)
# The same word in both languages.
SAME_IN_ENGLISH = {
    "agent",
    "catalogue",
    "contact",
    "decision",
    "document",
    "instruction",
    "message",
    "reference",
    "source",
    "structure",
}
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


# Facts of deposit that are about no person in particular, hence in nobody's history.
ABOUT_NOBODY = {
    "agent", "campagne", "concertation", "experimentation", "mission", "publication", "structure", "reprise",
}  # fmt: skip
# What the history of one demande holds, which the person reads and takes away.
OF_A_DEMANDE = {"attestation", "demande", "echange", "horloge", "message", "pieces", "reception", "rupture", "titre"}


def subjects_of_persons() -> set[str]:
    """The subjects that deposit publishes about a person."""
    found = {fact.subject.replace("*.", "deposit.", 1) for fact in echanges.published() if fact.service == "deposit"}
    found |= {f"deposit.blocage.{state.lower()}" for state in FOLLOWING}
    return {
        subject
        for subject in found
        if not subject.startswith("contact.") and subject.split(".")[1] not in ABOUT_NOBODY and "*" not in subject
    }


def test_every_fact_of_a_person_has_words_for_her_and_for_agents() -> None:
    """A raw subject on a page is a fact that nobody can read."""
    published = subjects_of_persons()
    demande = {subject for subject in published if subject.split(".")[1] in OF_A_DEMANDE}
    steps = {
        subject
        for subject, (_, action) in HANDLERS.items()
        if getattr(action, "act", action).__module__ == on_steps.__module__
    }
    untold = {MESSAGE, RATTACHE}

    assert sorted(demande - set(PHRASES)) == []
    assert sorted(published - set(FAITS)) == []
    assert sorted((published | steps) - untold - set(PAS)) == []
