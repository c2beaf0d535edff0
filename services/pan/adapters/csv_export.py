"""The CSV export of an appointment system that speaks nothing else: one line is one free slot, read as people write it.

Columns by their names, in any order: `creneau` (their identifier), `lieu`, `jour`, `heure` (or `debut`: both), `duree`
in minutes or `fin`, `places`, `motif`, `etat`. What a line means is in docs/rendez-vous.md. A line that cannot be read
is left out alone, and the desk reads why.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from services.pan.adapters.contrat import CreneauExterne, Muet, fetch
from services.pan.rules.agenda import AIDE, DEPOT, REMISE

LINES, SHOWN, MINUTES = 20_000, 20, 20
SEPARATORS = (";", ",", "\t", "|")
COLUMNS: Mapping[str, frozenset[str]] = {
    "cle": frozenset({"creneau", "id", "identifiant", "slot"}),
    "lieu": frozenset({"lieu", "site", "guichet", "place"}),
    "jour": frozenset({"jour", "date", "day"}),
    "heure": frozenset({"heure", "hour", "time"}),
    "debut": frozenset({"debut", "start"}),
    "fin": frozenset({"fin", "end"}),
    "duree": frozenset({"duree", "minutes", "dureeminutes", "dureeenminutes", "duration"}),
    "places": frozenset({"places", "libres", "capacite", "capacity"}),
    "motif": frozenset({"motif", "objet", "reason"}),
    "etat": frozenset({"etat", "statut", "state", "status"}),
}
MOTIFS = {"aide": AIDE, "depot": DEPOT, "remise": REMISE, "retrait": REMISE}
FREE = frozenset({"", "libre", "disponible", "ouvert", "free"})
NOT_FREE = frozenset({"pris", "reserve", "complet", "annule", "ferme", "occupe", "busy", "cancelled"})
_HOUR = re.compile(r"(\d{1,2})\s*[hH:.]\s*(\d{2})?(?::\d{2})?")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")


@dataclass
class Lecture:
    """What was understood of an export, and why each other line was not, in words for the desk."""

    lus: list[tuple[CreneauExterne, str]] = field(default_factory=list)
    ignorees: list[str] = field(default_factory=list)


class Csv:
    """One export at its address. `fuseaux` gives the time zone of each place, by code."""

    # The export only shows: the booking is ours, and the system is told of it by a signed notice.
    peut_reserver = True

    def __init__(self, url: str, token: str, fuseaux: Mapping[str, str]) -> None:
        self._url, self._fuseaux = url, fuseaux
        self._headers = {"Accept": "text/csv"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._read: Lecture | None = None

    @property
    def ignorees(self) -> list[str]:
        """The first lines that were not understood, once it was read."""
        return self._read.ignorees[:SHOWN] if self._read else []

    def list(self, lieu_ids: Sequence[str], objet: str, du: date, au: date) -> list[CreneauExterne]:
        if self._read is None:
            response = fetch("GET", self._url, headers=self._headers)
            if response.status_code != 200:
                raise Muet(f"HTTP {response.status_code}")
            self._read = understand(response.content, self._fuseaux)
        return [
            slot
            for slot, motif in self._read.lus
            if slot.lieu_id in lieu_ids
            and motif in ("", objet)
            and du <= slot.debut.astimezone(ZoneInfo(self._fuseaux[slot.lieu_id])).date() <= au
        ]

    def book(self, cle: str, rendez_vous_id: str, reference: str) -> str:
        return rendez_vous_id

    def cancel(self, reservation: str) -> None:
        return None


def understand(content: bytes, fuseaux: Mapping[str, str]) -> Lecture:
    """Reads an export for these places. Raises Muet when it is no table of slots at all."""
    rows = _rows(content)
    names = _columns(next(rows, []))
    if "debut" not in names.values() and not {"jour", "heure"} <= set(names.values()):
        raise Muet("no column for the day and the hour")
    lecture, seen = Lecture(), set[str]()
    for number, row in enumerate(rows, start=2):
        if number > LINES:
            raise Muet(f"more than {LINES} lines")
        if not any(cell.strip() for cell in row):
            continue
        said = {names[rank]: cell.strip() for rank, cell in enumerate(row) if rank in names}
        try:
            slot = _slot(said, fuseaux)
        except ValueError as error:
            lecture.ignorees.append(f"Ligne {number} : {error}")
            continue
        if slot is None:
            continue
        if slot[0].cle in seen:
            lecture.ignorees.append(
                f"Ligne {number} : l’identifiant « {slot[0].cle} » est déjà celui d’une autre ligne."
            )
            continue
        seen.add(slot[0].cle)
        lecture.lus.append(slot)
    return lecture


def _rows(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    first = text.lstrip("\n").partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text.lstrip("\n"), newline=""), delimiter=separator)
    except csv.Error as error:
        raise Muet("not a table") from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _columns(header: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for rank, cell in enumerate(header):
        for name, spellings in COLUMNS.items():
            if _plain(cell) in spellings and name not in found.values():
                found[rank] = name
    return found


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


def _slot(said: Mapping[str, str], fuseaux: Mapping[str, str]) -> tuple[CreneauExterne, str] | None:
    """(slot, motive or empty for any) of a line; None when it says that it is not free. Raises ValueError."""
    etat = _plain(said.get("etat", ""))
    if etat in NOT_FREE:
        return None
    if etat not in FREE:
        raise ValueError(f"l’état « {said['etat']} » n’est pas connu.")
    lieu_id = said.get("lieu", "") or (next(iter(fuseaux)) if len(fuseaux) == 1 else "")
    if lieu_id not in fuseaux:
        raise ValueError(f"le lieu « {lieu_id} » n’est pas un code de l’annuaire.")
    motif = said.get("motif", "")
    if motif and _plain(motif) not in MOTIFS:
        raise ValueError(f"le motif « {motif} » n’est pas connu : écrivez aide, dépôt ou remise.")
    start = _instant(*_day_and_hour(said, "debut", "jour", "heure"), fuseaux[lieu_id])
    minutes = _minutes(said, start, fuseaux[lieu_id])
    places = _whole(said.get("places", "") or "1", "places")
    if places == 0:
        return None
    cle = said.get("cle", "") or f"{lieu_id}@{start:%Y%m%dT%H%M}"
    return CreneauExterne(cle, lieu_id, start, minutes, places=places), MOTIFS.get(_plain(motif), "")


def _day_and_hour(said: Mapping[str, str], both: str, day: str, hour: str) -> tuple[date, time]:
    if day in said and hour in said:
        return _day(said[day]), _hour(said[hour])
    written = said.get(both, "")
    first, _, rest = written.replace("T", " ", 1).partition(" ")
    return _day(first), _hour(rest.strip())


def _day(text: str) -> date:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError(f"le jour « {text} » n’est pas lisible : écrivez 2027-03-31 ou 31/03/2027.")


def _hour(text: str) -> time:
    found = _HOUR.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise ValueError(f"l’heure « {text} » n’est pas lisible : écrivez 09:00 ou 9 h.")
    return time(int(found[1]), int(found[2] or 0))


def _instant(day: date, hour: time, fuseau: str) -> datetime:
    """The instant at which the clock of the place shows this hour; the first one on the day when it shows it twice."""
    zone = ZoneInfo(fuseau)
    instant = datetime.combine(day, hour, zone).astimezone(UTC)
    if instant.astimezone(zone).time() != hour:
        raise ValueError(f"l’heure {hour:%H:%M} n’existe pas le {day:%d/%m/%Y} : l’horloge avance ce jour-là.")
    return instant


def _minutes(said: Mapping[str, str], start: datetime, fuseau: str) -> int:
    if said.get("duree"):
        minutes = _whole(said["duree"], "durée")
    elif said.get("fin"):
        day, _, hour = said["fin"].replace("T", " ", 1).rpartition(" ")
        local = start.astimezone(ZoneInfo(fuseau)).date()
        end = _instant(_day(day) if day else local, _hour(hour), fuseau)
        minutes = int((end - start).total_seconds() // 60)
    else:
        return MINUTES
    if not 0 < minutes <= 24 * 60:
        raise ValueError("la fin n’est pas après le début, ou plus d’un jour après.")
    return minutes


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError(f"« {text} » n’est pas un nombre ({name}).")
    return int(text)
