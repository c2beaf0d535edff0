"""The desk: arrival, identity, help, blockage, filing, proof; and what is refused through the same page."""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from chassis import clock, hours
from chassis.web.scanner import Analysis
from droit.jours import day_in_words
from services.pan.actions import accueil, depots, referrals
from services.pan.store import Blocage, Creneau, Depot, Lieu, RendezVous, Visite
from tests.browser import Browser
from tests.documents.lecture import text_of
from tests.pan.conftest import JOUR
from tests.pan.deskwork import LIEU, identify, known, papers, receive
from tests.pictures import heic

Desk = Callable[[str], Browser]
CONSTAT = {"symptome": "4", "precis": "Le bouton reste gris.", "choix": "titre:salarie"}
DIFFICULTE = "Le bouton reste gris depuis lundi."
FIN = {"services": ["ORDINATEUR"], "resultat": "A_POURSUIVRE", "suite": "Revenir jeudi avec le passeport."}


@pytest.mark.clause("PAN-03/a", "PAN-03/b", "PAN-04/b", "PAN-08/d", "PAN-17/a", "CASE-46/b")
def test_a_walk_in_gets_a_number_a_place_in_the_queue_and_a_proof(desk: Desk, public: Browser) -> None:
    """Number, estimated wait on the screen of the hall, dated proof at the end."""
    agent = desk("formee")
    page = receive(agent, "Premier Venu")
    assert re.search(r"Sans rendez-vous, n° \d+\.", agent.get(page).text)
    assert "dans l’ordre des numéros" in agent.get(LIEU).text
    minutes = accueil.wait("93-pan-nord")["minutes"]
    assert minutes and f"Attente estimée : {minutes} minutes" in public.get("/pan/lieux/93-pan-nord/file").text

    agent.post(f"{page}/prendre", {}, page)
    bare = agent.post(f"{page}/terminer", {**FIN, "suite": ""}, page)
    assert bare.status_code == 422 and "suite écrite" in bare.text
    ended = agent.post(f"{page}/terminer", {**FIN, "difficulte": DIFFICULTE}, page)
    assert ended.status_code == 303
    numero = papers(agent.get(page).text)[0]
    pdf = agent.get(f"/pan/bureau/papiers/{numero}.pdf")
    said = text_of(pdf.data)
    assert day_in_words(clock.today()) in said and DIFFICULTE in said and str(FIN["suite"]) in said
    checked = public.get(f"/pan/api/v1/documents/{numero}").json
    assert checked is not None and checked["etat"] == "valide"
    assert "Ce document est valable" in public.get(f"/pan/documents?reference={numero}").text


@pytest.mark.clause("PAN-07/a", "PAN-07/b", "PAN-07/c", "PAN-07/d")
def test_a_blockage_is_attested_at_once_and_the_counter_is_booked(
    desk: Desk, move_clock: Callable[[int], date]
) -> None:
    """The same attestation with the ways of the préfecture, then an appointment with its written convocation."""
    agent = desk("accueil")
    page = known(agent, "Bloquee")
    assert agent.post(f"{page}/constater", CONSTAT, page).status_code == 303
    visite = Visite.objects(id=page.rsplit("/", 1)[1]).first()
    blocage = Blocage.objects(id=visite.blocage_id).first()
    assert blocage.state == "ATTESTE" and blocage.reference in agent.get(page).text
    attested = text_of(agent.get(f"/pan/bureau/papiers/{blocage.attestation_numero}.pdf").data)
    for libelle, texte in referrals.modalites("93").voies:
        assert squeezed(libelle) in squeezed(attested) and squeezed(texte) in squeezed(attested), "on the paper"

    assert agent.post(f"{page}/convoquer", {}, page).status_code == 303
    booked = RendezVous.objects(parcours_id=visite.parcours_id, objet="DEPOT", state="PRIS").first()
    said = text_of(agent.get(f"/pan/bureau/papiers/{booked.papiers[0].numero}.pdf").data)
    lieu = Lieu.objects(id=booked.lieu_id).first()
    start = hours.local(booked.debut_time, lieu.fuseau)
    for words in (lieu.nom, *lieu.adresse, f"{day_in_words(start.date())} à {start.hour} h"):
        assert squeezed(words) in squeezed(said), words
    in_agenda(move_clock, agent, booked, "Bloquee")

    # Where the préfecture does not let a PAN convoke: the appointment alone, then, with no slot, the ways on the paper.
    trained, here = desk("lyon"), "/pan/bureau/lieux/69-pan-pref"
    free_counter("69", 1)
    for nom, words in (("Lyon Reçue", "Rendez-vous au guichet : R-"), ("Lyon Sans", "Aucun créneau")):
        page = known(trained, nom, lieu=here)
        trained.post(f"{page}/constater", CONSTAT, page)
        trained.post(f"{page}/convoquer", {}, page)
        shown = html.unescape(trained.get(page).text)
        assert words in shown
        visite = Visite.objects(id=page.rsplit("/", 1)[1]).first()
        paper = Blocage.objects(id=visite.blocage_id).first().attestation_numero
        said = squeezed(text_of(trained.get(f"/pan/bureau/papiers/{paper}.pdf").data))
        assert all(squeezed(texte) in said for _libelle, texte in referrals.modalites("69").voies)
        booked = RendezVous.objects(parcours_id=visite.parcours_id, objet="DEPOT").first()
        if booked is None:
            continue
        assert not booked.papiers
        in_agenda(move_clock, trained, booked, nom)


