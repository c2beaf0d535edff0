"""One run over one file of records: every line ends in the report, whatever it holds; run again, it changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO

from chassis import clock, logs, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.reprise.actions import dossier
from services.deposit.reprise.actions.dossier import Issue
from services.deposit.reprise.actions.format import Lue, lines, read
from services.deposit.reprise.rules import reprise as rules
from services.deposit.reprise.rules.reprise import Constat, Resultat
from services.deposit.reprise.store import TERMINEE, LigneReprise, Reprise

LOT = 100
SOURCE = "AGDREF"


@dataclass
class _Lot:
    """Report lines not yet written, and the counts of the run."""

    reprise_id: str
    attente: list[dict[str, Any]] = field(default_factory=list)
    resultats: Counter[str] = field(default_factory=Counter)
    constats: Counter[str] = field(default_factory=Counter)

    def add(self, lue: Lue, issue: Issue) -> None:
        """One line of the report."""
        found = [d["constat"] for d in issue.details]
        dossier = lue.dossier
        self.attente.append(
            {
                "_id": f"{self.reprise_id}:{lue.numero:09d}",
                "reprise_id": self.reprise_id,
                "ligne": lue.numero,
                "dossier": dossier.dossier if dossier else "",
                "prefecture": dossier.personne.prefecture if dossier else "",
                "resultat": issue.resultat.value,
                "completude": rules.completeness(issue.manques) if dossier else None,
                "manques": list(issue.manques),
                "constats": sorted(set(found)),
                "details": issue.details,
            }
        )
        self.resultats[issue.resultat.value] += 1
        self.constats.update(set(found))

    def was_read(self, dossier: str) -> bool:
        """Whether an earlier line of this run bore the same record."""
        if any(row["dossier"] == dossier for row in self.attente):
            return True
        return collection_of(LigneReprise).find_one(self.line_of(dossier), {"_id": 1}) is not None

    def line_of(self, dossier: str) -> dict[str, str]:
        """The criteria that find a record in this run."""
        return {"reprise_id": self.reprise_id, "dossier": dossier}

    def flush(self) -> None:
        """Writes what waits, and shows how far the run is."""
        if self.attente:
            collection_of(LigneReprise).insert_many(self.attente, ordered=False)
        self.attente = []
        collection_of(Reprise).update_one(
            {"_id": self.reprise_id},
            {
                "$set": {
                    "vue_time": clock.now(),
                    "lignes": self.resultats.total(),
                    "resultats": dict(self.resultats),
                    "constats": dict(self.constats),
                }
            },
        )


def run(stream: BinaryIO, fichier: str, *, source: str = SOURCE, par: str) -> Reprise:
    """Takes a whole file over; each line is its own small writes, so that a kill loses nothing and doubles nothing.

    Raises Refused(TRANSITION_FINIE) once the two systems no longer run together.
    """
    today, frame = clock.today(), cadre()
    ensemble = frame.catalogue.national.flag("P-REPRISE", today, frame.position)
    rules.may_take_over(ensemble=ensemble).or_refuse()
    begun, now = clock.new_id(), clock.now()
    reprise: Reprise = outbox.insert(
        Reprise(
            id=begun,
            parcours_id=begun,
            source=source,
            fichier=fichier[:200],
            par=par,
            jour_date=today,
            debut_time=now,
            vue_time=now,
        )
    )
    lot, digest = _Lot(reprise.id), sha256()
    for number, line in lines(stream, digest.update):
        lue = read(number, line)
        lot.add(lue, _one(lue, lot, source))
        if len(lot.attente) >= LOT:
            lot.flush()
    lot.flush()
    ended = events_pb2.RepriseTerminee(reprise_id=reprise.id, source=source, lignes=lot.resultats.total())
    reprise = Reprise.objects(id=reprise.id).first()
    reprise.state = TERMINEE
    reprise.fin_time = clock.now()
    reprise.sha256 = digest.hexdigest()
    return outbox.update(reprise, Fact("deposit.reprise.terminee", ended, by=par))


def _one(lue: Lue, lot: _Lot, source: str) -> Issue:
    if lue.dossier is None:
        assert lue.constat is not None
        return Issue(Resultat.REFUSE, details=[{"constat": lue.constat.value, "objet": c} for c in lue.champs or ("",)])
    if lot.was_read(lue.dossier.dossier):
        # The first line of a record stands: otherwise the same file again would change it to and fro.
        return Issue(Resultat.A_VERIFIER, details=[{"constat": Constat.DOSSIER_REPETE.value, "objet": ""}])
    try:
        issue = dossier.take_over(source, lue.dossier)
    except (Refused, ValueError, LookupError, TypeError) as error:
        # One record that nobody foresaw must not stop a million others: it is in the report, and the log says why.
        logs.get().error("reprise.failed", ligne=lue.numero, error=type(error).__name__, exc_info=True)
        return Issue(Resultat.A_VERIFIER, details=[{"constat": Constat.CHAMP_REFUSE.value, "objet": "dossier"}])
    issue.details += [{"constat": Constat.CHAMP_REFUSE.value, "objet": f"personne.{name}"} for name in lue.ecartes]
    return issue
