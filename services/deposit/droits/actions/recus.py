"""The attestation de dépôt: a receipt that proves no right by itself, and prolongs some cards (L. 433-3)."""

from __future__ import annotations

from datetime import date

from chassis.outbox import Entry
from documents.contenu import Contenu, Droit
from documents.nature import Nature
from droit.catalogue import Stade
from droit.dates import day_in_words
from droit.jours import add_months
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import Cadre, cadre
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import attestations


def give(
    demande: Demande, usager: Usager, today: date, before: Attestation | None = None
) -> tuple[Attestation, tuple[Entry, ...]]:
    """The attestation de dépôt of a demande that is being filed, or again in place of the one `before`; L. 433-3 is
    written on it (DEP-26, DEP-46, DEP-57).
    """
    frame = cadre()
    applied = frame.catalogue.regimes["AD"].at(demande.depot_date, frame.position)
    fin = _prolonged(demande, frame)
    lines: tuple[Droit, ...] = ()
    if fin is not None:
        sentence = f"Avec la carte expirée, jusqu’au {day_in_words(fin)}."
        source = str(frame.catalogue.national.at("l433-3-prolongation", demande.depot_date, frame.position).citation)
        lines = tuple(Droit(label, sentence, source) for label in ("Séjour", "Travail", "Droits sociaux"))
    contenu = Contenu(
        nature=Nature.AD,
        **attestations.common(demande, usager, today, frame),
        debut_date=before.debut_date if before else today,
        fin_date=fin,
        droits=lines,
        regle=applied.delivre.regle,
    )
    attestation = attestations.signed(contenu, "AD", before.numero if before else "", frame)
    if before is not None:
        before.remplacee_par = attestation.numero
    demande.attestations = [*demande.attestations, attestation]
    return attestation, (attestations.fact(demande, attestation, events_pb2.NATURE_AD, automatique=True),)


def correct(demande: Demande, today: date) -> tuple[Entry, ...]:
    """The attestation de dépôt is given again when the day to which it prolongs a card was wrong."""
    before = next((a for a in demande.documents if a.regime == "AD"), None)
    if before is None or before.fin_date == _prolonged(demande, cadre()):
        return ()
    usager: Usager = Usager.objects(id=demande.usager_id).first()
    attestation, facts = give(demande, usager, today, before)
    return (*facts, attestations.message_of(demande, attestation))


def _prolonged(demande: Demande, frame: Cadre) -> date | None:
    """The day to which L. 433-3 prolongs the card that ends; None for what it does not prolong."""
    if not demande.titre_code or not demande.fin_titre_date or demande.stade != Stade.RENOUVELLEMENT:
        return None
    if not frame.catalogue.titre(demande.titre_code).l433_3 or demande.retenue_date > demande.fin_titre_date:
        return None
    return add_months(demande.fin_titre_date, frame.number("l433-3-prolongation", demande.depot_date))
