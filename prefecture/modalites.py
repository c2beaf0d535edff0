"""The ways of a préfecture that need no computer, in the words of pages, papers, messages and the telephone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from chassis import hours
from droit.catalogue.lieu import Horaire, Jour, Lieu, Mission, Vecteur
from droit.catalogue.prefecture import Prefecture

A_REVOIR = "Les horaires publiés sont trop anciens : ils ne sont plus montrés. Téléphonez avant de venir."


class Voie(NamedTuple):
    """One way: what it is called, where and how."""

    libelle: str
    texte: str


@dataclass(frozen=True)
class Modalites:
    """A préfecture on a day. `prefecture` is None where it has published nothing; the counter receives all the same."""

    code: str
    nom: str
    prefecture: Prefecture | None
    guichets: tuple[Voie, ...]
    autres: tuple[Voie, ...]
    lieu: str
    fuseau: str

    @property
    def voies(self) -> tuple[Voie, ...]:
        """Every way, the counter first (SUB-06)."""
        return self.guichets + self.autres

    @property
    def lignes(self) -> list[str]:
        """One sentence each, as a message lists them."""
        return [f"{voie.libelle} : {voie.texte}" for voie in self.voies]

    @property
    def guichet(self) -> Lieu | None:
        """The first counter that takes dossiers."""
        return (
            next((g for g in self.prefecture.guichets if Mission.DEPOT in g.missions), None)
            if self.prefecture
            else None
        )

    @property
    def convocation_par_pan(self) -> bool:
        """Whether a reception point may give the written convocation (PAN-07)."""
        return self.prefecture is not None and self.prefecture.substitution.convocation_par_pan


def rows(voies: Sequence[Voie]) -> list[dict[str, str]]:
    """The same, as a paper or the API carries them."""
    return [voie._asdict() for voie in voies]


def published(prefecture: Prefecture, fermes: Collection[str], *, heures: bool = True) -> Modalites:
    """The ways of a préfecture from its rules, without the counters that closed since; its hours only where they are
    not too old to be believed.
    """
    counters = [g for g in prefecture.guichets if Mission.DEPOT in g.missions and g.code not in fermes]
    address = f"{prefecture.nom}, {prefecture.adresse}, {prefecture.code_postal} {prefecture.ville}"
    guichets = tuple(
        Voie("Au guichet", f"{prefecture.nom}, {_place(g)}. {_openings(g.horaires, g.fuseau) if heures else A_REVOIR}")
        for g in counters
    )
    return Modalites(
        code=prefecture.code,
        nom=prefecture.nom,
        prefecture=prefecture,
        guichets=guichets or (Voie("Au guichet", f"{address}."),),
        autres=tuple(_others(prefecture, heures=heures)),
        lieu=place_in_words(counters[0]) if counters else address,
        fuseau=prefecture.fuseau,
    )


def unpublished(code: str, nom: str, fuseau: str, public_url: str) -> Modalites:
    """What is said of a préfecture that has written no rules: what is missing, and who tells it."""
    counter = (
        "La préfecture n’a pas encore publié son adresse ni ses horaires. Son guichet vous reçoit, sans condition. "
        f"Pour une convocation écrite, qui dit où et quand : {public_url}/substitution/"
    )
    contact = f"Un agent vous dit où aller et peut vous donner une attestation : {public_url}/ccc/"
    return Modalites(
        code=code,
        nom=nom,
        prefecture=None,
        guichets=(Voie(f"Au guichet ({nom})", counter),),
        autres=(Voie("Au centre de contact", contact),),
        lieu=f"Guichet des étrangers : {nom}",
        fuseau=fuseau,
    )


def place_in_words(lieu: Lieu) -> str:
    """Where to come."""
    return f"{lieu.nom}, {lieu.adresse}, {lieu.code_postal} {lieu.ville}"


def _place(lieu: Lieu) -> str:
    return place_in_words(lieu) + (f", téléphone {lieu.telephone}" if lieu.telephone else "")


def _others(prefecture: Prefecture, *, heures: bool) -> list[Voie]:
    ways, orientation = prefecture.substitution, prefecture.orientation
    contacts = {
        Vecteur.TELEPHONE: f"par téléphone ({ways.telephone})",
        Vecteur.ACCUEIL: "sur place",
        Vecteur.COURRIER: "par courrier",
        Vecteur.WEB: f"sur internet ({ways.web})",
        Vecteur.COURRIEL: f"par e-mail ({ways.courriel})",
    }
    voies = [Voie("Pour prendre rendez-vous", ", ".join(contacts[vecteur] for vecteur in ways.vecteurs))]
    if ways.courrier.ouverte:
        voies.append(Voie("Par la poste", ways.courrier.adresse))
    if ways.courriel_depot.ouverte:
        voies.append(Voie("Par e-mail", ways.courriel_depot.adresse))
    when = _openings(orientation.horaires, prefecture.fuseau) if heures else A_REVOIR
    voies.append(Voie("Si vous ne pouvez pas vous déplacer", f"Téléphonez au {orientation.telephone}. {when}"))
    return voies


def _openings(horaires: Sequence[Horaire], fuseau: str) -> str:
    """« Ouvert du lundi au vendredi de 9 h à 12 h et de 14 h à 16 h (heure de La Réunion). »"""
    said = [
        f"{days_in_words(jours)} " + " et ".join(hours.opening_in_words(h.de, h.a) for h in same)
        for jours, same in groupby(horaires, key=lambda horaire: horaire.jours)
    ]
    return f"Ouvert {', '.join(said)}{hours.zone_note(fuseau)}."


def days_in_words(jours: Sequence[Jour]) -> str:
    """« du lundi au vendredi », « le lundi et le mercredi »."""
    ranks = [jour.rang for jour in jours]
    if len(ranks) > 2 and ranks == list(range(ranks[0], ranks[0] + len(ranks))):
        return f"du {jours[0]} au {jours[-1]}"
    names = [f"le {jour}" for jour in jours]
    return " et ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
