"""A voie opens by choice in one position of the switch, with a proof in the other, and by itself after a blocage."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from blocage.inputs import Obstacle
from chassis import clock
from chassis.commands import Answer
from droit.decision import Motif, Refused
from personne.reference import new_reference
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2 as deposit
from sejour.pan.v1 import pan_pb2
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import blocages, suites
from services.substitution.actions.papiers import PAPIERS
from services.substitution.actions.voies import RESERVER, Constate, Ouverture, identity_key, open_voie
from services.substitution.store import Blocage, Voie
from tests.profiler import Profiled
from tests.substitution import acts
from tests.substitution.conftest import World

NOTHING_FREE = Motif("AUCUN_CRENEAU", "regle-du-service", "Rien n’est libre.", "Recommencez demain.")
OPENING = {
    "prefecture": "75",
    "nom": "Chen",
    "naissance-jour": "1",
    "naissance-mois": "2",
    "naissance-annee": "1995",
    "objet": "titre:etudiant",
}


@pytest.mark.clause("SUB-01/c")
def test_where_article_4_is_kept_a_choice_without_proof_is_refused_with_the_way_on(existing_law: World) -> None:
    """The refusal says what opens the route; it is no dead end."""
    browser = existing_law.browser()

    answer = browser.post("/substitution/ouvrir", OPENING)

    assert answer.status_code == 422
    assert "invitation de la préfecture" in answer.text and "Je n’y arrive pas" in answer.text


@pytest.mark.clause("XCT-01/b")
def test_the_switch_changes_what_a_person_meets_and_what_the_page_says(world: World, existing_law: World) -> None:
    """The same form of the same person, one deployment in each position."""
    page = "/substitution/consignes/ouverture-de-la-substitution"
    for place, status, said in (
        (world, 303, "position recommandation"),
        (existing_law, 422, "position droit en vigueur"),
    ):
        browser = place.browser()
        assert browser.post("/substitution/ouvrir", {**OPENING, "nom": "Bascule"}).status_code == status
        assert said in browser.get(page).text


@pytest.mark.clause("CCC-07/f", "SUB-03/b", "SUB-03/d")
@pytest.mark.parametrize(
    ("preuve", "status"), [("document-ccc", 303), ("invitation-prefecture", 303), ("capture-ecran", 422)]
)
def test_where_article_4_is_kept_one_of_its_two_proofs_is_enough(existing_law: World, preuve: str, status: int) -> None:
    """Only what article 4 names opens there; the recommended position takes a screenshot too."""
    browser = existing_law.browser()

    assert browser.post("/substitution/ouvrir", {**OPENING, "preuves": preuve}).status_code == status


@pytest.mark.clause("SUB-03/a", "SUB-03/c", "SUB-03/f", "SUB-18/a")
@pytest.mark.parametrize("preuve", ["", "capture-ecran", "attestation-pan", "preuve-de-visite"])
def test_by_recommendation_any_one_proof_is_kept_and_none_is_asked_for(world: World, preuve: str) -> None:
    """None is compulsory, and neither a court nor the Défenseur des droits is named anywhere."""
    browser, nom = world.browser(), f"Preuve {preuve.replace('-', ' ')}"
    form = browser.get("/substitution/ouvrir").text
    typed = {**OPENING, "nom": nom} | ({"preuves": preuve} if preuve else {})
    sent = browser.post("/substitution/ouvrir", typed, follow_redirects=True)
    shown = Voie.objects(cle_identite=identity_key(nom, date(1995, 2, 1))).first()

    assert shown.state == "OUVERTE" and shown.reference in sent.text and "position recommandation" in shown.regle
    assert shown.preuves == ([preuve] if preuve else [])
    assert not preuve or f'value="{preuve}"' in form
    asked = form.partition("<main")[2].partition("<footer")[0]
    assert not re.search(r"obligatoire : |Défenseur|tribunal|\bjuge\b", asked, re.IGNORECASE)


def test_a_title_outside_the_teleservice_opens_in_both_positions(existing_law: World) -> None:
    """It has no other way."""
    existing_law.browser()

    assert acts.opened(titre_code="etudiant-concours").origine == "HORS_TELESERVICE"


@pytest.mark.clause("SUB-02/a", "SUB-03/e")
@pytest.mark.parametrize("service", ["ccc", "pan", "substitution"])
def test_where_article_4_is_kept_a_blocage_opens_its_voie_without_a_paper(existing_law: World, service: str) -> None:
    """By its reference alone she holds the convocation, which is then the invitation of article 4."""
    browser = existing_law.browser()
    event = acts.constate(service, preuves=[], reference=new_reference("B"))

    page = browser.post("/substitution/suivre", {"reference": event.reference, "nom": ""}, follow_redirects=True).text

    assert "Votre voie est ouverte" in page and "Convocation" in page


def test_a_blocage_opens_its_voie_by_itself_and_tells_who_recorded_it(world: World) -> None:
    """Date of the first attempt protected, slot asked of pan, the recorder told, the person written to."""
    event = acts.constate("ccc")

    voie = Voie.objects(blocage_id=event.blocage_id).first()
    assert (voie.origine, voie.date_protegee, voie.echeance_date) == ("BLOCAGE", date(2027, 2, 20), date(2027, 3, 16))
    asked = acts.commands(voie)
    assert asked["OuvrirVoie"]["target"] == "ccc" and asked["ReserverRendezVous"]["target"] == "pan"
    assert {"substitution.voie.ouverte", "substitution.convocation.emise", "substitution.message.demande"} <= set(
        acts.facts(voie)
    )


def test_the_deadline_comes_before_the_right_ends(world: World) -> None:
    """P-SUB days, or the end of the right when it is nearer."""
    event = acts.constate(fin_droit_date="2027-03-06")

    voie = Voie.objects(blocage_id=event.blocage_id).first()
    assert voie.echeance_date == date(2027, 3, 6) and voie.priorite


@pytest.mark.clause("SUB-05/b")
def test_a_blockage_in_the_middle_of_an_instruction_goes_first(world: World) -> None:
    """Priority over a route without demande."""
    later = acts.opened("75")
    event = acts.constate(demande_id="demande-56", prefecture="75")
    first = Voie.objects(blocage_id=event.blocage_id).first()
    queue = world.browser("g75").get("/substitution/bureau").text

    assert queue.index(first.reference) < queue.index(later.reference)


def test_the_same_blocage_at_the_same_moment_opens_one_voie(world: World) -> None:
    """Eight consumers and callers race; the key decides."""
    constat = Constate(clock.new_id(), "deposit", "B-2222-3333")

    def race(number: int) -> str:
        opening = Ouverture("BLOCAGE", "93", constate=constat)
        return str(open_voie(opening, by="systeme", request_id=f"race-{number}").id)

    with ThreadPoolExecutor(8) as pool:
        opened = set(pool.map(race, range(8)))

    assert len(opened) == 1 and Voie.objects(blocage_id=constat.id).count() == 1


def test_a_second_blocage_of_the_same_person_on_the_same_thing_joins_her_voie(world: World) -> None:
    """One route; the earlier attempt protects more; its recorder is told the same route."""
    first = acts.constate(parcours_id="parcours-joint", reference="B-JJJJ-2222")
    second = acts.constate(
        "pan", parcours_id="parcours-joint", premiere_tentative_date="2027-01-10", reference="B-JJJJ-3333"
    )

    voie = Voie.objects(blocage_id=first.blocage_id).first()
    assert Voie.objects(blocage_id=second.blocage_id).first() is None
    assert voie.date_protegee == date(2027, 1, 10) and voie.autres_blocages == [f"pan:{second.blocage_id}"]
    # Whichever reference she was told leads to the one route with its convocation; nothing is opened a second time.
    for reference in (first.reference, second.reference):
        browser = world.browser()
        shown = browser.get(f"/substitution/suivre?reference={reference}").text
        assert f'value="{reference}"' in shown and "vous n’avez rien à demander de plus" in shown
        hers = browser.post("/substitution/suivre", {"reference": reference, "nom": ""}, follow_redirects=True).text
        assert voie.reference in hers


def test_a_slot_of_pan_makes_a_new_convocation_that_replaces_the_first(world: World) -> None:
    """The first paper is told replaced to whoever checks it."""
    voie = acts.opened(contact_id="contact-2")
    first = voie.convocation_numero

    answer_slot(voie)

    given = acts.again(voie)
    assert given.state == "CONVOQUEE" and given.convocation_numero != first
    assert PAPIERS.check(first).etat.value == "remplace"
    assert PAPIERS.draw(given.convocation_numero).startswith(b"%PDF")
    assert "9 h 30" in PAPIERS.find(given.convocation_numero)[1].contenu


def test_pan_without_a_slot_leaves_the_convocation_and_asks_again_the_next_day(world: World) -> None:
    """The person still holds « présentez-vous avant le »."""
    voie = acts.opened()
    entry = acts.commands(voie)["ReserverRendezVous"]

    suites.on_rendez_vous(Answer(entry["request_id"], voie.id, request_of(entry), None, NOTHING_FREE))

    kept = acts.again(voie)
    assert kept.state == "OUVERTE" and {"kind": "rendez_vous", "date": "2027-03-02"} in kept.due_dates


def test_filing_otherwise_brings_the_voie_to_its_end_and_gives_the_slot_back(world: World) -> None:
    """The blocage is resolved where it was recorded; the appointment is for somebody else."""
    event = acts.constate("ccc", usager_id="")
    voie = Voie.objects(blocage_id=event.blocage_id).first()
    answer_slot(voie)

    filed = deposit.DemandeDeposee(demande_id="d-1", titre_code="conjoint-de-francais", prefecture="93")
    suites.on_demande_deposee(filed, acts.meta("deposit.demande.deposee", "d-1", event.parcours_id))

    done = acts.again(voie)
    assert (done.state, done.demande_id) == ("ABOUTIE", "d-1")
    assert {"Resoudre", "AnnulerRendezVous"} <= set(acts.commands(voie))


def test_a_filing_told_late_does_not_end_the_route_that_she_needed_after_it(world: World) -> None:
    """The broker was down for an hour: her route stays, and so does her appointment."""
    told = acts.meta("deposit.demande.deposee", "d-1")
    told = replace(told, time=told.time - timedelta(hours=1))
    event = acts.constate("ccc", usager_id="")
    voie = Voie.objects(blocage_id=event.blocage_id).first()

    filed = deposit.DemandeDeposee(demande_id="d-1", titre_code="conjoint-de-francais", prefecture="93")
    suites.on_demande_deposee(filed, replace(told, parcours=event.parcours_id))

    assert acts.again(voie).state == "OUVERTE"


def test_an_attestation_of_the_contact_centre_joins_the_evidence(world: World) -> None:
    """Whoever gives it, it counts."""
    event = acts.constate("ccc")

    atteste = blocage_pb2.BlocageAtteste(
        blocage_id=event.blocage_id, attestation_numero="2", attestation_date="2027-03-01"
    )
    blocages.on_atteste(atteste, acts.meta("ccc.blocage.atteste", event.blocage_id))

    assert "document-ccc" in Voie.objects(blocage_id=event.blocage_id).first().preuves


def test_our_own_blocage_learns_its_voie_and_its_end_from_our_own_facts(world: World) -> None:
    """Two aggregates, two writes, nothing lost between."""
    blocage, voie = blocages.record(
        blocages.Signale(Obstacle(essai="rien ne marche", prefecture="93")), by="anonyme", request_id="own-1"
    )
    opened = events_pb2.VoieOuverte(voie_id=voie.id, blocage_id=blocage.id)
    blocages.on_voie_ouverte(opened, acts.meta("substitution.voie.ouverte", voie.id))
    ended = events_pb2.VoieAboutie(voie_id=voie.id, blocage_id=blocage.id)
    blocages.on_voie_aboutie(ended, acts.meta("substitution.voie.aboutie", voie.id))

    assert Blocage.objects(id=blocage.id).first().state == "RESOLU"


def test_a_detained_person_is_not_made_to_come(world: World) -> None:
    """No slot is asked by itself; follow-up is on paper."""
    voie = acts.opened(origine="DETENTION", etablissement="Maison d'arrêt", contact_id="contact-53")

    assert "ReserverRendezVous" not in acts.commands(voie)
    assert "sortir de l’établissement" in voie.papiers[0].contenu


@pytest.mark.clause("SUB-20/a", "SUB-20/b")
def test_a_wrong_prefecture_is_repaired_in_one_act_with_the_date_kept(world: World) -> None:
    """The route moves with a convocation of the other préfecture."""
    voie = acts.opened(date_protegee=date(2027, 1, 5))
    browser = world.browser("g93")

    moved = browser.post(acts.page_of(voie, "/transfert"), {"prefecture": "75"}, form=acts.page_of(voie))

    after = acts.again(voie)
    assert moved.status_code == 303 and (after.prefecture, after.date_protegee) == ("75", date(2027, 1, 5))
    assert browser.get(acts.page_of(voie)).status_code == 403
    assert voie.reference in world.browser("g75").get(acts.page_of(voie)).text


def test_a_way_that_is_closed_is_refused_at_the_opening(world: World) -> None:
    """Préfecture 93 of the samples has no e-mail."""
    with pytest.raises(Refused, match="MOYEN_FERME"):
        acts.opened(moyen="COURRIEL")


def answer_slot(voie: Voie) -> None:
    """pan gives 9.30 on the 10th of March."""
    entry = acts.commands(voie)["ReserverRendezVous"]
    assert entry["method"] == RESERVER
    creneau = pan_pb2.Creneau(lieu_id="93-guichet", lieu_nom="Guichet", debut_time="2027-03-10T08:30:00+00:00")
    response = pan_pb2.ReserverRendezVousResponse(rendez_vous_id=f"rdv-{voie.id}", creneau=creneau)
    suites.on_rendez_vous(Answer(entry["request_id"], voie.id, request_of(entry), response, None))


def request_of(entry: dict[str, object]) -> pan_pb2.ReserverRendezVousRequest:
    """The order as pan receives it."""
    payload = entry["payload"]
    assert isinstance(payload, bytes)
    return pan_pb2.ReserverRendezVousRequest.FromString(payload)


def test_a_blocage_that_ended_leaves_the_voie_open_and_says_so_to_the_person(world: World) -> None:
    """She chooses: online again, or by this route; the date is the same."""
    event = acts.constate("ccc")
    leve = blocage_pb2.BlocageLeve(blocage_id=event.blocage_id, levee_date="2027-03-01")
    suites.on_blocage_fini(leve, acts.meta("ccc.blocage.leve", event.blocage_id))
    voie, browser = Voie.objects(blocage_id=event.blocage_id).first(), world.browser()

    browser.post("/substitution/suivre", {"reference": voie.reference, "nom": ""})

    assert voie.state == "OUVERTE" and "de nouveau possible" in browser.get("/substitution/ma-voie").text


def test_no_query_of_an_opening_or_a_queue_scans(world: World, profiled: Profiled) -> None:
    """Whatever the number of routes."""
    voie, browser = acts.opened("974"), world.browser("national")
    for path in ("/substitution/bureau", "/substitution/bureau?filtre=retard", f"/substitution/bureau/voies/{voie.id}"):
        assert browser.get(path).status_code == 200
    acts.constate()


def test_vain_attempts_at_the_contact_centre_open_a_voie_and_are_its_evidence(world: World) -> None:
    """Known from the centre's own record: the person proves nothing."""
    event = acts.constate("ccc", symptome=blocage_pb2.SYMPTOME_CENTRE_INJOIGNABLE, preuves=[])

    voie = Voie.objects(blocage_id=event.blocage_id).first()
    assert voie.state == "OUVERTE" and "tentative-vaine" in voie.preuves


@pytest.mark.parametrize("typed", ["06 12", "jean@", "…"])
def test_what_is_no_address_is_no_envelope(world: World, typed: str) -> None:
    """A number or an e-mail that cannot be used makes no letter leave for it."""
    told = blocages.Signale(Obstacle(essai="rien", prefecture="75", contact=typed))

    _, voie = blocages.record(told, by="anonyme", request_id=f"envelope-{typed}")

    assert list(voie.adresse) == []
