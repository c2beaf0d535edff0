"""CASE-08, Madame J: a title never recorded as handed over; she files on time, by the téléservice or at the counter."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dev.parcours.monde import Acteur, Monde, add_pieces, hand_over
from dev.parcours.recit import Recit, days_without, papers

COURRIEL = "case08@exemple.test"
NUMERO = "9900000008"
LIEU = "75-pan-cite"
NAISSANCE = "1995-03-12"


def play(monde: Monde, folder: Path) -> Recit:
    """Plays the case; raises AssertionError when a right has a gap or a door stays closed."""
    recit = Recit("CASE-08", "Madame J, titre fantôme", folder / "case-08")
    fin = monde.today + timedelta(days=70)
    person = monde.person(
        nom="J",
        prenoms="Exemple",
        naissance_date=NAISSANCE,
        nationalite="CN",
        numero_etranger=NUMERO,
        courriel=COURRIEL,
        prefecture="75",
    )
    monde.agent("deposit", "otto").post(
        "/usagers:reprendre-titre", numero_etranger=NUMERO, titre_code="etudiant", fin_date=fin.isoformat(),
        remis=False, numero="T-FANTOME",
    )  # fmt: skip
    recit.note(monde.today, f"Titre d'étudiante valable jusqu'au {fin} ; sa remise n'a jamais été enregistrée.")
    _stuck(monde, recit, person)
    _reception(monde, recit)
    demande_id = _file(monde, recit, person, fin)
    _follow(monde, recit, person, demande_id)
    done = person.get(f"/demandes/{demande_id}")
    papers(recit, person, done["documents"])
    gaps = days_without(done["documents"], fin + timedelta(days=1), monde.today)
    assert gaps == [], f"{len(gaps)} jours sans document, le premier {gaps[0]}"
    recit.note(monde.today, "Aucun jour sans document valable depuis la fin du titre.")
    return recit


def _stuck(monde: Monde, recit: Recit, person: Acteur) -> None:
    """What she met elsewhere is recorded; a route opens by itself at her préfecture (SUB-04)."""
    blocked = person.post("/blocages", symptome="TITRE_NON_REMIS", titre_code="etudiant", prefecture="75")
    recit.note(
        monde.today,
        f"« Un titre vous attend à la préfecture » : le blocage {blocked['reference']} est enregistré, date protégée.",
    )
    monde.stack.clock.wait_quiet()
    routes = [v for v in monde.agent("substitution", "gael").get("/bureau/voies")["voies"] if v["origine"] == "BLOCAGE"]
    assert routes, "no route opened by itself after the blocage"
    recit.note(
        monde.today,
        f"La voie {routes[-1]['reference']} s'ouvre d'elle-même à la préfecture, avec convocation écrite.",
        regle="SUB-04, SUB-06 : le rendez-vous est toujours proposé",
    )
    recit.messages(monde.today, monde.stack.boites.courriels(COURRIEL))


def _reception(monde: Monde, recit: Recit) -> None:
    """A reception point finds the blockage: attestation and convocation at once, proof of visit (PAN-07, PAN-17)."""
    desk = monde.agent("pan", "farid")
    visit = desk.post(f"/bureau/lieux/{LIEU}/arrivees", nom="J", objet="AIDE")
    path = f"/bureau/visites/{visit['id']}"
    desk.post(f"{path}:prendre")
    identity = {
        "papier": "PASSEPORT", "nom_conforme": True, "naissance_conforme": True, "photo_conforme": True,
        "nom": "J", "prenoms": "Exemple", "naissance_date": NAISSANCE, "nationalite": "CN", "numero_etranger": NUMERO,
    }  # fmt: skip
    desk.post(f"{path}:verifier", **identity)
    found = desk.post(f"{path}:constater", symptome=6, precis="L'écran dit qu'un titre attend.", choix="titre:etudiant")
    called = desk.post(f"{path}:convoquer")
    desk.post(
        f"{path}:terminer", services=["INFORMATION"], resultat="BLOQUE", difficulte="titre fantôme",
        suite="Déposer en ligne ou venir au guichet avec la convocation.", orientation="SUBSTITUTION",
    )  # fmt: skip
    paper = called["convocation_numero"] or (called["rendez_vous"] or {}).get("reference", "")
    assert found["attestation_numero"], "the reception point gave no attestation"
    assert paper, "the reception point gave no convocation"
    recit.note(
        monde.today,
        f"Le point d'accueil constate, atteste ({found['attestation_numero']}) et convoque ({paper}).",
        regle="Arrêté du 1er août 2023, article 4 ; PAN-07",
        document="Attestation de blocage, convocation, preuve de visite",
    )


def _file(monde: Monde, recit: Recit, person: Acteur, fin: date) -> str:
    """The ghost bars nothing: the renewal is filed the same week, the inconsistency is flagged to the agent
    (DEP-27).
    """
    monde.advance(3)
    draft = person.post("/demandes", titre_code="etudiant", prefecture="75", fin_titre_date=fin.isoformat())
    add_pieces(person, draft["demande_id"])
    filed = person.post(f"/demandes/{draft['demande_id']}:deposer")
    recit.note(
        monde.today,
        f"Le renouvellement {filed['reference']} est déposé malgré le titre fantôme ; date retenue "
        f"{filed['retenue_date']}.",
        regle=filed["documents"][0]["regle"],
        document="Attestation de dépôt",
    )
    queue = monde.agent("deposit", "ines").queue()
    mine = next(row for row in queue if row["demande_id"] == filed["demande_id"])
    assert any(flag["code"] == "TITRE_NON_REMIS" for flag in mine["incoherences"]), "the ghost is not flagged"
    recit.note(monde.today, "L'incohérence est signalée à l'agent, sans bloquer.", regle="DEP-27")
    return str(filed["demande_id"])


def _follow(monde: Monde, recit: Recit, person: Acteur, demande_id: str) -> None:
    agent: Acteur = monde.agent("deposit", "ines")
    monde.advance(30, step=15)
    agent.post(f"/demandes/{demande_id}:complete")
    recit.note(monde.today, "L'agent dit la demande complète.")
    monde.advance(90, step=15)
    recit.messages(monde.today, monde.stack.boites.courriels(COURRIEL))
    decided: dict[str, Any] = agent.post(f"/demandes/{demande_id}:favorable")
    recit.note(monde.today, "Décision favorable.", regle=decided["documents"][-1]["regle"], document="ADF")
    monde.advance(20, step=10)
    agent.post(f"/demandes/{demande_id}:titre-pret", lieu="Préfecture d'exemple de Paris")
    answers = {"naissance": "12/03/1995", "prenoms": "Exemple", "numero_etranger": NUMERO}
    hand_over(agent, demande_id, person.get("/moi")["usager_id"], answers)
    recit.note(monde.today, "Le nouveau titre est remis ; la remise est enregistrée en un acte.", regle="DEP-62")
    monde.stack.clock.wait_quiet()
    recit.messages(monde.today, monde.stack.boites.courriels(COURRIEL))
