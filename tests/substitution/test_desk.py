"""The counter: nobody acts before the préfecture, the helper and the identity were checked on this same page."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest

from chassis.commands import Answer
from droit.decision import Motif
from sejour.deposit.v1 import deposit_pb2
from services.substitution.actions import depots
from services.substitution.actions.papiers import PAPIERS
from services.substitution.store import Voie
from tests.browser import Browser
from tests.documents.lecture import text_of
from tests.pictures import heic
from tests.substitution import acts
from tests.substitution.acts import again, check, opened, page_of, send_piece
from tests.substitution.conftest import World, service_token

ARRIVAL = {
    "moyen": "GUICHET",
    "reception-jour": "1",
    "reception-mois": "3",
    "reception-annee": "2027",
    "objet": "titre:conjoint-de-francais",
    "stade": "premiere",
}
PIECES = ("identite", "domicile", "photos", "mariage", "conjoint-francais", "vie-commune")
MOTIF = Motif("TITRE_GELE", "regle-du-service", "Le compte est gelé.", "Vérifiez l’identité.")


def receive(browser: Browser, voie: Voie, **changes: str) -> Any:
    """The arrival of a dossier, through the page."""
    page = page_of(voie, "/dossier")
    return browser.post(page, {**ARRIVAL, **changes})


def file(browser: Browser, voie: Voie) -> Any:
    """Files the dossier, through the page."""
    return browser.post(page_of(voie, "/dossier/depot"), {}, form=page_of(voie, "/dossier"))


def test_an_agent_of_another_prefecture_is_refused(world: World) -> None:
    """Neither shown nor done."""
    voie = opened("93")
    browser = world.browser("g75")

    assert browser.get(page_of(voie)).status_code == 403
    for act in ("/identite", "/transfert", "/refus", "/dossier", "/dossier/depot"):
        hidden = browser.hidden("/substitution/ouvrir")
        sent = browser.client.post(page_of(voie, act), data={**hidden, **acts.SEEN, **ARRIVAL, "prefecture": "75"})
        assert sent.status_code == 403, act
    found = browser.get(f"/substitution/bureau/recherche?reference={voie.reference}", follow_redirects=True)
    assert "Diallo" not in found.text


def test_a_helper_without_a_written_mandate_is_refused(world: World) -> None:
    """The same page says why, and nothing is recorded as verified."""
    voie, browser = opened(), world.browser("g93")

    refused = check(browser, voie, pour_autrui="oui", mandat_vu="non")

    assert refused.status_code == 403 and "mandat" in refused.text
    assert again(voie).identite == "NON_VERIFIEE" and receive(browser, voie).status_code == 403


def test_a_mandate_that_has_ended_counts_for_nothing(world: World) -> None:
    """Its last day counts."""
    voie, browser = opened(), world.browser("g93")
    ended = {"mandat_fin-jour": "28", "mandat_fin-mois": "2", "mandat_fin-annee": "2027"}

    assert check(browser, voie, pour_autrui="oui", mandat_vu="oui", **ended).status_code == 403
    ended["mandat_fin-jour"], ended["mandat_fin-mois"] = "1", "3"
    assert check(browser, voie, pour_autrui="oui", mandat_vu="oui", **ended).status_code == 303


@pytest.mark.parametrize("answer", ["papier", "nom_concorde", "naissance_concorde", "visage_concorde"])
def test_a_failed_identity_check_ends_every_act_at_the_counter(world: World, answer: str) -> None:
    """One answer that does not fit is a failure; the page says it and the next acts are refused."""
    voie, browser = opened(), world.browser("g93")

    assert check(browser, voie, **{answer: "non"}).status_code == 303

    assert "n'a pas abouti" in browser.get(page_of(voie)).text.replace("&#39;", "'")
    assert receive(browser, voie).status_code == 403
    assert again(voie).dossiers == []


@pytest.mark.clause("SUB-14/a", "SUB-16/b", "CASE-52/a", "CASE-52/b")
def test_a_whole_dossier_at_the_counter_leaves_with_a_signed_recepisse_at_once(world: World) -> None:
    """First visit, no proof of anything: the récépissé is given now, and the order to deposit waits for it."""
    voie, browser = opened(origine="INCAPACITE", date_protegee=date(2027, 2, 15)), world.browser("g93")
    assert check(browser, voie).status_code == 303
    assert receive(browser, voie).status_code == 303
    for code in PIECES:
        assert send_piece(browser, voie, code).status_code == 303

    assert file(browser, voie).status_code == 303

    filed = again(voie)
    numero = filed.dossiers[-1].recu_numero
    paper = PAPIERS.find(numero)[1]
    assert paper.nature == "REC" and paper.payload.startswith("DC04")
    assert PAPIERS.check(numero).etat.value == "valide"
    assert browser.get(page_of(voie, f"/documents/{numero}.pdf")).data.startswith(b"%PDF")
    request = order(voie)
    assert (request.recepisse_numero, request.complet, len(request.pieces)) == (numero, True, 6)
    assert (request.date_protegee, request.reception_date) == ("2027-02-15", "2027-03-01")
    assert "en attente de réponse" not in browser.get(page_of(voie)).text


def test_missing_pieces_are_named_and_refuse_nothing(world: World) -> None:
    """The dated proof of deposit is given in place of the récépissé."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)
    receive(browser, voie)
    send_piece(browser, voie, "identite")

    page = browser.get(page_of(voie, "/dossier")).text
    assert "pas encore reçues" in page and file(browser, voie).status_code == 303

    dossier = again(voie).dossiers[-1]
    assert PAPIERS.find(dossier.recu_numero)[1].nature == "PREUVE_ENVOI"
    assert set(dossier.manquantes) == set(PIECES) - {"identite"} and not order(voie).complet


