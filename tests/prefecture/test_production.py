"""In production no sample préfecture reaches anybody: every reader of a préfecture, in each service, finds none."""

from __future__ import annotations

import importlib
import json
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import mongoengine as me
import pytest
from flask.testing import FlaskClient

from chassis import agents, clock, commands, event_log, inbox, keys, messages, mongo
from chassis.service import Service
from chassis.settings import SERVICES, Settings
from chassis.web.app import prepare_indexes
from documents import autorite
from droit.catalogue import ROOT, catalogue
from droit.decision import Refused
from prefecture import store
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from tests.conftest import Mongo
from tests.documents.lecture import text_of
from tests.pan.facts import meta

SAMPLES = tuple(prefecture.code for prefecture in catalogue().prefectures())
# Of no sample: it publishes here.
PUBLISHED = "01"
NEXT_STEP = "n’a pas encore publié"
_HIDDEN = re.compile(r'name="(csrf_token|request_id)" value="([^"]+)"')
_INVENTED = re.compile(r"d['’]exemple|l['’]Exemple|n° \w+-EXEMPLE|\.example\b")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value


def invented() -> frozenset[str]:
    """Names, addresses, telephones and mailboxes of the samples: whatever could be taken for a real one."""
    tables = [tomllib.loads((ROOT / f"prefectures/{code.lower()}.toml").read_text("utf-8")) for code in SAMPLES]
    said = {text for table in tables for text in _texts(table) if len(text) > 8}
    return frozenset(text for text in said if _INVENTED.search(text) or re.fullmatch(r"0\d( \d\d){4}", text))


INVENTED = invented()


def no_sample(text: str) -> str:
    """The text, once seen to hold nothing of a sample."""
    read = unescape(text)
    assert [said for said in INVENTED if said in read] == [] and not _INVENTED.search(read), read
    return read


class Person:
    """Somebody with a browser, in front of the services of a production deployment."""

    def __init__(self, clients: dict[str, FlaskClient]) -> None:
        self.clients = clients

    def reads(self, path: str) -> str:
        """A page or a JSON answer, without anything of a sample."""
        answer = self.clients[path.split("/")[1]].get(path, base_url="https://sejour.test")
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return no_sample(json.dumps(answer.json, ensure_ascii=False) if answer.is_json else answer.text)

    def sends(self, path: str, form: str = "", **typed: str) -> str:
        """The page that a form leads to, without anything of a sample."""
        client, secure = self.clients[path.split("/")[1]], {"base_url": "https://sejour.test"}
        hidden = dict(_HIDDEN.findall(client.get(form or path, **secure).text))
        answer = client.post(
            path,
            data={**hidden, "request_id": clock.new_id(), **typed},
            follow_redirects=True,
            headers={"Referer": f"https://sejour.test{path}"},
            **secure,
        )
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return no_sample(answer.text)


