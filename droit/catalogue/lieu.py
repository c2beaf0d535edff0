"""A place where people are received: its hours, missions and booking vectors, one at least non-digital (PAN-02)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from droit.catalogue.departement import read_fuseau
from droit.catalogue.lecture import Fiche

HEURE = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
# At least two ways to book, one of them non-digital: arrêté du 1er août 2023, art. 3 and 4.
MINIMUM_DE_VECTEURS = 2


class Vecteur(StrEnum):
    """A way to book an appointment."""

    TELEPHONE = "telephone"
    ACCUEIL = "accueil"
    COURRIER = "courrier"
    WEB = "web"
    COURRIEL = "courriel"

    @property
    def numerique(self) -> bool:
        """Whether it needs an internet connection."""
        return self in (Vecteur.WEB, Vecteur.COURRIEL)


class Mission(StrEnum):
    """What a place receives people for."""

    AIDE = "aide"
    DEPOT = "depot"
    REMISE = "remise"
    VICTIMES = "victimes"


class Genre(StrEnum):
    """A digital reception point, or a counter of the préfecture."""

    PAN = "pan"
    GUICHET = "guichet"


class Jour(StrEnum):
    """Days of the week, in the order of `date.weekday()`."""

    LUNDI = "lundi"
    MARDI = "mardi"
    MERCREDI = "mercredi"
    JEUDI = "jeudi"
    VENDREDI = "vendredi"
    SAMEDI = "samedi"
    DIMANCHE = "dimanche"

    @property
    def rang(self) -> int:
        """0 for Monday, as `date.weekday()`."""
        return list(Jour).index(self)


@dataclass(frozen=True)
class Horaire:
    """Opening hours of some days, wall-clock of the place, `HH:MM`."""

    jours: tuple[Jour, ...]
    de: str
    a: str


@dataclass(frozen=True)
class Fermeture:
    """A closed period; both days are closed."""

    du_date: date
    au_date: date
    motif: str


@dataclass(frozen=True)
class Accessibilite:
    """How deaf people, blind people and those who move with difficulty are received, in the words of the place."""

    sourds: str
    aveugles: str
    mobilite: str


def read_accessibilite(fiche: Fiche) -> Accessibilite:
    """`accessibilite`, compulsory: a counter or a telephone without it is closed to some (XCT-08)."""
    table = fiche.table("accessibilite")
    found = Accessibilite(table.text("sourds"), table.text("aveugles"), table.text("mobilite"))
    table.close()
    return found


@dataclass(frozen=True)
class Lieu:
    """A place; `service` is the préfecture or sous-préfecture whose foreigners' service it belongs to."""

    code: str
    genre: Genre
    nom: str
    service: str
    adresse: str
    code_postal: str
    ville: str
    latitude: float
    longitude: float
    fuseau: str
    telephone: str
    courriel: str
    web: str
    missions: tuple[Mission, ...]
    vecteurs: tuple[Vecteur, ...]
    sans_rendez_vous: bool
    guichets: int
    duree_minutes: int
    agents_formes: int
    agents_formes_victimes: int
    volontaires: int
    horaires: tuple[Horaire, ...]
    fermetures: tuple[Fermeture, ...]
    accessibilite: Accessibilite


def vecteurs_fault(vecteurs: tuple[Vecteur, ...]) -> str:
    """Why these booking vectors are refused, or an empty text (SUB-08, PAN-02)."""
    if len(set(vecteurs)) < MINIMUM_DE_VECTEURS:
        return "au moins deux vecteurs de prise de rendez-vous"
    if all(v.numerique for v in vecteurs):
        return "au moins un vecteur de prise de rendez-vous n'est pas numérique"
    return ""


def read_vecteurs(fiche: Fiche, contacts: dict[Vecteur, str]) -> tuple[Vecteur, ...]:
    """`vecteurs`, each with the contact it needs."""
    vecteurs = fiche.choices("vecteurs", Vecteur)
    why = vecteurs_fault(vecteurs)
    if why:
        fiche.fault("vecteurs", why)
    for vecteur in vecteurs:
        if vecteur in contacts and not contacts[vecteur]:
            fiche.fault("vecteurs", f"« {vecteur} » est annoncé sans coordonnées")
    return vecteurs


def read_horaires(fiche: Fiche) -> tuple[Horaire, ...]:
    """`horaires`, in local wall-clock time."""
    horaires = []
    for entry in fiche.tables("horaires", required=True):
        horaire = Horaire(entry.choices("jours", Jour), entry.text("de"), entry.text("a"))
        for name, value in (("de", horaire.de), ("a", horaire.a)):
            if not HEURE.fullmatch(value):
                entry.fault(name, "attendu une heure « HH:MM »")
        if horaire.de >= horaire.a:
            entry.fault("a", "la fermeture précède l'ouverture")
        entry.close()
        horaires.append(horaire)
    return tuple(horaires)


def _fermetures(fiche: Fiche) -> tuple[Fermeture, ...]:
    fermetures = []
    for entry in fiche.tables("fermetures"):
        fermeture = Fermeture(entry.day("du"), entry.day("au"), entry.text("motif"))
        if fermeture.au_date < fermeture.du_date:
            entry.fault("au", "la fin précède le début")
        entry.close()
        fermetures.append(fermeture)
    return tuple(fermetures)


def read_lieu(fiche: Fiche, services: set[str], fuseau: str) -> Lieu:
    """One of `lieux`; its service is one of those of the préfecture, whose time zone it has unless it says its own."""
    contacts = {
        Vecteur.TELEPHONE: fiche.text("telephone", ""),
        Vecteur.COURRIEL: fiche.text("courriel", ""),
        Vecteur.WEB: fiche.text("web", ""),
    }
    lieu = Lieu(
        code=fiche.text("code"),
        genre=fiche.choice("genre", Genre),
        nom=fiche.text("nom"),
        service=fiche.text("service"),
        adresse=fiche.text("adresse"),
        code_postal=fiche.text("code_postal"),
        ville=fiche.text("ville"),
        latitude=fiche.real("latitude"),
        longitude=fiche.real("longitude"),
        fuseau=read_fuseau(fiche, "fuseau", fuseau),
        telephone=contacts[Vecteur.TELEPHONE],
        courriel=contacts[Vecteur.COURRIEL],
        web=contacts[Vecteur.WEB],
        missions=fiche.choices("missions", Mission),
        vecteurs=read_vecteurs(fiche, contacts),
        sans_rendez_vous=fiche.flag("sans_rendez_vous"),
        guichets=fiche.number("guichets", minimum=1),
        duree_minutes=fiche.number("duree_minutes", minimum=5),
        agents_formes=fiche.number("agents_formes"),
        agents_formes_victimes=fiche.number("agents_formes_victimes", 0),
        volontaires=fiche.number("volontaires", 0),
        horaires=read_horaires(fiche),
        fermetures=_fermetures(fiche),
        accessibilite=read_accessibilite(fiche),
    )
    if lieu.service not in services:
        fiche.fault("service", f"« {lieu.service} » n'est pas un service de cette préfecture")
    if Mission.VICTIMES in lieu.missions and not lieu.agents_formes_victimes:
        fiche.fault("missions", "« victimes » demande un agent formé à cet accueil")
    fiche.close()
    return lieu