def test_a_regularisation_never_leaves_with_a_recepisse(world: World) -> None:
    """Its own document comes at completeness."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)
    receive(browser, voie, stade="regularisation")
    for code in PIECES:
        send_piece(browser, voie, code)
    file(browser, voie)

    assert PAPIERS.find(again(voie).dossiers[-1].recu_numero)[1].nature == "PREUVE_ENVOI"


def test_what_deposit_answers_brings_the_voie_to_its_end(world: World) -> None:
    """The same record: its reference, its attestation and its document are shown at the desk and to the person."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)
    receive(browser, voie)
    file(browser, voie)

    answer(voie, deposit_pb2.DeposerDemandeResponse(demande_id="d1", reference="D-1", attestation_numero="1234"))

    done = again(voie)
    assert (done.state, done.depot_reference, done.attestation_numero) == ("ABOUTIE", "D-1", "1234")
    assert "D-1" in browser.get(page_of(voie)).text


def test_what_deposit_refuses_is_shown_at_the_desk_and_the_dossier_can_be_sent_again(world: World) -> None:
    """The person's proof stands."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)
    receive(browser, voie)
    file(browser, voie)

    answer(voie, None)

    assert "Le compte est gelé." in browser.get(page_of(voie)).text
    assert "Dépôt refusé : à corriger" in browser.get("/substitution/bureau").text, "a task of the desk"
    assert again(voie).state == "DOSSIER_RECU" and file(browser, voie).status_code == 303


@pytest.mark.clause("SUB-07/b")
def test_a_dossier_by_post_is_dated_by_its_arrival_and_needs_nobody_at_the_counter(world: World) -> None:
    """The receipt bears the day of arrival, which is past; the filing keeps it."""
    voie, browser = opened("93", titre_code=""), world.browser("g93")

    arrived = receive(browser, voie, moyen="POSTE", **{"reception-jour": "26", "reception-mois": "2"})

    assert arrived.status_code == 303
    held = again(voie)
    receipt = text_of(browser.get(page_of(voie, f"/documents/{held.dossiers[-1].recu_numero}.pdf")).data)
    assert "26 février 2027" in receipt and held.date_protegee == date(2027, 2, 26)
    assert file(browser, voie).status_code == 303 and order(voie).reception_date == "2027-02-26"


def test_a_dossier_cannot_arrive_tomorrow(world: World) -> None:
    """The day of arrival is what counts: it is not to come."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)

    assert receive(browser, voie, **{"reception-jour": "2"}).status_code == 422


def test_pieces_of_a_demande_blocked_in_the_middle_join_the_same_record(world: World) -> None:
    """No second demande: the pieces are attached to the one under instruction."""
    voie, browser = opened(demande_id="demande-9"), world.browser("g93")
    check(browser, voie)
    receive(browser, voie)
    send_piece(browser, voie, "identite")
    file(browser, voie)

    assert "AttacherPieces" in acts.commands(voie) and "DeposerDemande" not in acts.commands(voie)


def test_deposit_alone_fetches_the_files_of_a_dossier(world: World) -> None:
    """By service token; nobody else, and not by a guess."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)
    receive(browser, voie)
    photo = heic()
    send_piece(browser, voie, "identite", photo)
    piece = again(voie).dossiers[-1].pieces[0]
    path = f"/substitution/interne/fichiers/{piece.cle}"
    assert "octets, pas analysé)" in browser.get(page_of(voie, "/dossier")).text

    def fetch(source: str) -> Any:
        token = service_token(world.settings, source, "substitution")
        return browser.get(path, headers={"Authorization": f"Bearer {token}"})

    assert fetch("deposit").data.startswith(b"\xff\xd8"), "a photo of an iPhone is a JPEG for all who read it"
    assert (piece.nom, piece.sha256_recu) == ("identite.jpg", hashlib.sha256(photo).hexdigest())
    assert fetch("pan").status_code == 403 and browser.get(path).status_code in (401, 302)


def test_the_route_is_found_by_paper_number_and_by_name_and_birth(world: World) -> None:
    """What the person has in hand, or knows by heart."""
    voie, browser = opened(), world.browser("g93")
    search = "/substitution/bureau/recherche"

    by_number = browser.get(f"{search}?reference={voie.convocation_numero}")
    by_name = browser.get(f"{search}?nom=diallo&naissance-jour=4&naissance-mois=5&naissance-annee=1990")

    assert by_number.status_code == 302 and by_number.location.endswith(voie.id)
    assert voie.reference in by_name.text


def order(voie: Voie) -> deposit_pb2.DeposerDemandeRequest:
    """The order to deposit as stored."""
    return deposit_pb2.DeposerDemandeRequest.FromString(acts.commands(voie)["DeposerDemande"]["payload"])


def answer(voie: Voie, response: deposit_pb2.DeposerDemandeResponse | None) -> None:
    """deposit answers."""
    request = order(voie)
    motif = None if response is not None else MOTIF
    depots.on_filed(Answer(request.request_id, voie.id, request, response, motif))
