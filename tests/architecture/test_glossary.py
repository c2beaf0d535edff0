"""The glossary is part of the code: each noun that names a file or a folder of the domain is in it."""

from __future__ import annotations

import re

from tests.architecture import tree

DOMAIN = (*tree.NOUNS, "documents", "droit", "personne", "services")
LINE = re.compile(r"^\| ([^|]+) \|", re.M)
# The layers of a service, and the field's own words for technique: no French noun.
TECHNIQUE = {
    *tree.SERVICES,
    *tree.LAYERS,
    *(
        "services",
        "rpc",
        "consumers",
        "due",
        "web",
        "options",
        "adapters",
        "command",
        "mailer",
        "mime",
        "sms",
        "smtp",
        "json",
    ),
    *(
        "queries",
        "views",
        "referrals",
        "sessions",
        "webhooks",
        "together",
        "history",
        "notices",
        "settle",
        "sejour_json",
        "sources",
        "watch",
    ),
}


def nouns() -> set[str]:
    """The first column of each table, in lower case, without accents on what is code."""
    words = LINE.findall((tree.ROOT / "GLOSSARY.md").read_text("utf-8"))
    return {part.strip("` ").lower().replace(" ", "_") for word in words for part in re.split(r"[,…]", word)}


def test_each_noun_that_names_a_file_is_in_the_glossary() -> None:
    """A plural is found by its singular; a name of two nouns by the whole or by both."""
    listed = nouns()
    names = {
        part.removesuffix(".py")
        for path in tree.files(*DOMAIN)
        for part in path.relative_to(tree.ROOT).parts
        if not part.startswith("__")
    }

    unknown = sorted(name for name in names - TECHNIQUE if not _listed(name, listed))

    assert unknown == []


def _listed(name: str, listed: set[str]) -> bool:
    singular = {name, name[:-1], f"{name[:-3]}al" if name.endswith("aux") else name}
    parts = name.split("_")
    return bool(singular & listed) or (len(parts) > 1 and all(_listed(p, listed) or p in TECHNIQUE for p in parts))
