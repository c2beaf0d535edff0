"""What each document must say before it may exist; a notice without its reason is refused (DEP-39)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from documents.nature import Nature


class Forme(StrEnum):
    """The form of one entry of `extra`."""

    TEXTE = "texte"
    JOUR = "jour"  # "2027-03-12", "2027-03-12T09:30", overseas "2027-03-12T09:30[Indian/Reunion]"
    JOURS = "jours"
    LISTE = "liste"
    LIGNES = "lignes"  # rows: a mapping of text for each


@dataclass(frozen=True)
class Entree:
    """One entry of `extra`: its form, whether the document needs it, the columns of its rows."""

    forme: Forme
    requis: bool = False
    colonnes: tuple[str, ...] = ()


_DROITS = ("personne", "prefecture", "titre_libelle", "travail_mention", "droits", "debut_date")

# The fields of Contenu that cannot be empty, beside the number, the issuer and the day of issue.
FIELDS: dict[Nature, tuple[str, ...]] = {
    Nature.AD: ("personne", "prefecture", "titre_libelle", "depot_date"),
    Nature.API: (*_DROITS, "article", "fin_date"),
    Nature.ADF: (*_DROITS, "article"),
    Nature.REG: (*_DROITS, "fin_date"),
    Nature.REC: (*_DROITS, "fin_date"),
    Nature.BLO: ("personne", "prefecture"),
    Nature.CONVOCATION: ("personne", "prefecture"),
    Nature.PREUVE_VISITE: ("personne",),
    Nature.PREUVE_ENVOI: ("personne",),
    Nature.CLOTURE: ("personne", "prefecture"),
    Nature.DECISION: ("personne", "prefecture", "paragraphes"),
    Nature.LETTRE: ("paragraphes",),
    Nature.HISTORIQUE: ("personne", "prefecture", "titre_libelle", "paragraphes"),
    Nature.NOTE: ("personne", "prefecture", "debut_date", "paragraphes"),
    Nature.JUSTIFICATIF: ("personne", "titre_libelle", "droits", "debut_date", "fin_date"),
}

_VOIES = Entree(Forme.LIGNES, colonnes=("libelle", "texte"))

EXTRA: dict[Nature, dict[str, Entree]] = {
    Nature.BLO: {
        "demarche": Entree(Forme.TEXTE, requis=True),
        "tentatives": Entree(Forme.JOURS, requis=True),
        "symptome": Entree(Forme.TEXTE, requis=True),
        "voies": _VOIES,
    },
    Nature.CONVOCATION: {
        "lieu": Entree(Forme.TEXTE, requis=True),
        "date": Entree(Forme.JOUR),
        "heure": Entree(Forme.TEXTE),
        "limite_date": Entree(Forme.JOUR),
        "motif": Entree(Forme.TEXTE),
        "acces": Entree(Forme.TEXTE),
        "pieces": Entree(Forme.LISTE),
        "voies": _VOIES,
    },
    Nature.PREUVE_VISITE: {
        "lieu": Entree(Forme.TEXTE, requis=True),
        "visite_date": Entree(Forme.JOUR, requis=True),
        "difficulte": Entree(Forme.TEXTE, requis=True),
        "motif": Entree(Forme.TEXTE),
        "suite": Entree(Forme.TEXTE),
    },
    Nature.PREUVE_ENVOI: {
        "envoi_date": Entree(Forme.JOUR, requis=True),
        "objet": Entree(Forme.TEXTE, requis=True),
        "destinataire": Entree(Forme.TEXTE),
        "pieces": Entree(Forme.LIGNES, colonnes=("nom", "taille", "empreinte")),
    },
    Nature.CLOTURE: {
        "motif": Entree(Forme.TEXTE, requis=True),
        "pieces_manquantes": Entree(Forme.LIGNES, requis=True, colonnes=("libelle", "demande_date", "preuve")),
        "texte": Entree(Forme.TEXTE, requis=True),
        "recours": Entree(Forme.LISTE, requis=True),
        "reouverture": Entree(Forme.LISTE, requis=True),
        "effet_date": Entree(Forme.JOUR, requis=True),
    },
    Nature.DECISION: {
        "sens": Entree(Forme.TEXTE, requis=True),
        "motif": Entree(Forme.TEXTE),
        "texte": Entree(Forme.TEXTE),
        "recours": Entree(Forme.LISTE),
        # What a favourable decision gives, where no attestation de décision favorable says it.
        "portee": Entree(Forme.TEXTE),
    },
    Nature.LETTRE: {"objet": Entree(Forme.TEXTE, requis=True)},
    Nature.HISTORIQUE: {
        "demande": Entree(Forme.TEXTE, requis=True),
        "faits": Entree(
            Forme.LIGNES,
            requis=True,
            colonnes=("rang", "moment", "quoi", "par", "details", "fichiers", "preuve", "empreinte"),
        ),
        "empreinte": Entree(Forme.TEXTE, requis=True),
        "signature": Entree(Forme.TEXTE, requis=True),
        "certificat": Entree(Forme.TEXTE, requis=True),
    },
    Nature.NOTE: {
        "partenaire": Entree(Forme.TEXTE, requis=True),
        "document": Entree(Forme.TEXTE, requis=True),
        "nomme": Entree(Forme.TEXTE, requis=True),
        "textes": Entree(Forme.LISTE, requis=True),
    },
    Nature.JUSTIFICATIF: {
        "usage": Entree(Forme.TEXTE, requis=True),
        "code": Entree(Forme.TEXTE, requis=True),
        "textes": Entree(Forme.LISTE, requis=True),
    },
}

FAVORABLE, REFUS = "favorable", "refus"

# A refusal says why, by which text, and how to contest it; a favourable decision needs none of them.
REFUS_ENTRIES = ("motif", "texte", "recours")
