"""The network of places: enrolled houses, counts, persons called back, what another vendor's system tells."""

from __future__ import annotations

import html
import json
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.settings import Settings
from droit.catalogue import ROOT
from personne.joindre import Joignable
from sejour.notify.v1.events_pb2 import MessageNonRecu
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.pan import cadre
from services.pan.actions import agenda, lieux, offre, referrals
from services.pan.actions.agenda import Reservation
from services.pan.adapters.sejour_json import sign
from services.pan.consumers import HANDLERS
from services.pan.store import Depot, Lieu, RendezVous, Signalement, Visite
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


@pytest.mark.clause("PAN-02/c", "PAN-02/e", "PAN-19/a", "PAN-19/b")
def test_a_house_is_enrolled_on_the_same_terms(desk: Desk, public: Browser) -> None:
    """By the préfecture; refused with digital ways only; then in the directory, booked, and its visits recorded."""
    page = "/pan/bureau/enroler"
    assert desk("formee").get(page).status_code == 403
    agent, national = desk("guichet"), desk("national")
    refused = national.post(page, {**MAISON, "vecteurs": ["web", "courriel"]}, page)
    assert refused.status_code == 422 and "sans internet" in refused.text
    assert Lieu.objects(prefecture="93", genre="france-services").first() is None
    for each in (agent, national):
        assert "n’y prendrait rendez-vous que par internet" in html.unescape(each.get("/pan/bureau/signalements").text)
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


@pytest.mark.clause("PAN-19/c", "PAN-19/d")
def test_a_house_overseas_keeps_its_own_hours_and_is_changed_later(desk: Desk, public: Browser) -> None:
    """Nine o'clock there is nine o'clock there; position, victims' slots, hours and closures are changed afterwards."""
    agent, page = desk("national"), "/pan/bureau/enroler"
    house = {**MAISON, "prefecture": "974", "nom": "Maison de Saint-Paul", "code_postal": "97460"}
    assert agent.post(page, house, page).status_code == 303
    made = Lieu.objects(prefecture="974", genre="france-services").first()
    assert made.fuseau == "Indian/Reunion" and "9 h à 12 h" in public.get("/pan/annuaire/974").text
    slot = next(each for each in slots_at(made.id, "974") if each["debut_local"][11:16] == "09:00")
    assert slot["debut_time"][11:16] == "05:00"

    change = f"/pan/bureau/lieux/{made.id}/modifier"
    shown = agent.get(change).text
    assert 'value="Maison de Saint-Paul"' in shown and 'value="97460"' in shown
    assert desk("guichet").get(change).status_code == 403
    assert agent.get("/pan/bureau/lieux/974-pan/modifier").status_code == 409
    first = JOUR + timedelta(days=7)
    days = {f"{name}-{part}": value for name in ("ferme_du", "ferme_au") for part, value in parts(first)}
    later = {**house, "de": "10:00", "latitude": "-21.01", "longitude": "55.27", "agents_formes_victimes": "1"}
    half = agent.post(change, {**later, "ferme_motif": "Formation"}, change)
    assert half.status_code == 422 and "premier jour" in half.text
    closed = {**later, "ferme_du": first.isoformat(), "ferme_au": first.isoformat(), "ferme_motif": "Formation", **days}
    assert agent.post(change, closed, change).status_code == 303
    seen = next(each for each in (public.get("/pan/api/v1/annuaire/974").json or {})["lieux"] if each["id"] == made.id)
    assert (seen["latitude"], seen["longitude"]) == (-21.01, 55.27) and "Formation" in public.get(
        "/pan/annuaire/974"
    ).text
    offered = slots_at(made.id, "974")
    assert {each["debut_local"][11:13] for each in offered} == {"10", "11"}
    assert first.isoformat() not in {each["debut_local"][:10] for each in offered}
    assert slots_at(made.id, "974", "VICTIME"), "those trained for victims receive them here too"
    ended = {**later, "retirer": [f"{first}_{first}"]}
    assert agent.post(change, ended, change).status_code == 303
    assert first.isoformat() in {each["debut_local"][:10] for each in slots_at(made.id, "974")}


def slots_at(lieu_id: str, prefecture: str, objet: str = "AIDE") -> list[dict[str, Any]]:
    """The slots of one place."""
    found: list[dict[str, Any]] = []
    suite = ""
    while True:
        page = offre.offer(prefecture, objet, apres=suite)
        found += [dict(slot) for slot in page.creneaux if slot["lieu_id"] == lieu_id]
        suite = page.suite
        if not suite:
            return found


def parts(day: date) -> tuple[tuple[str, str], ...]:
    """A day as three boxes."""
    return ("jour", str(day.day)), ("mois", str(day.month)), ("annee", str(day.year))


