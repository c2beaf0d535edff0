"""What documents exist; each one has its own template, and only those that carry rights carry the signed code."""

from __future__ import annotations

from enum import StrEnum


class Nature(StrEnum):
    """The kind of a document; the value is kept in stored data and never renamed."""

    AD = "AD"
    API = "API"
    ADF = "ADF"
    REG = "REG"
    REC = "REC"
    BLO = "BLO"
    CONVOCATION = "CONVOCATION"
    PREUVE_VISITE = "PREUVE_VISITE"
    PREUVE_ENVOI = "PREUVE_ENVOI"
    CLOTURE = "CLOTURE"
    DECISION = "DECISION"
    LETTRE = "LETTRE"
    # Bears the number of the document that it goes with: whoever checks its reference checks that document.
    NOTE = "NOTE"
    # Bears that of the attestation de dépôt in the same way. Drawn on request, never stored: it grows with the facts.
    HISTORIQUE = "HISTORIQUE"
    # Made for one purpose: it names neither the title nor its article.
    JUSTIFICATIF = "JUSTIFICATIF"

    @property
    def libelle(self) -> str:
        """The title printed on the paper and shown to whoever checks it."""
        return LIBELLES[self]

    @property
    def is_signed(self) -> bool:
        """Does the paper carry a 2D-Doc? The others carry the reference alone."""
        return self in SIGNED

    @property
    def modele(self) -> str:
        """Name of its Typst template in `modeles/`."""
        return f"{self.value.lower()}.typ"


SIGNED = frozenset({Nature.AD, Nature.API, Nature.ADF, Nature.REG, Nature.REC, Nature.JUSTIFICATIF})

LIBELLES = {
    Nature.AD: "Attestation de dépôt",
    Nature.API: "Attestation de prolongation d’instruction",
    Nature.ADF: "Attestation de décision favorable",
    Nature.REG: "Attestation de demande complète",
    Nature.REC: "Récépissé de demande de titre de séjour",
    Nature.BLO: "Attestation de blocage",
    Nature.CONVOCATION: "Convocation",
    Nature.PREUVE_VISITE: "Preuve de visite",
    Nature.PREUVE_ENVOI: "Preuve d’envoi",
    Nature.CLOTURE: "Avis de clôture de la demande",
    Nature.DECISION: "Décision de la préfecture",
    Nature.LETTRE: "Lettre",
    Nature.HISTORIQUE: "Historique de la demande",
    Nature.NOTE: "Note à montrer avec un document",
    Nature.JUSTIFICATIF: "Justificatif pour un seul usage",
}
