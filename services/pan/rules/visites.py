"""A visit: what was given, how it ended, where the person may be sent next, in which order people are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from droit.decision import Decision, Genre, Motif, accept, refuse

EN_ATTENTE, EN_COURS, TERMINEE, PARTI = "EN_ATTENTE", "EN_COURS", "TERMINEE", "PARTI"

# The services of the arrêté (PAN-05), and which ones need an agent trained in law of stay (PAN-15).
ORDINATEUR, INFORMATION, AUTRE_AIDE = "ORDINATEUR", "INFORMATION", "NUMERISATION"
QUALIFIER, CONSTITUER = "QUALIFIER", "CONSTITUER"
SERVICES = (ORDINATEUR, AUTRE_AIDE, INFORMATION, QUALIFIER, CONSTITUER)
RESERVES = frozenset({QUALIFIER, CONSTITUER})

ABOUTI, A_POURSUIVRE, BLOQUE, ORIENTE = "ABOUTI", "A_POURSUIVRE", "BLOQUE", "ORIENTE"
RESULTATS = (ABOUTI, A_POURSUIVRE, BLOQUE, ORIENTE)

GUICHET, SUBSTITUTION, PAN_AUTRE, CCC, ASSOCIATION = "GUICHET", "SUBSTITUTION", "PAN", "CCC", "ASSOCIATION"
# The délégué of the Défenseur des droits is in no list: a PAN never sends there (PAN-08).
ORIENTATIONS = (GUICHET, SUBSTITUTION, PAN_AUTRE, CCC, ASSOCIATION)

VISITE_INCONNUE = Motif(
    "VISITE_INCONNUE",
    "regle-du-service",
    "Cette visite n’existe pas.",
    "Revenez à la liste du jour.",
    Genre.INTROUVABLE,
)
VISITE_FINIE = Motif(
    "VISITE_FINIE",
    "regle-du-service",
    "Cette visite est terminée.",
    "Enregistrez une nouvelle arrivée si la personne revient.",
)
SERVICE_RESERVE = Motif(
    "SERVICE_RESERVE",
    "ddd-2024-12-11",
    "Qualifier la demande et constituer le dossier sont réservés aux agents formés.",
    "Passez la visite à un agent formé, ou n’enregistrez que l’aide numérique.",
    Genre.INTERDIT,
)
SUITE_ABSENTE = Motif(
    "SUITE_ABSENTE",
    "ddd-2024-12-11",
    "Personne ne repart sans une suite écrite.",
    "Écrivez ce que la personne fait ensuite, où et avec quoi.",
    Genre.INVALIDE,
)
ORIENTATION_EXCLUE = Motif(
    "ORIENTATION_EXCLUE",
    "ddd-2024-12-11",
    "La personne a déjà saisi le centre de contact, ou cette orientation n’est pas permise.",
    "Choisissez une autre suite : attestation, convocation, guichet ou autre façon de faire.",
)
ATTESTATION_A_DONNER = Motif(
    "ATTESTATION_A_DONNER",
    "arrete-2023-08-01",
    "La personne ne repart pas bloquée sans son attestation.",
    "Constatez le blocage sur cette page : l’attestation s’imprime aussitôt. Terminez ensuite la visite.",
)
SANS_RENDEZ_VOUS_FERME = Motif(
    "SANS_RENDEZ_VOUS_FERME",
    "arrete-2023-08-01",
    "Ce lieu ne reçoit que sur rendez-vous.",
    "Prenez un rendez-vous par téléphone ou à l’accueil, ou choisissez un autre lieu dans l’annuaire.",
)
LIEU_FERME = Motif(
    "LIEU_FERME",
    "regle-du-service",
    "Ce lieu est fermé.",
    "L’annuaire montre les lieux ouverts.",
)


def may_give(services: Iterable[str], *, forme: bool) -> Decision:
    """Qualification and building of the dossier belong to the trained; digital help to all (PAN-15, CASE-48)."""
    return refuse(SERVICE_RESERVE, "services") if not forme and RESERVES & set(services) else accept()


def orientations(*, ccc_deja: bool) -> tuple[str, ...]:
    """Where the person may be sent: never to the contact centre when she used it, never to the DDD (PAN-08)."""
    return tuple(o for o in ORIENTATIONS if not (ccc_deja and o == CCC))


def may_end(state: str, resultat: str, suite: str, orientation: str, permises: tuple[str, ...]) -> Decision:
    """A visit ends with a written next step, unless what the person came for is done (PAN-08)."""
    if state not in (EN_ATTENTE, EN_COURS):
        return refuse(VISITE_FINIE)
    if resultat != ABOUTI and not suite.strip():
        return refuse(SUITE_ABSENTE, "suite")
    if orientation and orientation not in permises:
        return refuse(ORIENTATION_EXCLUE, "orientation")
    return accept()


def leaves_with(resultat: str, *, attestee: bool, saisine: Mapping[str, object]) -> Decision:
    """A visit ends as blocked with the attestation in the person's hand, or what the contact centre did (PAN-09)."""
    if resultat != BLOQUE or attestee or saisine.get("resultat"):
        return accept()
    return refuse(ATTESTATION_A_DONNER, "resultat")


def may_walk_in(*, ferme: bool, sans_rendez_vous: bool, impose: bool) -> Decision:
    """Each place receives without appointment where the rules ask it (PAN-03), or where it chose to."""
    if ferme:
        return refuse(LIEU_FERME)
    return accept() if sans_rendez_vous or impose else refuse(SANS_RENDEZ_VOUS_FERME)


@dataclass(frozen=True)
class Rang:
    """The place of a person in the queue, and the sentence that says why."""

    cle: tuple[int, str]
    pourquoi: str


def rank(visite: Mapping[str, object], instant: datetime) -> Rang:
    """Appointments at their hour first, then walk-ins in the order of their numbers, then appointments come early."""
    debut = visite.get("debut_time")
    if isinstance(debut, datetime):
        if debut <= instant:
            return Rang((0, debut.isoformat()), "Son rendez-vous est à cette heure.")
        return Rang((2, debut.isoformat()), "En avance sur son rendez-vous.")
    return Rang((1, f"{visite.get('numero_file', 0):06}"), "Sans rendez-vous, dans l’ordre des numéros.")
