"""Imports point inwards: the contracts of pyproject.toml, then the table of the design, file by file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.architecture import tree

# Layer of a service -> (layers of the same service, packages of ours) that it may import. `gen` is the package sejour.
# A file that is not in the table stands for one outside partner (`mailer.py`, `adapters/`). The nouns that services
# share are cut into the same layers and follow the same table; each service gives them its own document class.
PARTNER = "partner"
# The states that rules decide on are named by all who show or store them (ADR 11).
ETATS = "etats"
ANY_LAYER = {"rules", "store", "inputs", "actions", "api", "pages", "rpc", "consumers", "due", "web", "cadre", PARTNER}
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    "rules": ({"rules"}, {"droit", "personne"}),
    # Who is protected is kept alike by each service that keeps pieces (`personne.protegee`).
    "store": ({"store", "rules"}, {"chassis", "personne"}),
    # What people and machines send: one model per command, taken by its action, read by its page and its API route.
    "inputs": ({"rules", "inputs"}, {"chassis", "personne"}),
    "actions": (
        {"rules", "store", "inputs", "actions", PARTNER},
        {"droit", "documents", "personne", "sejour", "chassis"},
    ),
    "api": ({"actions", "inputs", "api", ETATS}, {"chassis", "droit", "personne"}),
    "pages": ({"actions", "inputs", "pages", "api", ETATS}, {"chassis", "droit", "personne"}),
    # Where an application is put together from its pages and its API.
    "web": ({"actions", "api", "pages", PARTNER}, {"chassis", "droit"}),
    # What this process was started with: settings, position of the law, keys, folders.
    "cadre": ({"cadre"}, {"droit", "documents", "chassis"}),
    "rpc": ({"actions", "inputs", "rpc", ETATS}, {"personne", "sejour", "chassis"}),
    "consumers": ({"actions", "consumers"}, {"sejour", "chassis"}),
    "due": ({"actions", "store", "due"}, {"chassis"}),
    "__main__": (ANY_LAYER, {"droit", "documents", "personne", "sejour", "chassis"}),
    "__init__": (set(), set()),
    PARTNER: ({"rules", "store", "actions", PARTNER}, {"droit", "documents", "personne", "sejour", "chassis"}),
}
OURS = {*tree.PACKAGES, "sejour", "tests"}
# Frameworks of the edges: an action knows neither HTTP, nor a servicer, nor NATS.
EDGES_ONLY = {"flask", "flask_openapi", "flask_wtf", "werkzeug", "grpc", "nats"}
UNPURE = {
    "time",
    "random",
    "os",
    "socket",
    "subprocess",
    "threading",
    "urllib",
    "http",
    "asyncio",
    "secrets",
    "tempfile",
}
# What talks to the broker: the worker, and what wakes it.
BROKER_FILES = {"chassis/bus.py", "chassis/words.py", "chassis/worker.py"}


def layer(path: Path) -> str:
    """The row of the table that a file of a service, or of a shared noun, belongs to."""
    parts = path.relative_to(tree.ROOT).with_suffix("").parts
    at = _layer(parts[1], parts[2:]) if parts[0] == "services" else _layer("", parts[1:])
    return "rules" if at == ETATS else at


def _layer(service: str, inside: Sequence[str]) -> str:
    """The layer of what is at `inside` in a service; a service by noun has its layers in its rooms."""
    if inside[0] in tree.rooms(service):
        inside = inside[1:]
    if list(inside[:2]) == ["rules", ETATS]:
        return ETATS
    return inside[0] if inside and inside[0] in MAY_IMPORT else PARTNER


def service_files(*layers: str) -> list[Path]:
    """The files of every service and of the shared nouns, of these layers or of all."""
    found = [path for path in tree.files(*tree.NOUNS, "services") if path.parent != tree.ROOT / "services"]
    return [path for path in found if not layers or layer(path) in layers]


def of_service(path: Path, imported: str) -> str | None:
    """The layer imported when it is of the same service or of a shared noun, None otherwise."""
    own = ".".join(tree.module(path).split(".")[:2])
    if imported.startswith("services.cadre."):
        return "cadre"
    for package in (own, *tree.NOUNS):
        if imported.startswith(f"{package}."):
            return _layer(package.rpartition(".")[2], imported.removeprefix(f"{package}.").split("."))
    return None


def test_the_contracts_of_pyproject_hold() -> None:
    """Services are independent, layers point inwards, nats-py stays in the worker."""
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=tree.ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tree.ROOT), str(tree.ROOT / "gen")])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_file_of_a_service_imports_what_the_table_allows() -> None:
    """The table of the design, section 3."""
    wrong = []
    for path in service_files():
        own, ours = MAY_IMPORT[layer(path)]
        if any(path.is_relative_to(tree.ROOT / noun) for noun in tree.NOUNS):
            own = own | {"store"}
        if "rules" in own:
            own = own | {ETATS}
        if "actions" in own:
            own = own | {"cadre"}
        for line, imported in tree.imports(path):
            top, known = imported.split(".")[0], of_service(path, imported)
            allowed = known in own if known else top in ours or top not in OURS
            if not allowed:
                wrong.append(f"{tree.name(path)}:{line} ({layer(path)}) imports {imported}")

    assert wrong == []


def test_rules_use_the_law_and_the_standard_library_alone() -> None:
    """A rule is pure: what could bring it a clock, a store or a network is refused."""
    pure = sys.stdlib_module_names - UNPURE | {*tree.NOUNS, "droit", "personne", "services"}
    wrong = [
        f"{tree.name(path)}:{line} imports {imported}"
        for path in service_files("rules")
        for line, imported in tree.imports(path)
        if imported.split(".")[0] not in pure
    ]

    assert wrong == []


def test_an_action_knows_no_edge() -> None:
    """Rules, stores, actions and what calls them from the worker import no framework of the edges."""
    wrong = [
        f"{tree.name(path)}:{line} imports {imported}"
        for path in service_files("rules", "store", "actions", "due", "consumers")
        for line, imported in tree.imports(path)
        if imported.split(".")[0] in EDGES_ONLY
    ]

    assert wrong == []


def test_only_the_worker_and_what_wakes_it_import_nats() -> None:
    """Web and rpc publish nothing; the embedded stack of `dev` may look at the broker that it starts."""
    wrong = [
        f"{tree.name(path)}:{line}"
        for path in tree.files(*tree.NOUNS, "chassis", "documents", "droit", "personne", "services")
        for line, imported in tree.imports(path)
        if imported.split(".")[0] == "nats" and tree.name(path) not in BROKER_FILES
    ]

    assert wrong == []


def test_the_chassis_knows_no_service() -> None:
    """Of `droit`, Decision types and the zone of legal days; of `gen`, the messages that no single service owns."""
    wrong = [
        f"{tree.name(path)}:{line} imports {imported}"
        for path in tree.files("chassis")
        for line, imported in tree.imports(path)
        if (imported.startswith("droit") and not imported.startswith(("droit.decision", "droit.jours")))
        or any(imported.startswith(f"sejour.{service}.") for service in tree.SERVICES)
    ]

    assert wrong == []
