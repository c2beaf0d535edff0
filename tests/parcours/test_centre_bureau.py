"""E-mail, the préfecture’s own desk, cards, other ways: each is lived to its end, with every service up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.header import Header
from email.message import EmailMessage
from email.mime.text import MIMEText
from io import BytesIO
from typing import Any

import pytest

from dev.environment import CENTRE
from dev.parcours.case_41 import p_att
from dev.parcours.monde import PDF, Monde
from droit.jours import day_in_words
from tests.documents.lecture import text_of
from tests.parcours.cas_documents import signed_in, somebody
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import waiting_at
from tests.parcours.test_centre import refusal
from tests.parcours.test_centre_pouvoirs import answers, asked_for_pieces, by_telephone

pytestmark = pytest.mark.timeout(400)
QUI = "ni la préfecture ni la direction générale"
INFORMED, NOT_INFORMED = "La préfecture est informée", "La préfecture n’est pas informée"
SIX = [f"C’est la phrase numéro {rank}." for rank in ("un", "deux", "trois", "quatre", "cinq", "six")]


def written(courriel: str, subject: str, words: str, **headers: str) -> EmailMessage:
    """An e-mail as a modern client writes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Une Personne <{courriel}>", CENTRE, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return message


def send(monde: Monde, message: Any) -> None:
    """It goes to the centre, and what came is read."""
    monde.send_to_centre(message)
    monde.stack.clock.wait_quiet()


def tickets_of(monde: Monde, words: str) -> list[str]:
    """The identifiers of the open tickets of the first level whose words hold these."""
    return [row["id"] for row in monde.agent("ccc", "cyril").queue() if words in row["precis"]]


def one_thread(monde: Monde) -> Iterator[int]:
    """Six messages by two clients, a changed subject and a folded one, are one ticket; her demande's clock stops."""
    courriel = "courriels@exemple.test"
    person = somebody(monde, "courriels")
    demande = asked_for_pieces(monde, person)
    first = f"{SIX[0]} Ma demande {demande['reference']} est bloquée. J'habite 12 rue de l'Exemple, 75012 Paris."
    send(monde, written(courriel, "Demande bloquée", first))
    boites, centre = monde.stack.boites, monde.agent("ccc", "chloe")
    page = signed_in(monde, person)
    assert "Le délai est arrêté" in page.read(f"/deposit/demandes/{demande['demande_id']}").text
    receipt = boites.wait_courriel(courriel, "question est bien reçue")
    assert receipt["reply_to"] == CENTRE
    assert "Vous pouvez répondre à ce courriel" in receipt["text"]
    calls = f"/agents/saisines/{tickets_of(monde, SIX[0])[0]}"
    desk = monde.desk("sam").read("/deposit/agents/")
    reference = receipt["subject"].split()[-1]
    assert reference in desk.text, "at once in the queue of the préfecture's own desk"
    opened = monde.desk("sam").read(f"/ccc{calls}")
    assert SIX[0] in opened.text
    assert not [form for form in opened.html.select("main form") if form.get("method", "get").lower() == "post"]

    # A client that answers; then an old one, that folds an encoded subject; then again, under another subject.
    chain = {"In_Reply_To": receipt["message_id"], "References": f"<autre@exemple.test> {receipt['message_id']}"}
    send(monde, written(courriel, f"Re: {receipt['subject']}", SIX[1], **chain))
    old = MIMEText(SIX[2], "plain", "utf-8")
    old["From"], old["To"] = courriel, CENTRE
    subject = f"Réf. : une réponse à votre question très ancienne, référence {reference}"
    old["Subject"] = Header(subject, "utf-8", maxlinelen=50).encode()
    send(monde, old)
    centre.post(f"{calls}:repondre", citation=SIX[2], texte="La phrase numéro trois est lue.", issue="AIDE_DEPOT")
    answer = boites.wait_courriel(courriel, "La phrase numéro trois est lue.")
    said = " ".join(answer["text"].split())
    assert QUI in said and INFORMED in said
    send(monde, written(courriel, "Tout autre chose", SIX[3], In_Reply_To=answer["message_id"]))
    send(monde, written("autre-boite@exemple.test", "De mon travail", SIX[4], References=answer["message_id"]))
    send(monde, written(courriel, f"TR: {reference.lower()}", f"{SIX[5]}\n\n> {SIX[0]}"))
    shown = monde.desk("cyril").read(f"/ccc{calls}").text
    assert [words for words in SIX if words not in shown] == []
    assert all(len(tickets_of(monde, words)) == (words == SIX[0]) for words in SIX), "one ticket"
    yield 0


