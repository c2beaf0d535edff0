"""A voie opens by choice without any condition, or by itself; its deadline comes before the person's right ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from droit.dates import Valeur
from droit.decision import Decision, Genre, Motif, accept, refuse

OUVERTE, CONVOQUEE, DOSSIER_RECU, ABOUTIE, REFUSEE = "OUVERTE", "CONVOQUEE", "DOSSIER_RECU", "ABOUTIE", "REFUSEE"
# What may follow what. A refusal that a supervisor sets aside opens the route again on its first date.
FOLLOWING: Mapping[str, tuple[str, ...]] = {
    OUVERTE: (CONVOQUEE, DOSSIER_RECU, ABOUTIE, REFUSEE),
    CONVOQUEE: (OUVERTE, DOSSIER_RECU, ABOUTIE, REFUSEE),
    DOSSIER_RECU: (ABOUTIE, REFUSEE),
    ABOUTIE: (),
    REFUSEE: (OUVERTE,),
}
OPEN_STATES = (OUVERTE, CONVOQUEE, DOSSIER_RECU)

CHOIX, BLOCAGE, INCAPACITE = "CHOIX", "BLOCAGE", "INCAPACITE"
DETENTION, HORS_TELESERVICE, PANNE = "DETENTION", "HORS_TELESERVICE", "PANNE"
ORIGINES = (CHOIX, BLOCAGE, INCAPACITE, DETENTION, HORS_TELESERVICE, PANNE)

GUICHET, POSTE, COURRIEL = "GUICHET", "POSTE", "COURRIEL"
MOYENS = (GUICHET, POSTE, COURRIEL)

# Opened by a constat or by a title outside the téléservice: the convocation is then the invitation of article 4.
_WITHOUT_PROOF = (BLOCAGE, PANNE, HORS_TELESERVICE)

PREUVE_REQUISE = Motif(
    "PREUVE_REQUISE",
    "arrete-2023-08-01",
    "Ici, cette voie s’ouvre avec une invitation de la préfecture ou un document du centre de contact.",
    "Dites ce qui vous bloque avec « Je n’y arrive pas » : le constat est fait aussitôt, et la voie s’ouvre par lui.",
    Genre.PRECONDITION,
)
VOIE_INCONNUE = Motif(
    "VOIE_INCONNUE",
    "regle-du-service",
    "Aucune voie ne porte cette référence avec ce nom.",
    "Vérifiez la référence et le nom écrits sur votre convocation. Sans papier, dites ce qui vous bloque : "
    "une nouvelle référence vous est donnée.",
    Genre.INTROUVABLE,
)
VOIE_TERMINEE = Motif(
    "VOIE_TERMINEE",
    "regle-du-service",
    "Cette voie est terminée.",
    "Regardez son dernier papier. Vous pouvez en ouvrir une autre, sans condition.",
    Genre.CONFLIT,
)
MOYEN_FERME = Motif(
    "MOYEN_FERME",
    "arrete-2023-08-01",
    "Cette préfecture ne reçoit pas de dossier de cette façon.",
    "Le guichet reçoit toujours. Les façons ouvertes sont écrites sur la page de la préfecture.",
    Genre.PRECONDITION,
)
DEJA_PLACEE = Motif(
    "DEJA_PLACEE",
    "regle-du-service",
    "Une préfecture a déjà cette voie.",
    "Cherchez-la par sa référence ; si elle est ailleurs, la préfecture qui l’a peut vous la passer.",
    Genre.CONFLIT,
)


def may_open(origine: str, preuves: Collection[str], libre: Valeur[bool], admises: Collection[str]) -> Decision:
    """Anybody may open a route (rec. 1); where article 4 is kept, one of the proofs that it names is enough.

    `libre` is the national rule on the day of the constat, `admises` the proofs that open. None is compulsory.
    """
    if libre.value or origine in _WITHOUT_PROOF or set(preuves) & set(admises):
        return accept(libre.regle)
    return refuse(PREUVE_REQUISE, "preuves", admises=sorted(admises))


def may_become(state: str, next_state: str) -> Decision:
    """A route moves forward only; refused, it can be opened again."""
    return accept() if next_state in FOLLOWING[state] else refuse(VOIE_TERMINEE)


def deadline(constat: date, p_sub_jours: int, fin_droit: date | None, today: date) -> date:
    """P-SUB days after the constat, and before the person's right ends; never a day that is past already."""
    last = constat + timedelta(days=p_sub_jours)
    if fin_droit is not None and fin_droit < last:
        last = fin_droit
    return max(last, today)


def warning_day(echeance: date, opened: date, jours: int) -> date:
    """The day on which the préfecture is warned: `jours` before the deadline, not before the opening."""
    return max(echeance - timedelta(days=jours), opened)


def order_day(echeance: date, today: date, jours: int) -> date:
    """`jours` before the deadline that a court gave, then that day itself."""
    warning = echeance - timedelta(days=jours)
    return warning if warning > today else echeance


def has_priority(demande_id: str, fin_droit: date | None, today: date, jours: int) -> bool:
    """What comes first: a blockage in the middle of an instruction (rec. 4-c), a right that ends within `jours`."""
    return bool(demande_id) or (fin_droit is not None and fin_droit <= today + timedelta(days=jours))


def last_day(echeance: date, first: date) -> date | None:
    """The last day of a slot: the deadline; none once she could not come by then: the soonest is then the best."""
    return echeance if echeance >= first else None


def open_moyens(*, poste: bool, courriel: bool) -> tuple[str, ...]:
    """The counter always (an individual appointment is always proposed), post and e-mail where they are open."""
    return tuple(way for way, is_open in ((GUICHET, True), (POSTE, poste), (COURRIEL, courriel)) if is_open)


def asks_appointment(origine: str, prefecture: str) -> bool:
    """A slot is asked for automatically, except for a person who must not leave an establishment (demande 11)."""
    return bool(prefecture) and origine != DETENTION


def is_on_paper(origine: str) -> bool:
    """Follow-up on paper and by voice, until the title is handed over (SUB-13, SUB-14)."""
    return origine in (INCAPACITE, DETENTION)
