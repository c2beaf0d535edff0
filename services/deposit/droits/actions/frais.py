"""What one demande costs today, by the tables of the catalogue, with what was paid (DEP-22, DEP-25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from droit.catalogue.taxe import DROITS_DE_REGULARISATION, Taxe
from droit.jours import day_in_words
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import acces, issues
from services.deposit.dossier.rules import etats
from services.deposit.dossier.rules.etats import Phrase
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.rules import frais as rules

PAYE, TIMBRE, OUVERT = "PAYE", "TIMBRE", "OUVERT"
# Nothing is awaited of who was refused, nor for what is closed or set aside.
DOIVENT = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET, etats.REMISE)


@dataclass(frozen=True)
class Frais:
    """Something to pay or that is not due, in words. `preuve` is the payment that counts, empty while there is none."""

    code: str
    libelle: str
    montant: str
    centimes: int
    du: bool
    pourquoi: str
    regle: str
    preuve: dict[str, Any] = field(default_factory=dict)

    @property
    def a_payer(self) -> bool:
        """Whether the person still owes it."""
        return self.du and not self.preuve

    @property
    def phrase(self) -> str:
        """All of it in one sentence."""
        if not self.du:
            return self.pourquoi
        if not self.preuve:
            return f"{self.montant}. {self.pourquoi}".strip().removesuffix(".") + "."
        day = day_in_words(date.fromisoformat(self.preuve["jour"]))
        how = "payé en ligne" if self.preuve["etat"] == PAYE else "payé par timbre fiscal"
        return f"{self.montant}, {how} le {day}. Preuve : {self.preuve['preuve']}."


def of_demande(demande: Demande) -> Sequence[Frais]:
    """The tax of its démarche; the fee of a late renewal, once it is filed."""
    frame = cadre()
    found = []
    code = frame.catalogue.demarche(demande.demarche_code).taxe if demande.demarche_code else ""
    if code:
        found.append(_frais(demande, frame.catalogue.taxes[code], True, ""))
    if demande.titre_code and demande.fin_titre_date and demande.retenue_date:
        due, why = rules.regularisation(_retard(demande))
        found.append(_frais(demande, frame.catalogue.taxes[DROITS_DE_REGULARISATION], due, why))
    # An amount of demonstration is asked of nobody in production.
    return [one for one in found if not (frame.production and "démonstration" in one.montant and one.du)]


def owed(demande: Demande) -> list[Frais]:
    """What the person still has to pay."""
    names = ("state", "demarche_code", "retenue_date", "fin_titre_date")
    if not _may_owe({name: getattr(demande, name) for name in names}):
        return []
    return [one for one in of_demande(demande) if one.a_payer]


def phrase(demande: Demande) -> Phrase:
    """What the person reads of her demande, with what she still has to pay among what is awaited of her."""
    said, due = issues.phrase(demande), owed(demande)
    if not due:
        return said
    pay = f"Payez : {', '.join(f'{one.libelle}, {one.montant}' for one in due)}."
    return replace(said, attendu=pay if said.attendu.startswith("Rien") else f"{said.attendu} {pay}")


def phrases(rows: Sequence[Mapping[str, Any]]) -> dict[str, Phrase]:
    """The same of each line of a list, by demande; only what may cost something, which is rare, is read whole."""
    ids = [row["_id"] for row in rows if _may_owe(row)]
    whole = {demande.id: phrase(demande) for demande in Demande.objects(id__in=ids)} if ids else {}
    return {row["_id"]: whole.get(row["_id"]) or issues.phrase_of(row) for row in rows}


def lines(demande: Demande) -> list[str]:
    """What a paper says of it: what was paid, with its proof."""
    return [f"{one.libelle} : {one.phrase}" for one in of_demande(demande) if one.preuve]


def _may_owe(row: Mapping[str, Any]) -> bool:
    """Whether a demande, or its line in a list, asks for a tax or was filed after the end of the title."""
    code, filed, end = row.get("demarche_code"), row.get("retenue_date"), row.get("fin_titre_date")
    taxed = bool(code and cadre().catalogue.demarche(code).taxe)
    # Civil days, or as a line holds them: AAAA-MM-JJ.
    late = bool(filed and end and str(filed) > str(end))
    return row["state"] in DOIVENT and (taxed or late)


def _retard(demande: Demande) -> rules.Retard:
    days = [blocage.premiere_tentative_date for blocage in acces.blocages(demande)]
    delayed = demande.depot_date is not None and any(day and day <= demande.depot_date for day in days)
    bloquee = delayed or bool(demande.blocage_connu) or demande.retenue_date < demande.depot_date
    return rules.Retard(demande.retenue_date, demande.fin_titre_date, bool(demande.couvert), bloquee)


def _frais(demande: Demande, taxe: Taxe, due: bool, why: str) -> Frais:
    day = demande.depot_date or demande.cree_date
    amount = taxe.montant.at(day, cadre().position)
    paid = [one for one in demande.paiements if one["code"] == taxe.code and one["etat"] in (PAYE, TIMBRE)]
    return Frais(
        taxe.code, taxe.libelle, amount.value.en_mots, amount.value.centimes, due, why, amount.regle, *paid[-1:]
    )
