"""What covers a person beside one demande: the documents of her other demandes, the titles that she holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.deposit.dossier.actions import acces
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.droits.actions import ailleurs, attestations, preuves
from services.deposit.droits.rules.ruptures import UN_JOUR, Periode


def periods(demande: Demande) -> list[Periode]:
    """The days that documents of her other demandes cover; a refusal or a handing over ended them."""
    return [period for other in ailleurs.demandes(demande) for period in _proved(other)]


def titles(demande: Demande) -> list[Periode]:
    """The days of the titles that her account holds; one that waits at the préfecture is not in hand."""
    if demande.beneficiaire:
        return []
    titres = [t for t in acces.usager_of(demande).titres if t.remis is not False]
    return [
        Periode(t.debut_date, min(t.fin_date, t.remplace_date - UN_JOUR if t.remplace_date else t.fin_date))
        for t in titres
    ]


def extended(documents: Iterable[Attestation]) -> list[Periode]:
    """The expired card with the attestation de dépôt proves the stay for a while (L. 433-3)."""
    return [Periode(a.debut_date, a.fin_date) for a in documents if a.regime == "AD" and a.fin_date is not None]


def _proved(other: Demande) -> Iterator[Periode]:
    ended = preuves.end_day(other)
    given = (*attestations.proved(other), *attestations.elsewhere(other))
    proofs = [Periode(paper.debut, paper.fin) for paper in given]
    for period in (*proofs, *extended(other.documents)):
        if ended is None:
            yield period
        elif period.debut is None or period.debut < ended:
            last = ended - UN_JOUR
            yield Periode(period.debut, last if period.fin is None else min(period.fin, last))