def in_agenda(move_clock: Callable[[int], date], agent: Browser, booked: RendezVous, nom: str) -> None:
    """On the day of an appointment, the desk of its place expects the person."""
    move_clock((booked.debut_date - JOUR).days)
    assert nom in agent.get(f"/pan/bureau/lieux/{booked.lieu_id}").text
    move_clock(0)


def squeezed(text: str) -> str:
    """Without blanks nor hyphens: a paper breaks its lines where it wants."""
    return "".join(text.replace("-", "").split())


def free_counter(prefecture: str, number: int) -> None:
    """So many free slots at the counter, whose agenda another system keeps."""
    counter = Lieu.objects(prefecture=prefecture, genre="guichet").first()
    start = datetime.combine(JOUR + timedelta(days=3), time(9), UTC)
    for rank in range(number):
        debut = start + timedelta(hours=rank)
        Creneau(
            id=f"x_{counter.id}_{rank}", lieu_id=counter.id, prefecture=prefecture, objets=["DEPOT"], debut_time=debut,
            debut_date=debut.date(), duree_minutes=20, places=1, libres=1, visible_time=debut - timedelta(days=9),
        ).save()  # fmt: skip


def test_a_demande_is_filed_for_a_person_without_e_mail(desk: Desk) -> None:
    """Two files for one piece, the missing ones named, a dated proof at once, flagged as accompanied."""
    agent = desk("formee")
    page = known(agent, "Sans Courriel")
    opened = agent.post(f"{page}/depots", {"choix": "titre:conjoint-de-francais"}, page)
    assert opened.status_code == 303
    dossier = opened.headers["Location"]
    depot_id = dossier.rsplit("/", 1)[1]
    photo, asked = heic(), re.findall(r'name="piece" value="([^"]+)"', agent.get(dossier).text)
    for name, content in (("recto.pdf", b"%PDF-1.4\n%%EOF\n"), ("verso.HEIC", photo)):
        sent = {"depot": depot_id, "piece": asked[0], "fichier": (io.BytesIO(content), name)}
        assert agent.post("/pan/envois/formulaire", sent, dossier).status_code == 303
    # What the scanner says when it finds a file clean is kept beside it.
    first = Depot.objects(id=depot_id).first().pieces[0]
    found = Analysis("ClamAV 1.4.3 27800", datetime(2027, 3, 1, 12, tzinfo=UTC))
    (files := depots.files()).path(first.cle).with_suffix(".analyse").write_text(found.as_text())
    shown = agent.get(dossier).text
    assert files.analysis(first.cle) == found
    assert "Il manque :" in shown
    assert "analysé par ClamAV 1.4.3 27800 le 1er mars 2027" in shown and "pas analysé" in shown

    assert agent.post(f"{dossier}/deposer", {}, dossier).status_code == 303
    depot = Depot.objects(id=depot_id).first()
    assert (depot.state, len(depot.pieces), depot.accompagne) == ("RECU", 2, True)
    assert "Demande reçue" in agent.get(dossier).text
    assert "courriel" not in depot.identite
    proof = "".join(text_of(agent.get(f"/pan/bureau/papiers/{depot.papiers[0].numero}.pdf").data).split())
    assert "verso.jpg" in proof and f"{hashlib.sha256(photo).hexdigest()}pourlaphotoreçue" in proof


