"""A préfecture is a plug-in: its ways, places, hours and vectors, checked before use (SUB-08, SUB-09, PAN-02)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path, PurePath

from droit.catalogue.departement import Departement
from droit.catalogue.lecture import Fiche, Lecture
from droit.catalogue.lieu import (
    Accessibilite,
    Genre,
    Horaire,
    Lieu,
    Mission,
    Vecteur,
    read_accessibilite,
    read_horaires,
    read_lieu,
    read_vecteurs,
)
from droit.dates import Citation

# Keys that TOML writes as dates.
_DAYS = frozenset({"depuis", "du", "au", "debut", "fin", "vu_le"})


class Agenda(StrEnum):
    """Which appointment system holds the slots."""

    INTEGRE = "integre"
    ANTS = "ants"
    SEJOUR_JSON = "sejour-json"
    ICS = "ics"
    CSV = "csv"


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
    accessibilite: Accessibilite


@dataclass(frozen=True)
class RouteBpi:
    """The published route of BPI, their family and former protected minors who cannot file (SUB-15)."""

    texte: str
    telephone: str
    courriel: str


@dataclass(frozen=True)
class RouteLocale:
    """How one title or démarche outside the téléservice is asked for in this préfecture, and when that was checked."""

    code: str
    texte: str
    vu_le: date


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
    fuseau: str
    api_mois: int
    services: tuple[Service, ...]
    substitution: Substitution
    orientation: Orientation
    bpi: RouteBpi
    lieux: tuple[Lieu, ...]
    demarches: tuple[RouteLocale, ...] = ()

    def routes(self, day: date, stale_days: int) -> tuple[RouteLocale, ...]:
        """The routes that somebody checked lately; what nobody confirmed any more is not shown (SUB-21)."""
        return tuple(route for route in self.demarches if route.vu_le + timedelta(days=stale_days) >= day)

    @property
    def pans(self) -> tuple[Lieu, ...]:
        """The digital reception points."""
        return tuple(lieu for lieu in self.lieux if lieu.genre is Genre.PAN)

    @property
    def guichets(self) -> tuple[Lieu, ...]:
        """The counters."""
        return tuple(lieu for lieu in self.lieux if lieu.genre is Genre.GUICHET)


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
        vecteurs=read_vecteurs(fiche, contacts),
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


def _route(fiche: Fiche) -> RouteLocale:
    route = RouteLocale(fiche.text("code"), fiche.text("texte"), fiche.day("vu_le"))
    fiche.close()
    return route


def _closed(fiche: Fiche, *names: str) -> list[str]:
    values = [fiche.text(name) for name in names]
    fiche.close()
    return values


def _orientation(fiche: Fiche) -> Orientation:
    orientation = Orientation(fiche.text("telephone"), read_horaires(fiche), read_accessibilite(fiche))
    fiche.close()
    return orientation


def read_prefectures(lecture: Lecture, departements: Mapping[str, Departement]) -> dict[str, Prefecture]:
    """Reads `prefectures/<code>.toml`; the code is that of a department, whose time zone the préfecture has."""
    prefectures: dict[str, Prefecture] = {}
    for fiche in lecture.folder("prefectures"):
        prefecture = _prefecture(fiche, departements)
        if PurePath(fiche.file).stem != prefecture.code.lower():
            fiche.fault("code", "le fichier porte un autre nom que le code")
        prefectures[prefecture.code] = prefecture
    return prefectures


def _prefecture(fiche: Fiche, departements: Mapping[str, Departement]) -> Prefecture:
    code = fiche.text("code")
    if code not in departements:
        fiche.fault("code", f"« {code} » n'est pas dans departements.toml")
    fuseau = departements[code].fuseau if code in departements else ""
    services = tuple(Service(*_closed(entry, "code", "nom")) for entry in fiche.tables("services", required=True))
    names = {service.code for service in services}
    prefecture = Prefecture(
        code=code,
        nom=fiche.text("nom"),
        exemple=fiche.flag("exemple", False),
        depuis=fiche.day("depuis"),
        citation=fiche.citation(),
        arrete_prefectoral=fiche.text("arrete_prefectoral"),
        adresse=fiche.text("adresse"),
        code_postal=fiche.text("code_postal"),
        ville=fiche.text("ville"),
        fuseau=fuseau,
        api_mois=fiche.number("api_mois", 3, minimum=1),
        services=services,
        substitution=_substitution(fiche.table("substitution")),
        orientation=_orientation(fiche.table("orientation")),
        bpi=RouteBpi(*_closed(fiche.table("bpi"), "texte", "telephone", "courriel")),
        lieux=tuple(read_lieu(entry, names, fuseau) for entry in fiche.tables("lieux", required=True)),
        demarches=tuple(_route(entry) for entry in fiche.tables("demarches")),
    )
    _check_places(fiche, prefecture)
    fiche.close()
    return prefecture


def _check_places(fiche: Fiche, prefecture: Prefecture) -> None:
    """Every right has a place that needs no computer (XCT-03)."""
    if not prefecture.pans:
        fiche.fault("lieux", "aucun point d'accueil numérique")
    if not any(Mission.DEPOT in lieu.missions for lieu in prefecture.guichets):
        fiche.fault("lieux", "aucun guichet ne reçoit les dépôts (XCT-03)")
    codes = [lieu.code for lieu in prefecture.lieux]
    if len(set(codes)) != len(codes):
        fiche.fault("lieux", "deux lieux ont le même code")


def prefecture_from_json(text: str, textes: Mapping[str, str], departements: Mapping[str, Departement]) -> Prefecture:
    """The same rules as a fact of substitution carries them (ISO days for dates). Raises BadData naming the key."""
    lecture = Lecture(Path(), titres_de_textes=dict(textes))
    prefecture = _prefecture(Fiche(lecture, "prefecture.json", json.loads(text, object_hook=_with_days)), departements)
    lecture.raise_faults()
    return prefecture


def _with_days(table: dict[str, object]) -> dict[str, object]:
    return {name: _day(value) if name in _DAYS else value for name, value in table.items()}


def _day(value: object) -> object:
    """The civil day that an ISO text says; anything else is left for the reader to refuse by its key."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
