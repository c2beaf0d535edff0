"""What no préfecture can lift goes to the programme desk with a clock (DEP-61)."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse

OUVERTE, EN_RETARD, LEVEE = "OUVERTE", "EN_RETARD", "LEVEE"
OBJETS: Mapping[str, str] = {
    "demande_fantome": "Une ancienne demande que la préfecture ne peut pas fermer",
    "titre_non_remis": "Un titre remis que la préfecture ne peut pas enregistrer",
    "compte": "Un compte que la préfecture ne peut pas rattacher ou ouvrir",
    "illisible": "Une demande ou des pièces que la préfecture ne voit pas",
    "autre": "Autre chose que la préfecture ne peut pas lever",
}
# What the programme desk may do in the same act as its answer.
ACTES: Mapping[str, str] = {
    "aucun": "Rien de plus : c’est réglé autrement",
    "fermer": "Fermer l’ancienne demande",
    "remise": "Enregistrer la remise du titre",
}

OBJET_INCONNU = Motif(
    "REMONTEE_INCONNUE",
    "regle-du-service",
    "Ce problème n’est pas dans la liste, ou il n’est pas dit.",
    "Choisissez ce que la préfecture ne peut pas lever, et écrivez ce que vous avez essayé.",
    Genre.INVALIDE,
)
REMONTEE_INTROUVABLE = Motif(
    "REMONTEE_INTROUVABLE",
    "regle-du-service",
    "Ce dossier n’est pas au bureau national.",
    "Vérifiez sa référence.",
    Genre.INTROUVABLE,
)
REMONTEE_LEVEE = Motif(
    "REMONTEE_LEVEE",
    "regle-du-service",
    "Ce problème est déjà réglé.",
    "La réponse donnée est écrite sur la page.",
)


def may_escalate(objet: str, texte: str) -> Decision:
    """The case says what cannot be lifted, and what was tried."""
    if objet not in OBJETS:
        return refuse(OBJET_INCONNU, champ="objet")
    return accept() if texte.strip() else refuse(OBJET_INCONNU, champ="texte")


def may_lift(state: str, acte: str, texte: str) -> Decision:
    """Lifted once, with what was done."""
    if state == LEVEE:
        return refuse(REMONTEE_LEVEE)
    if acte not in ACTES:
        return refuse(OBJET_INCONNU, champ="acte")
    return accept() if texte.strip() else refuse(OBJET_INCONNU, champ="texte")
