"""A ticket through HTTP: opened without account, answered by rule, attested at P-ATT, reopened."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pypdfium2
import pytest

from chassis import clock
from documents import numero
from sejour.contact.v1 import contact_pb2
from services.ccc.rules import etats
from services.ccc.store import Blocage, Message, Saisine
from tests.browser import Browser
from tests.ccc.conftest import Clock, relay_all, reload, write
from tests.pictures import CUT_HEIC, heic, picture
from tests.profiler import Profiled

PAGES = ("/ccc/", "/ccc/ecrire", "/ccc/suivi", "/ccc/appel-sans-reponse", "/ccc/fiches?q=conjoint+de+francais",
         "/ccc/documents", "/ccc/chiffres", "/ccc/je-n-y-arrive-pas", "/ccc/openapi.json")  # fmt: skip
DESK = ("/ccc/agents/", "/ccc/agents/appel", "/ccc/agents/registre", "/ccc/agents/fiches", "/ccc/agents/?etat=CLOSE")


@pytest.mark.parametrize("path", PAGES)
def test_each_public_page_loads(web: Browser, path: str) -> None:
    assert web.get(path).status_code == 200


@pytest.mark.parametrize("path", DESK)
def test_each_page_of_the_desk_loads(agent: Any, path: str) -> None:
    assert agent("cyril").get(path).status_code == 200


@pytest.mark.clause("CCC-01/a")
def test_a_blockage_told_by_form_has_a_dated_reference_and_stops_the_clocks_at_once(
    web: Browser, profiled: Profiled
) -> None:
    saisine = write(web, courriel="mei@exemple.test", symptome="4", choix="conjoint-de-francais")
    page = web.get(f"/ccc/suivi/{saisine.suivi_cle}?recue=1").text
    sent = relay_all()

    assert saisine.reference in page
    assert "1er mars 2027" in page
    assert "Ce n’est ni la préfecture" in page
    assert "La préfecture est informée" in page
    subjects = [fact["subject"] for fact in sent.facts]
    assert "ccc.blocage.constate" in subjects
    assert "ccc.saisine.ouverte" in subjects
    assert "ccc.message.demande" in subjects
    blocage = Blocage.objects(id=saisine.blocage_id).first()
    assert blocage.symptome == 4
    assert blocage.titre_code == "conjoint-de-francais"


def test_a_photo_that_cannot_be_kept_stops_nothing_and_the_page_says_how_to_send_it(web: Browser) -> None:
    saisine = write(web, captures=[(BytesIO(CUT_HEIC), "photo.jpg"), (BytesIO(heic()), "IMG.HEIC")])
    page = html.unescape(web.get(f"/ccc/suivi/{saisine.suivi_cle}").text)

    assert [piece.nom for piece in saisine.captures] == ["IMG.jpg"]
    assert "« photo.jpg » :" in page and "« Le plus compatible »" in page
    wrong = {"precis": "Bloquée", "telephone": "bonjour", "captures": (BytesIO(picture()), "ecran.png")}
    refused = web.post("/ccc/ecrire", wrong)
    assert refused.status_code == 422
    assert "Envoyer aussi « ecran.png », qui est déjà arrivé" in refused.text


QUOTED = {"citation": "page reste blanche"}


@pytest.mark.clause("CCC-05/a", "CCC-05/c", "CCC-06/d", "CCC-07/d", "XCT-01/d")
def test_the_system_attests_at_p_att_with_the_ways_of_the_prefecture(
    web: Browser, agent: Any, legal_clock: Clock
) -> None:
    saisine = write(web, nom="Exemple", prenoms="Mei", courriel="mei@exemple.test")
    desk = agent("chloe")
    path = f"/ccc/agents/saisines/{saisine.id}"
    for _ in range(2):
        asked = desk.post(f"{path}/reformulation", {"question": "Sur quelle page ?", **QUOTED}, form=path)
        assert asked.status_code == 303
    refused = desk.post(f"{path}/reformulation", {"question": "Encore une page ?", **QUOTED}, form=path)
    shown = desk.get(path).text
    assert "6 mars 2027" in shown and "Déjà demandé : 2 fois sur 2" in shown
    legal_clock.forward(4)
    assert not reload(saisine).papiers
    legal_clock.forward(1)

    attested = reload(saisine)
    sent = relay_all()
    assert refused.status_code == 422
    assert "autant de fois que permis" in refused.text
    assert attested.papiers[0].automatique
    assert Blocage.objects(id=saisine.blocage_id).first().state == "ATTESTE"
    assert "ccc.blocage.atteste" in [fact["subject"] for fact in sent.facts]
    pdf = web.get(f"/ccc/suivi/{saisine.suivi_cle}/attestation.pdf")
    assert pdf.data.startswith(b"%PDF-")
    printed = " ".join(" ".join(p.get_textpage().get_text_range().split()) for p in pypdfium2.PdfDocument(pdf.data))
    assert "position recommandation, depuis le 1er mai 2021" in printed
    message = next(f for f in sent.facts if f.get("prive", {}).get("modele") == "attestation_blocage")
    assert "3 rue de l'Exemple" in message["prive"]["contenu"]
    assert "01 99 00 93" in message["prive"]["contenu"]
    elsewhere = web.get(f"/ccc/documents?reference={numero.new(numero.SERVICE_DIGITS['deposit'])}")
    assert elsewhere.status_code == 422 and "/deposit/verifier?reference=" in elsewhere.text
    followed = web.get(f"/ccc/documents?reference={attested.blocage_reference}").text
    assert "n’est pas celle d’un document" in followed and "n’existe pas" not in followed
    checked = web.get(f"/ccc/documents?reference={attested.papiers[0].numero}").text
    assert "Ce document est valable" in checked


ANSWERS = (
    ("REPONSE_A_COTE", {"texte": "Votre demande a bien été prise en compte."}, "à quoi elle répond"),
    ("REPONSE_A_COTE", {"texte": "Votre dossier a bien été pris en compte.", **QUOTED}, "ses mots à elle"),
    ("RENVOI_A_L_ESPACE", {"texte": "Connectez-vous à votre espace personnel.", **QUOTED}, "renvoyer"),
    ("GESTE_TROP_TECHNIQUE", {"texte": "Videz le cache du navigateur.", **QUOTED}, "geste"),
    ("GESTE_TROP_TECHNIQUE", {"texte": "Supprimez l’historique, ou ouvrez le mode privé.", **QUOTED}, "geste"),
)


@pytest.mark.clause("CCC-03/b", "CCC-03/c", "CCC-04/a")
@pytest.mark.parametrize(("code", "answer", "said"), ANSWERS)
def test_an_answer_that_helps_nobody_is_refused(
    web: Browser, agent: Any, code: str, answer: dict[str, str], said: str
) -> None:
    saisine = write(web, symptome="3")
    path = f"/ccc/agents/saisines/{saisine.id}"
    refused = agent("chloe").post(f"{path}/reponse", {"issue": "AIDE_DEPOT", **answer}, form=path)

    assert refused.status_code == 422, code
    assert said in refused.text
    assert Message.objects(saisine_id=saisine.id).count() == 0


@pytest.mark.clause("CCC-02/a", "CCC-03/e")
def test_a_ticket_ends_by_a_duty_and_reopens_higher_when_it_is_not_solved(web: Browser, agent: Any) -> None:
    saisine = write(web)
    desk, path = agent("chloe"), f"/ccc/agents/saisines/{saisine.id}"
    answer = {"texte": "Cette page est en panne : nous attestons.", **QUOTED, "issue": "SOLUTION_ANNONCEE"}
    early = [desk.post(f"{path}/fin", {"issue": issue}, form=path) for issue in etats.ISSUES]
    shown = desk.post(f"{path}/apercu", answer, form=path)
    assert "Vous avez écrit : « page reste blanche »" in shown.text
    assert desk.post(f"{path}/reponse", answer, form=path).status_code == 303
    nameless = desk.post(f"{path}/fin", {"issue": "RIEN"}, form=path)
    untrue = desk.post(f"{path}/fin", {"issue": "ANOMALIE_TRANSMISE"}, form=path)
    assert desk.post(f"{path}/fin", {"issue": "SOLUTION_ANNONCEE"}, form=path).status_code == 303

    assert [refused.status_code for refused in (*early, nameless, untrue)] == [422] * 6
    assert "Aucune anomalie du registre" in untrue.text
    assert reload(saisine).state == "CLOSE"
    follow = f"/ccc/suivi/{saisine.suivi_cle}"
    assert web.post(f"{follow}/non-regle", {}, form=follow).status_code == 303
    again = reload(saisine)
    assert (again.state, again.niveau, again.reference) == ("OUVERTE", 2, saisine.reference)


@pytest.mark.clause("CASE-55/a")
def test_vain_attempts_become_a_blockage_after_p_attempts_that_an_agent_finds(web: Browser, agent: Any) -> None:
    form = "/ccc/appel-sans-reponse"
    first = web.post(form, {"joignable": "06 39 98 12 34", "fois": "2", "prefecture": "93"})
    assert "Référence de votre blocage" not in first.text
    second = web.post(form, {"joignable": "06 39 98 12 34", "fois": "1", "prefecture": "93"})

    assert "Référence de votre blocage" in second.text
    reference = re.findall(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}", second.text)[0]
    assert Blocage.objects(reference=reference).first().symptome == 12
    chloe, search = agent("chloe"), "/ccc/agents/chercher?reference="
    alone = chloe.get(f"{search}{reference.lower()}").text
    assert reference in alone and "Seine-Saint-Denis (93)" in alone
    assert f'value="{reference}"' in chloe.get(f"/ccc/agents/appel?blocage={reference}").text
    own, brought = write(web), write(web, categorie="SUIVI", blocage=reference)
    for typed, ticket in ((own.blocage_reference, own), (reference, brought)):
        assert chloe.get(f"{search}{typed}").headers["Location"].endswith(ticket.id)
    unknown = chloe.get(f"{search}B-2222-2222")
    assert unknown.status_code == 404 and "un autre service l’a constaté" in unknown.text


def test_the_queue_puts_the_nearest_end_of_right_first_and_says_why(web: Browser, agent: Any) -> None:
    late = write(web, precis="Sans date de fin, page blanche toujours")
    soon = write(web, precis="Mon titre finit bientôt, page blanche", **_day("fin_droit", 2027, 3, 5))
    page = agent("chloe").get("/ccc/agents/").text

    assert page.index(soon.reference) < page.index(late.reference)
    assert "droit qui se termine dans 4 jours" in page


def test_a_repeated_form_opens_one_ticket(web: Browser) -> None:
    fields = {"request_id": "0192f0c1-7a51-7c3e-9c2b-2f6f6a1d9a77"}
    first, second = write(web, **fields), write(web, **fields)

    assert first.id == second.id


def test_the_api_opens_and_follows_a_ticket_without_account(web: Browser) -> None:
    key = {"Idempotency-Key": clock.new_id()}
    made = web.client.post("/ccc/api/v1/saisines", json={"precis": "Je suis bloqué, page blanche"}, headers=key)
    assert made.status_code == 201, made.text
    followed = web.get(f"/ccc/api/v1/saisines/{made.json['cle']}")

    assert followed.json["reference"] == made.json["reference"]
    assert made.json["blocage_reference"].startswith("B-")


def _day(name: str, year: int, month: int, day: int) -> dict[str, str]:
    return {f"{name}-annee": str(year), f"{name}-mois": str(month), f"{name}-jour": str(day)}


def test_who_cannot_go_on_here_is_attested_too(web: Browser, legal_clock: Clock) -> None:
    form = "/ccc/je-n-y-arrive-pas"
    box = "3 rue du Port, 93200 Saint-Denis, 06 39 98 77 66"
    told = {"essai": "Je ne trouve pas le bouton", "prefecture": "93", "contact": box}
    kept = web.post(form, told, follow_redirects=True)
    reference = re.findall(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}", kept.text)[0]
    blocage = Blocage.objects(reference=reference).first()
    outbox = Saisine.objects(parcours_id=blocage.parcours_id).first().outbox
    contact = next(contact_pb2.Contact.FromString(e["payload"]) for e in outbox if e["kind"] == "contact")
    assert (contact.telephone, list(contact.adresse)) == ("+33639987766", ["3 rue du Port", "93200 Saint-Denis"])
    legal_clock.forward(5)

    assert Blocage.objects(reference=reference).first().state == "ATTESTE"


def test_a_person_whom_nobody_answers_has_a_blockage_after_p_attempts(web: Browser) -> None:
    saisine = write(web)
    follow = f"/ccc/suivi/{saisine.suivi_cle}"
    for number in range(3):
        assert web.post(f"{follow}/messages", {"texte": f"Toujours rien, {number}"}, form=follow).status_code == 303

    assert len(reload(saisine).relances) == 3
    assert [b.symptome for b in Blocage.objects(parcours_id=saisine.parcours_id) if b.symptome == 12] == [12]


def test_the_figures_count_topics_delays_and_abandoned_calls(web: Browser, agent: Any) -> None:
    before = web.get("/ccc/api/v1/chiffres").json
    saisine = write(web, categorie="SUIVI", precis="Où en est mon dossier de renouvellement")
    path = f"/ccc/agents/saisines/{saisine.id}"
    answer = {
        "texte": "Votre renouvellement est à la préfecture.",
        "citation": "mon dossier de renouvellement",
        "issue": "INFORMATION_SUIVI",
    }
    assert agent("chloe").post(f"{path}/reponse", answer, form=path).status_code == 303
    token = _token(web, "chloe")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": clock.new_id()}
    lost = web.client.post(
        "/ccc/api/v1/agents/appels/abandons",
        json={"telephone": "06 39 98 55 44", "attente_secondes": 600},
        headers=headers,
    )
    after = web.get("/ccc/api/v1/chiffres").json

    assert lost.status_code == 201, lost.text
    assert lost.json == {"blocage_reference": "", "tentatives": 1}
    assert after["categories"]["SUIVI"] == before["categories"]["SUIVI"] + 1
    assert after["appels_abandonnes"] == before["appels_abandonnes"] + 1
    assert after["reponse_jours"] is not None
    assert "De quoi parlent les demandes" in web.get("/ccc/chiffres").text


def test_the_figures_are_those_of_the_days_asked_for_a_year_at_most(web: Browser) -> None:
    write(web, categorie="SUIVI", precis="Où en est mon dossier")
    today = clock.today()
    path = "/ccc/api/v1/chiffres?du={}&au={}"
    here = web.get(path.format(today, today)).json
    before = web.get(path.format(today - timedelta(days=9), today - timedelta(days=1))).json
    refused = [web.get(path.format(du, today)) for du in (today - timedelta(days=400), today + timedelta(days=1))]

    assert here["total"] >= 1 and len(here["par_jour"]) == 1
    assert len(before["par_jour"]) == 9 and before["au"] == (today - timedelta(days=1)).isoformat()
    assert [answer.status_code for answer in refused] == [422, 422]
    assert "au plus un an" in refused[0].text
    assert web.get("/ccc/api/v1/chiffres?au=0001-01-05").status_code == 422


def _token(web: Browser, login: str) -> str:
    from chassis.web import bearers

    with web.client.application.app_context():
        return str(bearers.issue_bearer(login, "agent")[0])
