"""Slots and bookings: when a place receives, who sees a slot from when, what may be booked, moved or cancelled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from droit.decision import Decision, Genre, Motif, accept, refuse
from droit.jours import PARIS

AIDE, DEPOT, REMISE, VICTIME = "AIDE", "DEPOT", "REMISE", "VICTIME"
OBJETS = (AIDE, DEPOT, REMISE, VICTIME)
MISSIONS: Mapping[str, str] = {AIDE: "aide", DEPOT: "depot", REMISE: "remise", VICTIME: "victimes"}
OBJET_OF: Mapping[str, str] = {mission: objet for objet, mission in MISSIONS.items()}
WEB, TELEPHONE, ACCUEIL, COURRIEL, COURRIER = "WEB", "TELEPHONE", "ACCUEIL", "COURRIEL", "COURRIER"
VECTEURS = (WEB, TELEPHONE, ACCUEIL, COURRIEL, COURRIER)
PRIS, ANNULE, HONORE, ABSENT = "PRIS", "ANNULE", "HONORE", "ABSENT"

# Settings of ours: how far ahead slots exist, and how a day's slots open to the web in waves, so that a rush at one
# hour or a robot never takes a whole day. Telephone and desk see every slot at once: they are the slower ways.
HORIZON_JOURS = 28
VAGUES, ECART_VAGUE = 6, timedelta(minutes=10)
OUVERTURE_VAGUES = time(12, 0)
HOLD = timedelta(seconds=90)

CRENEAU_PRIS = Motif(
    "CRENEAU_PRIS",
    "regle-du-service",
    "Ce créneau vient d’être pris par une autre personne.",
    "Choisissez-en un autre dans la liste, ou inscrivez-vous en liste d’attente : la date de votre essai est gardée.",
    Genre.CONFLIT,
)
CRENEAU_PASSE = Motif(
    "CRENEAU_PASSE",
    "regle-du-service",
    "Ce créneau est passé.",
    "Choisissez-en un autre dans la liste.",
)
CRENEAU_INCONNU = Motif(
    "CRENEAU_INCONNU",
    "regle-du-service",
    "Ce créneau n’existe pas ou n’est pas encore ouvert.",
    "Revenez à la liste des créneaux.",
    Genre.INTROUVABLE,
)
RENDEZ_VOUS_DEJA = Motif(
    "RENDEZ_VOUS_DEJA",
    "regle-du-service",
    "Un rendez-vous pour le même motif est déjà pris pour cette personne.",
    "Déplacez ce rendez-vous ou annulez-le avec sa référence.",
    Genre.CONFLIT,
)
RENDEZ_VOUS_INCONNU = Motif(
    "RENDEZ_VOUS_INCONNU",
    "regle-du-service",
    "Aucun rendez-vous ne porte cette référence et ce nom.",
    "Vérifiez la référence sur votre papier, téléphonez au lieu d’accueil ou venez : on vous reçoit.",
    Genre.INTROUVABLE,
)
RENDEZ_VOUS_FINI = Motif(
    "RENDEZ_VOUS_FINI",
    "regle-du-service",
    "Ce rendez-vous est passé ou déjà annulé.",
    "Prenez un nouveau rendez-vous, ou venez sans rendez-vous.",
)
OBJET_NON_RECU = Motif(
    "OBJET_NON_RECU",
    "regle-du-service",
    "Ce lieu ne reçoit pas pour ce motif.",
    "Choisissez un autre lieu dans l’annuaire.",
)
VOIE_NON_ANNONCEE = Motif(
    "VOIE_NON_ANNONCEE",
    "arrete-2023-08-01",
    "Ce lieu ne prend pas de rendez-vous par ce moyen.",
    "Choisissez un des moyens que l’annuaire montre pour ce lieu.",
    Genre.INVALIDE,
)
AUCUN_CRENEAU = Motif(
    "AUCUN_CRENEAU",
    "regle-du-service",
    "Aucun créneau n’est libre pour ce motif dans cette préfecture.",
    "Venez sans rendez-vous, inscrivez-vous en liste d’attente, ou faites votre démarche autrement.",
)


def slots_of_day(lieu: Mapping[str, Any], jour: date, feries: frozenset[date]) -> list[datetime]:
    """Starts (UTC) of the slots of a place on a day, from its opening hours; none on a closed day or a public holiday.

    `lieu`: `horaires` (`jours` 0 for Monday, `de`, `a` as HH:MM of the place), `fermetures`, `duree_minutes`, `fuseau`.
    """
    if jour in feries or is_closed(lieu["fermetures"], jour):
        return []
    zone, step = ZoneInfo(lieu["fuseau"]), timedelta(minutes=lieu["duree_minutes"])
    starts: list[datetime] = []
    for horaire in lieu["horaires"]:
        if jour.weekday() not in horaire["jours"]:
            continue
        start = datetime.combine(jour, time.fromisoformat(horaire["de"]), zone)
        end = datetime.combine(jour, time.fromisoformat(horaire["a"]), zone)
        while start + step <= end:
            starts.append(start.astimezone(UTC))
            start += step
    return sorted(starts)


def is_closed(fermetures: Iterable[Mapping[str, Any]], jour: date) -> bool:
    """Whether a closed period covers the day; both ends count."""
    return any(f["du"] <= jour.isoformat() <= f["au"] for f in fermetures)


def visible_from(genere: date, rang: int, fuseau: str) -> datetime:
    """When the web sees a slot: in waves over the hour that follows noon of the day it was made, by its rank."""
    noon = datetime.combine(genere, OUVERTURE_VAGUES, ZoneInfo(fuseau)).astimezone(UTC)
    return noon + (rang % VAGUES) * ECART_VAGUE


def may_book(creneau: Mapping[str, Any] | None, objet: str, vecteur: str, instant: datetime) -> Decision:
    """A slot to come, of a place that receives for this motive, open to the way it is booked by (PAN-02, SUB-08)."""
    if creneau is None or (vecteur == WEB and creneau["visible_time"] > instant):
        return refuse(CRENEAU_INCONNU)
    if creneau.get("garde_jusque_date", "") > instant.date().isoformat():
        return refuse(CRENEAU_PRIS)
    if creneau["debut_time"] <= instant:
        return refuse(CRENEAU_PASSE)
    if objet not in creneau["objets"]:
        return refuse(OBJET_NON_RECU)
    return accept() if creneau["libres"] > 0 else refuse(CRENEAU_PRIS)


def announces(vecteurs: Sequence[str], vecteur: str) -> Decision:
    """A place is booked by the ways that it announces, and by no other (PAN-02)."""
    return accept() if vecteur.lower() in vecteurs else refuse(VOIE_NON_ANNONCEE, champ="vecteur")


def kept_until(jour: date, today: date, jours: int, objets: Collection[str], *, last: bool) -> str:
    """The day until which a slot is kept for those who go first: the last one of a day, where dossiers are received;
    empty for any other, and for a day that is near.
    """
    until = jour - timedelta(days=jours)
    return until.isoformat() if last and DEPOT in objets and until > today else ""


def day_over(debut: datetime, debut_date: date) -> date:
    """The legal day, of Paris, on which an appointment is surely past: the one after its day there and in Paris."""
    return max(debut.astimezone(ZoneInfo(PARIS)).date(), debut_date) + timedelta(days=1)


def may_change(state: str, debut: datetime, instant: datetime) -> Decision:
    """A live appointment to come can be moved or cancelled until it begins; nobody is punished for a change."""
    return accept() if state == PRIS and debut > instant else refuse(RENDEZ_VOUS_FINI)


def wait_minutes(devant: int, duree_minutes: int, guichets: int) -> int:
    """Estimated wait of a walk-in: people before, times the usual length, over the desks; whole minutes."""
    return -(-devant * duree_minutes // max(1, guichets))


def days_to_first(first: date | None, today: date) -> int:
    """Days before the first free slot, -1 when there is none (PAN-10)."""
    return -1 if first is None else max(0, (first - today).days)


def is_short(attente_jours: int, limite_jours: int) -> bool:
    """Whether a place offers too little: nothing, or later than P-PAN."""
    return attente_jours < 0 or attente_jours > limite_jours


def replacement(ferme: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The open place of the same préfecture that shares the most motives, the nearest first (PAN-11)."""
    wanted = set(ferme["missions"])
    fitting = [c for c in candidates if wanted & set(c["missions"])]

    def order(lieu: Mapping[str, Any]) -> tuple[int, float, str]:
        distance = (lieu["latitude"] - ferme["latitude"]) ** 2 + (lieu["longitude"] - ferme["longitude"]) ** 2
        return -len(wanted & set(lieu["missions"])), distance, str(lieu["_id"])

    return min(fitting, key=order, default=None)
