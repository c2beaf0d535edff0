"""What makes a demande pressing: the grounds that a person, her helper or an agent of any channel may flag (DEP-60)."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Genre, Motif

# By code, in words. Each is flagged with a proof, or with words that somebody can check.
MOTIFS: Mapping[str, str] = {
    "travail": "Perte d’un emploi",
    "prestations": "Perte d’une prestation ou d’un droit social",
    "sante": "Santé",
    "logement": "Logement",
    "etudes": "Études",
    "famille": "Événement de famille",
    "enfant": "Intérêt d’un enfant",
    "victime": "Personne victime de violences",
}
# Said at a desk; deposit says it in its own words to the person.
URGENCE_INCONNUE = Motif(
    "URGENCE_INCONNUE",
    "regle-du-service",
    "Cette urgence n’est pas dans la liste.",
    "Choisissez la plus proche, et écrivez le reste avec les mots de la personne.",
    Genre.INVALIDE,
)
