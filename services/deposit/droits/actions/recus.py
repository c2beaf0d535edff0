"""The attestation de dépôt: a receipt that proves no right by itself, and prolongs some cards (L. 433-3)."""

from __future__ import annotations

import json
from datetime import date

from chassis.outbox import Entry
from documents.contenu import Contenu, Droit
from documents.nature import Nature
from droit.catalogue import Stade
from droit.jours import add_months, day_in_words
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import Cadre, cadre
from services.deposit.dossier.actions import acces
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import attestations

# Of `droit/cartes.toml`: another title, or she does not know which.
JE_NE_SAIS_PAS = "autre"


def give(
    demande: Demande, usager: Usager, today: date, before: Attestation | None = None
) -> tuple[Attestation, tuple[Entry, ...]]:
    """The attestation de dépôt of a demande that is being filed, or again in place of the one `before`; L. 433-3 is
    written on it (DEP-26, DEP-46, DEP-57).
    """
    frame = cadre()
    applied = frame.catalogue.regimes["AD"].at(demande.depot_date, frame.position)
    fin = _prolonged(demande, usager, frame)
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
        paragraphes=_protected_day(demande),
        regle=applied.delivre.regle,
    )
    attestation = attestations.signed(contenu, "AD", before.numero if before else "", frame)
    if before is not None:
        before.remplacee_par = attestation.numero
    demande.attestations = [*demande.attestations, attestation]
    return attestation, (attestations.fact(demande, attestation, events_pb2.NATURE_AD, automatique=True),)


def correct(demande: Demande, today: date) -> tuple[Entry, ...]:
    """The attestation de dépôt is given again when what it says was wrong: who, what is asked for, or the day to which
    it prolongs a card.
    """
    before = next((a for a in demande.documents if a.regime == "AD"), None)
    if before is None:
        return ()
    usager = acces.usager_of(demande)
    printed, right = Contenu.from_dict(json.loads(before.contenu)), attestations.common(demande, usager, today, cadre())
    same = (printed.personne, printed.titre_libelle) == (right["personne"], right["titre_libelle"])
    if same and before.fin_date == _prolonged(demande, usager, cadre()):
        return ()
    attestation, facts = give(demande, usager, today, before)
    return (*facts, attestations.message_of(demande, attestation))


def _prolonged(demande: Demande, usager: Usager, frame: Cadre) -> date | None:
    """The day to which L. 433-3 prolongs the card held, whichever title is asked for; None for what it does not
    prolong (DEP-26).
    """
    end: date | None = demande.fin_titre_date
    if not demande.titre_code or end is None or demande.beneficiaire or demande.retenue_date > end:
        return None
    if not _is_long(demande, usager, frame):
        return None
    return add_months(end, frame.number("l433-3-prolongation", demande.depot_date))


def _is_long(demande: Demande, usager: Usager, frame: Cadre) -> bool:
    """Whether the card held is one of L. 433-3: as it was said, or recorded, or the very title that is renewed.

    Who answers « je ne sais pas » loses nothing of what is recorded.
    """
    current = next((t.titre_code for t in usager.titres if t.fin_date == demande.fin_titre_date and t.titre_code), "")
    if demande.titre_tenu and not (current and demande.titre_tenu == JE_NE_SAIS_PAS):
        return demande.titre_tenu in frame.texts("l433-3-cartes", demande.depot_date)
    if not current and demande.stade == Stade.RENOUVELLEMENT:
        current = demande.titre_code
    return bool(current) and frame.catalogue.titre(current).l433_3


def _protected_day(demande: Demande) -> tuple[str, ...]:
    """The day that counts where an earlier one is protected, and that the delay costs nothing (DEP-25, DEP-26)."""
    if demande.retenue_date is None or demande.retenue_date >= demande.depot_date:
        return ()
    day = day_in_words(demande.retenue_date)
    return (
        f"Date qui compte : le {day}. C’est le jour du premier essai, qu’un blocage a empêché.",
        "Aucun droit de régularisation n’est dû pour ce retard.",
    )
