"""The card of a title or of a démarche, as the person reads it before choosing (DEP-12): read only, from droit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from droit.catalogue import Stade
from droit.catalogue.canal import Canal
from droit.catalogue.demarche import Demarche, Module
from droit.catalogue.famille import Famille
from droit.catalogue.titre import Piece, Titre
from droit.decision import Decision, accept
from services.deposit.cadre import Cadre, cadre
from services.deposit.droits.rules import depot
from services.deposit.droits.rules.depot import Objet

# The family of those whom somebody may threaten: a heading of `droit/familles.toml`.
VICTIMES = "victimes"


@dataclass(frozen=True)
class Etape:
    """What one kind of demande asks for and gives: `documents` are (name, sentence of the right, rule applied)."""

    stade: str
    pieces: tuple[Piece, ...]
    documents: tuple[tuple[str, str, str], ...] = ()
    travail: str = ""


@dataclass(frozen=True)
class Fiche:
    """A card. `route` says how it is asked for when it is not online; `a_completer` names what the sources lack."""

    code: str
    libelle: str
    resume: str
    fondement: str
    article: str
    conditions: tuple[str, ...]
    canaux: tuple[Canal, ...]
    en_ligne: bool
    obligatoire: bool
    route: str
    etapes: tuple[Etape, ...]
    regles: tuple[str, ...]
    a_completer: tuple[str, ...]
    pour_mineur: bool = False
    titre: bool = True
    famille: str = ""
    # The days of the window before the end of the title held, with their rule; none where nothing is renewed.
    fenetre: tuple[int, int, str] | None = None
    taxe: str = ""
    donne: str = ""


def familles() -> tuple[Famille, ...]:
    """The first level of the choice, victims first (DEP-11)."""
    return tuple(cadre().catalogue.familles.values())


def fiche(code: str, day: date) -> Fiche:
    """The card of a code. Raises Refused when nothing bears it."""
    frame = cadre()
    if any(titre.code == code for titre in frame.catalogue.titres()):
        return _of_titre(frame.catalogue.titre(code), day, frame)
    return _of_demarche(frame.catalogue.demarche(code), day, frame)


def of_famille(code: str, day: date) -> tuple[Fiche, ...]:
    """Every title of a family, those that are filed online first, then those that have another route."""
    frame = cadre()
    found = [_of_titre(titre, day, frame) for titre in frame.catalogue.titres() if titre.famille == code]
    return tuple(sorted(found, key=lambda card: not card.en_ligne))


def of_codes(codes: Iterable[str], day: date) -> tuple[Fiche, ...]:
    """The cards of these titles, in this order."""
    frame = cadre()
    return tuple(_of_titre(frame.catalogue.titre(code), day, frame) for code in codes)


def demarches(day: date) -> tuple[Fiche, ...]:
    """The other démarches (DEP-22)."""
    frame = cadre()
    return tuple(_of_demarche(demarche, day, frame) for demarche in frame.catalogue.demarches())


def titres() -> list[tuple[str, str]]:
    """Code and name of every title, to say which one is held."""
    return [(titre.code, titre.libelle) for titre in cadre().catalogue.titres()]


def cartes() -> Mapping[str, str]:
    """The kinds of cards that a person may hold, in words."""
    return cadre().catalogue.cartes


def titres_en_ligne(day: date) -> list[tuple[str, str]]:
    """Code and name of every title that is asked for here."""
    frame = cadre()
    return [(t.code, t.libelle) for t in frame.catalogue.titres() if t.on_teleservice(day, frame.position)]


def may_begin(code: str, day: date, *, numero_etranger: bool) -> Decision:
    """Whether this person may begin it here; a refusal says the next step."""
    frame = cadre()
    if not any(titre.code == code for titre in frame.catalogue.titres()):
        frame.catalogue.demarche(code)
        return accept()
    return depot.may_begin(
        frame.catalogue.titre(code), numero_etranger=numero_etranger, day=day, position=frame.position
    )


def lacks_number(decision: Decision) -> bool:
    """Whether it cannot begin for want of the numéro étranger alone, which she can give."""
    return decision.motif is depot.NUMERO_EXIGE


def _of_titre(titre: Titre, day: date, frame: Cadre) -> Fiche:
    online = titre.on_teleservice(day, frame.position)
    etapes = tuple(
        Etape(
            stade=stade.value,
            pieces=titre.pieces_at(stade, day, frame.position),
            documents=tuple(
                (given.regime.libelle, given.droits.value.phrase, given.delivre.regle)
                for given in frame.catalogue.delivered(titre, stade, day, frame.position)
            ),
            travail=titre.travail_at(stade, day, frame.position).value.mention,
        )
        for stade in titre.stades
    )
    rules = [titre.sans_numero.at(day, frame.position).regle]
    if titre.obligatoire.is_known(day, frame.position):
        rules.append(titre.obligatoire.at(day, frame.position).regle)
    return Fiche(
        code=titre.code,
        libelle=titre.libelle,
        resume=titre.resume,
        fondement=titre.fondement,
        article=titre.article,
        conditions=titre.conditions,
        canaux=tuple(frame.catalogue.canaux[canal] for canal in titre.canaux),
        en_ligne=online,
        obligatoire=titre.obligatoire.is_known(day, frame.position) and titre.obligatoire.at(day, frame.position).value,
        route="" if online or titre.hors_teleservice is None else titre.hors_teleservice.route,
        etapes=etapes,
        regles=tuple(dict.fromkeys(rules)),
        a_completer=titre.a_completer,
        famille=titre.famille,
        fenetre=_window(day, frame) if Stade.RENOUVELLEMENT in titre.stades else None,
        donne=titre.issue.accordee if titre.issue else "",
    )


def _of_demarche(demarche: Demarche, day: date, frame: Cadre) -> Fiche:
    pieces = Objet("", demarche.code, Stade.PREMIERE).pieces(frame.catalogue, day, frame.position)
    texts = " ; ".join(frame.catalogue.texte(key).titre for key in demarche.textes)
    return Fiche(
        code=demarche.code,
        libelle=demarche.libelle,
        resume=demarche.resume,
        fondement=texts,
        article="",
        conditions=demarche.conditions,
        canaux=tuple(frame.catalogue.canaux[canal] for canal in demarche.canaux),
        en_ligne=demarche.module is Module.ANEF and demarche.teleservice.at(day, frame.position).value,
        obligatoire=False,
        route="" if demarche.module is Module.ANEF else demarche.resume,
        etapes=(Etape(stade="", pieces=pieces),),
        regles=tuple(
            dict.fromkeys(
                rule.regle
                for rule in (
                    demarche.teleservice.at(day, frame.position),
                    demarche.pendant_instruction.at(day, frame.position),
                    demarche.pieces.at(day, frame.position),
                )
            )
        ),
        a_completer=demarche.a_completer,
        pour_mineur=demarche.pour_mineur,
        titre=False,
        taxe=_tax(demarche, day, frame),
        donne=demarche.issue.accordee,
    )


def _window(day: date, frame: Cadre) -> tuple[int, int, str]:
    national = frame.catalogue.national
    opening = national.at("fenetre-ouverture", day, frame.position)
    closing = national.number("fenetre-fermeture", day, frame.position)
    return national.number("fenetre-ouverture", day, frame.position), closing, opening.regle


def _tax(demarche: Demarche, day: date, frame: Cadre) -> str:
    if not demarche.taxe:
        return ""
    taxe = frame.catalogue.taxes[demarche.taxe]
    return f"{taxe.libelle} : {taxe.montant.at(day, frame.position).value.en_mots}"
