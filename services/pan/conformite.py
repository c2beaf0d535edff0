"""`python -m services.pan.conformite DIALECTE URL`: a vendor tries the contract on its own system, clause by clause.

A dozen requests, each of a few seconds at most. Nothing is written there unless `--ecrire` asks for it; what is booked
then bears `conformite-` and is undone, whatever the verdict. What each clause means is in docs/rendez-vous.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from chassis import clock
from droit.decision import Refused
from services.pan.adapters.contrat import CreneauExterne, Muet, Systeme, fetch
from services.pan.adapters.csv_export import Csv
from services.pan.adapters.sejour_json import SIGNATURE, sign
from services.pan.adapters.systemes import SYSTEMS

TEST, DAYS, SECONDS = "conformite-", 28, 6.0
WRONG = "jeton-qui-n-est-pas-le-bon"


@dataclass(frozen=True)
class Vendeur:
    """The system under test: its address, its token, the codes of its places with their time zone, where notices go."""

    dialecte: str
    url: str
    jeton: str
    fuseaux: dict[str, str]
    avis: str = ""
    secret: str = ""

    def open(self, jeton: str) -> Systeme:
        """Our own adapter, with this token."""
        return SYSTEMS[self.dialecte](self.url, jeton, self.fuseaux)

    def read(self, system: Systeme) -> list[CreneauExterne]:
        """Its free slots of the days to come. Raises Muet."""
        today = clock.today()
        until = today + timedelta(days=DAYS)
        motives = ("AIDE", "DEPOT", "REMISE")
        found = [slot for objet in motives for slot in system.list(list(self.fuseaux), objet, today, until)]
        return list({slot.cle: slot for slot in found}.values())


@dataclass(frozen=True)
class Verdict:
    """One clause: whether it holds, and what was seen, with what to do when it does not."""

    clause: str
    tenue: bool
    vu: str


def check(vendeur: Vendeur, *, ecrire: bool) -> Iterator[Verdict]:
    """Every clause that can be tried on this system, one after the other."""
    start, system = clock.monotonic(), vendeur.open(vendeur.jeton)
    try:
        slots = vendeur.read(system)
    except Muet as silence:
        words = f"{silence}. Sans lecture, le reste ne peut pas être essayé."
        yield Verdict("L’adresse répond dans son dialecte", False, words)
        return
    spent = clock.monotonic() - start
    yield Verdict("L’adresse répond dans son dialecte", True, f"{len(slots)} créneaux libres sur {DAYS} jours.")
    yield Verdict("Elle répond à temps", spent < SECONDS, f"{spent:.1f} s, pour {SECONDS:.0f} s au plus.")
    if isinstance(system, Csv):
        yield _lines(system)
    yield _keys(vendeur, slots)
    if vendeur.dialecte != "ics":
        yield _token(vendeur)
    if vendeur.avis:
        yield from _notices(vendeur)
    if ecrire and vendeur.dialecte == "sejour-json":
        yield from _bookings(vendeur, slots)


def _lines(system: Csv) -> Verdict:
    seen = " ".join(system.ignorees[:5]) or "Toutes."
    return Verdict("Chaque ligne se lit", not system.ignorees, seen)


def _keys(vendeur: Vendeur, slots: list[CreneauExterne]) -> Verdict:
    """The identifier of a slot is the same at each reading: a booking would lose its slot otherwise."""
    clause = "L’identifiant d’un créneau ne change pas"
    if not slots:
        return Verdict(clause, False, "Aucun créneau libre : donnez-en au moins un, puis recommencez.")
    try:
        again = {slot.cle for slot in vendeur.read(vendeur.open(vendeur.jeton))}
    except Muet as silence:
        return Verdict(clause, False, f"La seconde lecture a échoué : {silence}.")
    lost = [slot.cle for slot in slots if slot.cle not in again]
    return Verdict(clause, not lost, f"Perdus à la seconde lecture : {', '.join(lost[:3])}." if lost else "Les mêmes.")


def _token(vendeur: Vendeur) -> Verdict:
    clause = "Un mauvais jeton n’ouvre rien"
    try:
        vendeur.read(vendeur.open(WRONG))
    except Muet as silence:
        return Verdict(clause, "HTTP 401" in str(silence) or "HTTP 403" in str(silence), str(silence))
    return Verdict(clause, False, "Les créneaux ont été donnés. Répondez 401 à un jeton inconnu.")


def _notices(vendeur: Vendeur) -> Iterator[Verdict]:
    """A notice signed is taken, again too; one that is signed by another is not."""
    said = {
        "reservation": f"{TEST}avis", "version": 2, "state": "ANNULE", "reference": "R-2222-2222", "creneau": "",
        "lieu_id": next(iter(vendeur.fuseaux)), "debut_time": "2000-01-01T09:00:00+00:00", "duree_minutes": 20,
    }  # fmt: skip
    first = _post(vendeur, said, vendeur.secret)
    yield Verdict("Un avis signé est pris", 200 <= first < 300, _status(first))
    again = _post(vendeur, said, vendeur.secret)
    yield Verdict("Le même avis, répété, est pris aussi", 200 <= again < 300, _status(again))
    forged = _post(vendeur, said, "un-autre-secret")
    yield Verdict("Un avis signé par un autre est refusé", forged in (401, 403), _status(forged))


def _post(vendeur: Vendeur, said: dict[str, object], secret: str) -> int:
    body = json.dumps(said).encode()
    headers = {"Content-Type": "application/json", SIGNATURE: sign(secret, body)}
    try:
        return fetch("POST", vendeur.avis, data=body, headers=headers).status_code
    except Muet:
        return 0


def _status(code: int) -> str:
    return f"HTTP {code}." if code else "Pas de réponse, ou une erreur du système."


def _bookings(vendeur: Vendeur, slots: list[CreneauExterne]) -> Iterator[Verdict]:
    """Booked once, by one; the same again changes nothing; cancelled, it is free. All of it is undone."""
    if not slots:
        return
    system, slot = vendeur.open(vendeur.jeton), slots[0]
    mine, other = f"{TEST}{clock.new_id()}", f"{TEST}{clock.new_id()}"
    if slot.places == 1:
        try:
            yield _books("Un créneau se réserve", system, slot, mine, True)
            yield _books("La même réservation, répétée, ne change rien", system, slot, mine, True)
            yield _books("Un créneau pris est refusé à un autre (409)", system, slot, other, False)
            system.cancel(mine)
            system.cancel(mine)
            yield _books("Un créneau annulé se réserve de nouveau", system, slot, other, True)
        except Muet as silence:
            yield Verdict("Le système réserve et annule", False, str(silence))
        finally:
            for key in (mine, other):
                _undo(system, key)


def _books(clause: str, system: Systeme, slot: CreneauExterne, key: str, wanted: bool) -> Verdict:
    try:
        system.book(slot.cle, key, "R-2222-2222")
        done, seen = True, "Réservé."
    except Refused:
        done, seen = False, "Refusé : le créneau est pris."
    except Muet as silence:
        return Verdict(clause, False, str(silence))
    return Verdict(clause, done is wanted, seen)


def _undo(system: Systeme, key: str) -> None:
    try:
        system.cancel(key)
    except (Muet, Refused) as silence:
        sys.stderr.write(f"À annuler à la main dans votre système : {key} ({silence})\n")


def main() -> int:
    """Says the verdict, a clause a line; 1 where one does not hold."""
    ask = argparse.ArgumentParser(prog="conformite", description="Le contrat, clause par clause, contre votre système.")
    ask.add_argument("dialecte", choices=sorted(SYSTEMS))
    ask.add_argument("url")
    ask.add_argument("--jeton", default="", help="le jeton que nous vous montrons")
    ask.add_argument("--lieu", action="append", default=[], help="CODE ou CODE=Zone/Horaire, un par lieu")
    ask.add_argument("--avis", default="", help="où vous prenez nos avis signés")
    ask.add_argument("--secret", default="", help="le secret qui les signe")
    ask.add_argument("--ecrire", action="store_true", help="réserve et annule un créneau, marqué conformite-")
    said = ask.parse_args()
    fuseaux = {
        code: zone or "Europe/Paris" for code, _, zone in (each.partition("=") for each in said.lieu or ["lieu"])
    }
    vendeur = Vendeur(said.dialecte, said.url, said.jeton, fuseaux, said.avis, said.secret)
    verdicts = list(check(vendeur, ecrire=said.ecrire))
    for verdict in verdicts:
        sys.stdout.write(f"{'TENUE ' if verdict.tenue else 'MANQUE'} {verdict.clause} : {verdict.vu}\n")
    held = sum(verdict.tenue for verdict in verdicts)
    sys.stdout.write(f"{held} clauses tenues sur {len(verdicts)}.\n")
    return 0 if held == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
