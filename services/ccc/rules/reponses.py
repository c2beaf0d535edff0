"""What may be answered, asked again, lifted and closed; each refusal tells the agent what to do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse
from services.ccc.rules.etats import CLOSE, INFORMATION, ISSUES, SUIVI, TELEPROCEDURE
from services.ccc.rules.identite import plain

REPONSE_A_COTE = Motif(
    "REPONSE_A_COTE",
    "ddd-2024-12-11",
    "La réponse ne dit pas à quoi elle répond : ni aux mots de la personne, ni à sa capture d’écran.",
    "Reprenez une phrase de la personne, ou dites ce que montre sa capture.",
    Genre.INVALIDE,
)
RENVOI_A_L_ESPACE = Motif(
    "RENVOI_A_L_ESPACE",
    "ddd-2024-12-11",
    "La personne ne peut pas entrer dans son espace : la réponse ne peut pas l’y renvoyer.",
    "Levez le blocage vous-même, ou attestez et donnez les façons de faire sans internet.",
    Genre.INVALIDE,
)
GESTE_TROP_TECHNIQUE = Motif(
    "GESTE_TROP_TECHNIQUE",
    "lettre-2024-12-17",
    "La réponse demande un geste informatique que tout le monde ne sait pas faire.",
    "Faites-le à sa place, ou orientez vers un point d’accueil ou une autre façon de faire.",
    Genre.INVALIDE,
)
TROP_DE_REFORMULATIONS = Motif(
    "TROP_DE_REFORMULATIONS",
    "ddd-2024-12-11",
    "La personne a déjà dû expliquer son problème autant de fois que permis.",
    "Traitez la demande avec ce que vous avez, ou attestez le blocage.",
)
ISSUE_MANQUANTE = Motif(
    "ISSUE_MANQUANTE",
    "ddd-2024-12-11",
    "Une demande ne se termine pas sans dire ce qui a été fait.",
    "Choisissez une des quatre issues.",
    Genre.INVALIDE,
)
SAISINE_CLOSE = Motif(
    "SAISINE_CLOSE",
    "regle-du-service",
    "Cette demande est terminée.",
    "La personne peut la rouvrir en disant que ce n’est pas réglé.",
)
PAS_ENCORE_TRAITEE = Motif(
    "PAS_ENCORE_TRAITEE",
    "ddd-2024-12-11",
    "Le blocage n’est ni levé, ni attesté : la demande ne peut pas être terminée.",
    "Levez le blocage, ou attestez-le.",
)
PAS_UN_BLOCAGE = Motif(
    "PAS_UN_BLOCAGE",
    "regle-du-service",
    "Cette demande ne parle pas d’un blocage.",
    "Changez d’abord sa catégorie : le blocage est alors enregistré à la date de la demande.",
)
DEJA_ATTESTE = Motif(
    "DEJA_ATTESTE",
    "regle-du-service",
    "Ce blocage est déjà attesté.",
    "Le même document peut être envoyé de nouveau.",
)

# What takes more than reading and writing: the agent does it, or somebody beside the person does (CCC-19).
_TECHNIQUE = re.compile(
    r"\b(cache|cookies?|navigation privee|f12|console|compress\w+|redimension\w+|convertir|resolution de l image"
    r"|changer de navigateur|autre navigateur|chrome|firefox|edge|safari|zip\w*|pare feu|vpn|dns|javascript|pixels?)\b"
)
_ESPACE = re.compile(
    r"\b(espace personnel|votre espace|mon espace|votre compte|connectez vous|reconnectez vous|vous connecter"
    r"|identifiez vous|mot de passe oublie)\b"
)
CITATION_MOTS = 2


@dataclass(frozen=True)
class Projet:
    """An answer before it is sent, beside what the person gave."""

    texte: str
    citation: str
    capture_vue: str


@dataclass(frozen=True)
class Donne:
    """What the person gave: her words, whether a file came with them, whether she can get in."""

    precis: str
    captures: bool
    sans_acces: bool


def may_answer(projet: Projet, donne: Donne) -> Decision:
    """An answer takes up the précis or the screenshot, sends nobody where they cannot go, asks no computer skill.

    Source: CCC-03, CCC-04, CCC-19.
    """
    said = plain(projet.texte)
    if donne.sans_acces and _ESPACE.search(said):
        return refuse(RENVOI_A_L_ESPACE, "texte")
    if _TECHNIQUE.search(said):
        return refuse(GESTE_TROP_TECHNIQUE, "texte")
    cited = plain(projet.citation)
    quotes = len(cited.split()) >= min(CITATION_MOTS, len(plain(donne.precis).split())) and cited in plain(donne.precis)
    looked = donne.captures and len(plain(projet.capture_vue).split()) >= CITATION_MOTS
    return accept() if (cited and quotes) or looked else refuse(REPONSE_A_COTE, "citation")


def may_reformulate(done: int, most: int) -> Decision:
    """The person is asked to say it again at most P-ROUND times (CCC-05)."""
    return refuse(TROP_DE_REFORMULATIONS, fait=done, au_plus=most) if done >= most else accept()


def may_close(issue: str, *, blocage: bool, traite: bool) -> Decision:
    """A ticket ends by one of the four duties; a blockage only once lifted, attested or routed (CCC-02)."""
    if issue not in ISSUES:
        return refuse(ISSUE_MANQUANTE, "issue")
    return refuse(PAS_ENCORE_TRAITEE) if blocage and not traite else accept()


def may_act(state: str) -> Decision:
    """Nothing is written on a closed ticket but its reopening."""
    return refuse(SAISINE_CLOSE) if state == CLOSE else accept()


def may_attest(*, blocage: bool, attested: bool) -> Decision:
    """Only a blockage is attested, once (CCC-07)."""
    if not blocage:
        return refuse(PAS_UN_BLOCAGE)
    return refuse(DEJA_ATTESTE) if attested else accept()


def attestation_day(ouverture: date, p_att: int, today: date) -> date:
    """The legal day on which the system attests: P-ATT days after the opening, never before today (CCC-06)."""
    return max(ouverture + timedelta(days=p_att), today)


def guess_category(texte: str) -> str:
    """The category of a message that nobody qualified; a blockage when in doubt: a constat costs nobody a right."""
    said = plain(texte)
    if re.search(
        r"\b(bloqu\w*|impossible|erreur\w*|bug\w*|panne|arrive pas|marche pas|fonctionne pas|refus\w*)\b", said
    ):
        return TELEPROCEDURE
    if re.search(r"\b(ou en est|avancement|suivi|delai|nouvelles|attends? (une )?reponse|toujours pas)\b", said):
        return SUIVI
    if re.search(r"\b(quels?|quelles?|comment|ai je droit|puis je|faut il|renseignements?|informations?)\b", said):
        return INFORMATION
    return TELEPROCEDURE


def queue_key(fin_droit: date | None, ouverture: str, niveau: int) -> str:
    """The order of the queue: the nearest end of a right first, then the higher level, then the oldest."""
    return f"{fin_droit.isoformat() if fin_droit else '9999-12-31'}|{9 - min(niveau, 9)}|{ouverture}"