def nothing_lost(monde: Monde) -> Iterator[int]:
    """What looks like a machine’s is read by an agent and taken up; what could not be kept is told."""
    courriel, words = "machine@exemple.test", "Je suis absent mais mon titre est bloqué."
    send(monde, written(courriel, "Absence", words, Auto_Submitted="auto-replied"))
    assert tickets_of(monde, words) == []
    aside = monde.desk("chloe").read("/ccc/agents/courriels")
    assert words in aside.text and courriel in aside.text
    mails = monde.agent("ccc", "chloe").get("/agents/courriels")["courriels"]
    kept = next(mail for mail in mails if mail["texte"] == words)
    monde.desk("chloe").send(aside, kept["id"])
    monde.stack.clock.wait_quiet()
    assert len(tickets_of(monde, words)) == 1
    receipt = monde.stack.boites.wait_courriel(courriel, "question est bien reçue")
    assert NOT_INFORMED in " ".join(receipt["text"].split()), "no address, hence no préfecture"
    long = written("long@exemple.test", "Tout est bloqué", "Le bouton reste gris. " * 1000)
    long.add_attachment(b"MZ" + bytes(400), maintype="application", subtype="octet-stream", filename="programme.exe")
    send(monde, long)
    left = monde.stack.boites.wait_courriel("long@exemple.test", "programme.exe")["text"]
    assert "trop long" in left
    (ticket,) = tickets_of(monde, "Le bouton reste gris.")
    shown = monde.desk("chloe").read(f"/ccc/agents/saisines/{ticket}").text
    assert "programme.exe" in shown and "trop long" in shown
    assert shown.count("Le bouton reste gris.") > 850
    yield 0


def kept_from_the_prefecture(monde: Monde) -> Iterator[int]:
    """Objected to on the telephone, in an e-mail, later on the page: no desk of the préfecture shows it."""
    person = somebody(monde, "opposee", numero_etranger="7503007811")
    words = "La page reste blanche, ne le dites pas."
    ticket, calls = by_telephone(monde, words, objection=True, courriel="opposee@exemple.test")
    monde.agent("ccc", "chloe").post(f"{calls}:verifier-identite", **answers("opposee", "7503007811"))
    mail = "Le site est bloqué. J'habite 75012 Paris. Je ne veux pas que la préfecture voie ce message."
    send(monde, written("discrete@exemple.test", "Bloqué", mail))
    told = {"precis": "Le site affiche une erreur chaque jour.", "categorie": "TELEPROCEDURE", "prefecture": "75"}
    later = monde.anybody("ccc").post("/saisines", **told, courriel="plus-tard@exemple.test")
    yield 0
    boites = monde.stack.boites
    receipt = boites.wait_courriel("discrete@exemple.test", "question est bien reçue")
    assert "comme vous l’avez demandé" in " ".join(receipt["text"].split())
    monde.agent("ccc", "chloe").post(f"{calls}/appels", sens="SORTANT")
    yield 0
    code = " ".join(boites.wait_courriel("opposee@exemple.test", "Demandez-lui ce code")["text"].split())
    assert "comme vous l’avez demandé" in code and INFORMED not in code
    hidden = [ticket["reference"], receipt["subject"].split()[-1]]
    sam = monde.desk("sam")
    seen = sam.read("/deposit/agents/").text
    assert later["reference"] in seen and not [each for each in hidden if each in seen]
    browser = monde.browser()
    page = browser.read(f"/ccc/suivi/{later['cle']}")
    assert INFORMED in page.text and QUI in page.text
    done = browser.send(page, "/opposition")
    assert "comme vous l’avez demandé" in done.text
    yield 0
    hidden.append(later["reference"])
    seen = sam.read("/deposit/agents/").text
    assert not [each for each in hidden if each in seen]
    theirs = {row["reference"] for row in monde.agent("ccc", "sam").queue()}
    assert not theirs & set(hidden)
    assert sam.read(f"/ccc{calls}").status == 403
    hers = sam.read(f"/deposit/agents/personnes/{person.get('/moi')['usager_id']}")
    assert hers.status == 200 and ticket["reference"] not in hers.text and "B-" not in hers.text
    for courriel in ("opposee@exemple.test", "discrete@exemple.test"):
        assert not [mail for mail in boites.courriels(courriel) if "(V-" in mail["subject"]], (
            "no route opened by itself"
        )


