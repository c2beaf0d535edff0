"""The authorisation matrix over the running system: who, what, on whose object, in which préfecture.

Who may call a route is read in `docs/acces.md`, which is made from the code; what an agent may do to a dossier, in the
tables of acts and of roles. A cell is decided when the answer is not about the form of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pyotp
import pytest
import requests

from chassis import clock, tokens
from chassis.settings import SERVICES, Settings
from chassis.web.identity import AGENT_COOKIE
from dev.parcours.case_08 import LIEU
from dev.parcours.monde import Acteur, Monde, add_pieces
from dev.people import MOT_DE_PASSE
from services.deposit.bureau.actions import actes
from services.deposit.dossier.rules.acces import MAY
from tests.architecture import acces
from tests.parcours.accueil import visited
from tests.parcours.guichet import path_of
from tests.parcours.messages import messages_of
from tests.pictures import picture

pytestmark = pytest.mark.timeout(300)
REFUSED = frozenset({401, 403, 404})
# The form of what was sent, or the state of the object: it says nothing of who may.
UNDECIDED = frozenset({400, 409, 413, 415, 422, 429})
KIND = {"personne": "usager", "autre": "usager", "aidante": "aidant", "sans_mandat": "aidant"}
ROLES = {"rhoda": "instructeur", "ines": "instructeur", "gael": "prefecture", "paola": "pan", "chloe": "ccc"}
READERS = ("ines", "sam", "gael", "farid", "chloe")
# What the address of a page chooses beside her object.
CHOSEN = {
    "GET /deposit/agents/demandes/<demande_id>/actes/<code>": "complete",
    "GET /deposit/agents/demandes/<demande_id>/urgences/<motif>": "sante",
    "GET /deposit/agents/personnes/<usager_id>/actes/<code>": "proteger",
    "GET /deposit/demandes/<demande_id>/historique.<forme>": "pdf",
}
# Pages of a second object that she has not: closed to strangers all the same.
WITHOUT_SECOND = {
    "GET /deposit/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>",
    "GET /deposit/demandes/<demande_id>/payer/<code>",
    "GET /deposit/demandes/<demande_id>/questions/<nom>",
    "GET /deposit/documents/<numero>/partenaires/<code>.pdf",
    "GET /ccc/agents/saisines/<saisine_id>/pieces/<cle>",
    "GET /pan/bureau/depots/<depot_id>/pieces/<piece_id>",
    "GET /pan/bureau/papiers/<numero>.pdf",
    "GET /substitution/bureau/voies/<voie_id>/documents/<numero>.pdf",
    "GET /substitution/bureau/voies/<voie_id>/dossier/pieces/<cle>",
    "GET /notify/appels/<envoi_id>",
    "GET /notify/courriers/<envoi_id>/impression.zip",
}
# What a word of any kind would not do for.
TYPED = {"prefecture": "69", "naissance": "1991-02-03"}
IDENTITE = {"nom": "Cellule", "prenoms": "Anna", "naissance": "1991-02-03"}


@dataclass
class Objets:
    """What belongs to one person in every service, under the names that the addresses give it; who may ask for it."""

    ids: dict[str, str] = field(default_factory=dict)
    callers: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, requests.Session] = field(default_factory=dict)


@pytest.fixture(scope="module")
def objets(monde: Monde) -> Objets:
    """A person with a demande filed, a helper of hers and one of nobody, a ticket, a visit, a route, her messages."""
    made = Objets()
    holder, other = _person(monde, "Cellule"), _person(monde, "Voisine")
    made.callers |= {"personne": holder.token, "autre": other.token}
    made.browsers |= {"personne": _signed_in(monde, holder), "autre": _signed_in(monde, other)}
    draft = holder.post("/demandes", titre_code="etudiant", prefecture="75")
    add_pieces(holder, draft["demande_id"])
    filed = holder.post(f"/demandes/{draft['demande_id']}:deposer")
    made.ids |= {"demande_id": filed["demande_id"], "numero": filed["documents"][0]["numero"]}
    made.ids["usager_id"] = _usager_id(holder)
    browser = monde.browser()
    browser.http = made.browsers["personne"]
    urgent: dict[str, Any] = {"motif": "sante", "texte": "Opération le 12."}
    urgent["fichier"] = (BytesIO(picture()), "convocation.png")
    browser.send(browser.read(f"/deposit/demandes/{filed['demande_id']}/urgence"), "/urgence", **urgent)
    made.ids["piece_id"] = holder.get(f"/demandes/{filed['demande_id']}")["pieces"][0]["piece_id"]
    made.callers |= {
        "aidante": _helper(monde, holder, made, portee=["lire"]),
        "sans_mandat": _helper(monde, None, made),
    }
    ticket = monde.agent("ccc", "chloe").post(
        "/agents/saisines", precis="Où en est-on ?", nom="Cellule", prefecture="75"
    )
    made.ids["saisine_id"] = ticket["saisine_id"]
    made.ids |= {"visite_id": visited(monde, IDENTITE).rsplit("/", 1)[1], "lieu_id": LIEU}
    voie = monde.anybody("substitution").post("/voies", prefecture="75", objet="titre:etudiant", **IDENTITE)
    monde.stack.clock.wait_quiet()
    made.ids["voie_id"] = path_of(monde.agent("substitution", "gael"), voie["reference"]).rsplit("/", 1)[1]
    told = next(message for message in messages_of(monde, filed["reference"]) if message["envois"])
    made.ids |= {"message_id": told["id"], "parcours_id": told["parcours_id"], "envoi_id": told["envois"][0]["id"]}
    return made


def _person(monde: Monde, nom: str) -> Acteur:
    told = {"prefecture": "75", "courriel": f"{nom.lower()}@exemple.test"}
    return monde.person(nom=nom, prenoms="Anna", naissance_date="1991-02-03", **told)


def _signed_in(monde: Monde, person: Acteur) -> requests.Session:
    browser = monde.browser()
    assert browser.sign_in(person.get("/moi")["identifiant"]).status == 200
    return browser.http


def _usager_id(person: Acteur) -> str:
    found: str = person.get("/moi")["usager_id"]
    return found


def _helper(monde: Monde, holder: Acteur | None, made: Objets, **mandat: Any) -> str:
    """A helper of a structure of Paris; with `holder`, the mandate that she gives it."""
    clerk, login = monde.agent("deposit", "stella"), f"aide-{clock.new_id()[-8:]}"
    courriel = f"{login}@exemple.test"
    structure = clerk.post("/structures", nom=f"Structure {login}", prefecture="75", courriel=courriel)
    path = f"/structures/{structure['structure_id']}"
    code = clerk.post(f"{path}:ajouter-membre", login=login, nom="Aide Exemple")["code"]
    if holder is not None:
        said = {"structure_id": structure["structure_id"], "fin_date": monde.in_days(100)} | mandat
        made.ids["mandat_id"] = holder.post(f"/usagers/{made.ids['usager_id']}/mandats", **said)["mandat_id"]
    activation = monde.anybody("deposit").post("/aidants:activation", login=login, code=code, password=MOT_DE_PASSE)
    browser, code = monde.browser(), pyotp.TOTP(activation["cle"]).now()
    typed = {"login": login, "password": MOT_DE_PASSE, "code": code}
    assert browser.send(browser.read("/deposit/aidants/connexion"), "/aidants/connexion", **typed).status == 200
    made.browsers.setdefault("aidante", browser.http)
    token: str = activation["jeton"]
    return token


@dataclass(frozen=True)
class Cell:
    """One call on an object of the person: the route as the page of who may names it, and what was answered."""

    route: str
    caller: str
    status: int
    champs: str = ""


def _operations(monde: Monde, service: str, ids: Mapping[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each operation on an object that exists: its method, its path in braces, its description."""
    spec = requests.get(f"{monde.stack.url}/{service}/openapi.json", timeout=20).json()
    for path, item in spec["paths"].items():
        named = set(re.findall(r"\{(\w+)\}", path))
        if named & ids.keys() - {"lieu_id"}:
            for method, operation in item.items():
                content = operation.get("requestBody", {}).get("content", {})
                sent = {kind: _least(said["schema"], spec["components"]["schemas"]) for kind, said in content.items()}
                yield method.upper(), path, sent


