"""What each service says of its API is valid, whole and true: a program that reads it needs nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient

from chassis import clock
from chassis.settings import SERVICES
from chassis.web import bearers
from chassis.web.who import AGENT, USAGER
from tests import agents, fuzz
from tests.architecture.test_entrees import clients

__all__ = ["clients"]

# Contracts that are not ours to write: the dialect of the ANTS, and what a préfecture's appointment system tells us.
ELSEWHERE = ("/pan/api/v1/ants/", "/pan/api/v1/agendas/")
# The SMS gateway shows no token: it signs what it says.
SIGNED = ("/notify/api/v1/accuses/sms",)
# Where a person's or a desk's next call needs what the last one answered.
FOLLOWED = {
    "deposit": ("POST /deposit/api/v1/demandes", "POST /deposit/api/v1/demandes/{demande_id}/pieces"),
    "ccc": ("POST /ccc/api/v1/saisines", "POST /ccc/api/v1/saisines/{cle}/messages"),
    "pan": (
        "POST /pan/api/v1/bureau/lieux/{lieu_id}/arrivees",
        "POST /pan/api/v1/bureau/visites/{visite_id}:terminer",
    ),
    "substitution": (
        "POST /substitution/api/v1/bureau/voies",
        "POST /substitution/api/v1/bureau/voies/{voie_id}/depot",
    ),
}

ROLES = (
    "bureau_national", "ccc", "ccc_superviseur", "exploitant", "instructeur", "pan", "pan_forme", "prefecture",
    "superviseur",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _wide_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in fuzz.WIDE.items():
            patched.setenv(name, value)
        yield


@pytest.mark.parametrize("service", SERVICES)
def test_the_description_is_valid_and_names_each_operation_once(clients: dict[str, FlaskClient], service: str) -> None:
    schemathesis.openapi.from_dict(_spec(clients[service])).validate()
    names = [operation["operationId"] for _, _, operation in _operations(clients[service])]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("service", SERVICES)
def test_each_route_of_the_api_is_described_at_its_address_and_no_other(
    clients: dict[str, FlaskClient], service: str
) -> None:
    app = clients[service].application
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"/{service}/api/") and not rule.rule.startswith(ELSEWHERE)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(method, path) for method, path, _ in _operations(clients[service])}
    assert described == routes
    # And the router sends the written address, with its parameters, to one view.
    adapter = app.url_map.bind("localhost")
    for method, path in described:
        _, given = adapter.match(re.sub(r"\{\w+\}", "x", path), method=method)
        assert sorted(given) == sorted(re.findall(r"\{(\w+)\}", path)), path


@pytest.mark.parametrize("service", SERVICES)
def test_each_operation_says_its_success_its_refusals_its_parameters_and_who_is_let_in(
    clients: dict[str, FlaskClient], service: str
) -> None:
    for method, path, operation in _operations(clients[service]):
        answers = set(operation["responses"])
        assert {"400", "401", "403", "404", "409", "422", "429", "500", "503"} <= answers, path
        assert [status for status in answers if status.startswith("2")], path
        named = {each["name"] for each in operation.get("parameters", []) if each.get("in") == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), path
        if not operation["security"] and path not in SIGNED:
            answer = clients[service].open(re.sub(r"\{\w+\}", "x", path), method=method, json={})
            assert answer.status_code not in (401, 403), (method, path)


@pytest.mark.parametrize("service", FOLLOWED)
def test_what_an_answer_gives_leads_to_the_next_call(clients: dict[str, FlaskClient], service: str) -> None:
    """And each link names an operation of the description, with each parameter of its address."""
    operations = {f"{method} {path}": operation for method, path, operation in _operations(clients[service])}
    named = {operation["operationId"]: label for label, operation in operations.items()}
    for operation in operations.values():
        for link in operation["responses"].get("201", {}).get("links", {}).values():
            assert set(link["parameters"]) == set(re.findall(r"\{(\w+)\}", named[link["operationId"]]))
    first, following = FOLLOWED[service]
    links = operations[first]["responses"]["201"]["links"]
    assert following in {named[link["operationId"]] for link in links.values()}


@pytest.mark.parametrize("service", SERVICES)
def test_each_field_at_its_bounds_is_answered_as_described(clients: dict[str, FlaskClient], service: str) -> None:
    """By somebody with every role; what is wrong on purpose is for `make fuzz`."""
    agents.add(service, "partout", *ROLES, prefectures=["*"])
    answers = _explored(clients[service], "partout", AGENT, {"coverage": {"unexpected-methods": []}})
    assert any(status.startswith("2") for status in answers)


@pytest.mark.parametrize("service", SERVICES)
def test_what_follows_an_answer_is_answered_as_described(clients: dict[str, FlaskClient], service: str) -> None:
    """Along the links: by a person at deposit, by somebody with every role elsewhere."""
    subject = _person(clients[service]) if service == "deposit" else "partout"
    agents.add(service, "partout", *ROLES, prefectures=["*"])
    kind = USAGER if service == "deposit" else AGENT
    _explored(clients[service], subject, kind, {"stateful": {"max-steps": fuzz.STEPS}})


def test_the_links_of_a_demande_lead_to_it(clients: dict[str, FlaskClient]) -> None:
    """A program that knows where to begin reads the rest: each reading linked is answered, and a piece is added."""
    client = clients["deposit"]
    with client.application.app_context():
        token, _ = bearers.issue_bearer(_person(client), USAGER)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": clock.new_id()}
    operations = {operation["operationId"]: (method, path) for method, path, operation in _operations(client)}
    [begin] = [o for m, p, o in _operations(client) if (m, p) == ("POST", "/deposit/api/v1/demandes")]
    made = client.post("/deposit/api/v1/demandes", json={"titre_code": "etudiant"}, headers=headers).json
    assert made is not None
    readings = []
    for link in begin["responses"]["201"]["links"].values():
        method, path = operations[link["operationId"]]
        for name, where in link["parameters"].items():
            path = path.replace(f"{{{name}}}", made[where.removeprefix("$response.body#/")])
        if method == "GET":
            readings.append(client.get(path, headers=headers).status_code)
    assert readings == [200] * len(readings) and len(readings) >= 3


def _explored(client: FlaskClient, subject: str, kind: str, phases: dict[str, Any]) -> Counter[str]:
    with client.application.app_context():
        token, _ = bearers.issue_bearer(subject, kind)
    path = f"/{client.application.config['SETTINGS'].service}/openapi.json"
    schema = schemathesis.openapi.from_wsgi(
        path, client.application, config=fuzz.settings(1, token, phases, "positive")
    )
    answers, faults = Counter[str](), dict[str, str]()
    for scenario in fuzz.explore(schema):
        answers += fuzz.statuses(scenario)
        faults |= fuzz.faults(scenario)
    assert faults == {}
    return answers


def _person(client: FlaskClient) -> str:
    identity = {"nom": "Essai", "prenoms": "Alea", "naissance_date": "1990-01-01", "prefecture": "75"}
    key = {"Idempotency-Key": clock.new_id()}
    made = client.post("/deposit/api/v1/comptes", json=identity | {"password": agents.PASSWORD}, headers=key)
    return str(made.json["usager_id"]) if made.json else ""


def _spec(client: FlaskClient) -> dict[str, Any]:
    spec: dict[str, Any] | None = client.get(f"/{client.application.config['SETTINGS'].service}/openapi.json").json
    assert spec is not None
    return spec


def _operations(client: FlaskClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in _spec(client)["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation
