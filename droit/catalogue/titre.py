"""A residence title as data: adding one, or moving one onto the téléservice, needs no code (DEP-21)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePath

from droit.catalogue.canal import Canal, check_canaux
from droit.catalogue.issue import Issue, read_issue
from droit.catalogue.lecture import Fiche, Lecture
from droit.dates import Citation, Dated, Position, Valeur

ID = re.compile(r"(TIT|OUT)-\d{2}")
# The name of these titles reveals violence or an illness: it is printed on no paper.
FAMILLES_TUES = ("victimes", "sante")
CODE = "CESEDA"


class Stade(StrEnum):
    """Which demande it is: a first one, a renewal, or a first one by a person in irregular situation."""

    PREMIERE = "premiere"
    RENOUVELLEMENT = "renouvellement"
    REGULARISATION = "regularisation"


class DroitAuTravail(StrEnum):
    """What the sources say of work; `a_completer` when they say nothing."""

    AUTORISE = "autorise"
    NON = "non"
    A_COMPLETER = "a_completer"


@dataclass(frozen=True)
class Travail:
    """Work right of a title, the mention printed, and the keys of its texts (none: not in the sources)."""

    droit: DroitAuTravail
    autorise: bool
    mention: str
    textes: tuple[str, ...]

    @property
    def demonstration(self) -> bool:
        """Whether the mention is a default of demonstration, printed as such and never in production."""
        return self.droit is DroitAuTravail.A_COMPLETER


@dataclass(frozen=True)
class Piece:
    """A document asked for; `demonstration` when no source gives it."""

    code: str
    libelle: str
    obligatoire: bool
    citation: Citation
    demonstration: bool


@dataclass(frozen=True)
class HorsTeleservice:
    """How a title outside the téléservice is asked for, and what must never be answered in its place."""

    route: str
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Titre:
    """One entry of the catalogue; `a_completer` names each field that holds a demonstration default."""

    id: str
    code: str
    libelle: str
    resume: str
    article: str
    textes: tuple[str, ...]
    fondement: str
    famille: str
    ouvert_par: Citation
    conditions: tuple[str, ...]
    canaux: tuple[str, ...]
    teleservice: Dated[bool]
    obligatoire: Dated[bool]
    sans_numero: Dated[bool]
    choix_au_renouvellement: Dated[tuple[str, ...]]
    hors_teleservice: HorsTeleservice | None
    regimes: Mapping[Stade, Dated[tuple[str, ...]]]
    pieces: Mapping[Stade, Dated[tuple[Piece, ...]]]
    travaux: Mapping[Stade, Dated[Travail]]
    regularisation: bool
    bpi: bool
    jeune_majeur: bool
    l433_3: bool
    voyage: bool
    # How it ends, where the words for a residence title would not fit.
    issue: Issue | None
    # What an attestation for this title states word for word, so that its reader need not deduce it.
    mentions: tuple[str, ...]
    # Its name on papers, where its own would reveal violence, an illness or asylum (DEP-59); empty for most.
    papier: str
    identique_a: tuple[str, ...]
    a_completer: tuple[str, ...]

    @property
    def stades(self) -> tuple[Stade, ...]:
        """The demandes that exist for this title."""
        return tuple(self.regimes)

    @property
    def libelle_imprime(self) -> str:
        """Its name on a paper, in its code and in the answer to whoever checks it."""
        return self.papier or self.libelle

    @property
    def article_imprime(self) -> str:
        """Its article on a paper; where the name is not printed, the code alone: the article would give it away."""
        return CODE if self.papier else self.article

    @property
    def fondement_imprime(self) -> str:
        """Its ground on a paper; none where the name is not printed."""
        return "" if self.papier else self.fondement

    @property
    def complete(self) -> bool:
        """Whether production may issue for it."""
        return not self.a_completer

    def on_teleservice(self, day: date, position: Position) -> bool:
        """Whether it is filed online on `day`: all that code asks, of an OUT that has joined too (OUT-04)."""
        return self.teleservice.is_known(day, position) and self.teleservice.at(day, position).value

    def documents(self, stade: Stade, day: date, position: Position) -> Valeur[tuple[str, ...]]:
        """Codes of the regimes that a demande of this kind goes through, in order."""
        return self.regimes[stade].at(day, position)

    def pieces_at(self, stade: Stade, day: date, position: Position) -> tuple[Piece, ...]:
        """The pieces asked for on `day`; a régularisation shows those of a first demande."""
        return self.pieces[_stade_written(stade, self.pieces)].at(day, position).value

    def travail_at(self, stade: Stade, day: date, position: Position) -> Valeur[Travail]:
        """The work right that an attestation of this demande prints (DEP-51)."""
        return self.travaux[_stade_written(stade, self.travaux)].at(day, position)


def _stade_written(stade: Stade, table: Mapping[Stade, object]) -> Stade:
    return Stade.PREMIERE if stade is Stade.REGULARISATION and stade not in table else stade


def _travail(fiche: Fiche) -> Travail:
    droit = fiche.choice("droit", DroitAuTravail)
    mention, textes = fiche.text("mention"), fiche.texte_keys("textes")
    if droit is DroitAuTravail.A_COMPLETER:
        if "démonstration" not in mention:
            fiche.fault("mention", "une valeur à compléter s'imprime avec le mot « démonstration »")
        if textes:
            fiche.fault("textes", "une valeur de démonstration ne cite aucun texte")
        return Travail(droit, fiche.flag("defaut"), mention, ())
    if not textes:
        fiche.fault("textes", "un droit au travail affirmé cite son texte")
    return Travail(droit, droit is DroitAuTravail.AUTORISE, mention, textes)


def read_pieces(fiche: Fiche) -> tuple[Piece, ...]:
    """The `liste` of a dated block."""
    pieces = []
    for entry in fiche.tables("liste", required=True):
        piece = Piece(
            entry.text("code"),
            entry.text("libelle"),
            entry.flag("obligatoire"),
            entry.citation(),
            entry.flag("demonstration", False),
        )
        if piece.demonstration and piece.citation.texte != "regle-du-service":
            entry.fault("source", "une pièce de démonstration cite « regle-du-service »")
        entry.close()
        pieces.append(piece)
    if len({p.code for p in pieces}) != len(pieces):
        fiche.fault("liste", "deux pièces ont le même code")
    return tuple(pieces)


def _stades(fiche: Fiche) -> list[Stade]:
    stades = []
    for name in fiche.names():
        if name in set(Stade):
            stades.append(Stade(name))
        else:
            fiche.fault(name, f"n'est pas parmi : {', '.join(Stade)}")
    return stades


def _hors(fiche: Fiche) -> HorsTeleservice:
    route = HorsTeleservice(fiche.text("route"), fiche.texts("conditions"))
    fiche.close()
    return route


def read_titres(lecture: Lecture, canaux: Mapping[str, Canal]) -> dict[str, Titre]:
    """Reads `titres/<code>.toml`, then checks each entry alone; the catalogue checks them together."""
    titres: dict[str, Titre] = {}
    for fiche in lecture.folder("titres"):
        titre = _read_titre(fiche)
        _check(fiche, titre)
        check_canaux(fiche, titre.canaux, canaux)
        titres[titre.code] = titre
    return titres


def _read_titre(fiche: Fiche) -> Titre:
    regimes, pieces, travail = fiche.table("regimes"), fiche.table("pieces"), fiche.table("travail")
    ouverture = fiche.table("ouverture")
    ouvert_par = ouverture.citation()
    ouverture.close()
    titre = Titre(
        id=fiche.text("id"),
        code=fiche.text("code"),
        libelle=fiche.text("libelle"),
        resume=fiche.text("resume"),
        article=fiche.text("article", ""),
        textes=fiche.texte_keys("textes"),
        fondement=fiche.text("fondement"),
        famille=fiche.text("famille"),
        ouvert_par=ouvert_par,
        conditions=fiche.texts("conditions"),
        canaux=fiche.texts("canaux"),
        teleservice=fiche.dated("teleservice", lambda bloc: bloc.flag("valeur")),
        obligatoire=fiche.dated("obligatoire", lambda bloc: bloc.flag("valeur")),
        sans_numero=fiche.dated("sans_numero", lambda bloc: bloc.flag("valeur")),
        choix_au_renouvellement=fiche.dated("choix_au_renouvellement", lambda bloc: bloc.texts("valeur")),
        hors_teleservice=_hors(fiche.table("hors_teleservice")) if fiche.has("hors_teleservice") else None,
        regimes={s: regimes.dated(s, lambda bloc: bloc.texts("valeur")) for s in _stades(regimes)},
        pieces={s: pieces.dated(s, read_pieces) for s in _stades(pieces)},
        travaux={s: travail.dated(s, _travail) for s in _stades(travail)},
        regularisation=fiche.flag("regularisation", False),
        bpi=fiche.flag("bpi", False),
        jeune_majeur=fiche.flag("jeune_majeur", False),
        l433_3=fiche.flag("l433_3", False),
        voyage=fiche.flag("voyage", False),
        issue=read_issue(fiche) if fiche.has("issue") else None,
        mentions=fiche.texts("mentions", ()),
        papier=fiche.text("papier", ""),
        identique_a=fiche.texts("identique_a", ()),
        a_completer=fiche.texts("a_completer", ()),
    )
    fiche.close()
    return titre


def _check(fiche: Fiche, titre: Titre) -> None:
    if not ID.fullmatch(titre.id):
        fiche.fault("id", "attendu TIT-nn ou OUT-nn")
    if PurePath(fiche.file).stem != titre.code:
        fiche.fault("code", "le fichier porte un autre nom que le code")
    if bool(titre.article) != bool(titre.textes):
        fiche.fault("textes", "un article nommé a sa clé de textes.toml, et inversement")
    if bool(titre.article) == ("article" in titre.a_completer):
        fiche.fault("a_completer", "« article » y est si, et seulement si, l'article manque")
    if titre.famille in FAMILLES_TUES and not titre.papier:
        fiche.fault("papier", "son nom dit des violences ou une maladie : les papiers en portent un autre")
    if titre.id.startswith("OUT") and titre.hors_teleservice is None:
        fiche.fault("hors_teleservice", "une situation hors téléservice donne sa route")
    if titre.regularisation != (Stade.REGULARISATION in titre.regimes):
        fiche.fault("regularisation", "ne correspond pas aux régimes écrits")
    for stade in titre.stades:
        if _stade_written(stade, titre.pieces) not in titre.pieces:
            fiche.fault(f"pieces.{stade}", "pièces absentes pour ce stade")
        if _stade_written(stade, titre.travaux) not in titre.travaux:
            fiche.fault(f"travail.{stade}", "droit au travail absent pour ce stade")
    _check_a_completer(fiche, titre)


def _check_a_completer(fiche: Fiche, titre: Titre) -> None:
    needed = {f"travail.{s}" for s, d in titre.travaux.items() if any(b.valeur.demonstration for b in d.blocs)}
    if any(p.demonstration for d in titre.pieces.values() for b in d.blocs for p in b.valeur):
        needed.add("pieces")
    for name in sorted(needed - set(titre.a_completer)):
        fiche.fault("a_completer", f"« {name} » tient une valeur de démonstration et n'y est pas nommé")
    for name in titre.a_completer:
        if name.split(".")[0] not in Titre.__dataclass_fields__ and name.split(".")[0] != "travail":
            fiche.fault("a_completer", f"« {name} » n'est pas un champ d'un titre")
        if name.startswith(("travail.", "pieces")) and name not in needed:
            fiche.fault("a_completer", f"« {name} » est nommé et ne tient plus de valeur de démonstration")