TECHNICAL = (
    "Videz le cache", "Supprimez l’historique", "passez en mode privé", "Essayez un autre navigateur",
    "Effacez les données de navigation", "Appuyez sur Ctrl et F5", "Réduisez la taille de vos fichiers",
    "Compressez la photo", "Désactivez votre antivirus", "Faites la mise à jour de votre téléphone",
    "Rafraîchissez la page", "Convertissez l’image", "Enregistrez-la au format PDF", "Redémarrez votre ordinateur",
)  # fmt: skip


def by_a_card(monde: Monde, calls: str, words: str) -> Iterator[int]:
    """A card is written, corrected on a later day, carried by an answer, checked again and removed."""
    centre, boss, boites = monde.agent("ccc", "chloe"), monde.agent("ccc", "cyril"), monde.stack.boites
    card = {"titre": "Le bouton gris du dépôt", "texte": "Le bouton attend une pièce.", "source": "Guide de dépôt"}
    fiche = boss.post("/agents/fiches", **card)["fiche_id"]
    checked = monde.today
    yield 2
    boss.post(f"/agents/fiches/{fiche}:corriger", **card | {"texte": "Le bouton attend une pièce obligatoire."})
    checked, day = monde.today, checked
    assert checked > day
    yield 1
    foot = "Page imprimée"
    found = monde.browser().read("/ccc/fiches?q=bouton+gris").text.partition(foot)[0]
    assert day_in_words(checked) in found and day_in_words(monde.today) not in found
    law = monde.browser().read("/ccc/fiches/titre-etudiant").text.partition(foot)[0]
    assert "Pas encore vérifiée" in law and day_in_words(monde.today) not in law
    centre.post(
        f"{calls}:repondre",
        citation=words,
        texte="Voici pourquoi ce bouton est gris.",
        issue="INFORMATION_SUIVI",
        fiche=fiche,
    )
    answer = " ".join(boites.wait_courriel("compagnon@exemple.test", "pourquoi ce bouton est gris")["text"].split())
    assert "Le bouton attend une pièce obligatoire." in answer and QUI in answer
    assert f"Source : Guide de dépôt (vérifié le {day_in_words(checked)})" in answer
    boss.post(f"/agents/fiches/{fiche}:verifier")
    assert day_in_words(monde.today) in monde.browser().read(f"/ccc/fiches/{fiche}").text.partition(foot)[0]
    desk = monde.desk("cyril")
    desk.send(desk.read(f"/ccc/agents/fiches/{fiche}"), "/retrait")
    assert card["titre"] not in monde.browser().read("/ccc/fiches?q=bouton+gris").text


def led_on(monde: Monde) -> Iterator[int]:
    """Nothing technical is asked of her; the desk sends her state, a card, the reception point, a route instead."""
    courriel, words = "menee@exemple.test", "Où en est ma demande, le bouton est gris ?"
    person = somebody(monde, "menee")
    demande = asked_for_pieces(monde, person)
    told = {"precis": words, "categorie": "SUIVI", "prefecture": "75", "courriel": "compagnon@exemple.test"}
    ticket = monde.anybody("ccc").post("/saisines", **told, demande=demande["reference"])
    yield 0
    centre, boites = monde.agent("ccc", "chloe"), monde.stack.boites
    calls = f"/agents/saisines/{ticket_of(monde, ticket)}"
    for phrase in TECHNICAL:
        sent = {"citation": words, "texte": f"Le bouton est gris. {phrase}.", "issue": "AIDE_DEPOT"}
        assert refusal(centre, f"{calls}:repondre", **sent) == "GESTE_TROP_TECHNIQUE", phrase

    centre.post(f"{calls}:envoyer-etat")
    yield 0
    state = person.get(f"/demandes/{demande['demande_id']}")
    got = " ".join(boites.wait_courriel(courriel, "Où en est votre demande")["text"].split())
    assert state["phrase"] in got and state["attendu"] in got and "/ccc/suivi/" not in got
    helper = " ".join(mail["text"] for mail in boites.courriels("compagnon@exemple.test"))
    page = monde.browser().read(f"/ccc/suivi/{ticket['cle']}").text
    assert state["attendu"] not in helper + page, "whoever typed her reference learns nothing"

    yield from by_a_card(monde, calls, words)

    desk = monde.desk("chloe")
    desk.send(desk.read(f"/ccc{calls}"), "/orienter")
    place = " ".join(boites.wait_courriel("compagnon@exemple.test", "Quelqu’un vous aide sur place")["text"].split())
    directory = monde.anybody("pan").get("/annuaire/75")["lieux"]
    assert any(lieu["nom"] in place and lieu["adresse"][0] in place for lieu in directory if lieu["genre"] == "pan")
    assert "Téléphone" in place and "/pan/" in place
    assert any(lieu["nom"] in desk.read(f"/ccc{calls}").text for lieu in directory), "on his desk too"
    centre.post(f"{calls}:ouvrir-voie")
    yield 0
    subject = boites.wait_courriel("compagnon@exemple.test", "(V-")["subject"]
    route = subject.partition("(")[2].partition(")")[0]
    assert route in {row["reference"] for row in waiting_at(monde.agent("substitution", "gael"))}
    assert route in monde.desk("chloe").read(f"/ccc{calls}").text
    centre.post(f"{calls}:redonner")
    yield 0
    again = boites.wait_courriel("compagnon@exemple.test", "de nouveau le lien")["text"]
    assert ticket["cle"] in again


