"""The refusals of HTTP itself: the same Motif gives the API's problem and the page for people."""

from __future__ import annotations

from droit.decision import Genre, Motif

_REGLE = "regle-du-service"


def _(text: str) -> str:
    """Marks a msgid; the edge translates it."""
    return text


NON_AUTHENTIFIE = Motif(
    "NON_AUTHENTIFIE",
    _REGLE,
    _("Il faut être connecté pour faire cela."),
    _("Connectez-vous, puis recommencez."),
    Genre.NON_AUTHENTIFIE,
)
INTERDIT = Motif(
    "INTERDIT",
    _REGLE,
    _("Votre compte ne permet pas de faire cela."),
    _("Si vous pensez que c'est une erreur, signalez-le avec « Je n'y arrive pas »."),
    Genre.INTERDIT,
)
INTROUVABLE = Motif(
    "INTROUVABLE",
    _REGLE,
    _("Cette page ou ce dossier n'existe pas."),
    _("Vérifiez l'adresse ou la référence, ou revenez à l'accueil."),
    Genre.INTROUVABLE,
)
METHODE_REFUSEE = Motif(
    "METHODE_REFUSEE",
    _REGLE,
    _("Cette adresse ne répond pas à cette demande."),
    _("Revenez à la page précédente et recommencez avec le bouton de la page."),
    Genre.INVALIDE,
)
DEMANDE_INVALIDE = Motif(
    "DEMANDE_INVALIDE",
    _REGLE,
    _("Ce qui a été envoyé ne peut pas être lu."),
    _("Corrigez les champs indiqués, puis envoyez de nouveau. Rien n'a été changé."),
    Genre.INVALIDE,
)
FORMULAIRE_PERIME = Motif(
    "FORMULAIRE_PERIME",
    _REGLE,
    _("Cette page a été ouverte avant votre dernière connexion : nous n'avons pas pris ce qu'elle envoyait."),
    _("Revenez à la page précédente, rechargez-la, puis envoyez de nouveau."),
    Genre.INVALIDE,
)
TROP_GROS = Motif(
    "TROP_GROS",
    _REGLE,
    _("Ce que vous envoyez est trop gros."),
    _("Envoyez un fichier plus léger, ou plusieurs fichiers séparés. Ce qui était déjà enregistré est gardé."),
    Genre.TROP_GROS,
)
TROP_DE_DEMANDES = Motif(
    "TROP_DE_DEMANDES",
    _REGLE,
    _("Il y a eu trop d'essais en peu de temps."),
    _("Attendez un moment, puis recommencez. Ce qui était déjà enregistré est gardé."),
    Genre.TROP,
)
INDISPONIBLE = Motif(
    "INDISPONIBLE",
    _REGLE,
    _("Le service est en panne pour un moment."),
    _("Ce qui était déjà enregistré est gardé. Recommencez dans quelques minutes, ou signalez le blocage : sa date compte."),
    Genre.INDISPONIBLE,
)
ERREUR = Motif(
    "ERREUR_INTERNE",
    _REGLE,
    _("Une erreur est de notre fait : votre action n'a pas abouti."),
    _("Ce qui était déjà enregistré est gardé. Recommencez, ou signalez le blocage : sa date compte."),
    Genre.INDISPONIBLE,
)
HOTE_REFUSE = Motif(
    "HOTE_REFUSE",
    _REGLE,
    _("Cette adresse n'est pas celle du service."),
    _("Passez par l'adresse officielle du service."),
    Genre.INVALIDE,
)
TYPE_REFUSE = Motif(
    "TYPE_REFUSE",
    _REGLE,
    _("Ce format n'est pas accepté ici."),
    _("Envoyez du JSON (application/json)."),
    Genre.INVALIDE,
)
CLE_ABSENTE = Motif(
    "CLE_ABSENTE",
    _REGLE,
    _("L'en-tête Idempotency-Key manque ou n'a pas la bonne forme."),
    _("Envoyez une clé nouvelle de 16 à 128 caractères pour chaque action, et la même quand vous recommencez."),
    Genre.INVALIDE,
)
CLE_REUTILISEE = Motif(
    "CLE_REUTILISEE",
    _REGLE,
    _("Cette clé a déjà servi pour un autre envoi."),
    _("Prenez une clé nouvelle pour cette action."),
    Genre.INVALIDE,
)
CLE_EN_COURS = Motif(
    "CLE_EN_COURS",
    _REGLE,
    _("Le même envoi est déjà en cours."),
    _("Attendez un instant, puis recommencez avec la même clé : la réponse sera celle du premier envoi."),
    Genre.CONFLIT,
)
JETON_SANS_PORTEE = Motif(
    "JETON_SANS_PORTEE",
    _REGLE,
    _("Ce jeton ne permet pas cette action."),
    _("Demandez un jeton dont la portée couvre cette action."),
    Genre.INTERDIT,
)
