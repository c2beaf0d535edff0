"""Rupture watch: each act and each due day asks the rights engine whether the person is or will be without document.

A gap ahead becomes an urgent act, dated before it and told to the person; days without document are recorded with their
cause and length. All of it joins the write of the act that is judged: nothing scans dossiers (XCT-04, NOT-04).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from chassis import messages
from chassis.outbox import Beside, Entry, Fact
from droit.catalogue import may_issue
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import prefectures
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import attestations, couverture, suspensions
from services.deposit.droits.rules import ruptures
from services.deposit.droits.rules.depot import missing_pieces
from services.deposit.droits.rules.droits import Dossier, owed_since
from services.deposit.droits.rules.ruptures import CAUSES, Indices, Periode
from services.deposit.droits.store import Rupture

# While a rupture lasts, what another demande of the person gives may end it: it is looked at again.
REVOIR_JOURS = 7
RUPTURES_KEPT = 20
__all__ = ["CAUSES", "Avant", "Watched", "before", "covered_elsewhere", "in_words", "rows", "urgent", "watch"]


@dataclass(frozen=True)
class Avant:
    """A demande as it stood before a write gave it anything: what covered the person, and its dossier."""

    periodes: tuple[Periode, ...] = ()
    dossier: Dossier | None = None


@dataclass(frozen=True)
class Watched:
    """The facts that the watch adds to a write, and the day on which to look again."""

    entries: tuple[Entry, ...] = ()
    next_day: date | None = None


def before(demande: Demande) -> Avant:
    """What a filed demande for a title holds now: to be asked before its write gives it documents.

    The préfecture's rules are read here, once for the whole write.
    """
    if not demande.titre_code or demande.depot_date is None or demande.origine.get("fantome"):
        return Avant()
    if not demande.couvert and demande.fin_titre_date is not None and demande.retenue_date > demande.fin_titre_date:
        # Asked again at each look: what covered her may have been given, or found, since.
        demande.couvert = covered_elsewhere(demande)
    rules = prefectures.regles_of(demande)
    dossier = attestations.dossier_of(demande, cadre(), rules.api_mois if rules else 0)
    return Avant(_spans(dossier, demande), dossier)


def watch(demande: Demande, avant: Avant, today: date) -> Watched:
    """Judges a demande as this write leaves it; `avant` is what was in hand until now."""
    if avant.dossier is None:
        return Watched()
    if demande.state not in ruptures.VEILLEES:
        return _end_watch(demande, today)
    frame = cadre()
    lead = timedelta(days=frame.number("P-APILEAD", today))
    dossier = attestations.dossier_of(demande, frame, avant.dossier.api_mois)
    own = _spans(dossier, demande)
    gap = ruptures.first_gap(own, today)
    covered = ruptures.first_gap(avant.periodes, today) != today
    if covered and (gap is None or gap > today + lead):
        return _watched(_Vue(demande, today, gap), gap - lead if gap else None)
    others = _elsewhere(demande)
    gap = ruptures.first_gap((*own, *others), today)
    owed = owed_since(avant.dossier, today, frame.catalogue, frame.position)
    debut = ruptures.rupture_debut((*avant.periodes, *others), today, demande.retenue_date, owed)
    why = _cause(demande, avant.dossier, debut or gap or today)
    seen = _Vue(demande, today, gap, debut, why)
    if gap is None or gap > today + lead:
        return _watched(seen, gap - lead if gap else None)
    if gap == today:
        return _watched(seen, today + timedelta(days=REVOIR_JOURS) if debut else None)
    alone = ruptures.foresee(dossier, today, gap, frame.catalogue, frame.position)
    if ruptures.first_gap((*_spans(alone, demande), *others), today) != gap:
        return _watched(seen, gap)
    return _watched(replace(seen, avant=ruptures.act_before(gap, today, frame.number("P-RUPTURE", today))), gap)


def foresee_failure(demande: Demande, today: date) -> tuple[Entry, ...]:
    """What is due fails: the préfecture reads a rupture ahead, from the last day written on the demande; the person is
    told once, when it is the look at her rights that fails and the next document should be under way.
    """
    ends = [day for day in (demande.fin_titre_date, demande.document_fin_date) if day is not None]
    open_ended = demande.document_fin_date is None and any(proof.fin is None for proof in attestations.proved(demande))
    if demande.state not in ruptures.VEILLEES or open_ended:
        return ()
    frame = cadre()
    gap = max([today, *(day + ruptures.UN_JOUR for day in ends)])
    avant = ruptures.act_before(gap, today, frame.number("P-RUPTURE", today))
    entries: list[Entry] = []
    if not demande.rupture_prevue:
        entries += _ahead(_Vue(demande, today, gap=gap, cause="machine", avant=avant), tell=False)
    failing = any(entry["kind"] == "droits" and entry["date"] <= today.isoformat() for entry in demande.due_dates)
    near = gap - ruptures.UN_JOUR <= today + timedelta(days=frame.number("P-APILEAD", today))
    if failing and near and not {"dite", "retard_dit"} & demande.rupture_prevue.keys():
        demande.rupture_prevue = {**demande.rupture_prevue, "retard_dit": today.isoformat()}
        champs = {
            "fin_date": (gap - ruptures.UN_JOUR).isoformat() if gap > today else "",
            "avant_date": avant.isoformat() if avant > today else "",
        }
        entries.append(notice_fact(demande, "document_en_retard", champs))
    return tuple(entries)


def urgent(demande: Demande) -> tuple[bool, date] | None:
    """Whether the person is already without document, and the day by which an agent must act; None when neither."""
    if demande.ruptures and not demande.ruptures[-1]["fin"]:
        return True, date.fromisoformat(demande.ruptures[-1]["debut"])
    if demande.rupture_prevue:
        return False, date.fromisoformat(demande.rupture_prevue["avant"])
    return None


def in_words(demande: Demande) -> dict[str, Any] | None:
    """The rupture under way or ahead as a page says it: since when, why; None when there is none."""
    lasting = bool(demande.ruptures) and not demande.ruptures[-1]["fin"]
    rupture = demande.ruptures[-1] if lasting else demande.rupture_prevue
    return {"debut": rupture["debut"], "cause": CAUSES[rupture["cause"]], "en_cours": lasting} if rupture else None


def rows(demande: Demande, version: int) -> Iterator[Beside]:
    """The ruptures of a demande where they are counted, as it stands under this version."""
    for rupture in demande.ruptures:
        values = {
            "demande_id": demande.id,
            "prefecture": rupture["prefecture"],
            "titre_code": demande.titre_code,
            "cause": rupture["cause"],
            "debut_date": rupture["debut"],
            "fin_date": rupture.get("fin") or None,
            "jours": rupture.get("jours"),
        }
        yield Beside(Rupture, f"{demande.id}:{rupture['debut']}", values | {"version": version})


@dataclass(frozen=True)
class _Vue:
    """One look. `gap` is the first day without document ahead, `debut` that of the rupture lived until now; `avant` is
    the day by which an agent must act, when nothing else prevents the gap.
    """

    demande: Demande
    today: date
    gap: date | None = None
    debut: date | None = None
    cause: str = ""
    avant: date | None = None


def _watched(seen: _Vue, next_day: date | None) -> Watched:
    """Writes on the demande what this look changes, with its facts; nothing when it sees what was known."""
    noted = [dict(rupture) for rupture in seen.demande.ruptures]
    entries = _note_past_days(seen, noted)
    if entries:
        seen.demande.ruptures = noted[-RUPTURES_KEPT:]
    return Watched((*entries, *_ahead(seen)), next_day)


def _note_past_days(seen: _Vue, noted: list[dict[str, Any]]) -> list[Entry]:
    """The rupture lived until now begins or ends in `noted`; both at once when the document that ends it comes late."""
    demande, entries = seen.demande, list[Entry]()
    lasting = bool(noted) and not noted[-1]["fin"]
    if seen.debut is not None and not lasting:
        ended = date.fromisoformat(noted[-1]["fin"]) if noted else seen.debut
        debut = max(seen.debut, ended).isoformat()
        noted.append({"debut": debut, "cause": seen.cause, "prefecture": demande.prefecture, "fin": ""})
        begun = events_pb2.RuptureConstatee(demande_id=demande.id, debut_date=debut, cause=seen.cause)
        entries.append(Fact("deposit.rupture.constatee", begun, private={"cause": seen.cause}))
        lasting = True
    if lasting and seen.gap != seen.today:
        entries.append(_end(demande, noted[-1], seen.today, "document"))
    return entries


def _ahead(seen: _Vue, *, tell: bool = True) -> list[Entry]:
    """The urgent act opened, dropped or moved; nothing when it stays as it is. `tell`: the person is warned too."""
    demande, before = seen.demande, seen.demande.rupture_prevue.get("debut")
    if seen.avant is None or seen.gap is None:
        demande.rupture_prevue = {}
        if before is None or seen.debut is not None:
            return []
        averted = events_pb2.RuptureEcartee(demande_id=demande.id, debut_date=before)
        return [Fact("deposit.rupture.ecartee", averted)]
    debut, avant = seen.gap.isoformat(), seen.avant.isoformat()
    # Foreseen while what is due failed, it was not told as such.
    if before == debut and (not tell or "dite" in demande.rupture_prevue):
        return []
    opened = seen.today.isoformat()
    demande.rupture_prevue = {"debut": debut, "avant": avant, "cause": seen.cause, "ouverte": opened}
    if tell:
        demande.rupture_prevue["dite"] = opened
    foreseen = events_pb2.RupturePrevue(demande_id=demande.id, debut_date=debut, avant_date=avant, cause=seen.cause)
    fact = Fact("deposit.rupture.prevue", foreseen, private={"cause": seen.cause})
    return [fact, _warning(demande, seen.gap, seen.avant)] if tell else [fact]


def _end_watch(demande: Demande, today: date) -> Watched:
    """The dossier is no longer open: nothing is owed ahead, and a rupture stops being counted with what ended it."""
    demande.rupture_prevue = {}
    noted = [dict(rupture) for rupture in demande.ruptures]
    if not noted or noted[-1]["fin"]:
        return Watched()
    ended = _end(demande, noted[-1], today, demande.state.lower())
    demande.ruptures = noted
    return Watched((ended,))


def _end(demande: Demande, rupture: dict[str, Any], today: date, issue: str) -> Fact:
    jours = (today - date.fromisoformat(rupture["debut"])).days
    rupture |= {"fin": today.isoformat(), "jours": jours, "issue": issue}
    over = events_pb2.RuptureFinie(
        demande_id=demande.id, debut_date=rupture["debut"], fin_date=rupture["fin"], jours=jours
    )
    return Fact("deposit.rupture.finie", over, private={"jours": jours, "issue": issue})


def _spans(dossier: Dossier, demande: Demande) -> tuple[Periode, ...]:
    return ruptures.periods_of(dossier) + tuple(couverture.extended(demande.attestations))


def covered_elsewhere(demande: Demande) -> bool:
    """Whether a document of another demande, or a card in hand, proved the right on the day of filing: who is regular
    then is not late.
    """
    return any(period.holds(demande.depot_date) for period in _elsewhere(demande))


def _elsewhere(demande: Demande) -> list[Periode]:
    return [*couverture.periods(demande), *couverture.titles(demande)]


def _cause(demande: Demande, dossier: Dossier, day: date) -> str:
    frame = cadre()
    reopened = (demande.cloture or {}).get("rouverte", "")
    indices = Indices(
        ferme=reopened >= day.isoformat(),
        panne=any(panne.holds(day) for panne in suspensions.pannes(demande)),
        a_completer=not may_issue(dossier.titre, production=frame.production).accepted,
        fantome=bool(demande.incoherences),
    )
    return ruptures.cause(dossier, indices, frame.catalogue, frame.position)


def _warning(demande: Demande, gap: date, avant: date) -> Entry:
    """The person is told before, with what she can do; the agent reads the same day in the queue (NOT-04)."""
    frame = cadre()
    asked = attestations.objet_of(demande).pieces(frame.catalogue, demande.depot_date, frame.position)
    missing = [piece.libelle for piece in missing_pieces(asked, attestations.pieces_sent(demande))]
    champs = {
        "reference": demande.reference,
        "libelle": demande.libelle,
        "fin_date": (gap - ruptures.UN_JOUR).isoformat(),
        "avant_date": avant.isoformat(),
        "pieces": missing,
    }
    return messages.fact(
        "deposit",
        messages.Notice(
            destinataire_id=demande.usager_id,
            parcours_id=demande.parcours_id,
            modele="rupture_prevue",
            champs=champs,
            demande_id=demande.id,
            acte_attendu=bool(missing),
            a_lire=demande.accompagne,
        ),
    )
