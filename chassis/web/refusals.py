"""The refusals of HTTP itself: the same Motif gives the API's problem and the page for people."""

from __future__ import annotations

from droit.decision import Genre, Motif

_REGLE = "regle-du-service"


NON_AUTHENTIFIE = Motif(
    "NON_AUTHENTIFIE",
    _REGLE,
    "Il faut être connecté pour faire cela.",
    "Connectez-vous, puis recommencez.",
    Genre.NON_AUTHENTIFIE,
)
INTERDIT = Motif(
    "INTERDIT",
    _REGLE,
    "Votre compte ne permet pas de faire cela.",
    "Si vous pensez que c'est une erreur, signalez-le avec « Je n'y arrive pas ».",
    Genre.INTERDIT,
)
INTROUVABLE = Motif(
    "INTROUVABLE",
    _REGLE,
    "Cette page ou ce dossier n'existe pas.",
    "Vérifiez l'adresse ou la référence, ou revenez à l'accueil.",
    Genre.INTROUVABLE,
)
METHODE_REFUSEE = Motif(
    "METHODE_REFUSEE",
    _REGLE,
    "Cette adresse ne répond pas à cette demande.",
    "Revenez à la page précédente et recommencez avec le bouton de la page.",
    Genre.INVALIDE,
)
DEMANDE_INVALIDE = Motif(
    "DEMANDE_INVALIDE",
    _REGLE,
    "Ce qui a été envoyé ne peut pas être lu.",
    "Corrigez les champs indiqués, puis envoyez de nouveau. Rien n'a été changé.",
    Genre.INVALIDE,
)
FORMULAIRE_PERIME = Motif(
    "FORMULAIRE_PERIME",
    _REGLE,
    "Cette page a été ouverte avant votre dernière connexion : nous n'avons pas pris ce qu'elle envoyait.",
    "Revenez à la page précédente, rechargez-la, puis envoyez de nouveau.",
    Genre.INVALIDE,
)
TROP_GROS = Motif(
    "TROP_GROS",
    _REGLE,
    "Ce que vous envoyez est trop gros.",
    "Envoyez un fichier plus léger, ou plusieurs fichiers séparés. Ce qui était déjà enregistré est gardé.",
    Genre.TROP_GROS,
)
TROP_DE_DEMANDES = Motif(
    "TROP_DE_DEMANDES",
    _REGLE,
    "Il y a eu trop d'essais en peu de temps.",
    "Attendez un moment, puis recommencez. Ce qui était déjà enregistré est gardé.",
    Genre.TROP,
)
TROP_DE_MONDE = Motif(
    "TROP_DE_MONDE",
    _REGLE,
    "Beaucoup de personnes utilisent le service en ce moment : il n’a pas eu le temps de vous répondre.",
    "Recommencez dans une minute. Si cela dure, signalez le blocage : sa date compte.",
    Genre.INDISPONIBLE,
)
TROP_DE_MONDE_GARDE = Motif(
    "TROP_DE_MONDE_GARDE",
    _REGLE,
    "Beaucoup de personnes utilisent le service en ce moment : rien n’a été envoyé.",
    "Ce que vous avez écrit est gardé une heure. Revenez à la page d’avant, vérifiez, puis envoyez de nouveau. "
    "Si cela dure, signalez le blocage : sa date compte.",
    Genre.INDISPONIBLE,
)
INDISPONIBLE = Motif(
    "INDISPONIBLE",
    _REGLE,
    "Le service est en panne pour un moment.",
    "Ce qui était enregistré est gardé. Recommencez dans quelques minutes, ou signalez le blocage : sa date compte.",
    Genre.INDISPONIBLE,
)
ERREUR = Motif(
    "ERREUR_INTERNE",
    _REGLE,
    "Une erreur est de notre fait : votre action n'a pas abouti.",
    "Ce qui était déjà enregistré est gardé. Recommencez, ou signalez le blocage : sa date compte.",
    Genre.INDISPONIBLE,
)
HOTE_REFUSE = Motif(
    "HOTE_REFUSE",
    _REGLE,
    "Cette adresse n'est pas celle du service.",
    "Passez par l'adresse officielle du service.",
    Genre.INVALIDE,
)
TYPE_REFUSE = Motif(
    "TYPE_REFUSE",
    _REGLE,
    "Ce format n'est pas accepté ici.",
    "Envoyez du JSON (application/json).",
    Genre.INVALIDE,
)
CLE_ABSENTE = Motif(
    "CLE_ABSENTE",
    _REGLE,
    "L'en-tête Idempotency-Key manque ou n'a pas la bonne forme.",
    "Envoyez une clé nouvelle de 16 à 128 caractères pour chaque action, et la même quand vous recommencez.",
    Genre.INVALIDE,
)
CLE_REUTILISEE = Motif(
    "CLE_REUTILISEE",
    _REGLE,
    "Cette clé a déjà servi pour un autre envoi.",
    "Prenez une clé nouvelle pour cette action.",
    Genre.INVALIDE,
)
CLE_EN_COURS = Motif(
    "CLE_EN_COURS",
    _REGLE,
    "Le même envoi est déjà en cours.",
    "Attendez un instant, puis recommencez avec la même clé : la réponse sera celle du premier envoi.",
    Genre.CONFLIT,
)
