"""A proof for one purpose: what it shows, how long it lasts, what whoever checks it is answered (DEP-59, XCT-13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from droit.decision import Decision, Genre, Motif, accept, refuse
from personne.reference import read_reference


@dataclass(frozen=True)
class Usage:
    """A purpose: the first letter of its codes, the partners whose texts it names, the rights that it needs."""

    code: str
    lettre: str
    libelle: str
    partenaires: tuple[str, ...]
    droits: tuple[str, ...]


SEJOUR, TRAVAIL = "Séjour", "Travail"
USAGES: Mapping[str, Usage] = {
    usage.code: usage
    for usage in (
        Usage("travail", "T", "Travail", ("employeur", "france-travail"), (SEJOUR, TRAVAIL)),
        Usage("prestations", "P", "Aides et prestations", ("caf", "france-travail", "action-sociale"), (SEJOUR,)),
        Usage("sante", "S", "Couverture santé", ("cpam",), (SEJOUR,)),
        Usage("logement", "L", "Logement", ("bailleur",), (SEJOUR,)),
        Usage("banque", "Q", "Compte en banque", ("banque",), (SEJOUR,)),
    )
}
# Signs of a code after the letter of its purpose.
CODE_SIGNES = 8
# How a wallet calls each right.
NOMS = {SEJOUR: "sejour", TRAVAIL: "travail"}
# The same for everybody: the phrase of a document may tell why she may stay.
EN_SEJOUR = "La personne est en séjour régulier."
EN_SEJOUR_AVEC_CARTE = "La personne est en séjour régulier, avec sa carte expirée."


class Etat(StrEnum):
    """What a check answers. CARTE: her card or visa proves, no paper of this service does."""

    VALIDE = "valide"
    CARTE = "carte"
    SANS_DROIT = "sans-droit"
    TERMINE = "termine"
    RETIRE = "retire"
    AUTRE_USAGE = "autre-usage"
    NON_VERIFIE = "non-verifie"


PHRASES: Mapping[Etat, str] = {
    Etat.VALIDE: "Ce justificatif est valable aujourd’hui.",
    Etat.CARTE: "Aujourd’hui, la preuve est la carte ou le visa de la personne : demandez à la voir.",
    Etat.SANS_DROIT: "Aucun document de ce service ne prouve ce droit aujourd’hui. Ce n’est pas un refus : "
    "la personne peut montrer une autre preuve.",
    Etat.TERMINE: "Ce justificatif est terminé. Demandez-en un nouveau à la personne.",
    Etat.RETIRE: "La personne a retiré ce justificatif. Demandez-en un nouveau.",
    Etat.AUTRE_USAGE: "Ce justificatif est fait pour un autre usage : il ne dit rien pour le vôtre. "
    "Demandez-en un autre à la personne.",
    Etat.NON_VERIFIE: "L’état de ce justificatif n’a pas pu être vérifié. Ce n’est pas un refus : "
    "recommencez plus tard.",
}

USAGE_INCONNU = Motif(
    "USAGE_INCONNU",
    "regle-du-service",
    "Cet usage n’est pas dans la liste.",
    "Choisissez à quoi sert le justificatif.",
    Genre.INVALIDE,
)
DUREE_TROP_LONGUE = Motif(
    "DUREE_TROP_LONGUE",
    "regle-du-service",
    "Un justificatif ne dure pas si longtemps.",
    "Choisissez moins de jours : vous pouvez en faire un autre à tout moment.",
    Genre.INVALIDE,
)
RIEN_A_PROUVER = Motif(
    "RIEN_A_PROUVER",
    "regle-du-service",
    "Aucun document de ce service ne prouve votre droit aujourd’hui.",
    "Montrez votre carte ou votre visa s’il est valable. Sinon, signalez l’urgence sur votre demande, ou appelez "
    "le centre de contact.",
)
TRAVAIL_NON_DIT = Motif(
    "TRAVAIL_NON_DIT",
    "regle-du-service",
    "Votre document ne dit rien du droit de travailler.",
    "Choisissez un autre usage. Pour le travail, demandez à votre préfecture ce que votre titre permet.",
)
JUSTIFICATIF_INCONNU = Motif(
    "JUSTIFICATIF_INCONNU",
    "regle-du-service",
    "Aucun justificatif n’a ce code avec cette date de naissance.",
    "Relisez le code, neuf signes, et la date de naissance sur une pièce d’identité.",
    Genre.INTROUVABLE,
)
IDENTITE_A_VERIFIER = Motif(
    "IDENTITE_A_VERIFIER",
    "regle-du-service",
    "L’identité de la personne n’a pas été vérifiée aujourd’hui.",
    "Faites d’abord la vérification d’identité, puis le justificatif.",
    Genre.INTERDIT,
)
RECU_INCONNU = Motif(
    "RECU_INCONNU",
    "regle-du-service",
    "Aucun reçu n’a ce numéro avec cette date de naissance.",
    "Relisez le numéro écrit sur le reçu, et la date de naissance de la personne.",
    Genre.INTROUVABLE,
)
RIEN_MONTRE = Motif(
    "RIEN_MONTRE",
    "regle-du-service",
    "Ce reçu est connu, mais il ne montrait aucun document : il n’y a rien à refuser.",
    "Demandez à la personne sa carte, son visa ou un nouveau justificatif, et vérifiez-le.",
)
PORTEFEUILLE_FERME = Motif(
    "PORTEFEUILLE_FERME",
    "regle-du-service",
    "Le portefeuille numérique n’est pas à l’essai pour votre préfecture et votre titre.",
    "Donnez le code, ou imprimez le papier : ils disent la même chose.",
)
_EN_PARENTHESES = re.compile(r"\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$")


@dataclass(frozen=True)
class Ligne:
    """One right that is shown."""

    libelle: str
    texte: str


def lines_for(usage: Usage, droits: Iterable[Mapping[str, str]], *, avec_carte: bool) -> tuple[Ligne, ...]:
    """What this purpose needs of a document's rights, and nothing else: no title, no article, no mention."""
    lines = [Ligne(SEJOUR, EN_SEJOUR_AVEC_CARTE if avec_carte else EN_SEJOUR)]
    if TRAVAIL in usage.droits:
        said = next((droit["texte"] for droit in droits if droit["libelle"] == TRAVAIL), "")
        if said:
            lines.append(Ligne(TRAVAIL, without_title(said)))
    return tuple(lines)


