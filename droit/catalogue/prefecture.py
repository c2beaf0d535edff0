"""A préfecture is a plug-in: its ways, places, hours and vectors, checked before use (SUB-08, SUB-09, PAN-02)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePath

from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Citation

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
        """Whether it needs a connection."""
        return self in (Vecteur.WEB, Vecteur.COURRIEL)


class Agenda(StrEnum):
    """Which appointment system holds the slots."""

    INTEGRE = "integre"
    ANTS = "ants"
    SEJOUR_JSON = "sejour-json"
    ICS = "ics"


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


@dataclass(frozen=True)
class Service:
    """A préfecture or sous-préfecture with a service for foreigners: each must have a PAN (PAN-01)."""

    code: str
    nom: str


@dataclass(frozen=True)
class Voie:
    """Post or e-mail: open or not, and where to send."""

    ouverte: bool
    adresse: str


@dataclass(frozen=True)
class Substitution:
    """How the non-digital filing is booked and sent in this préfecture."""

    vecteurs: tuple[Vecteur, ...]
    agenda: Agenda
    agenda_url: str
    telephone: str
    courriel: str
    web: str
    courrier: Voie
    courriel_depot: Voie
    convocation_par_pan: bool


@dataclass(frozen=True)
class Orientation:
    """The telephone service for people who can neither use the tool nor move (SUB-12)."""

    telephone: str
    horaires: tuple[Horaire, ...]


@dataclass(frozen=True)
class RouteBpi:
    """The published route of BPI, their family and former protected minors who cannot file (SUB-15)."""

    texte: str
    telephone: str
    courriel: str


@dataclass(frozen=True)
class Prefecture:
    """The rules of one préfecture; `exemple` marks a sample, which production never loads."""

    code: str
    nom: str
    exemple: bool
    depuis: date
    citation: Citation
    arrete_prefectoral: str
    adresse: str
    code_postal: str
    ville: str
    api_mois: int
    services: tuple[Service, ...]
    substitution: Substitution
    orientation: Orientation
    bpi: RouteBpi
    lieux: tuple[Lieu, ...]

    @property
    def pans(self) -> tuple[Lieu, ...]:
        """The digital reception points."""
        return tuple(lieu for lieu in self.lieux if lieu.genre is Genre.PAN)

    @property
    def guichets(self) -> tuple[Lieu, ...]:
        """The counters."""
        return tuple(lieu for lieu in self.lieux if lieu.genre is Genre.GUICHET)

    @property
    def services_sans_pan(self) -> tuple[Service, ...]:
        """The services for foreigners that have no PAN yet; the directory lists them (PAN-01)."""
        covered = {pan.service for pan in self.pans}
        return tuple(s for s in self.services if s.code not in covered)


def vecteurs_fault(vecteurs: tuple[Vecteur, ...]) -> str:
    """Why these booking vectors are refused, or an empty text (SUB-08, PAN-02)."""
    if len(set(vecteurs)) < MINIMUM_DE_VECTEURS:
        return "au moins deux vecteurs de prise de rendez-vous"
    if all(v.numerique for v in vecteurs):
        return "au moins un vecteur de prise de rendez-vous n'est pas numérique"
    return ""


def _vecteurs(fiche: Fiche, contacts: dict[Vecteur, str]) -> tuple[Vecteur, ...]:
    vecteurs = fiche.choices("vecteurs", Vecteur)
    why = vecteurs_fault(vecteurs)
    if why:
        fiche.fault("vecteurs", why)
    for vecteur in vecteurs:
        if vecteur in contacts and not contacts[vecteur]:
            fiche.fault("vecteurs", f"« {vecteur} » est annoncé sans coordonnées")
    return vecteurs


def _horaires(fiche: Fiche) -> tuple[Horaire, ...]:
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


def _lieu(fiche: Fiche, services: set[str]) -> Lieu:
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
        fuseau=fiche.text("fuseau", "Europe/Paris"),
        telephone=contacts[Vecteur.TELEPHONE],
        courriel=contacts[Vecteur.COURRIEL],
        web=contacts[Vecteur.WEB],
        missions=fiche.choices("missions", Mission),
        vecteurs=_vecteurs(fiche, contacts),
        sans_rendez_vous=fiche.flag("sans_rendez_vous"),
        guichets=fiche.number("guichets", minimum=1),
        duree_minutes=fiche.number("duree_minutes", minimum=5),
        agents_formes=fiche.number("agents_formes"),
        agents_formes_victimes=fiche.number("agents_formes_victimes", 0),
        volontaires=fiche.number("volontaires", 0),
        horaires=_horaires(fiche),
        fermetures=_fermetures(fiche),
    )
    if lieu.service not in services:
        fiche.fault("service", f"« {lieu.service} » n'est pas un service de cette préfecture")
    if Mission.VICTIMES in lieu.missions and not lieu.agents_formes_victimes:
        fiche.fault("missions", "« victimes » demande un agent formé à cet accueil")
    fiche.close()
    return lieu


def _voie(fiche: Fiche) -> Voie:
    voie = Voie(fiche.flag("ouverte"), fiche.text("adresse", ""))
    if voie.ouverte and not voie.adresse:
        fiche.fault("adresse", "une voie ouverte donne son adresse")
    fiche.close()
    return voie


def _substitution(fiche: Fiche) -> Substitution:
    contacts = {
        Vecteur.TELEPHONE: fiche.text("telephone", ""),
        Vecteur.COURRIEL: fiche.text("courriel", ""),
        Vecteur.WEB: fiche.text("web", ""),
    }
    substitution = Substitution(
        vecteurs=_vecteurs(fiche, contacts),
        agenda=fiche.choice("agenda", Agenda),
        agenda_url=fiche.text("agenda_url", ""),
        telephone=contacts[Vecteur.TELEPHONE],
        courriel=contacts[Vecteur.COURRIEL],
        web=contacts[Vecteur.WEB],
        courrier=_voie(fiche.table("courrier")),
        courriel_depot=_voie(fiche.table("courriel_depot")),
        convocation_par_pan=fiche.flag("convocation_par_pan"),
    )
    if substitution.agenda is not Agenda.INTEGRE and not substitution.agenda_url:
        fiche.fault("agenda_url", "un système de rendez-vous extérieur donne son adresse")
    fiche.close()
    return substitution


def _closed(fiche: Fiche, *names: str) -> list[str]:
    values = [fiche.text(name) for name in names]
    fiche.close()
    return values


def _orientation(fiche: Fiche) -> Orientation:
    orientation = Orientation(fiche.text("telephone"), _horaires(fiche))
    fiche.close()
    return orientation


def read_prefectures(lecture: Lecture, departements: set[str]) -> dict[str, Prefecture]:
    """Reads `prefectures/<code>.toml`; the code is that of a department."""
    prefectures: dict[str, Prefecture] = {}
    for fiche in lecture.folder("prefectures"):
        prefecture = _prefecture(fiche)
        if PurePath(fiche.file).stem != prefecture.code.lower():
            fiche.fault("code", "le fichier porte un autre nom que le code")
        if prefecture.code not in departements:
            fiche.fault("code", f"« {prefecture.code} » n'est pas dans departements.toml")
        if not prefecture.pans:
            fiche.fault("lieux", "aucun point d'accueil numérique")
        if not any(Mission.DEPOT in lieu.missions for lieu in prefecture.guichets):
            fiche.fault("lieux", "aucun guichet ne reçoit les dépôts (XCT-03)")
        codes = [lieu.code for lieu in prefecture.lieux]
        if len(set(codes)) != len(codes):
            fiche.fault("lieux", "deux lieux ont le même code")
        prefectures[prefecture.code] = prefecture
    return prefectures


def _prefecture(fiche: Fiche) -> Prefecture:
    services = tuple(Service(*_closed(entry, "code", "nom")) for entry in fiche.tables("services", required=True))
    names = {service.code for service in services}
    prefecture = Prefecture(
        code=fiche.text("code"),
        nom=fiche.text("nom"),
        exemple=fiche.flag("exemple", False),
        depuis=fiche.day("depuis"),
        citation=fiche.citation(),
        arrete_prefectoral=fiche.text("arrete_prefectoral"),
        adresse=fiche.text("adresse"),
        code_postal=fiche.text("code_postal"),
        ville=fiche.text("ville"),
        api_mois=fiche.number("api_mois", 3, minimum=1),
        services=services,
        substitution=_substitution(fiche.table("substitution")),
        orientation=_orientation(fiche.table("orientation")),
        bpi=RouteBpi(*_closed(fiche.table("bpi"), "texte", "telephone", "courriel")),
        lieux=tuple(_lieu(entry, names) for entry in fiche.tables("lieux", required=True)),
    )
    fiche.close()
    return prefecture