@pytest.mark.clause("PAN-01/c")
def test_what_lacks_is_listed_and_what_is_wrong_reaches_a_desk(desk: Desk, public: Browser) -> None:
    """Services without a PAN, the préfectures that published nothing; a report stands until the préfecture answers."""
    nothing = public.get("/pan/annuaire/971").text
    assert "Préfecture : Guadeloupe" in nothing
    listed = public.get("/pan/annuaire/manquants").text
    assert "Sous-préfecture est" in listed and "Préfecture : Guadeloupe" in listed
    data = (public.get("/pan/api/v1/annuaire-manquants").json or {})["departements"]
    assert {"971", "93"} <= {row["departement"] for row in data}

    said = {"lieu_id": "93-pan-nord", "texte": "Le numéro de téléphone n’est plus le bon."}
    assert public.post("/pan/annuaire/93/signalements", said, "/pan/annuaire/93").status_code == 303
    wrong = public.post("/pan/annuaire/69/signalements", said, "/pan/annuaire/69")
    assert wrong.status_code == 422, "a place of another département"
    page = "/pan/bureau/signalements"
    assert desk("formee").get(page).status_code == 403
    agent, national = desk("guichet"), desk("national")
    for each in (agent, national):
        assert "n’est plus le bon" in html.unescape(each.get(page).text)
    (report,) = Signalement.objects(state="OUVERT", prefecture="93", lieu_id="93-pan-nord")
    assert agent.post(f"{page}/{report.id}", {"suite": "Numéro corrigé."}, page).status_code == 303
    assert "n’est plus le bon" not in html.unescape(national.get(page).text)


@pytest.mark.clause("PAN-03/c", "PAN-05/a", "PAN-15/d", "PAN-18/a", "PAN-18/b", "CASE-48/b", "CASE-48/c")
def test_visits_are_counted_by_place_and_by_kind(desk: Desk, public: Browser) -> None:
    """Titles and naturalisation apart, walk-ins, services; the places without a trained agent are named."""
    agent = desk("formee")
    for nom, kind in (("Compte Un", {"teleservice": "true"}), ("Compte Deux", {"naturalisation": "true"})):
        page = known(agent, nom)
        assert agent.post(f"{page}/terminer", {**FIN, **kind}, page).status_code == 303
    counted = public.get("/pan/api/v1/statistiques?departement=93").json or {}
    row = next(lieu for lieu in counted["lieux"] if lieu["id"] == "93-pan-nord")
    assert (row["visites"], row["titres"], row["naturalisation"], row["sans_rendez_vous"]) == (2, 1, 1, 2)
    assert counted["services"]["ORDINATEUR"] == 2
    share = round(100 * counted["total"]["teleservice"] / counted["total"]["visites"], 1)
    assert row["teleservice"] == 1 and counted["part_teleservice"] == share
    told = f"démarche du téléservice : {share} %".replace(".", ",")
    assert told in public.get("/pan/statistiques?departement=93").text
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
    """401 for any other signature; a repeat changes nothing, nor does the booking that it had before it was moved."""
    (settings.cles_dir / "agendas.toml").write_text(f'["93"]\nsecret = "partage"\nfin = "{JOUR + timedelta(days=9)}"\n')
    cadre.use(settings)
    slot = str(offre.offer("93", "DEPOT").creneaux[0]["id"])
    asked = Reservation("DEPOT", "ACCUEIL", Joignable(nom="Ailleurs"), creneau_id=slot)
    made = agenda.book(asked, by="test", request_id=clock.new_id())
    other = str(offre.offer("93", "DEPOT").creneaux[1]["id"])
    moved = agenda.move(made.id, other, by="test", request_id=clock.new_id())

    def tell(body: bytes, signature: str = "") -> int:
        signed = {"Sejour-Signature": signature or sign("partage", body)}
        return int(public.client.post("/pan/api/v1/agendas/93/notifications", data=body, headers=signed).status_code)

    former, last = (
        json.dumps({"reservation": f"{made.id}.{creneau[-8:]}", "state": "ANNULE", "fait_time": done}).encode()
        for creneau, done in ((slot, "2026-11-30T09:00:00Z"), (other, "2026-11-30T09:00:01Z"))
    )
    assert [tell(last, sign("autre", last)), tell(last, "sha256=é")] == [401, 401]
    assert {
        tell(odd) for odd in (b"", b"[]", b"{}", b"\xff", b"[" * 5000, b'{"reservation":"\\ud800.x","state":1}')
    } == {422}
    assert (tell(former), RendezVous.objects(id=moved.id).first().state) == (202, "PRIS")
    assert [tell(last), tell(last)] == [202, 202]
    assert RendezVous.objects(id=made.id).first().state == "ANNULE"


def test_the_published_rules_of_a_prefecture_are_followed_from_their_day(
    public: Browser, move_clock: Callable[[int], date]
) -> None:
    """Its ways and its places change here on the day that substitution published; an older version changes nothing."""
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

    place["nom"] = "PAN de la semaine prochaine"
    later = (JOUR + timedelta(days=7)).isoformat()
    event = PrefectureModifiee(prefecture="93", depuis_date=later, regles_json=json.dumps(regles))
    handle(event, meta("substitution.prefecture.modifiee", "p", version=5))
    assert "PAN rénové" in public.get("/pan/annuaire/93").text and lieux.unfollowed() == 0
    move_clock(7)
    assert lieux.unfollowed() == 1 and lieux.follow_rules() == 1
    assert "PAN de la semaine prochaine" in public.get("/pan/annuaire/93").text
