"""The states of tickets, calls and faults: which may follow which, and how each is said."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Genre, Motif

OUVERTE, REPONDUE, A_PRECISER, CLOSE = "OUVERTE", "REPONDUE", "A_PRECISER", "CLOSE"
ETATS: Mapping[str, str] = {
    OUVERTE: "Un agent doit répondre",
    REPONDUE: "Répondue : la personne peut dire si c’est réglé",
    A_PRECISER: "La personne doit préciser",
    CLOSE: "Terminée",
}

TELEPROCEDURE, INFORMATION, SUIVI, AUTRE = "TELEPROCEDURE", "INFORMATION", "SUIVI", "AUTRE"
CATEGORIES: Mapping[str, str] = {
    TELEPROCEDURE: "Je suis bloqué sur le site",
    INFORMATION: "J’ai besoin d’une information",
    SUIVI: "Je veux savoir où en est mon dossier",
    AUTRE: "Autre chose",
}

FORMULAIRE, COURRIEL, TELEPHONE, AUTRE_CANAL = "FORMULAIRE", "COURRIEL", "TELEPHONE", "AUTRE_CANAL"
CANAUX: Mapping[str, str] = {
    FORMULAIRE: "Formulaire",
    COURRIEL: "Courriel",
    TELEPHONE: "Téléphone",
    AUTRE_CANAL: "Autre service",
}

TRANSMISE, ANNONCEE = "ANOMALIE_TRANSMISE", "SOLUTION_ANNONCEE"
# The four duties of the contact centre (CCC-02): a ticket ends by one of them.
ISSUES: Mapping[str, str] = {
    "AIDE_DEPOT": "Aide donnée pour déposer",
    "INFORMATION_SUIVI": "Information donnée sur le suivi ou sur la règle",
    TRANSMISE: "Anomalie identifiée et transmise",
    ANNONCEE: "Solution annoncée à la personne",
}

# Each « not solved » puts a ticket a level higher; from the second on it is the supervisors'.
NIVEAU_MAX = 9

NON_VERIFIEE, VERIFIEE, ECHEC = "NON_VERIFIEE", "VERIFIEE", "ECHEC"
IDENTITES: Mapping[str, str] = {
    NON_VERIFIEE: "Identité non vérifiée",
    VERIFIEE: "Identité vérifiée",
    ECHEC: "Vérification sans succès : ne rien dire du dossier",
}

# Of the register (XCT-17).
ANOMALIE_OUVERTE, CONTOURNEE, RESOLUE = "OUVERTE", "CONTOURNEE", "RESOLUE"
ETATS_ANOMALIE: Mapping[str, str] = {
    ANOMALIE_OUVERTE: "Non résolue",
    CONTOURNEE: "Non résolue, avec une façon de faire en attendant",
    RESOLUE: "Résolue",
}

ENTRANT, SORTANT = "ENTRANT", "SORTANT"
# Events of a call, as the telephone system tells them.
SONNE, DECROCHE, TRANSFERE, TERMINE = "SONNE", "DECROCHE", "TRANSFERE", "TERMINE"
TRAITE, ABANDONNE, SANS_REPONSE = "TRAITE", "ABANDONNE", "SANS_REPONSE"

# Of a message in a thread.
DE_LA_PERSONNE, DU_CENTRE = "PERSONNE", "CENTRE"

# Of an act asked of another service by a stored command.
EN_ATTENTE, FAIT, REFUSE = "EN_ATTENTE", "FAIT", "REFUSE"

# Numbers of sejour.blocage.v1.Symptome, as a person would say them.
SYMPTOMES: Mapping[int, str] = {
    1: "Je ne peux pas ouvrir de compte.",
    2: "Le site dit qu’un compte existe déjà.",
    3: "Je ne peux pas me connecter, ou le lien n’arrive pas.",
    4: "La démarche est affichée mais je ne peux pas la choisir.",
    5: "Le site dit qu’une ancienne demande est en cours.",
    6: "Le site dit qu’un titre m’attend à la préfecture.",
    7: "Je ne peux pas envoyer une pièce.",
    8: "Je ne peux pas ouvrir ce que l’agent demande.",
    9: "Je ne peux pas télécharger un document.",
    10: "Un message nécessaire n’est pas arrivé.",
    11: "La page ne marche pas.",
    12: "Le centre de contact ne répond pas.",
    13: "Autre chose.",
}
SANS_ACCES = frozenset({1, 2, 3})

# Said in each contact (CCC-13).
QUI_REPOND = (
    "le centre de contact. Ce n’est ni la préfecture ni la direction générale des étrangers en France ; "
    "il ne décide pas de votre titre"
)

SAISINE_INCONNUE = Motif(
    "SAISINE_INCONNUE",
    "regle-du-service",
    "Aucune demande au centre de contact ne porte cette référence.",
    "Vérifiez la référence, ou écrivez-nous de nouveau : une nouvelle référence vous est donnée.",
    Genre.INTROUVABLE,
)
BLOCAGE_SANS_SAISINE = Motif(
    "BLOCAGE_SANS_SAISINE",
    "regle-du-service",
    "Aucune demande au centre de contact ne porte ce blocage : un autre service l’a constaté.",
    "Prenez l’appel et notez cette référence : la préfecture y retrouve la personne, sa date et sa voie.",
    Genre.INTROUVABLE,
)
COURRIEL_INCONNU = Motif(
    "COURRIEL_INCONNU",
    "regle-du-service",
    "Ce courriel n’est plus parmi ceux mis de côté.",
    "Un collègue l’a peut-être repris : cherchez sa demande dans la file.",
    Genre.INTROUVABLE,
)
APPEL_TERMINE = Motif(
    "APPEL_TERMINE",
    "regle-du-service",
    "Cet appel est déjà terminé.",
    "Notez un nouvel appel.",
)
ANOMALIE_INCONNUE = Motif(
    "ANOMALIE_INCONNUE",
    "regle-du-service",
    "Le registre n’a pas d’anomalie de ce code.",
    "Vérifiez le code dans le registre.",
    Genre.INTROUVABLE,
)