def test_the_proof_of_deposit_does_not_tell_what_the_name_of_the_title_would(desk: Desk) -> None:
    """Asylum, violence, an illness: the paper that she carries names the title as every other paper does."""
    agent = desk("formee")
    page = known(agent, "Sans Le Dire")
    opened = agent.post(f"{page}/depots", {"choix": "titre:demande-pendant-l-asile"}, page).headers["Location"]
    assert agent.post(f"{opened}/deposer", {}, opened).status_code == 303
    depot = Depot.objects(id=opened.rsplit("/", 1)[1]).first()
    said = text_of(agent.get(f"/pan/bureau/papiers/{depot.papiers[0].numero}.pdf").data)
    assert "Demande déposée au point d’accueil" in said and "asile" not in said


@pytest.mark.clause("PAN-15/b")
def test_the_untrained_give_digital_help_only(desk: Desk) -> None:
    """Who is not recorded as trained may not qualify nor build the dossier; digital help is recorded."""
    agent = desk("accueil")
    page = known(agent, "Aidee")
    refused = agent.post(f"{page}/terminer", {**FIN, "services": ["QUALIFIER"]}, page)
    assert refused.status_code == 403 and "réservés aux agents formés" in refused.text
    refused = agent.post(f"{page}/depots", {"choix": "titre:conjoint-de-francais"}, page)
    assert refused.status_code == 403 and "agents formés" in refused.text
    assert agent.post(f"{page}/terminer", FIN, page).status_code == 303


@pytest.mark.clause("PAN-05/a", "PAN-05/b")
def test_each_visit_records_what_was_given_and_its_result(desk: Desk) -> None:
    """Services and result are kept; without a written next step a visit does not end."""
    agent = desk("formee")
    page = known(agent, "Suivie")
    refused = agent.post(f"{page}/terminer", {"services": ["INFORMATION"], "resultat": "ORIENTE"}, page)
    assert refused.status_code == 422 and "suite écrite" in refused.text
    without = agent.post(f"{page}/terminer", {**FIN, "resultat": ""}, page)
    assert without.status_code == 422 and Visite.objects(id=page.rsplit("/", 1)[1]).first().resultat == ""
    agent.post(f"{page}/terminer", {**FIN, "services": ["ORDINATEUR", "QUALIFIER"], "naturalisation": "true"}, page)
    visite = Visite.objects(id=page.rsplit("/", 1)[1]).first()
    assert (list(visite.services), visite.resultat, visite.naturalisation) == (
        ["ORDINATEUR", "QUALIFIER"],
        "A_POURSUIVRE",
        True,
    )
    shown = html.unescape(agent.get(page).text)
    for words in (
        "Ordinateur et connexion, avec aide ; Qualifier la demande (agent formé)",
        "À poursuivre, avec une suite écrite",
        str(FIN["suite"]),
    ):
        assert words in shown
    assert "Information générale" not in shown


@pytest.mark.clause("PAN-08/c")
def test_who_used_the_contact_centre_is_not_sent_there_and_nobody_to_the_ddd(desk: Desk) -> None:
    """The page does not offer it, and the command refuses it."""
    from sejour.ccc.v1.events_pb2 import SaisineOuverte
    from services.pan.actions import referrals
    from services.pan.consumers import HANDLERS
    from tests.pan.facts import meta

    agent = desk("formee")
    page = known(agent, "Deja Saisi")
    assert 'value="CCC"' in agent.get(page).text
    assert "éfenseur" not in agent.get(page).text
    visite = Visite.objects(id=page.rsplit("/", 1)[1]).first()
    event = SaisineOuverte(saisine_id="s-1", reference="S-1")
    HANDLERS["ccc.saisine.ouverte"][1](event, meta("ccc.saisine.ouverte", visite.parcours_id))
    assert referrals.ccc_used(visite)
    assert 'value="CCC"' not in agent.get(page).text
    refused = agent.post(f"{page}/terminer", {**FIN, "resultat": "ORIENTE", "orientation": "CCC"}, page)
    assert refused.status_code == 422


