"""CASE-41: a blockage stated precisely by e-mail; the centre may not ask for ever, and attests at P-ATT by itself."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from dev.environment import CENTRE
from dev.parcours.monde import PDF, Acteur, Monde, Refus
from dev.parcours.recit import Recit
from droit.catalogue import catalogue
from droit.dates import Position
from droit.jours import day_in_words

COURRIEL = "case41@exemple.test"
PRECIS = (
    "Bonjour. Je renouvelle mon titre. Le téléservice dit « une demande est déjà en cours » et n'ouvre rien. "
    "Je joins la capture d'écran. J'habite au 12 rue de l'Exemple, 75012 Paris."
)
# The ways that the message of the attestation gives: where, when, and where to post or send without asking again.
WAYS = (
    "Au guichet : Préfecture d'exemple de Paris",
    "1 rue de l'Exemple, 75000 Paris",
    "Ouvert du lundi au vendredi de 9 h",
    "Pour prendre rendez-vous : par téléphone (01 99 00 75 01), sur place, sur internet",
    "Par la poste : Service des étrangers",
    "depot@prefecture-75.example",
)
QUESTIONS = ("Quelle demande est en cours ?", "Que montre la capture ?")
CITATION = "une demande est déjà en cours"


def play(monde: Monde, folder: Path) -> Recit:
    """Plays the case; raises AssertionError when the person is left without paper or way."""
    recit = Recit("CASE-41", "Des semaines de reformulation", folder / "case-41")
    saisine_id = _write(monde, recit)
    _reformulate(monde, recit, saisine_id)
    monde.advance(p_att(monde) + 1, step=1)
    recit.messages(monde.today, monde.stack.boites.courriels(COURRIEL))
    proofs = [
        (courriel, index)
        for courriel in monde.stack.boites.courriels(COURRIEL)
        for index, piece in enumerate(courriel["attachments"])
        if "attestation" in courriel["subject"].casefold() or "blo" in piece["name"].casefold()
    ]
    assert proofs, "at P-ATT the person has no attestation"
    courriel, index = proofs[0]
    said = " ".join(courriel["text"].split())
    assert [way for way in WAYS if way not in said] == [], said
    name = recit.keep("attestation-de-blocage.pdf", monde.stack.boites.attachment(courriel, index))
    recit.note(
        monde.today,
        "Le délai P-ATT est passé : le système atteste de lui-même, avec les façons de faire de la préfecture.",
        regle="P-ATT (regle-du-service) ; CCC-06, CCC-07, CCC-08",
        document=name,
        message=courriel["subject"],
    )
    _counter(monde, recit)
    return recit


def p_att(monde: Monde) -> int:
    """P-ATT, in legal days, as the rule pack holds it."""
    return catalogue().national.number("P-ATT", monde.today, Position.RECOMMANDATION)


def _write(monde: Monde, recit: Recit) -> str:
    """A real SMTP message with a screenshot becomes a ticket, a dated receipt and a blocage (CCC-01)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = COURRIEL, CENTRE, "Demande bloquée"
    message.set_content(PRECIS)
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="capture.pdf")
    monde.send_to_centre(message)
    monde.stack.clock.wait_quiet()
    receipt = monde.stack.boites.wait_courriel(COURRIEL, "question est bien reçue")
    said = " ".join(receipt["text"].split())
    assert day_in_words(monde.today) in said, "the receipt bears no day"
    assert "ni la préfecture ni la direction générale des étrangers" in said, said
    recit.note(monde.today, "La personne écrit au centre de contact, avec une capture d'écran.")
    recit.messages(monde.today, [receipt])
    rows = monde.agent("ccc", "chloe").queue()
    mine = next(row for row in rows if row["reference"] in receipt["subject"] + receipt["text"])
    recit.note(monde.today, f"Saisine {mine['reference']} ouverte ; le blocage est enregistré, les délais s'arrêtent.")
    return str(mine["id"])


def _reformulate(monde: Monde, recit: Recit, saisine_id: str) -> None:
    """At most P-ROUND questions; the next one is refused to the agent (CCC-05)."""
    agent: Acteur = monde.agent("ccc", "chloe")
    asked = 0
    try:
        for question in (*QUESTIONS, "Pouvez-vous redire ce que dit le téléservice ?"):
            agent.post(f"/agents/saisines/{saisine_id}:reformuler", question=question, citation=CITATION)
            asked += 1
            recit.note(monde.today, f"L'agent demande : « {question} »")
            monde.advance(1)
    except Refus as refus:
        recit.note(
            monde.today,
            f"Une question de plus est refusée à l'agent ({refus.problem['code']}).",
            regle="P-ROUND (regle-du-service) ; CCC-05",
        )
    assert asked == len(QUESTIONS), f"{asked} questions were allowed"


def _counter(monde: Monde, recit: Recit) -> None:
    """The route that opened by itself is followed at the counter: same record, same document, at once (SUB-16)."""
    desk = monde.agent("substitution", "gael")
    routes = [row for row in desk.get("/bureau/voies")["voies"] if row["origine"] == "BLOCAGE"]
    route = routes[-1]
    path = f"/bureau/voies/{route['voie_id']}"
    recit.note(
        monde.today, f"La voie {route['reference']} est ouverte à la préfecture, échéance {route['echeance_date']}."
    )
    desk.post(
        f"{path}/identite", papier="oui", nom_concorde="oui", naissance_concorde="oui", visage_concorde="oui",
        nom="Quarante-et-un", prenoms="Exemple", naissance="1984-02-29", nationalite="SN",
    )  # fmt: skip
    fin = (monde.today + timedelta(days=12)).isoformat()
    desk.post(
        f"{path}/dossier", moyen="GUICHET", reception=monde.today.isoformat(), objet="titre:conjoint-de-francais",
        stade="renouvellement", fin_titre=fin,
    )  # fmt: skip
    desk.call("POST", f"{path}/depot")
    monde.stack.clock.wait_quiet()
    done = desk.get(path)
    assert done["depot_reference"], "the counter filing did not reach the record"
    recit.note(
        monde.today,
        f"Le dossier est déposé au guichet : demande {done['depot_reference']}, attestation "
        f"{done['attestation_numero']}.",
        regle=f"Date protégée : {done['date_protegee']} ; {done['regle']}",
        document=done["document_numero"] or done["attestation_numero"],
    )
