"""What a person's own pages read of her demandes, titles and documents: nothing here writes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock
from chassis.web.who import Who
from documents.etat import EtatDocument
from documents.nature import Nature
from documents.numero import reference
from documents.rendu import data_matrix
from droit.catalogue import Stade
from droit.decision import Refused
from droit.jours import Fenetre
from services.deposit.cadre import cadre
from services.deposit.demande.actions import demandes
from services.deposit.demande.actions.fantomes import of_person as ghosts_of
from services.deposit.dossier.actions import prefectures, protection
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.rules.etats import Phrase
from services.deposit.dossier.store.demande import Attestation, Demande, DemandePieces, Piece
from services.deposit.dossier.store.projections import BlocageConnu
from services.deposit.dossier.store.usager import TitreDetenu, Usager
from services.deposit.droits.actions import attestations, calendrier, preuves, settle
from services.deposit.droits.rules import depot

_SIZE = re.compile(r'<svg width="(\d+)" height="(\d+)"')
_MARGIN = 16
# A demande in one of these states already asks for the next title, or gave it.
_RENOUVELLENT = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET, etats.REMISE)


@dataclass(frozen=True)
class PieceDemandee:
    """A piece with its files; `demandee` False for what was added without being asked for (DEP-31)."""

    code: str
    libelle: str
    obligatoire: bool
    demandee: bool
    fichiers: tuple[Piece, ...]


@dataclass(frozen=True)
class TitreVu:
    """A title held, with the window of its renewal (DEP-23) and where it is in it.

    `renouvellement` is the demande that already asks for it or gave the next one: nobody is told to ask again.
    """

    titre: TitreDetenu
    libelle: str
    article: str
    fenetre: Fenetre
    etat: str
    renouvellement: Demande | None = None


@dataclass(frozen=True)
class DocumentVu:
    """A document as its holder reads it on the screen: what the paper says, and the code that a reader scans."""

    numero: str
    reference: str
    libelle: str
    demande_id: str
    objet: str
    debut_date: date
    fin_date: date | None
    emis_date: date
    # What it is worth today, in the word of the check; empty for a letter, which proves no right.
    etat: str
    # Whose it is, when it is not hers: a child.
    pour: str
    contenu: dict[str, Any]
    code_svg: str


def pieces_expected(demande: Demande) -> tuple[PieceDemandee, ...]:
    """Each piece of the list, then each piece sent that nobody asked for, with its files."""
    frame = cadre()
    day = demande.depot_date or clock.today()
    wanted = attestations.objet_of(demande).pieces(frame.catalogue, day, frame.position)
    files: dict[str, list[Piece]] = {}
    for piece in demande.pieces:
        files.setdefault(piece.code or "", []).append(piece)
    found = [PieceDemandee(p.code, p.libelle, p.obligatoire, True, tuple(files.pop(p.code, ()))) for p in wanted]
    requested = [code for request in demande.demandes_pieces for code in request.pieces]
    for code in [*dict.fromkeys(code for code in requested if code not in {p.code for p in wanted})]:
        found.append(PieceDemandee(code, code.replace("-", " ").capitalize(), False, True, tuple(files.pop(code, ()))))
    return tuple(found) + tuple(
        PieceDemandee(code, code.replace("-", " ").capitalize(), False, False, tuple(those))
        for code, those in files.items()
    )


def missing(demande: Demande) -> tuple[str, ...]:
    """Names of the mandatory pieces of which no file is held."""
    return tuple(piece.libelle for piece in settle.missing(demande, demande.depot_date or clock.today()))


def piece_of(demande_id: str, piece_id: str, who: Who) -> Piece:
    """A file of a demande in reach. Raises Refused."""
    demande = access_demande(demande_id, who)
    found: Piece | None = next((piece for piece in demande.pieces if piece.id == piece_id), None)
    if found is None:
        raise Refused(demandes.PIECE_INCONNUE)
    if protection.hidden_from(demande, who):
        raise Refused(protection.MASQUE)
    return found


def due_day(demande: Demande, request: DemandePieces) -> date | None:
    """The last day to answer a request; None while its clock is stopped."""
    return calendrier.due_day(demande, request)


def request_of(demande: Demande, request_id: str) -> DemandePieces | None:
    """A request for pieces by its identifier, or None when it cannot be found (then it is a blocage: DEP-35)."""
    return next((request for request in demande.demandes_pieces if request.id == request_id), None)


def open_request(demande: Demande) -> DemandePieces | None:
    """The request not yet answered."""
    return calendrier.open_request(demande)


def reopening_asked(demande: Demande) -> date | None:
    """Since when she asks that a closed demande be reopened; None when she does not."""
    return attentes.day_of(demande.attentes, attentes.REOUVERTURE)


def fenetre(fin_titre: date) -> Fenetre:
    """The window of renewal of a title ending that day."""
    frame = cadre()
    return depot.fenetre(frame.catalogue, fin_titre, clock.today(), frame.position)


def titres_of(usager: Usager) -> tuple[TitreVu, ...]:
    """Titles held, the one that ends last first, with article and window (DEP-12, DEP-23)."""
    today, cat = clock.today(), cadre().catalogue
    asked = Demande.objects(usager_id=usager.id, stade=Stade.RENOUVELLEMENT.value, state__in=_RENOUVELLENT)
    renewals = {
        d.fin_titre_date: d for d in asked.only("state", "reference", "fin_titre_date", "remise_date").limit(50)
    }
    found = []
    for titre in sorted(usager.titres, key=lambda row: row.fin_date, reverse=True):
        window = fenetre(titre.fin_date)
        entry = cat.titre(titre.titre_code) if titre.titre_code else None
        etat = "fini" if today > titre.fin_date else window.state(today)
        libelle = titre.libelle or (entry.libelle if entry else "")
        article = entry.article if entry else ""
        found.append(TitreVu(titre, libelle, article, window, etat, renewals.get(titre.fin_date)))
    return tuple(found)


def open_blocages(usager_id: str) -> list[BlocageConnu]:
    """Blocages still open for a person, here or in another channel (at most 20)."""
    return list(BlocageConnu.objects(usager_id=usager_id, fin_date=None).limit(20))


def fantomes(usager: Usager, demande: Demande) -> list[dict[str, str]]:
    """What the records leave open about the past of a person and could frighten her here: a title said to wait, another
    demande for the same thing. Said, never a bar (DEP-27); several demandes on different things are no inconsistency.
    """
    same = Demande.objects(usager_id=usager.id, titre_code=demande.titre_code, demarche_code=demande.demarche_code)
    references = {other.reference for other in same.only("reference").limit(50)} - {demande.reference}
    return [
        flag
        for flag in demandes.inconsistencies(usager, ghosts_of(usager))
        if flag["code"] != "DEMANDE_NON_CLOSE" or flag["objet"] in references
    ]


def document(numero: str, who: Who) -> DocumentVu:
    """A document that `who` may read. Raises Refused."""
    demande, attestation = attestations.find(numero)
    access_demande(demande.id, who)
    return _document(demande, attestation, with_code=True)


def documents_of(usager_id: str) -> list[DocumentVu]:
    """Every document of a person, the last given first; those replaced stay (DEP-44)."""
    found = [
        _document(demande, attestation, with_code=False)
        for demande in Demande.objects(usager_id=usager_id, depot_date__ne=None).order_by("-cree_date").limit(50)
        for attestation in demande.attestations
    ]
    return sorted(found, key=lambda d: (d.etat == EtatDocument.VALIDE, d.emis_date, d.debut_date), reverse=True)


def documents_states(demande: Demande, day: date) -> dict[str, str]:
    """What each document of a demande is worth on a day, by its number; letters, which prove no right, apart."""
    signed = [a for a in demande.attestations if Nature(a.nature).is_signed]
    return {a.numero: preuves.state_of(demande, a, day).value for a in signed}


def prefecture_name(code: str) -> str:
    """« Préfecture de … » when its rules are known, else the name of the département."""
    if not code:
        return ""
    return prefectures.name(code)


def name_holder(phrase: Phrase, prefecture: str) -> str:
    """Who has a demande, as the person reads it and as she is told: her préfecture by its name."""
    named = prefecture_name(prefecture) if phrase.service == etats.LA_PREFECTURE else ""
    return named or phrase.service


def _document(demande: Demande, attestation: Attestation, *, with_code: bool) -> DocumentVu:
    nature, other = Nature(attestation.nature), demande.beneficiaire or {}
    return DocumentVu(
        numero=attestation.numero,
        reference=reference(attestation.numero),
        libelle=nature.libelle,
        demande_id=demande.id,
        objet=demande.libelle,
        debut_date=attestation.debut_date,
        fin_date=attestation.fin_date,
        emis_date=attestation.emis_date,
        etat=preuves.shown_state(demande, attestation, clock.today()),
        pour=f"{other.get('prenoms', '')} {other.get('nom', '')}".strip(),
        contenu=json.loads(attestation.contenu),
        code_svg=_svg(attestation.code) if with_code and attestation.code else "",
    )


def _svg(code: str) -> str:
    """The 2D-Doc as a drawing that stands in the page itself: once opened, it is read without a network.

    On white with a margin, whatever the colours of the page: a reader needs both.
    """
    drawn = data_matrix(code, scale=4)
    width, height = (int(size) for size in _SIZE.findall(drawn)[0])
    body = drawn[drawn.index("<g ") :]
    box = f"{-_MARGIN} {-_MARGIN} {width + 2 * _MARGIN} {height + 2 * _MARGIN}"
    white = f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="100%" height="100%" fill="#ffffff"/>'
    said = 'role="img" aria-label="2D-Doc"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {said} width="340" viewBox="{box}">{white}{body}'


def closing_rule(demande: Demande) -> str:
    """The national rule on closings that held when pieces were asked for, or the demande filed; empty when it is not
    closed (XCT-01).
    """
    if not demande.cloture or demande.depot_date is None:
        return ""
    day = max([demande.depot_date, *(request.demande_date for request in demande.demandes_pieces)])
    return cadre().catalogue.national.at("cloture-automatique", day, cadre().position).regle


def asked_pieces(demande: Demande) -> list[tuple[str, str, bool]]:
    """The pieces of the catalogue for this demande: code, words, mandatory."""
    frame = cadre()
    day = demande.depot_date or clock.today()
    return [
        (p.code, p.libelle, p.obligatoire)
        for p in attestations.objet_of(demande).pieces(frame.catalogue, day, frame.position)
    ]