def read_code(typed: str, usage: Usage) -> str:
    """The code as stored, from what was typed: nine signs, or eight without the letter of the purpose."""
    signs = [sign for sign in typed.upper() if sign.isalnum()]
    return read_reference(typed, signs[0] if len(signs) > CODE_SIGNES else usage.lettre)


def without_title(mention: str) -> str:
    """The right to work as it is printed, less what stands in brackets: the name of the title is her story."""
    return _EN_PARENTHESES.sub("", mention).strip()


def proves(usage: Usage, lines: Iterable[Ligne]) -> bool:
    """Whether these lines are all that this purpose needs."""
    return set(usage.droits) <= {line.libelle for line in lines}


def may_make(usage: Usage, jours: int, longest: int, lines: Iterable[Ligne] | None) -> Decision:
    """At most so many days, when a document of ours proves what the purpose needs today."""
    if jours > longest:
        return refuse(DUREE_TROP_LONGUE, champ="jours")
    if lines is None:
        return refuse(RIEN_A_PROUVER)
    return accept() if proves(usage, lines) else refuse(TRAVAIL_NON_DIT, champ="usage")


def last_day(today: date, jours: int, fin: date | None) -> date:
    """The last day written on the paper: that of the code, or of the document before it."""
    end = today + timedelta(days=jours - 1)
    return min(end, fin) if fin is not None else end


@dataclass(frozen=True)
class Situation:
    """What a check finds: the code's own life, and what proves today."""

    usage: str
    demande: str
    fin: date
    retire: bool
    gele: bool
    papier: bool
    carte: bool


def answer(situation: Situation, today: date) -> Etat:
    """What whoever checks is answered today; an account under dispute is neither proved nor refused."""
    if situation.usage != situation.demande:
        return Etat.AUTRE_USAGE
    if situation.retire:
        return Etat.RETIRE
    if today > situation.fin:
        return Etat.TERMINE
    if situation.gele:
        return Etat.NON_VERIFIE
    if situation.papier:
        return Etat.VALIDE
    return Etat.CARTE if situation.carte else Etat.SANS_DROIT
