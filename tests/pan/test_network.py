"""The network of places: enrolled houses, counts, persons called back, what another vendor's system tells."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import timedelta

import pytest

from chassis import clock
from chassis.settings import Settings
from droit.catalogue import ROOT
from personne.joindre import Joignable
from sejour.notify.v1.events_pb2 import MessageNonRecu
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan import cadre
from services.pan.actions import agenda, offre, referrals
from services.pan.actions.agenda import Reservation
from services.pan.adapters.sejour_json import sign
from services.pan.consumers import HANDLERS
from services.pan.store import Depot, Lieu, RendezVous, Visite
from tests.browser import Browser
from tests.pan.conftest import JOUR
from tests.pan.deskwork import LIEU, known
from tests.pan.facts import meta
from tests.pan.test_desk import FIN

Desk = Callable[[str], Browser]
MAISON = {
    "prefecture": "93", "nom": "Maison France services du Parc", "adresse": "1 rue du Parc", "code_postal": "93100",
    "ville": "Montreuil", "telephone": "01 99 00 93 20", "vecteurs": ["telephone", "accueil"], "jours": ["0", "2"],
    "de": "09:00", "a": "12:00", "guichets": "1", "duree_minutes": "30", "agents_formes": "0",
}  # fmt: skip


@pytest.mark.clause("PAN-02/c", "PAN-19/a", "PAN-19/b")
def test_a_house_is_enrolled_on_the_same_terms(desk: Desk, public: Browser) -> None:
    """By the préfecture; refused with digital ways only; then in the directory, booked, and its visits recorded."""
    page = "/pan/bureau/enroler"
    assert desk("formee").get(page).status_code == 403
    agent = desk("guichet")
    refused = agent.post(page, {**MAISON, "vecteurs": ["web", "courriel"]}, page)
    assert refused.status_code == 422 and "sans internet" in refused.text
    elsewhere = agent.post(page, {**MAISON, "prefecture": "69"}, page)
    assert elsewhere.status_code == 403
    assert agent.post(page, MAISON, page).status_code == 303
    assert "Maison France services du Parc" in public.get("/pan/annuaire/93").text
    house = Lieu.objects(prefecture="93", genre="france-services").first()
    slot = str(next(each["id"] for each in offre.offer("93", "AIDE").creneaux if each["lieu_id"] == house.id))
    path, trained = f"/pan/rendez-vous/prendre/{slot}", desk("formee")
    public.post(path, {"creneau_id": slot, "objet": "AIDE", "nom": "Chez Vous"}, f"{path}?objet=AIDE")
    assert "Maison France services du Parc" in public.get("/pan/mon-rendez-vous").text
    here = f"/pan/bureau/lieux/{house.id}"
    trained.post(f"{here}/arrivees", {"nom": "Venue Ici", "objet": "AIDE"}, here)
    visit = f"/pan/bureau/visites/{Visite.objects(lieu_id=house.id).first().id}"
    assert trained.post(f"{visit}/terminer", {**FIN, "services": ["INFORMATION"]}, visit).status_code == 303
    counted = (public.get("/pan/api/v1/statistiques?departement=93").json or {})["lieux"]
    assert next(lieu for lieu in counted if lieu["id"] == house.id)["visites"] == 1


@pytest.mark.clause("PAN-03/c", "PAN-05/a", "PAN-15/d", "PAN-18/a", "CASE-48/b", "CASE-48/c")
def test_visits_are_counted_by_place_and_by_kind(desk: Desk, public: Browser) -> None:
    """Titles and naturalisation apart, walk-ins, services; the places without a trained agent are named."""
    agent = desk("formee")
    for nom, kind in (("Compte Un", {}), ("Compte Deux", {"naturalisation": "true"})):
        page = known(agent, nom)
        assert agent.post(f"{page}/terminer", {**FIN, **kind}, page).status_code == 303
    counted = public.get("/pan/api/v1/statistiques?departement=93").json or {}
    row = next(lieu for lieu in counted["lieux"] if lieu["id"] == "93-pan-nord")
    assert (row["visites"], row["titres"], row["naturalisation"], row["sans_rendez_vous"]) == (2, 1, 1, 2)
    assert counted["services"]["ORDINATEUR"] == 2
    assert "PAN de la sous-préfecture nord" in counted["sans_agent_forme"]
    assert f"{counted['total']['visites']} visites terminées" in public.get("/pan/statistiques?departement=93").text


def test_who_was_accompanied_is_called_back_when_no_message_reaches_her(desk: Desk) -> None:
    """The line is on the desk of the place until somebody called; told twice, it is there once."""
    agent = desk("formee")
    page = known(agent, "A Rappeler")
    opened = agent.post(f"{page}/depots", {"choix": "titre:conjoint-de-francais"}, page).headers["Location"]
    depot_id = opened.rsplit("/", 1)[1]
    agent.post(f"{opened}/deposer", {}, opened)
    Depot.objects(id=depot_id).update_one(set__demande_id="demande-77", set__state="DEPOSE")
    event = MessageNonRecu(message_id="m-1", demande_id="demande-77", modele="pieces_demandees", acte_attendu=True)
    for _ in range(2):
        HANDLERS["notify.message.non_recu"][1](event, meta("notify.message.non_recu", "p"))
    assert agent.get(LIEU).text.count("A Rappeler,") == 1
    assert agent.post(f"/pan/bureau/rappels/{depot_id}", {}, LIEU).status_code == 303
    assert "A Rappeler," not in agent.get(LIEU).text


def test_a_systems_webhook_cancels_the_booking_when_it_is_signed(public: Browser, settings: Settings) -> None:
    """401 for any other signature; a repeat changes nothing."""
    (settings.cles_dir / "agendas.toml").write_text(f'["93"]\nsecret = "partage"\nfin = "{JOUR + timedelta(days=9)}"\n')
    cadre.use(settings)
    slot = str(offre.offer("93", "DEPOT").creneaux[0]["id"])
    asked = Reservation("DEPOT", "ACCUEIL", Joignable(nom="Ailleurs"), creneau_id=slot)
    made = agenda.book(asked, by="test", request_id=clock.new_id())
    body = json.dumps({"reservation": f"{made.id}.x", "state": "ANNULE"}).encode()
    path = "/pan/api/v1/agendas/93/notifications"
    assert public.client.post(path, data=body, headers={"Sejour-Signature": sign("autre", body)}).status_code == 401
    for _ in range(2):
        sent = public.client.post(path, data=body, headers={"Sejour-Signature": sign("partage", body)})
        assert sent.status_code == 202
    assert RendezVous.objects(id=made.id).first().state == "ANNULE"


def test_the_published_rules_of_a_prefecture_are_followed_from_their_day(public: Browser) -> None:
    """Its ways and its places change here when substitution publishes; an older version changes nothing."""
    regles = json.loads(json.dumps(tomllib.loads((ROOT / "prefectures/93.toml").read_text("utf-8")), default=str))
    place = next(lieu for lieu in regles["lieux"] if lieu["code"] == "93-pan-pref")
    place |= {
        "nom": "PAN rénové", "adresse": "9 rue Neuve",
        "fermetures": [{"du": "2027-08-01", "au": "2027-08-15", "motif": "Été"}],
    }  # fmt: skip
    regles["substitution"] |= {
        "courrier": {"ouverte": True, "adresse": "9 rue Neuve"}, "convocation_par_pan": False,
    }  # fmt: skip
    regles["nom"] = "Préfecture publiée"
    event = PrefectureModifiee(prefecture="93", depuis_date=JOUR.isoformat(), regles_json=json.dumps(regles))
    handle = HANDLERS["substitution.prefecture.modifiee"][1]
    handle(event, meta("substitution.prefecture.modifiee", "p", version=4))
    place["nom"] = "PAN d’avant"
    event.regles_json = json.dumps({**regles, "nom": "Ancienne"})
    handle(event, meta("substitution.prefecture.modifiee", "p", version=3))
    ways = referrals.modalites("93")
    assert (ways.nom, ways.convocation_par_pan) == ("Préfecture publiée", False)
    assert ("Par la poste", "9 rue Neuve") in ways.voies
    assert "PAN rénové" in public.get("/pan/annuaire/93").text
