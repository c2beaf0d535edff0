"""One description of a command: its page and its API route call the same action with the same input model."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import tree

PAGE, API = "page", "API"
STUCK = "Records that its page stopped somebody; a program says the same by POST /blocages."
TABLED = "Its routes are made from the same table as its pages (bureau/api/actes.py)."
SHEET = "Shows once, to the person herself, what her second factor is: no program keeps it for her."
SESSION = "Changes what this browser's session holds; a token names the person in each request, and ends by itself."
ROUTE = re.compile(r"\w+\.(post|put|patch|delete)$")
# What has one door only -> why. A view is named by its service, its side and its module.
ONE_DOOR = {
    "ccc API public.telephonie_evenement": "The telephone system says what became of a call.",
    "ccc API agents.abandon": "The telephone system says it: nobody types an abandoned call.",
    "ccc page saisine.apercu": "A preview changes nothing; a program has no need to see its own words.",
    "deposit API api.revoir": "The page of an experiment has one form for what becomes of it: that of `decider`.",
    "deposit API comptes.contacts": "An application changes one of them; the page says a change whole (`changement`).",
    "deposit API comptes.reprendre": "An older application is taken over by a program.",
    "deposit API demandes.bloquer": "Its pages are « Je n'y arrive pas », and each page that can stop somebody.",
    "deposit API demandes.enregistrer": "A page asks one question, a program sends several answers.",
    "deposit API api.verifier_lot": "A batch is sent by the program of an organisation; a page checks one.",
    "deposit API demandes.reprendre": "A page ends whatever stops the delay (`finir_arret`), this one an impediment.",
    "deposit page aidants.agir": SESSION,
    "deposit page aidants.arreter": SESSION,
    "deposit page aidants.deconnexion": SESSION,
    "deposit page aidants.prouver": "By API the first code goes with the password.",
    "deposit page aidants.urgence": TABLED,
    "deposit page bureau.faire": TABLED,
    "deposit page compte.connexion_impossible": STUCK,
    "deposit page compte.deconnexion": SESSION,
    "deposit page depot.fantome": STUCK,
    "deposit page depot.repondre": "A page asks one question, a program sends several answers.",
    "deposit page depot.titre_recu": "One answer among others, by a button; a program sends it with them.",
    "deposit page envois.envoi_impossible": STUCK,
    "deposit page espace.enregistrer_deja_en_cours": STUCK,
    "deposit page facteur.commencer": SHEET,
    "deposit page facteur.confirmer": SHEET,
    "deposit page facteur.donner": "By API the code goes with the password, in one request.",
    "deposit page facteur.renvoyer": "By API the password sent again sends another code.",
    "deposit page facteur.retirer": "A token that could take the second factor away would be the only one.",
    "deposit page facteur.sans_code": STUCK,
    "deposit page franceconnect.ouvrir": "Whoever comes from the identity provider comes by a browser.",
    "deposit page franceconnect.retirer": "The link is made in a browser, at the provider, and undone beside it.",
    "deposit page personnes.faire": TABLED,
    "deposit page preuve.codes": SHEET,
    "deposit page preuve.sans_code": STUCK,
    "deposit page urgences.signaler": TABLED,
    "notify API api.sms": "The SMS gateway says what became of a message.",
    "pan API agendas.prendre": "The desk of a préfecture holds a slot by its own system.",
    "pan API agendas.rendre": "The desk of a préfecture holds a slot by its own system.",
    "pan API agendas.retenir": "The desk of a préfecture holds a slot by its own system.",
    "pan API agendas.notified": "A préfecture's appointment system tells us of a change.",
    "pan page public.oublier": "Forgets what this browser keeps; the service keeps nothing of it.",
    "substitution API public.signaler": "Its page is « Je n'y arrive pas », which the chassis draws for every service.",
}


@dataclass(frozen=True)
class View:
    """A route that is not a GET: the actions that it gives a request_id to (or calls, without one), and its model."""

    name: str
    service: str
    side: str
    actions: frozenset[str]
    models: frozenset[str]


def edges(service: str) -> Iterator[tuple[Path, str]]:
    """The files of the pages and of the API of a service, wherever its rooms put them."""
    for path in tree.files(f"services/{service}"):
        parts = path.relative_to(tree.ROOT / "services" / service).with_suffix("").parts
        if "pages" in parts or "api" in parts:
            yield path, PAGE if "pages" in parts else API


def views(service: str) -> Iterator[View]:
    """The unsafe routes of a service, pages and API."""
    for path, side in edges(service):
        for function in _functions(path):
            if any(isinstance(mark, ast.Call) and _is_route(mark) for mark in function.decorator_list):
                yield _view(path, function, service, side)


def _is_route(mark: ast.Call) -> bool:
    methods = [ast.literal_eval(each.value) for each in mark.keywords if each.arg == "methods"]
    unsafe = any(set(each) - {"GET", "HEAD"} for each in methods)
    return unsafe or ROUTE.match(ast.unparse(mark.func)) is not None


def _view(path: Path, function: ast.FunctionDef, service: str, side: str) -> View:
    names, bodies = _imported(path), list(_reached(path, function))
    prefix = f"services.{service}."
    known, called, models = set(), set(), set()
    for node in (node for body in bodies for node in ast.walk(body)):
        if isinstance(node, ast.Call):
            target = _full(node.func, names)
            if target.startswith(prefix) and ".actions" in target:
                called.add(target)
                if any(keyword.arg == "request_id" for keyword in node.keywords):
                    known.add(target)
        elif isinstance(node, ast.Attribute | ast.Name):
            target = _full(node, names)
            if target.startswith(prefix) and ".inputs." in target:
                models.add(target)
    where = path.stem if path.stem not in ("pages", "__init__") else path.parent.name
    return View(
        f"{service} {side} {where}.{function.name}", service, side, frozenset(known or called), frozenset(models)
    )


def _reached(path: Path, function: ast.FunctionDef) -> Iterator[ast.FunctionDef]:
    """The view and the private functions of its file that it calls to do its act."""
    yield function
    own = {each.name: each for each in tree.parse(path).body if isinstance(each, ast.FunctionDef)}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id.startswith("_") and node.id in own:
            helper = own[node.id]
            if "submit(" in ast.unparse(helper):
                yield helper


@cache
def _functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree.parse(path)) if isinstance(node, ast.FunctionDef)]


@cache
def _imported(path: Path) -> dict[str, str]:
    """Name in the file -> what it is, dotted; imports for type checking too."""
    found: dict[str, str] = {}
    for node in ast.walk(tree.parse(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _full(node: ast.expr, names: dict[str, str]) -> str:
    head, _, rest = ast.unparse(node).partition(".")
    return f"{names[head]}.{rest}" if head in names and rest else names.get(head, "")


@pytest.mark.parametrize("service", tree.services())
def test_each_command_is_a_page_and_a_route_with_one_input_model(service: str) -> None:
    """Whoever may do it on a screen may have it done by a program, with the same limits and the same refusals."""
    found = list(views(service))
    lonely = [view.name for view in found if view.name not in ONE_DOOR and not any(_twins(view, o) for o in found)]

    assert found
    assert lonely == []


def _twins(one: View, other: View) -> bool:
    return one.side != other.side and bool(one.actions & other.actions) and one.models == other.models


def test_the_table_of_what_has_one_door_holds_nothing_else() -> None:
    """A line of it that names no view, or a view that has its twin, is one to take away."""
    found = {view.name: view for service in tree.services() for view in views(service)}
    superfluous = [
        name
        for name in ONE_DOOR
        if name not in found or any(_twins(found[name], other) for other in found.values() if other.name != name)
    ]

    assert superfluous == []


@pytest.mark.parametrize("service", tree.services())
def test_an_edge_describes_no_input_of_its_own(service: str) -> None:
    """A body, a form: in `inputs.py`. An edge holds what an address is made of, and what it answers."""
    bodies = [
        f"{tree.name(path)}:{function.lineno} {function.name}"
        for path, _ in edges(service)
        for function in _functions(path)
        for argument in function.args.args
        if argument.arg == "body"
        and argument.annotation is not None
        and ".inputs." not in _full(argument.annotation, _imported(path))
    ]
    posted = [
        f"{tree.name(path)}:{call.lineno}"
        for path, _ in edges(service)
        for call in tree.calls(path)
        # An act of an agent brings its own, from the table that its page and its route read.
        if ast.unparse(call.func) in ("forms.read", "forms.submit")
        and ast.unparse(call.args[0]) != "acte.inputs"
        and ".inputs." not in (given := _full(call.args[0], _imported(path)))
        and not given.endswith(".forms.Nothing")
    ]

    assert bodies + posted == []
