"""CASE-04, Madame F: a blocked attempt, a late filing, an API that no agent gives or renews; no day without
document.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dev.parcours.monde import Monde, add_pieces, hand_over
from dev.parcours.recit import Recit, days_without, papers

COURRIEL = "case04@exemple.test"


def play(monde: Monde, folder: Path) -> Recit:
    """Plays the case; raises AssertionError when a right has a gap."""
    recit = Recit("CASE-04", "Madame F, API non renouvelée", folder / "case-04")
    person = monde.person(
        nom="F",
        prenoms="Exemple",
        naissance_date="1988-11-02",
        nationalite="MA",
        courriel=COURRIEL,
        prefecture="69",
        adresse=["12 rue de l'Exemple", "69000 Lyon"],
    )
    fin = monde.today + timedelta(days=50)
    blocked = person.post("/blocages", symptome="PANNE", titre_code="conjoint-de-francais", prefecture="69")
    recit.note(monde.today, f"L'envoi échoue ; le blocage {blocked['reference']} est enregistré, la date est protégée.")
    monde.advance(20, step=15)
    draft = person.post("/demandes", titre_code="conjoint-de-francais", prefecture="69", fin_titre_date=fin.isoformat())
    add_pieces(person, draft["demande_id"])
    filed = person.post(f"/demandes/{draft['demande_id']}:deposer")
    recit.note(
        monde.today,
        f"Madame F dépose sa demande de renouvellement ({filed['reference']}), titre valable jusqu'au {fin}.",
        regle=filed["documents"][0]["regle"],
        document="Attestation de dépôt",
    )
    assert filed["retenue_date"] < filed["depot_date"], "the first blocked attempt is the date that counts"
    recit.note(monde.today, f"Date retenue : {filed['retenue_date']} (première tentative bloquée).", regle="DEP-25")
    for _ in range(16):
        monde.advance(15, step=15)
        recit.messages(monde.today, monde.stack.boites.courriels(COURRIEL))
    queue = monde.agent("deposit", "rhoda").queue()
    mine = next(row for row in queue if row["demande_id"] == draft["demande_id"])
    recit.note(
        monde.today,
        "Aucun agent n'est encore venu ; le dossier est dans la file de la préfecture.",
        regle=mine["raisons"][0]["phrase"],
    )
    _decide(monde, recit, draft["demande_id"], person.get("/moi")["usager_id"])
    done = person.get(f"/demandes/{draft['demande_id']}")
    papers(recit, person, done["documents"])
    recit.messages(monde.today, monde.stack.boites.courriels(COURRIEL))
    gaps = days_without(done["documents"], fin + timedelta(days=1), monde.today)
    assert gaps == [], f"{len(gaps)} jours sans document, le premier {gaps[0]}"
    recit.note(monde.today, "Aucun jour sans document valable depuis la fin du titre.")
    return recit


def _decide(monde: Monde, recit: Recit, demande_id: str, usager_id: str) -> None:
    agent = monde.agent("deposit", "rhoda")
    decided = agent.post(f"/demandes/{demande_id}:favorable")
    adf = decided["documents"][-1]
    recit.note(
        monde.today, "La préfecture décide favorablement.", regle=adf["regle"], document="ADF, sans limite de durée"
    )
    monde.advance(30, step=15)
    agent.post(f"/demandes/{demande_id}:titre-pret", lieu="Guichet de la préfecture d'exemple")
    recit.note(monde.today, "Le titre est prêt : la personne est invitée.")
    monde.advance(5)
    hand_over(agent, demande_id, usager_id, {"naissance": "02/11/1988", "prenoms": "Exemple", "code_postal": "69000"})
    recit.note(monde.today, "Le titre est remis et enregistré en un acte.")
