"""One complete document of each nature, shared by the tests and by whoever wants to look at the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from documents.contenu import Contenu, Droit, Personne
from documents.nature import Nature

JOUR = date(2027, 3, 12)
NUMERO = "1234567890123456787"

PERSONNE = Personne(
    nom="Naceur-O’Brien",
    prenoms="Zoë Anne",
    naissance_date=date(1991, 4, 1),
    nationalite="AF",
    numero_etranger="9912345678",
)
DROITS = (
    Droit("Séjour", "La personne a le droit de rester en France.", "Texte du séjour"),
    Droit("Travail", "La personne a le droit de travailler.", "Texte du travail"),
    Droit("Prestations", "La personne garde ses droits sociaux : santé, famille, logement.", "Texte des prestations"),
)
VOIES = [
    {"libelle": "Guichet", "texte": "1 place de la Préfecture, du lundi au vendredi"},
    {"libelle": "Courrier", "texte": "Service des étrangers, 1 place de la Préfecture"},
]
EXTRA: dict[Nature, dict[str, Any]] = {
    Nature.BLO: {
        "demarche": "Renouvellement d’un titre de séjour",
        "tentatives": ["2027-03-01", "2027-03-05T14:05"],
        "symptome": "Le bouton « déposer » reste gris après l’ajout de la dernière pièce.",
        "voies": VOIES,
    },
    Nature.CONVOCATION: {
        "lieu": "Préfecture, guichet 4, 1 place de la Préfecture",
        "date": "2027-04-02",
        "heure": "9 h 30",
        "motif": "déposer votre demande de titre de séjour",
        "pieces": ["Votre passeport", "Votre ancienne carte", "Deux photos"],
        "voies": VOIES,
    },
    Nature.PREUVE_VISITE: {
        "lieu": "Point d’accueil numérique de la préfecture",
        "visite_date": "2027-03-12T10:20",
        "difficulte": "Le compte ne s’ouvre pas : le courriel de confirmation n’arrive jamais.",
        "suite": "Attestation de blocage donnée le même jour.",
    },
    Nature.PREUVE_ENVOI: {
        "envoi_date": "2027-03-12T18:42",
        "objet": "Pièces demandées le 1er mars 2027",
        "destinataire": "Préfecture, service des étrangers",
        "pieces": [{"nom": "bail signé.pdf", "taille": "12,4 Mo", "empreinte": "9f86d081884c7d65" * 4}],
    },
    Nature.CLOTURE: {
        "motif": "Le justificatif de domicile demandé deux fois n’est pas arrivé.",
        "pieces_manquantes": [
            {
                "libelle": "Justificatif de domicile",
                "demande_date": "2027-01-10",
                "preuve": "Message lu le 11 janvier 2027",
            }
        ],
        "texte": "Texte appliqué par la préfecture",
        "recours": ["Écrire à la préfecture (recours gracieux)", "Saisir le tribunal administratif"],
        "reouverture": ["Dans votre espace, bouton « Demander la réouverture »", "Par courrier à la préfecture"],
        "effet_date": "2027-03-15",
    },
    Nature.DECISION: {
        "sens": "refus",
        "motif": "La condition de ressources n’est pas remplie.",
        "texte": "Texte appliqué par la préfecture",
        "recours": ["Saisir le tribunal administratif"],
    },
    Nature.LETTRE: {"objet": "Votre attestation est prête"},
    Nature.HISTORIQUE: {
        "demande": "D-2345-6789",
        "faits": [
            {
                "rang": "1",
                "moment": "12 mars 2027, 10 h 30",
                "quoi": "Demande déposée",
                "par": "vous",
                "fichiers": "passeport.pdf (SHA-256 …)",
                "empreinte": "ab" * 32,
            }
        ],
        "empreinte": "cd" * 32,
        "signature": "ZXhlbXBsZQ==",
        "certificat": "DEP0",
    },
    Nature.NOTE: {
        "partenaire": "Caisse d’allocations familiales",
        "document": "Attestation de prolongation d’instruction",
        "nomme": "Ce texte ne nomme pas les attestations en ligne.",
        "textes": ["Code de la sécurité sociale, article D. 512-1"],
    },
    Nature.JUSTIFICATIF: {
        "usage": "Travail",
        "code": "T-2345-6789",
        "textes": ["Code de l’entrée et du séjour des étrangers, article R. 431-15-2"],
    },
}


def contenu(nature: Nature, **changes: Any) -> Contenu:
    """A complete document of this nature, with `changes`."""
    values: dict[str, Any] = {
        "nature": nature,
        "numero": NUMERO,
        "emetteur": "Service du séjour",
        "prefecture": "Préfecture d’exemple",
        "emis_date": JOUR,
        "depot_date": date(2027, 1, 2),
        "personne": PERSONNE,
        "titre_libelle": "Carte de séjour « étudiant »",
        "article": "CESEDA L. 422-1",
        "travail_mention": "autorise son titulaire à travailler",
        "mentions": ("reconnue réfugiée",),
        "regle": "R. 431-15-1, position « recommandation »",
        "verification_url": "https://sejour.example/verifier",
        "extra": EXTRA.get(nature, {}),
    }
    if nature in (Nature.API, Nature.ADF, Nature.REG, Nature.REC, Nature.JUSTIFICATIF):
        values |= {"droits": DROITS, "debut_date": date(2027, 3, 13)}
    if nature in (Nature.API, Nature.REG, Nature.REC, Nature.JUSTIFICATIF):
        values |= {"fin_date": date(2027, 6, 12)}
    if nature is Nature.NOTE:
        values |= {"debut_date": date(2027, 3, 13), "fin_date": date(2027, 6, 12)}
    if nature in (Nature.LETTRE, Nature.DECISION, Nature.NOTE, Nature.HISTORIQUE):
        values |= {"paragraphes": ("Madame, votre document est joint à cette lettre.", "Gardez-le avec vous.")}
    if nature in (Nature.LETTRE, Nature.DECISION, Nature.CLOTURE, Nature.CONVOCATION):
        values |= {"adresse": ("Zoë Anne NACEUR-O’BRIEN", "chez Mme Martin", "12 rue des Lilas", "35000 RENNES")}
    return Contenu(**(values | changes))