def _least(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """The least that the description accepts, so that the answer is about who asks."""
    if "$ref" in schema:
        return _least(known[schema["$ref"].rsplit("/", 1)[1]], known)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return _least(schema[several][0], known)
    if "enum" in schema:
        return schema["enum"][-1]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {name: TYPED.get(name) or _least(fields[name], known) for name in schema.get("required", [])}
    if schema.get("type") == "array":
        return [_least(schema["items"], known)] * max(1, schema.get("minItems", 0))
    if schema.get("format") == "date":
        return clock.today().isoformat()
    least = {"boolean": True, "integer": max(1, schema.get("minimum", 1)), "number": 1}
    return least.get(schema.get("type", ""), "x" * max(2, schema.get("minLength", 0)))


def _ask(monde: Monde, method: str, path: str, ids: Mapping[str, str], body: Any, caller: str, token: str) -> Cell:
    address = re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "0"), path)
    headers = {"Idempotency-Key": clock.new_id()} | ({"Authorization": f"Bearer {token}"} if token else {})
    sent = {"json" if kind == "application/json" else "data": said for kind, said in body.items()}
    answer = monde.http.request(method, f"{monde.stack.url}{address}", headers=headers, timeout=20, **sent)
    faults = answer.json().get("champs", []) if answer.status_code == 422 else []
    return Cell(f"{method} {path}", caller, answer.status_code, " ".join(fault["champ"] for fault in faults))