@pytest.fixture(scope="module")
def services(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The five services, prepared and started as production does."""
    os.environ["ASSOCIATIONS"] = "Association qui aide"
    folder = tmp_path_factory.mktemp("production")
    keys.create(folder, SERVICES)
    (folder / "secret").write_bytes(os.urandom(32))
    autorite.create(folder / "documents")
    yield {name: _start(name, mongo, folder) for name in SERVICES}
    del os.environ["ASSOCIATIONS"]
    for name in SERVICES:
        me.disconnect(alias=name)


def _start(name: str, server: Mongo, folder: Any) -> Any:
    """The Flask application of one service."""
    service: Service = importlib.import_module(f"services.{name}.__main__").SERVICE
    settings = Settings.from_env(
        name,
        {
            "SEJOUR_ENV": "production",
            "REGLES": "recommandation",
            "MONGODB_URI": server.uri_for(name),
            "CLES_DIR": str(folder),
            "PUBLIC_URL": "https://sejour.test",
            "PIECES_DIR": str(folder / name),
        },
    )
    (folder / name).mkdir()
    db = mongo.connect(settings)
    mongo.prepare_indexes(*service.documents)
    for module in (event_log, commands, inbox, agents, messages):
        module.prepare_indexes(db)
    prepare_indexes(db)
    service.prepare(settings)
    return service.create_app(settings)


@pytest.fixture(scope="module")
def person(services: dict[str, Any]) -> Person:
    """Somebody without account."""
    return Person({name: app.test_client() for name, app in services.items()})


@pytest.mark.parametrize("code", SAMPLES)
def test_deposit_tells_nothing_of_a_sample(person: Person, code: str) -> None:
    """The page of who is stuck, the section of the préfectures' sites, the espace, the ruptures, the outages."""
    from services.deposit.concertation.actions import rubrique
    from services.deposit.demande.actions import views
    from services.deposit.dossier.actions import prefectures

    assert prefectures.regles(code) is None and rubrique.places(code) == ()
    stuck = person.sends("/deposit/je-n-y-arrive-pas", essai="Le site ne répond pas.", prefecture=code)
    assert NEXT_STEP in stuck and "/substitution/" in stuck and "/ccc/" in stuck
    for page in ("", "fragment.html", "donnees.json"):
        person.reads(f"/deposit/rubrique/{page}?prefecture={code}")
    assert views.prefecture_name(code) == f"Préfecture : {catalogue().departement(code).nom}"
    assert NEXT_STEP in no_sample("\n".join(prefectures.modalites(code).lignes))


@pytest.mark.parametrize("code", SAMPLES)
def test_the_contact_centre_tells_nothing_of_a_sample(person: Person, code: str) -> None:
    """The page of who is stuck, a ticket and its ways, who called in vain."""
    from services.ccc.actions import prefectures

    assert NEXT_STEP in person.sends("/ccc/je-n-y-arrive-pas", essai="Personne ne répond.", prefecture=code)
    vain = person.sends("/ccc/appel-sans-reponse", joignable="06 39 98 00 01", prefecture=code, fois="2")
    assert NEXT_STEP in vain and catalogue().departement(code).nom in vain
    ways = prefectures.modalites(code, clock.today())
    assert ways.prefecture is None and NEXT_STEP in no_sample("\n".join(ways.lignes))


@pytest.mark.parametrize("code", SAMPLES)
def test_the_reception_points_tell_nothing_of_a_sample(person: Person, code: str) -> None:
    """The directory, its export, the slots, who waits, the page of who is stuck: no place is invented."""
    from services.pan.actions import referrals

    assert "Aucun lieu d'accueil n'est connu" in person.reads(f"/pan/annuaire/{code}")
    assert json.loads(person.reads(f"/pan/annuaire/{code}.json"))["lieux"] == []
    slots = f"/pan/rendez-vous?prefecture={code}&objet=AIDE"
    assert "Aucun créneau n'est libre" in person.reads(slots)
    waiting = person.sends(
        "/pan/attentes", form=slots, prefecture=code, objet="AIDE", nom="Awa", telephone="06 39 98 00 01"
    )
    assert NEXT_STEP in waiting
    assert NEXT_STEP in person.sends("/pan/je-n-y-arrive-pas", essai="Pas de place.", prefecture=code)
    assert not referrals.modalites(code).convocation_par_pan


@pytest.mark.clause("PAN-01/b")
def test_the_directory_of_production_names_who_has_no_reception_point(person: Person) -> None:
    """Every préfecture while none has published; of one that has, each sous-préfecture whose service has none."""
    from services.pan.consumers import HANDLERS

    nothing = person.reads("/pan/annuaire/manquants")
    assert all(f"Préfecture : {d.nom}" in nothing for d in catalogue().departements())
    rules = tomllib.loads((ROOT / "prefectures" / "93.toml").read_text("utf-8")) | {"code": PUBLISHED, "exemple": False}
    for rank, lieu in enumerate(rules["lieux"]):
        lieu["code"] = f"{PUBLISHED}-lieu-{rank}"
    names = {service["code"]: service["nom"] for service in rules["services"]}
    with_pan = {lieu["service"] for lieu in rules["lieux"] if lieu["genre"] == "pan"}
    text, subject = json.dumps(rules, default=str), "substitution.prefecture.modifiee"
    published = PrefectureModifiee(prefecture=PUBLISHED, depuis_date=clock.today().isoformat(), regles_json=text)
    _, follow = HANDLERS[subject]
    follow(published, meta(subject, "p"))
    rows = person.clients["pan"].get("/pan/api/v1/annuaire-manquants", base_url="https://sejour.test").json
    (row,) = (row for row in rows["departements"] if row["departement"] == PUBLISHED)
    assert set(row["services"]) == {nom for code, nom in names.items() if code not in with_pan} != set()


@pytest.mark.parametrize("code", SAMPLES)
def test_the_substitution_routes_tell_nothing_of_a_sample(person: Person, code: str) -> None:
    """The ways of the préfecture, the fragment for its site, the API, a route opened, its convocation on paper."""
    from services.substitution.actions.papiers import PAPIERS
    from services.substitution.store import Voie

    assert NEXT_STEP in person.reads(f"/substitution/prefectures/{code}")
    assert NEXT_STEP in person.reads(f"/substitution/prefectures/{code}/module.html")
    assert NEXT_STEP in person.reads(f"/substitution/api/v1/prefectures/{code}")
    assert NEXT_STEP in person.sends("/substitution/je-n-y-arrive-pas", essai="Le site est mort.", prefecture=code)
    opened = person.sends(
        "/substitution/ouvrir", prefecture=code, nom="Diallo", origine="CHOIX", moyen="GUICHET", objet=""
    )
    assert NEXT_STEP in opened
    voie = Voie.objects(prefecture=code).order_by("-id").first()
    paper = no_sample(text_of(PAPIERS.draw(voie.convocation_numero)))
    assert catalogue().departement(code).nom in paper


def test_notify_shows_hours_without_any_rules_of_a_prefecture(services: dict[str, Any]) -> None:
    """Its only reader of a préfecture is the time zone, which no sample gives."""
    from services.notify.actions.acces import fuseau_of
    from services.notify.store import Parcours

    mongo.collection_of(Parcours).insert_one({"_id": "p-974", "prefectures": ["974"]})

    assert (fuseau_of("p-974"), fuseau_of("inconnu")) == ("Indian/Reunion", "")


def test_a_sample_that_was_published_is_not_read_in_production(services: dict[str, Any]) -> None:
    """A database carried over from a demonstration brings no invented address along."""
    from services.deposit.dossier.actions import prefectures
    from services.deposit.dossier.store.projections import PrefectureConnue

    text = json.dumps(tomllib.loads((ROOT / "prefectures/13.toml").read_text("utf-8")), default=str)
    event = PrefectureModifiee(prefecture="13", depuis_date=clock.today().isoformat(), regles_json=text)
    store.project(PrefectureConnue, event, meta("substitution.prefecture.modifiee", "p"))

    assert prefectures.regles("13") is None and NEXT_STEP in no_sample("\n".join(prefectures.modalites("13").lignes))


def test_a_prefecture_that_publishes_its_rules_is_read_by_all(services: dict[str, Any]) -> None:
    """Its own name and address, from their day on, and from no other."""
    from services.ccc.actions import prefectures as ccc
    from services.ccc.store import PrefectureConnue

    table = tomllib.loads((ROOT / "prefectures/69.toml").read_text("utf-8")) | {
        "exemple": False,
        "nom": "Préfecture du 69",
    }
    day = clock.today() + timedelta(days=2)
    event = PrefectureModifiee(prefecture="69", depuis_date=day.isoformat(), regles_json=json.dumps(table, default=str))
    store.project(PrefectureConnue, event, meta("substitution.prefecture.modifiee", "p"))

    assert (ccc.modalites("69", clock.today()).prefecture, ccc.modalites("69", day).nom) == (None, "Préfecture du 69")


def test_a_sample_cannot_be_written_in_the_console_of_production(services: dict[str, Any]) -> None:
    """Rules copied from a sample are refused by name."""
    from services.substitution.actions import prefectures

    values = json.loads(json.dumps(tomllib.loads((ROOT / "prefectures/93.toml").read_text("utf-8")), default=str))

    with pytest.raises(Refused) as refused:
        prefectures.validate("93", values)

    assert refused.value.motif.code == "EXEMPLE_EN_PRODUCTION"
    assert prefectures.validate("93", values | {"exemple": False}).code == "93"
