"""Who may call what, read from the services themselves: `docs/acces.md`, one line for each route and each RPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from flask import Flask

from chassis.settings import SERVICES
from tests.architecture import tree

PAGE = tree.ROOT / "docs" / "acces.md"
TABLES = {
    "deposit": "services.deposit.dossier.rules.acces",
    "ccc": "services.ccc.rules.acces",
    "pan": "services.pan.rules.acces",
    "substitution": "services.substitution.rules.acces",
    "notify": "services.notify.rules",
}
ANYBODY, SIGNED_IN = "anybody", "whoever is signed in"
HEAD = """# Who may

Made from the code by `tests/architecture/test_acces.py`, which fails when a line differs: it then writes
`out/acces.md`. Copy it here, and say in the commit why somebody may do more, or less. What a route admits is its
`@require`; on an object its guarded accessor then asks the table of the service: whose it is, with which mandate, in
which préfecture. `tests/parcours/test_acces.py` tries these lines over the running system, with objects that exist.
"""


def written(apps: Mapping[str, Flask]) -> str:
    """The whole page."""
    parts = [HEAD]
    for service in SERVICES:
        parts += [f"\n## {service}\n", *_table(service)]
        parts += [
            "\n| route | who |\n|---|---|\n",
            *(f"| {route} | {who} |\n" for route, who in _routes(apps[service])),
        ]
        parts += ["\n| RPC | called by |\n|---|---|\n"]
        allowed: Mapping[str, frozenset[str]] = import_module(f"services.{service}.rpc").ALLOWED
        parts += [f"| {method} | {', '.join(sorted(allowed[method]))} |\n" for method in sorted(allowed)]
    return "".join(parts)


def admitted() -> dict[str, str]:
    """`GET /deposit/…/<demande_id>` -> who, as the page says."""
    lines = (line.strip("| \n").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| "))
    return {cells[0]: cells[1] for cells in lines if len(cells) == 2}


def _table(service: str) -> Iterator[str]:
    module = import_module(TABLES[service])
    if service == "notify":
        # Written the other way round there: an act, then the roles that may.
        roles = {role for allowed in module.ACTES.values() for role in allowed}
        may = {role: {act for act, allowed in module.ACTES.items() if role in allowed} for role in roles}
    else:
        may = module.MAY
    yield "\n| role | acts on an object in her scope |\n|---|---|\n"
    for role, acts in sorted(may.items()):
        yield f"| {role} | {', '.join(sorted(acts))} |\n"


def _routes(app: Flask) -> Iterator[tuple[str, str]]:
    lines = set()
    for rule in app.url_map.iter_rules():
        admits = getattr(app.view_functions[rule.endpoint], "admits", None)
        who = ANYBODY
        if admits is not None:
            who = ", ".join(admits.kinds) or SIGNED_IN
            who += f": {', '.join(sorted(admits.roles))}" if admits.roles else ""
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            lines.add((f"{method} {rule.rule}", who))
    yield from sorted(lines, key=lambda line: line[0].split()[::-1])