def _admits(table: Mapping[str, str], route: str, kind: str, role: str = "") -> bool:
    said = table[route]
    kinds, _, roles = said.partition(": ")
    known = said in (acces.ANYBODY, acces.SIGNED_IN) or kind in kinds.split(", ")
    return known and (not roles or kind != "agent" or role in roles.split(", "))


def _table() -> dict[str, str]:
    """The page of who may, its addresses as the description writes them."""
    return {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route): who for route, who in acces.admitted().items()}


@pytest.mark.parametrize("service", SERVICES)
def test_no_object_of_another_is_reached(monde: Monde, objets: Objets, service: str) -> None:
    """By nobody, a neighbour, a helper without mandate, an agent of Lyon, or a service that shows its own key."""
    table, cells = _table(), list[Cell]()
    strangers = {"personne inconnue": "", "rhoda": monde.agent(service, "rhoda").token}
    settings = Settings.from_env("ccc", monde.stack.env_for("ccc", "rpc"))
    strangers["clé de ccc"] = tokens.sign(settings, tokens.SERVICE, service, "ccc")
    if service == "deposit":
        strangers |= {name: objets.callers[name] for name in ("autre", "sans_mandat")}
    before = _state(monde, objets)
    for method, path, body in _operations(monde, service, objets.ids):
        if table[f"{method} {path}"] == acces.ANYBODY:
            continue
        cells += [_ask(monde, method, path, objets.ids, body, *stranger) for stranger in strangers.items()]
    assert [cell for cell in cells if cell.status < 400 or cell.status >= 500] == []
    # Who is nobody, or shows a key that is no person's, learns nothing but that.
    nobody = [cell for cell in cells if cell.caller in ("personne inconnue", "clé de ccc")]
    assert {cell.status for cell in nobody} <= {401} | UNDECIDED
    _decided(cells)
    assert _state(monde, objets) == before


def test_what_an_agent_of_paris_may_do_to_a_dossier_is_her_line_of_the_table(monde: Monde, objets: Objets) -> None:
    """Each act on a demande, by each role that may not; and its reading, by those who may and those who may not."""
    powers = {f"POST /deposit/api/v1/demandes/{{demande_id}}:{acte.code}": acte.pouvoir for acte in actes.DEMANDE}
    before, cells = _state(monde, objets), list[Cell]()
    agents = {login: monde.agent("deposit", login).token for login in ("ines", "gael", "paola", "chloe")}
    for method, path, body in _operations(monde, "deposit", objets.ids):
        act = powers.get(f"{method} {path}", "")
        for login, token in agents.items():
            if act and act not in MAY[ROLES[login]]:
                cells.append(_ask(monde, method, path, objets.ids, body, login, token))
    assert [cell for cell in cells if cell.status not in {403} | UNDECIDED] == []
    _decided(cells)
    assert _state(monde, objets) == before
    read = "/deposit/api/v1/demandes/{demande_id}"
    seen = {login: _ask(monde, "GET", read, objets.ids, {}, login, token).status for login, token in agents.items()}
    assert seen == {login: 200 if "lire" in MAY[ROLES[login]] else 403 for login in agents}


