"""Why a question to the law has no answer: one Motif for each reason."""

from __future__ import annotations

from droit.decision import Genre, Motif

AVANT_LA_REGLE = Motif(
    "AVANT_LA_REGLE",
    "regle-du-service",
    "Aucune règle connue ne s'applique à cette date.",
    "Vérifiez la date. Si elle est juste, un agent examine votre situation au guichet de la préfecture.",
)
TITRE_INCONNU = Motif(
    "TITRE_INCONNU",
    "regle-du-service",
    "Ce titre de séjour n'est pas au catalogue.",
    "Choisissez un titre dans la liste, ou répondez aux questions de « Je ne sais pas ».",
    Genre.INTROUVABLE,
)
DEMARCHE_INCONNUE = Motif(
    "DEMARCHE_INCONNUE",
    "regle-du-service",
    "Cette démarche n'est pas au catalogue.",
    "Choisissez une démarche dans la liste.",
    Genre.INTROUVABLE,
)
DEPARTEMENT_INCONNU = Motif(
    "DEPARTEMENT_INCONNU",
    "regle-du-service",
    "Ce code de département n'existe pas.",
    "Donnez le code du département, par exemple 75, 2A ou 974.",
    Genre.INTROUVABLE,
)
PREFECTURE_INCONNUE = Motif(
    "PREFECTURE_INCONNUE",
    "regle-du-service",
    "Les règles de cette préfecture ne sont pas encore enregistrées.",
    "Vous pouvez vous rendre au guichet de la préfecture, ou appeler le centre de contact.",
    Genre.INTROUVABLE,
)
TEXTE_INCONNU = Motif(
    "TEXTE_INCONNU",
    "regle-du-service",
    "Ce texte n'est pas au registre des textes.",
    "Consultez la liste des textes.",
    Genre.INTROUVABLE,
)
REGLE_INCONNUE = Motif(
    "REGLE_INCONNUE",
    "regle-du-service",
    "Cette règle n'existe pas.",
    "Consultez la liste des règles nationales.",
    Genre.INTROUVABLE,
)
TITRE_A_COMPLETER = Motif(
    "TITRE_A_COMPLETER",
    "regle-du-service",
    "La fiche de ce titre contient encore une valeur de démonstration.",
    "Le service ne délivre pas de document pour ce titre. La préfecture vous reçoit au guichet.",
)