@pytest.mark.clause("PAN-08/b")
def test_a_failure_opens_a_ticket_from_agent_to_agent(desk: Desk) -> None:
    """The command is stored with the visit and shown as pending; the person is not sent to the centre besides."""
    agent = desk("accueil")
    page = known(agent, "Ticket")
    assert agent.post(f"{page}/saisir", {"precis": "Demande fantôme à clore."}, page).status_code == 303
    assert "en attente de réponse" in (shown := agent.get(page).text) and 'value="CCC"' not in shown
    sent_on = agent.post(f"{page}/terminer", {**FIN, "resultat": "ORIENTE", "orientation": "CCC"}, page)
    assert sent_on.status_code == 422 and "déjà saisi le centre" in html.unescape(sent_on.text)


@pytest.mark.clause("PAN-06/a")
def test_a_failed_identity_check_discloses_nothing_and_stops_every_act(desk: Desk) -> None:
    """Same page, same buttons: constat, filing, ticket and appointment are refused."""
    agent = desk("formee")
    page = receive(agent, "Faux Nom")
    for act, typed in (
        ("constater", CONSTAT),
        ("depots", {"choix": "titre:conjoint-de-francais"}),
        ("saisir", {"precis": "x"}),
        ("convoquer", {}),
    ):
        refused = agent.post(f"{page}/{act}", typed, page)
        assert refused.status_code == 403 and "identité" in refused.text

    assert identify(agent, page, nom="Faux Nom", photo_conforme=None).status_code == 303
    shown = agent.get(page).text
    assert "Vérification échouée" in shown and "Sa situation" not in shown
    refused = agent.post(f"{page}/constater", CONSTAT, page)
    assert refused.status_code == 403 and "n’a pas abouti" in refused.text


def test_whoever_comes_for_another_without_mandate_is_refused(desk: Desk) -> None:
    """A mandate seen, whose end is not past; otherwise nothing is recorded as verified."""
    agent = desk("formee")
    page = receive(agent, "Representee")
    for other in (
        {"pour_autrui": "true"},
        {
            "pour_autrui": "true",
            "mandat_vu": "true",
            "mandat_fin_date-jour": "28",
            "mandat_fin_date-mois": "2",
            "mandat_fin_date-annee": "2027",
        },
    ):
        refused = identify(agent, page, nom="Representee", **other)
        assert refused.status_code == 403 and "mandat" in refused.text
    assert Visite.objects(id=page.rsplit("/", 1)[1]).first().identite == "NON_VERIFIEE"
    ends = {"mandat_fin_date-jour": "1", "mandat_fin_date-mois": "3", "mandat_fin_date-annee": "2027"}
    right = identify(agent, page, nom="Representee", pour_autrui="true", mandat_vu="true", **ends)
    assert right.status_code == 303


def test_an_agent_of_another_prefecture_reads_and_does_nothing(desk: Desk) -> None:
    """The desk, the visit, its acts, its papers, its appointments."""
    page = known(desk("formee"), "Chez Nous")
    desk("formee").post(f"{page}/constater", CONSTAT, page)
    blocage = Blocage.objects(id=Visite.objects(id=page.rsplit("/", 1)[1]).first().blocage_id).first()
    other = desk("lyon")
    for path in (LIEU, page, f"/pan/bureau/papiers/{blocage.attestation_numero}.pdf"):
        assert other.get(path).status_code == 403, path
    home = "/pan/bureau/lieux/69-pan-pref"
    for act in ("verifier", "constater", "terminer", "depots", "saisir", "prendre"):
        refused = other.post(f"{page}/{act}", {**CONSTAT, **FIN}, home)
        assert refused.status_code in (403, 422), act
        assert "Chez Nous" not in refused.text
    assert other.post(f"{LIEU}/arrivees", {"nom": "X"}, home).status_code == 403


def test_a_title_outside_the_teleservice_is_sent_to_the_counter_before_any_work(desk: Desk) -> None:
    """The refusal says so at the choice, beside the button that books the counter."""
    agent = desk("formee")
    page = known(agent, "Hors Teleservice")
    refused = agent.post(f"{page}/depots", {"choix": "titre:salarie"}, page)
    assert refused.status_code == 422 and "hors du téléservice" in refused.text
    assert "Donner le premier rendez-vous au guichet" in refused.text