def test_a_person_and_her_helper_reach_what_is_hers_and_nothing_of_an_agent(monde: Monde, objets: Objets) -> None:
    """Her own dossier is read; a mandate to read lets nothing be done; a route of agents is closed to both."""
    table, cells, done = _table(), list[Cell](), list[Cell]()
    for method, path, body in _operations(monde, "deposit", objets.ids):
        for caller in ("personne", "aidante"):
            token, kind = objets.callers[caller], KIND[caller]
            if not _admits(table, f"{method} {path}", kind):
                cells.append(_ask(monde, method, path, objets.ids, body, caller, token))
            elif method == "GET" and "{demande_id}" in path and path.count("{") == 1:
                done.append(_ask(monde, method, path, objets.ids, body, caller, token))
            elif caller == "aidante" and "{demande_id}" in path:
                cells.append(_ask(monde, method, path, objets.ids, body, caller, token))
    assert [cell for cell in cells if cell.status not in {403, 404} | UNDECIDED] == []
    assert [cell for cell in done if cell.status != 200] == [] and len(done) >= 6
    _decided(cells)


def test_a_page_of_an_object_is_read_by_those_whose_it_is_and_by_nobody_else(monde: Monde, objets: Objets) -> None:
    """No neighbour, no agent of Lyon, nobody reads one; and each was there to be read, by her or a desk of hers."""
    strangers = {"": requests.Session(), "autre": objets.browsers["autre"], "rhoda": _desk(monde, "rhoda")}
    readers = [objets.browsers[name] for name in ("personne", "aidante")]
    readers += [_desk(monde, login) for login in READERS]
    before = _state(monde, objets)
    leaked, missed = list[Cell](), list[str]()
    for route, path in _pages(objets.ids):
        cells = [_look(monde, browser, route, path, caller) for caller, browser in strangers.items()]
        leaked += [cell for cell in cells if cell.status not in REFUSED]
        if not any(_look(monde, browser, route, path, "").status < 400 for browser in readers):
            missed.append(route)
    assert (leaked, set(missed)) == ([], WITHOUT_SECOND)
    # And reading has changed nothing.
    assert _state(monde, objets) == before


def _desk(monde: Monde, login: str) -> requests.Session:
    """The browser of an agent, with the session that her tokens are made from."""
    monde.agent("deposit", login)
    browser = requests.Session()
    browser.cookies.set(AGENT_COOKIE, monde.sessions[login])
    return browser


def _pages(ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each page whose address names something of hers: its route, and the address with what exists."""
    for route, who in acces.admitted().items():
        method, _, pattern = route.partition(" ")
        named = set(re.findall(r"<(?:\w+:)?(\w+)>", pattern))
        if method == "GET" and "/api/" not in pattern and who != acces.ANYBODY and named & ids.keys() - {"lieu_id"}:
            for name in named:
                pattern = re.sub(rf"<(?:\w+:)?{name}>", ids.get(name) or CHOSEN.get(route, "0"), pattern)
            yield route, pattern


def _look(monde: Monde, browser: requests.Session, route: str, path: str, caller: str) -> Cell:
    """What a browser gets; being sent to sign in is to be refused."""
    answer = browser.get(monde.stack.url + path, timeout=20, allow_redirects=False)
    to_sign_in = answer.is_redirect and "connexion" in answer.headers["Location"]
    return Cell(route, caller, 401 if to_sign_in else answer.status_code)


def _decided(cells: list[Cell]) -> None:
    undecided = sorted({(cell.route, cell.status, cell.champs) for cell in cells if cell.status not in REFUSED})
    decided = sum(cell.status in REFUSED for cell in cells)
    assert decided >= 0.9 * len(cells), "\n".join(map(str, undecided))


def _state(monde: Monde, objets: Objets) -> Any:
    """What the person reads of her dossier and of her account: unchanged, nothing was done."""
    holder = Acteur(monde, "deposit", objets.callers["personne"])
    return holder.get(f"/demandes/{objets.ids['demande_id']}"), holder.get("/moi")
