"""No page, route, RPC, fact, message or document is lost by accident: `surface.txt` lists them, and differs on purpose.

When something is added, renamed or retired, `out/surface.txt` holds the new list after this test: copy it over
`tests/architecture/surface.txt` and say in the commit why each removed line may go.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from flask.testing import FlaskClient

from tests.architecture import echanges, tree
from tests.architecture.test_entrees import clients

__all__ = ["clients"]

LISTED = Path(__file__).with_name("surface.txt")


def surface(clients: dict[str, FlaskClient]) -> list[str]:
    """One line for each thing that somebody outside relies on, in order."""
    lines = {
        f"route {method} {rule.rule}"
        for client in clients.values()
        for rule in client.application.url_map.iter_rules()
        for method in sorted(rule.methods or ())
        if method not in ("HEAD", "OPTIONS")
    }
    lines |= {f"rpc {method}" for method in echanges.methods()}
    lines |= {f"fact {fact.subject}" for fact in echanges.published()}
    table = tomllib.loads((tree.ROOT / "services" / "notify" / "modeles.toml").read_text("utf-8"))
    lines |= {f"message {name}" for name in table}
    lines |= {f"document {path.stem}" for path in (tree.ROOT / "documents" / "modeles").glob("*.typ")}
    return sorted(lines)


def test_nothing_that_others_rely_on_is_lost(clients: dict[str, FlaskClient]) -> None:
    """The list of routes, RPCs, facts, messages and documents is the one that was agreed."""
    found = surface(clients)
    out = tree.ROOT / "out" / LISTED.name
    out.parent.mkdir(exist_ok=True)
    out.write_text("\n".join(found) + "\n", "utf-8")

    agreed = LISTED.read_text("utf-8").splitlines()

    assert {"lost": sorted(set(agreed) - set(found)), "new": sorted(set(found) - set(agreed))} == {
        "lost": [],
        "new": [],
    }
