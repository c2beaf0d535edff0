"""The edges: gRPC over a real server, the description of the API, the facts consumed, every page on a desktop."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import schemathesis
from flask_openapi import OpenAPI

from chassis import clock, rpc
from chassis.mongo import collection_of
from chassis.rpc import Client
from chassis.settings import Settings
from droit.decision import Refused
from sejour.blocage.v1 import service_pb2
from sejour.contact.v1 import contact_pb2
from sejour.pan.v1 import pan_pb2
from services.pan.__main__ import SERVICE
from services.pan.actions import offre
from services.pan.store import Blocage, Lieu, RendezVous, Visite
from tests.browser import Browser
from tests.pan.deskwork import LIEU, known
from tests.pan.test_desk import CONSTAT, FIN

PAN = "sejour.pan.v1.PanService"


@pytest.fixture(scope="module")
def substitution(app: OpenAPI, settings: Settings) -> Iterator[Client]:
    """Substitution's own client, to the real gRPC server of pan."""
    served = replace(settings, rpc_port=0)
    server, port = rpc.create_server(served, SERVICE.allowed, lambda made: SERVICE.add_servicers(made, served))
    server.start()
    client = Client(replace(settings, service="substitution", rpc_addresses={"pan": f"127.0.0.1:{port}"}))
    yield client
    client.close()
    server.stop(grace=None).wait()


def test_substitution_books_the_counter_for_its_convocation(substitution: Client) -> None:
    """The first free slot before a day; a repeat is the same appointment; it can be cancelled once."""
    asked = pan_pb2.ReserverRendezVousRequest(
        request_id=clock.new_id(),
        prefecture="93",
        objet="DEPOT",
        parcours_id="parcours-1",
        convocation_id="convocation-1",
        vecteur="TELEPHONE",
        nom="Invitée",
    )
    made = substitution.call("pan", f"{PAN}/ReserverRendezVous", asked, pan_pb2.ReserverRendezVousResponse)
    again = substitution.call("pan", f"{PAN}/ReserverRendezVous", asked, pan_pb2.ReserverRendezVousResponse)
    assert made.rendez_vous_id == again.rendez_vous_id and made.creneau.lieu_id == "93-guichet"
    kept = RendezVous.objects(id=made.rendez_vous_id).first()
    assert kept.convocation_id == "convocation-1" and kept.pris_par == "service:substitution"

    cancel = pan_pb2.AnnulerRendezVousRequest(request_id=clock.new_id(), rendez_vous_id=made.rendez_vous_id)
    done = substitution.call("pan", f"{PAN}/AnnulerRendezVous", cancel, pan_pb2.AnnulerRendezVousResponse)
    assert done.annule


def test_an_appointment_that_has_begun_and_is_given_back_leaves_the_way_to_the_next_at_once(
    substitution: Client,
) -> None:
    def book() -> str:
        asked = pan_pb2.ReserverRendezVousRequest(
            request_id=clock.new_id(), prefecture="93", objet="DEPOT", parcours_id="parcours-commence", nom="Ici"
        )
        made = substitution.call("pan", f"{PAN}/ReserverRendezVous", asked, pan_pb2.ReserverRendezVousResponse)
        return str(made.rendez_vous_id)

    first = book()
    # Its hour has come: technical time is real, and only the record of the appointment is moved.
    collection_of(RendezVous).update_one(
        {"_id": first}, {"$set": {"debut_time": clock.legal_now() - timedelta(minutes=5)}}
    )
    cancel = pan_pb2.AnnulerRendezVousRequest(request_id=clock.new_id(), rendez_vous_id=first)
    done = substitution.call("pan", f"{PAN}/AnnulerRendezVous", cancel, pan_pb2.AnnulerRendezVousResponse)

    assert not done.annule
    assert book() != first


def test_slots_and_refusals_travel_with_their_reason(substitution: Client) -> None:
    """Earliest first; a préfecture that we do not know has no slot, and says so."""
    asked = pan_pb2.ListCreneauxRequest(prefecture="93", objet="REMISE")
    found = substitution.call("pan", f"{PAN}/ListCreneaux", asked, pan_pb2.ListCreneauxResponse)
    starts = [slot.debut_time for slot in found.creneaux]
    assert starts == sorted(starts) and len(starts) == 50
    with pytest.raises(Refused) as refused:
        book = pan_pb2.ReserverRendezVousRequest(request_id=clock.new_id(), prefecture="01", objet="DEPOT")
        substitution.call("pan", f"{PAN}/ReserverRendezVous", book, pan_pb2.ReserverRendezVousResponse)
    assert refused.value.motif.code == "AUCUN_CRENEAU"


def test_a_persons_visits_and_blockage_are_under_one_identifier(
    substitution: Client, desk: Callable[[str], Browser]
) -> None:
    """Another channel lists the visits of the parcours, and opens the route of the blockage recorded here."""
    agent = desk("formee")
    page = known(agent, "Une Seule Fois")
    agent.post(f"{page}/constater", CONSTAT, page)
    agent.post(f"{page}/terminer", FIN, page)
    visite = Visite.objects(id=page.rsplit("/", 1)[1]).first()
    asked = pan_pb2.ListVisitesRequest(parcours_id=visite.parcours_id)
    listed = substitution.call("pan", f"{PAN}/ListVisites", asked, pan_pb2.ListVisitesResponse)
    assert [v.visite_id for v in listed.visites] == [visite.id]

    blocage = Blocage.objects(id=visite.blocage_id).first()
    assert blocage.parcours_id == visite.parcours_id
    opening = service_pb2.OuvrirVoieRequest(request_id=clock.new_id(), blocage_id=blocage.id, voie_id="voie-1")
    method = "sejour.blocage.v1.BlocageService/OuvrirVoie"
    assert substitution.call("pan", method, opening, service_pb2.OuvrirVoieResponse).state == "VOIE_OUVERTE"