def on_paper(monde: Monde) -> Iterator[int]:
    """What she gives in the form stands on her ticket; the attestation says it all, with the rule that was applied."""
    browser, courriel = monde.browser(), "papier@exemple.test"
    form = browser.read("/ccc/ecrire?categorie=TELEPROCEDURE")
    sent = {
        "categorie": "TELEPROCEDURE", "precis": "Le bouton Déposer ne fait rien.", "symptome": "7",
        "etape": "Envoyer mes pièces", "prefecture": "75", "choix": "titre:etudiant", "nom": "Papier",
        "prenoms": "Rose", "courriel": courriel, "captures": (BytesIO(PDF), "ecran.pdf"),
    }  # fmt: skip
    page = browser.send(form, "/ccc/ecrire", **sent)
    assert "Votre demande est reçue" in page.text
    yield 2
    (ticket,) = tickets_of(monde, "Le bouton Déposer ne fait rien.")
    shown = monde.desk("chloe").read(f"/ccc/agents/saisines/{ticket}").text
    for said in ("Envoyer mes pièces", "ecran.pdf", "Je ne peux pas envoyer une pièce.", "Navigateur"):
        assert said in shown
    yield p_att(monde)
    mail = monde.stack.boites.wait_courriel(courriel, "attestation")
    assert QUI in " ".join(mail["text"].split())
    paper = text_of(monde.stack.boites.attachment(mail))
    first = day_in_words(monde.today - timedelta(days=p_att(monde) + 2))
    for said in (
        "Papier", "Rose", "Étudiant", "Études en France", "Préfecture d'exemple de Paris", first,
        "Je ne peux pas envoyer une pièce.", "Le bouton Déposer ne fait rien.", "ne peut pas être déposée en ligne",
        "Règle appliquée",
    ):  # fmt: skip
        assert said in paper, said
    stuck = monde.browser()
    told = stuck.send(
        stuck.read("/deposit/je-n-y-arrive-pas"), "/je-n-y-arrive-pas", essai="Rien ne part.", prefecture="75"
    )
    for said in (
        "c’est le centre de contact qui constate",
        "une capture d’écran, un point d’accueil ou votre préfecture",
    ):
        assert said in told.text


LIVES: dict[str, Cas] = {
    "thread": one_thread,
    "lost": nothing_lost,
    "objection": kept_from_the_prefecture,
    "led": led_on,
    "paper": on_paper,
}
PROVED: dict[str, str] = {
    "thread": "CCC-01/i CCC-13/c CCC-13/f CCC-14/a CCC-14/b CCC-14/g CCC-21/c",
    "lost": "CCC-01/g CCC-01/h CCC-14/g",
    "objection": "CCC-13/b CCC-13/g CCC-14/d CCC-14/e CCC-14/f",
    "led": "CCC-17/b CCC-17/c CCC-17/d CCC-18/c CCC-19/a CCC-19/c CCC-19/d PAN-01/e",
    "paper": "CCC-03/a CCC-07/a CCC-07/b CCC-07/c CCC-07/e CCC-09/d",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_what_is_written_reaches_who_it_is_for(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure
