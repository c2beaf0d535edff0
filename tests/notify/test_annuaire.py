"""A contact whose fact was lost with the broker's store is asked again, by gRPC, of the service that met the person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from chassis import clock, mongo, outbox, rpc
from chassis.messages import Notice
from chassis.mongo import Aggregate
from chassis.settings import Settings
from droit.decision import Refused
from sejour.contact.v1 import contact_pb2, service_pb2
from services.ccc import rpc as ccc_rpc
from services.ccc import store as ccc_store
from services.deposit import rpc as deposit_rpc
from services.deposit import store as deposit_store
from services.deposit.dossier.store.usager import Blocage, Usager
from services.notify import annuaire, store
from services.notify import moyens as means
from services.notify.actions import planification
from services.notify.moyens import Moyens
from services.pan import rpc as pan_rpc
from services.pan import store as pan_store
from services.substitution import rpc as substitution_rpc
from services.substitution import store as substitution_store
from tests.notify.monde import Boites, Source, contact, wait_until, work

CHAMPS = {"reference": "R-1", "libelle": "Étudiant"}
TELEPHONE = "+33611990001"
PUBLISHED: dict[str, tuple[Any, Any, Any]] = {
    "deposit": (
        deposit_store,
        deposit_rpc.ALLOWED,
        lambda made, settings: deposit_rpc.add_servicers(made, Blocage, str),
    ),
    "ccc": (ccc_store, ccc_rpc.ALLOWED, ccc_rpc.add_servicers),
    "pan": (pan_store, pan_rpc.ALLOWED, pan_rpc.add_servicers),
    "substitution": (
        substitution_store,
        substitution_rpc.ALLOWED,
        lambda made, settings: substitution_rpc.add_servicers(made),
    ),
}


def met(service: str, name: str) -> Aggregate:
    """A person as each service keeps her."""
    common: dict[str, Any] = {"id": clock.new_id(), "parcours_id": name, "nom": "Diallo", "telephone": TELEPHONE}
    here: dict[str, Any] = {**common, "contact_id": name, "prefecture": "75"}
    today, now = clock.today(), clock.now()
    if service == "ccc":
        return ccc_store.Saisine(
            **here,
            reference=f"C-{name}",
            suivi_cle=name,
            canal="AUTRE_CANAL",
            categorie="TELEPROCEDURE",
            tri="1",
            precis="x",
            ouverture_date=today,
            ouverture_time=now,
        )
    if service == "pan":
        return pan_store.Visite(
            **here, lieu_id="l", objet="AIDE", visite_date=today, arrivee_time=now, sans_rendez_vous=True
        )
    if service == "substitution":
        days = {"ouverture_date": today, "date_protegee": today, "echeance_date": today}
        return substitution_store.Voie(**here, **days, reference=f"V-{name}", origine="CHOIX")
    person = {"identifiant": name, "naissance_date": date(1990, 1, 1), "cle_identite": "DIALLO1990-01-01"}
    return Usager(**{**common, "id": name}, **person, prenoms="Amina", canaux=[contact_pb2.CANAL_SMS])


@pytest.fixture(scope="module")
def peers(settings: Settings, source: Source) -> Iterator[dict[str, str]]:
    """The four services that meet people, each on its own gRPC server; the addresses of all."""
    running, addresses = [], {}
    for service, (documents, allowed, add) in PUBLISHED.items():
        own = replace(settings, service=service, cles_dir=settings.cles_dir.parent / service, rpc_port=0)
        mongo.connect(own)
        mongo.prepare_indexes(*documents.DOCUMENTS)
        server, port = rpc.create_server(own, allowed, partial(_add, add, own))
        server.start()
        running.append(server)
        addresses[service] = f"127.0.0.1:{port}"
    yield addresses
    for server in running:
        server.stop(grace=1).wait()


def _add(add: Callable[..., tuple[str, ...]], settings: Settings, made: Any) -> tuple[str, ...]:
    return add(made, settings)


@pytest.fixture
def asking(moyens: Moyens, peers: dict[str, str]) -> Iterator[Moyens]:
    """A worker that reaches them."""
    settings = replace(moyens.settings, rpc_addresses=peers)
    client = rpc.Client(settings)
    yield means.make(settings, client)
    client.close()


@pytest.mark.parametrize("service", PUBLISHED)
def test_each_service_gives_back_the_person_it_met_to_notify_alone(
    asking: Moyens, peers: dict[str, str], service: str
) -> None:
    """What notify needs to write: name and way; nobody else may ask, and who was never met is not found."""
    name = clock.new_id()
    outbox.insert(met(service, name))
    answered = asking.annuaire.find(service, name)
    assert answered is not None
    source, found = answered
    assert source == service
    assert found.contact_id == name and found.telephone == TELEPHONE and "Diallo" in found.nom and found.version > 0
    assert contact_pb2.CANAL_SMS in found.canaux
    assert asking.annuaire.find(service, "nobody") is None
    stranger = "ccc" if service != "ccc" else "pan"
    keys = asking.settings.cles_dir.parent / stranger
    other = rpc.Client(replace(asking.settings, service=stranger, cles_dir=keys))
    with pytest.raises(Refused) as refused:
        other.call(
            service,
            annuaire.GET_CONTACT,
            service_pb2.GetContactRequest(contact_id=name),
            service_pb2.GetContactResponse,
        )
    other.close()
    assert refused.value.motif.code == "APPEL_INTERDIT"


def test_a_message_to_someone_whose_contact_was_lost_leaves_all_the_same(
    asking: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Her fact never comes: a few attempts later deposit is asked; a newer fact that comes afterwards still counts."""
    name = clock.new_id()
    outbox.insert(met("deposit", name))
    message_id = source.ask(Notice(name, "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    planification.run_messages(asking, "deposit")
    waiting = store.Message.objects(id=message_id).first()
    assert (waiting.state, waiting.cause) == ("A_PLANIFIER", "CONTACT_INCONNU")
    wait_until("deposit is asked and the SMS leaves", lambda: work(asking, rounds=1) or boites.texts(TELEPHONE))
    source.say(contact(name, version=9, courriel="neuf@exemple.fr", canaux=["COURRIEL"]))
    source.relay_to(database)
    assert store.Contact.objects(id=name).first().courriel == "neuf@exemple.fr"


def test_while_nobody_answers_the_message_waits(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """A silence is not « nobody by that name »: it stays to be planned."""
    message_id = source.ask(Notice(clock.new_id(), "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    wait_until(
        "it is tried again", lambda: work(moyens, rounds=1) or store.Message.objects(id=message_id).first().essais >= 4
    )
    waiting = store.Message.objects(id=message_id).first()
    assert (waiting.state, waiting.cause) == ("A_PLANIFIER", "CONTACT_INCONNU")