def test_the_api_describes_itself(app: OpenAPI) -> None:
    """A valid OpenAPI 3.1 description, in which every operation can be read."""
    schema = schemathesis.openapi.from_wsgi("/pan/openapi.json", app)
    schema.validate()
    labels = {found.ok().label for found in schema.get_all_operations()}
    assert "POST /pan/api/v1/rendez-vous" in labels and len(labels) > 15


PUBLIC = (
    "/pan/", "/pan/annuaire/93", "/pan/annuaire/01", "/pan/annuaire/93.json", "/pan/lieux/93-pan-pref/file",
    "/pan/rendez-vous", "/pan/rendez-vous?prefecture=93&objet=AIDE", "/pan/rendez-vous?prefecture=01&objet=AIDE",
    "/pan/mon-rendez-vous", "/pan/documents", "/pan/je-n-y-arrive-pas", "/pan/agents/connexion",
)  # fmt: skip
DESK = (
    "/pan/bureau", LIEU, f"{LIEU}/rendez-vous", f"{LIEU}/rendez-vous?objet=DEPOT", f"{LIEU}/rendez-vous?objet=VICTIME",
)  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC)
def test_each_public_page_loads(public: Browser, path: str) -> None:
    """Without any account."""
    assert public.get(path).status_code == 200


@pytest.mark.parametrize("path", DESK)
def test_each_desk_page_loads(desk: Callable[[str], Browser], path: str) -> None:
    """For a trained agent."""
    assert desk("formee").get(path).status_code == 200


def test_a_blocked_person_has_a_reference_at_once(public: Browser) -> None:
    """« Je n'y arrive pas » on a page of pan records a dated constat and shows the ways of the préfecture."""
    page = "/pan/je-n-y-arrive-pas"
    box = "3 rue du Port, 93200 Saint-Denis, amina@exemple.fr"
    sent = public.post(page, {"essai": "La page reste blanche.", "prefecture": "93", "contact": box}, page)
    assert sent.status_code == 200 and "Guichet de la préfecture" in sent.text
    blocage = Blocage.objects(reference=re.findall(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}", sent.text)[0]).first()
    assert blocage.state == "CONSTATE" and blocage.precis == "La page reste blanche."
    contact = next(contact_pb2.Contact.FromString(e["payload"]) for e in blocage.outbox if e["kind"] == "contact")
    assert (contact.courriel, list(contact.adresse)) == ("amina@exemple.fr", ["3 rue du Port", "93200 Saint-Denis"])
    told = next(e["prive"] for e in blocage.outbox if e.get("subject") == "pan.message.demande")
    assert json.loads(told["contenu"])["champs"]["reference"] == blocage.reference


@pytest.mark.clause("PAN-02/b")
def test_an_agent_books_for_somebody_and_tells_the_reference(desk: Callable[[str], Browser]) -> None:
    """On the telephone: a name is enough; the page to print shows the reference; then it is moved and cancelled.

    By a way that the place does not announce nothing is booked.
    """
    agent = desk("volontaire")
    page = f"{LIEU}/rendez-vous"
    place = Lieu.objects(id="93-pan-nord").first()
    here = [str(s["id"]) for s in offre.offer("93", "AIDE").creneaux if s["lieu_id"] == place.id]
    for way in ("TELEPHONE", "ACCUEIL", "COURRIEL", "COURRIER"):
        typed = {"creneau_id": here[-1], "objet": "AIDE", "nom": f"Par {way.title()}", "vecteur": way}
        sent = agent.post(page, typed, page)
        announced = way.lower() in place.vecteurs
        assert (sent.status_code == 303) == announced and (f'value="{way}"' in agent.get(page).text) == announced
        if announced:
            agent.post(f"{sent.headers['Location']}/annuler", {}, sent.headers["Location"])
        else:
            assert "ne prend pas de rendez-vous par ce moyen" in sent.text
    first, second = (str(s["id"]) for s in offre.offer("93", "AIDE").creneaux[:2])
    typed = {"creneau_id": first, "objet": "AIDE", "nom": "Au téléphone", "vecteur": "TELEPHONE"}
    made = agent.post(page, typed, page)
    assert made.status_code == 303
    shown = agent.get(made.headers["Location"])
    booked = RendezVous.objects(id=made.headers["Location"].rsplit("/", 1)[1]).first()
    assert booked.reference in shown.text and booked.vecteur == "TELEPHONE"
    agent.post(f"{made.headers['Location']}/deplacer", {"creneau_id": second}, made.headers["Location"])
    assert RendezVous.objects(id=booked.id).first().creneau_id == second
    agent.post(f"{made.headers['Location']}/annuler", {}, made.headers["Location"])
    assert RendezVous.objects(id=booked.id).first().state == "ANNULE"
