"""The queue's order: each reason gives the day by which somebody must act; the earliest day comes first (DEP-60).

A day, not a rank: what was ordered yesterday needs no counting again today, and the reason can be read beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse
from personne.urgence import MOTIFS
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.rules.envois import ENVOIS

SANS_URGENCE = ("", "non", "aucune", "rien", "pas d’urgence")
RUPTURE, DROIT_FINIT, RENOUVELLEMENT, ECHEANCE, INCOHERENCE, ANCIENNETE = (
    "rupture",
    "droit",
    "renouvellement",
    "echeance",
    "incoherence",
    "anciennete",
)
REPUDIATION, REPRISE = "repudiee", "reprise"

MOTIF_URGENCE_INCONNU = Motif(
    "MOTIF_URGENCE_INCONNU",
    "regle-du-service",
    "Cette urgence n’est pas dans la liste.",
    "Choisissez la plus proche, et écrivez le reste avec vos mots.",
    Genre.INVALIDE,
)
URGENCE_SANS_PREUVE = Motif(
    "URGENCE_SANS_PREUVE",
    "ddd-2024-12-11",
    "Une urgence se signale avec une preuve.",
    "Ajoutez une lettre, une convocation ou une photo. Sans document, écrivez ce qui se passe et qui le confirme.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Situation:
    """What the order is made from. `droit_fin` is the last day proved by a document, a title or a visa, if any."""

    state: str
    retenue: date
    droit_fin: date | None = None
    droit_sans_fin: bool = False
    urgences: tuple[tuple[str, date], ...] = ()
    # The day of an urgency told in words, in the form, without a ground of the list.
    urgence_dite: date | None = None
    renouvellement_demande: date | None = None
    echeance_depassee: date | None = None
    incoherences: int = 0
    # Taken over from an older application and open on paper only.
    fantome: bool = False
    # Taken over alive and without the récépissé that says that it is complete: no machine can say it here.
    reprise_a_verifier: bool = False
    # Whether the person is already without document, and the day by which to act (XCT-04).
    rupture: tuple[bool, date] | None = None
    # The day on which the person said that she has not received her title (DEP-62).
    titre_non_recu: date | None = None
    # What came from the person and no agent has said that he read, each with its day (DEP-16, DEP-32).
    a_lire: tuple[tuple[str, date], ...] = ()
    # What waits for an agent whatever the state, with the day since when.
    attentes: tuple[tuple[str, date], ...] = ()
    # The day on which she said that she did not file it, while no agent has looked (DEP-07).
    repudiee: date | None = None


@dataclass(frozen=True)
class Raison:
    """Why a dossier is where it is: a code, its sentence, and the day by which somebody must act."""

    code: str
    phrase: str
    avant: date


_EN_COURS = "Rupture de droits en cours : la personne est sans document"
_A_VENIR = "Rupture de droits à venir : aucun document ne suit"


def reasons(situation: Situation, *, delai_jours: int, lecture_jours: int) -> tuple[Raison, ...]:
    """Every reason, the most pressing first, a rupture of rights before all; the age of the demande is always one.

    What a person sent is to be read within `lecture_jours`.
    """
    if situation.repudiee is not None:
        return (Raison(REPUDIATION, "La personne dit ne pas avoir déposé cette demande", situation.repudiee),)
    found = [
        Raison(code, f"Urgence signalée : {MOTIFS[code].lower()}", day)
        for code, day in situation.urgences
        if code in MOTIFS
    ]
    found += [
        Raison(code.lower(), ENVOIS[code].raison, day + timedelta(days=lecture_jours)) for code, day in situation.a_lire
    ]
    said = (
        (situation.urgence_dite, "urgence", "La personne dit une urgence dans sa demande"),
        (situation.titre_non_recu, "titre_non_recu", "La personne dit ne pas avoir reçu son titre"),
        (
            situation.renouvellement_demande,
            RENOUVELLEMENT,
            "La personne demande le renouvellement de son attestation",
        ),
        (situation.echeance_depassee, ECHEANCE, "Le délai pour envoyer les pièces est passé"),
    )
    found += [Raison(code, phrase, day) for day, code, phrase in said if day is not None]
    if situation.rupture is not None:
        begun, day = situation.rupture
        found.append(Raison(RUPTURE, _EN_COURS if begun else _A_VENIR, day))
    if situation.reprise_a_verifier:
        # Its document waits for an agent: before her right ends, at once where none runs.
        found.append(
            Raison(
                REPRISE,
                "Reprise d’un autre fichier, sans récépissé : dites si elle est complète",
                situation.droit_fin or situation.retenue,
            )
        )
    found += [Raison(code, attentes.PHRASES[code], day) for code, day in situation.attentes]
    if situation.droit_fin is not None and not situation.droit_sans_fin:
        found.append(Raison(DROIT_FINIT, "Fin du document ou du titre", situation.droit_fin))
    if situation.incoherences:
        found.append(
            Raison(
                INCOHERENCE,
                "Le passé n’est pas à jour : ancienne demande ou titre non remis",
                situation.retenue + timedelta(days=delai_jours),
            )
        )
    found.append(
        Raison(
            ANCIENNETE, "Réponse attendue dans le délai raisonnable", situation.retenue + timedelta(days=delai_jours)
        )
    )
    return tuple(sorted(found, key=lambda reason: (reason.code != RUPTURE, reason.avant)))


def order(raisons: tuple[Raison, ...]) -> str:
    """What the queue sorts by: ruptures of rights first, then the days by which somebody must act, nearest first."""
    days = ":".join(raison.avant.isoformat() for raison in raisons)
    # Of two with the same days the one that has another reason comes first.
    return f"{int(raisons[0].code != RUPTURE)}:{days}~"


def tags(situation: Situation) -> tuple[str, ...]:
    """The filters of the queue under which a dossier is found; none once it asks nothing of anybody."""
    waits = (*(("attente",) if situation.attentes else ()), *(("a_lire",) if situation.a_lire else ()))
    if situation.repudiee is not None:
        return ("tout", REPUDIATION)
    if situation.state not in (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET):
        return ("tout", *waits) if waits else ()
    if situation.fantome:
        # It waits for nobody: among the demandes under way it would hide those that do.
        return ("incoherence",)
    found = ["tout", situation.state.lower(), *waits]
    if situation.rupture is not None:
        found.append("rupture")
    if situation.urgences or situation.urgence_dite is not None:
        found.append("urgence")
    if situation.renouvellement_demande is not None:
        found.append("renouvellement")
    if situation.echeance_depassee is not None:
        found.append("echeance")
    if situation.incoherences:
        found.append("incoherence")
    return tuple(found)


def may_flag(motif: str, texte: str, preuve: bool) -> Decision:
    """An urgency is one of the list, with a proof or with words that can be checked."""
    if motif not in MOTIFS:
        return refuse(MOTIF_URGENCE_INCONNU, champ="motif")
    return accept() if preuve or texte.strip() else refuse(URGENCE_SANS_PREUVE, champ="texte")


def read_attentes(stored: Iterable[Mapping[str, str]]) -> tuple[tuple[str, date], ...]:
    """What waits for an agent, as kept: code and day."""
    return tuple((one["code"], date.fromisoformat(one["date"])) for one in stored if one["code"] in attentes.PHRASES)


def says_urgent(answer: str) -> bool:
    """Whether the answer to « Y a-t-il une urgence ? » tells one: people also write that there is none."""
    return answer.strip().casefold().replace("'", "’").rstrip(" .!") not in SANS_URGENCE


def read_urgences(stored: Iterable[Mapping[str, str]]) -> tuple[tuple[str, date], ...]:
    """The flags of a demande as kept: motif and day."""
    return tuple((flag["motif"], date.fromisoformat(flag["date"])) for flag in stored if flag.get("date"))
