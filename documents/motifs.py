"""Why a document cannot be made or read: one Motif per reason, all of our own rule."""

from __future__ import annotations

from droit.decision import Genre, Motif

REGLE = "regle-du-service"

CHAMP_MANQUANT = Motif(
    "DOCUMENT_CHAMP_MANQUANT",
    REGLE,
    "Ce document ne peut pas être fait : il manque une information obligatoire.",
    "Complétez l’information indiquée, puis recommencez.",
    Genre.INVALIDE,
)
CHAMP_INVALIDE = Motif(
    "DOCUMENT_CHAMP_INVALIDE",
    REGLE,
    "Ce document ne peut pas être fait : une information n’a pas la bonne forme.",
    "Corrigez l’information indiquée, puis recommencez.",
    Genre.INVALIDE,
)
DOCUMENT_TROP_LONG = Motif(
    "DOCUMENT_TROP_LONG",
    REGLE,
    "Ce document contient trop de texte.",
    "Raccourcissez le texte ou faites plusieurs documents.",
    Genre.TROP_GROS,
)
MENTION_CONTRAIRE = Motif(
    "DOCUMENT_MENTION_CONTRAIRE",
    "ceseda-r431-15-2",
    "Cette phrase sur le travail contredit l’article R. 431-15-2 : elle ne s’imprime sur aucun document.",
    "Choisissez la mention de travail du catalogue des titres.",
    Genre.INVALIDE,
)
REFERENCE_INVALIDE = Motif(
    "REFERENCE_INVALIDE",
    REGLE,
    "Cette référence n’existe pas : un caractère est faux ou manque.",
    "Recopiez la référence écrite en bas du document, lettre par lettre.",
    Genre.INVALIDE,
)
DOCUMENT_AILLEURS = Motif(
    "DOCUMENT_AILLEURS",
    REGLE,
    "Ce document vient d’un autre de nos services.",
    "Vérifiez-le là-bas : c’est aussi gratuit et sans compte.",
    Genre.INTROUVABLE,
)
REFERENCE_DE_SUIVI = Motif(
    "REFERENCE_DE_SUIVI",
    REGLE,
    "Cette référence n’est pas celle d’un document : elle sert à retrouver une demande, un rendez-vous ou un blocage.",
    "Tapez la référence écrite en bas du document : treize lettres et chiffres.",
    Genre.INVALIDE,
)
CODE_ILLISIBLE = Motif(
    "CODE_ILLISIBLE",
    REGLE,
    "Ce code n’est pas un code de document de séjour.",
    "Lisez le code carré du document, ou tapez sa référence.",
    Genre.INVALIDE,
)
NON_SIGNE = Motif(
    "DOCUMENT_NON_SIGNE",
    REGLE,
    "Ce document ne porte pas de code signé.",
    "Vérifiez-le par sa référence.",
    Genre.PRECONDITION,
)
AUTORITE_ABSENTE = Motif(
    "AUTORITE_ABSENTE",
    REGLE,
    "La clé qui signe les documents n’est pas installée.",
    "L’exploitant doit installer la clé de signature de ce service.",
    Genre.INDISPONIBLE,
)
