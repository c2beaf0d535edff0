"""Titles held: declared by the person or taken over from an older application; alerts go before each window
(NOT-02).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, due, messages, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from personne.reference import read_numero
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes
from services.deposit.dossier.actions import issues
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import TitreDetenu, Usager
from services.deposit.droits.rules import depot

TITRES_MAX = 40
# How the origin of a card that was handed over begins; its demande follows.
REMISE = "remise:"
NE_RENOUVELLENT_PAS = (etats.BROUILLON, etats.ANNULEE, etats.REPUDIEE)
TROP_DE_TITRES = Motif(
    "TROP_DE_TITRES",
    "regle-du-service",
    "Ce compte a déjà beaucoup de titres.",
    "Écrivez au centre de contact.",
    Genre.TROP,
)


@dataclass(frozen=True)
class Titre:
    """A title as the person or a record tells it. `remis` False is the ghost of a handing over nobody recorded."""

    fin: date
    titre_code: str = ""
    libelle: str = ""
    numero: str = ""
    debut: date | None = None
    remis: bool | None = None
    origine: str = "declaration"


def titre_of(said: inputs.TitreDetenu) -> Titre:
    """A title as it was typed."""
    return Titre(
        fin=said.fin_date, titre_code=said.titre_code, libelle=said.libelle, numero=said.numero, debut=said.debut_date
    )


@outbox.retry_conflicts
def add(usager_id: str, titre: Titre, who: Who, *, request_id: str) -> Usager:
    """Adds a title held and plans its alerts; the same number replaces what was known of it."""
    usager = access_usager(usager_id, who, acces.ACT)
    return _write(usager, titre, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def take_over(numero_etranger: str, titre: Titre, *, by: str, request_id: str) -> Usager:
    """Adds a title known from an older application to the account that bears the number."""
    usager = Usager.objects(numero_etranger=read_numero(numero_etranger), gele__ne=True).first()
    if usager is None:
        raise Refused(acces.ACCES_REFUSE)
    return _write(usager, titre, by=by, request_id=request_id)


@outbox.retry_conflicts
def record(usager_id: str, titre: Titre, *, by: str, request_id: str) -> Usager:
    """Adds a title that a decision gives; the same number replaces what was known of it."""
    return _write(comptes.usager_by_id(usager_id), titre, by=by, request_id=request_id)


@outbox.retry_conflicts
def follow_handing_over(demande: Demande) -> None:
    """The card that was handed over is among the titles of the person, and the one that it renews is ended; a handing
    over that was taken back leaves neither (DEP-62).
    """
    # A travel document is no title of residence: it starts no alert and proves no right of stay.
    if not issues.gives_title(demande) and "titre_numero" not in demande.reponses:
        return
    if demande.state != etats.REMISE and not demande.remise_reponse:
        # Nothing was ever handed over, and nothing taken back.
        return
    usager = comptes.usager_by_id(demande.usager_id)
    mark = f"{REMISE}{demande.id}"
    card = demande.carte if demande.state == etats.REMISE else {}
    recorded = next((t for t in usager.titres if t.origine == mark), None)
    if bool(card) == (recorded is not None):
        return
    if card:
        made = _handed_over(demande, usager, card, mark)
        for old in _renewed(usager, demande):
            old.remplace_date = demande.remise_date
        others = [t for t in usager.titres if t.remplace_date or t.numero != made.numero or not t.numero]
        usager.titres = [*others, made]
    else:
        usager.titres = [t for t in usager.titres if t.origine != mark]
        for old in _renewed(usager, demande):
            old.remplace_date = None
    due.plan(usager, alerte=next_alert(usager, clock.today()))
    objet = "TITRE_REMIS" if card else "TITRE_RETIRE"
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet=objet)
    outbox.update(usager, Fact("deposit.compte.modifie", changed, private={"demande": demande.reference}))


def _handed_over(demande: Demande, usager: Usager, card: dict[str, str], mark: str) -> TitreDetenu:
    renewed = next(iter(_renewed(usager, demande)), None)
    code = issues.granted(demande) if demande.titre_code else (renewed.titre_code if renewed else "")
    libelle = cadre().catalogue.titre(code).libelle if code else (renewed.libelle if renewed else demande.libelle)
    return TitreDetenu(
        titre_code=code,
        libelle=libelle,
        numero=card["numero"],
        debut_date=date.fromisoformat(card["debut"]),
        fin_date=date.fromisoformat(card["fin"]),
        remis=True,
        origine=mark,
    )


def _renewed(usager: Usager, demande: Demande) -> list[TitreDetenu]:
    """The titles that this card takes the place of: the one of its last day, or of the number lost."""
    lost = demande.reponses.get("titre_numero", "").strip()
    return [
        t
        for t in usager.titres
        if t.origine != f"{REMISE}{demande.id}"
        and ((demande.fin_titre_date and t.fin_date == demande.fin_titre_date) or (lost and t.numero == lost))
    ]


@outbox.retry_conflicts
def alert(usager_id: str, due_date: date, today: date) -> Usager:
    """Before the window and before its end, whatever channel the title came by (NOT-02, NOT-03)."""
    usager: Usager = Usager.objects(id=usager_id).first()
    frame = cadre()
    offsets = frame.catalogue.national.numbers("P-ALERT", today, frame.position)
    entries = [
        _alert(usager, titre, today)
        for titre in usager.titres
        if any(titre.fin_date - timedelta(days=offset) == due_date for offset in offsets)
        and titre.remplace_date is None
        and not _renewal_filed(usager, titre)
    ]
    due.plan(usager, alerte=next_alert(usager, max(today, due_date)))
    return outbox.update(usager, *entries, request_id=f"alerte:{due_date.isoformat()}")


def _write(usager: Usager, titre: Titre, *, by: str, request_id: str) -> Usager:
    if outbox.already(usager, request_id):
        return usager
    if len(usager.titres) >= TITRES_MAX:
        raise Refused(TROP_DE_TITRES)
    frame = cadre()
    libelle = titre.libelle or (frame.catalogue.titre(titre.titre_code).libelle if titre.titre_code else "")
    same = next((other for other in usager.titres if titre.numero and other.numero == titre.numero), None)
    usager.titres = [
        *(other for other in usager.titres if other is not same),
        TitreDetenu(
            titre_code=titre.titre_code,
            libelle=libelle,
            numero=titre.numero,
            debut_date=titre.debut,
            fin_date=titre.fin,
            remis=titre.remis,
            # A card that she writes again stays the one that was handed over, or that another took the place of.
            origine=same.origine if same is not None and same.origine.startswith(REMISE) else titre.origine,
            remplace_date=same.remplace_date if same is not None else None,
        ),
    ]
    due.plan(usager, alerte=next_alert(usager, clock.today()))
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="TITRE_AJOUTE")
    return outbox.update(usager, Fact("deposit.compte.modifie", changed, by=by), request_id=request_id)


def next_alert(usager: Usager, after: date) -> date | None:
    """The next day on which an alert about one of her titles is due, after `after`; None when none is ahead."""
    frame = cadre()
    offsets = frame.catalogue.national.numbers("P-ALERT", after, frame.position)
    in_force = [t for t in usager.titres if t.remplace_date is None]
    ahead = [t.fin_date - timedelta(days=offset) for t in in_force for offset in offsets]
    return min((day for day in ahead if day > after), default=None)


def _renewal_filed(usager: Usager, titre: TitreDetenu) -> bool:
    """Whoever has already asked for the renewal is not told to ask for it; one that she gave up renews nothing."""
    asked = Demande.objects(usager_id=usager.id, fin_titre_date=titre.fin_date, titre_code__gt="")
    return asked.filter(state__nin=NE_RENOUVELLENT_PAS).only("id").first() is not None


def _alert(usager: Usager, titre: TitreDetenu, today: date) -> Fact:
    frame = cadre()
    window = depot.fenetre(frame.catalogue, titre.fin_date, today, frame.position)
    article = frame.catalogue.titre(titre.titre_code).article if titre.titre_code else ""
    champs: dict[str, Any] = {
        "libelle": titre.libelle,
        "article": article,
        "fin_titre_date": titre.fin_date.isoformat(),
        "ouverture_date": window.ouverture_date.isoformat(),
        "fermeture_date": window.fermeture_date.isoformat(),
    }
    return messages.fact(
        "deposit",
        messages.Notice(
            destinataire_id=usager.id, parcours_id=usager.parcours_id, modele="alerte_expiration", champs=champs
        ),
    )
