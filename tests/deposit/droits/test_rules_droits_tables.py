"""The tables of `droits/` that a jurist reads, lived line by line: title × situation × position, text, work mention."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from droit.catalogue import Stade, catalogue
from droit.dates import Position
from droit.jours import last_day
from services.deposit.dossier.rules import etats
from services.deposit.droits.rules.droits import Delivrance, Delivree, Dossier, delivrance

CAT = catalogue()
DEPOT = date(2026, 11, 2)
MOINS = "−"
Ligne = dict[str, str]
TABLES = Path(__file__).parent


def table(name: str) -> list[Ligne]:
    """The lines of a table, by the name of each column."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in (TABLES / name).read_text().splitlines()
        if line.startswith("|")
    ]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[2:]]


def ids(row: Ligne) -> str:
    """How a line is called in a report."""
    return " ".join(value for value in list(row.values())[:4] if value)


@dataclass(frozen=True)
class Vecue:
    """What a line says of the person, on a calendar."""

    dossier: Dossier
    verifiee: date | None
    fin: date | None


def lived(row: Ligne) -> Vecue:
    """The dossier of a line: days are told from the end of the title held, or from the filing."""
    titre = CAT.titre(row["titre"].split()[1])
    told = re.search(rf"déposée fin([{MOINS}+])(\d+)", row["situation"])
    fin = None
    if told is not None:
        fin = DEPOT + timedelta(days=int(told[2]) * (1 if told[1] == MOINS else -1))
    blocked = re.search(rf"bloquée fin{MOINS}(\d+)", row["situation"])
    retenue = DEPOT if blocked is None or fin is None else fin - timedelta(days=int(blocked[1]))
    late = row["vérifiée"].removeprefix("dépôt+")
    verifiee = None if late == "jamais" else DEPOT + timedelta(days=int(late))
    dossier = Dossier(titre, Stade(row["stade"]), etats.DEPOSEE, DEPOT, retenue, fin_titre=fin)
    return Vecue(dossier, verifiee, fin)


def first_document(vecue: Vecue, position: Position, days: int = 400) -> Delivrance | None:
    """The first document given, the calendar being lived day by day."""
    dossier = vecue.dossier
    for offset in range(days):
        today = DEPOT + timedelta(days=offset)
        if today == vecue.verifiee and dossier.completude is None:
            dossier = replace(dossier, completude=today, state=etats.COMPLETE)
        given = delivrance(dossier, today, CAT, position)
        if given is not None:
            return given
    return None


def cites(given: Delivrance, texte: str) -> bool:
    """Whether the sentence of the rule names the text that the line names."""
    return texte.replace("rec. ", "") in given.regle.replace("rec. ", "")


@pytest.mark.parametrize("position", list(Position), ids=[p.value for p in Position])
def test_the_titles_of_each_table_are_those_of_the_catalogue(position: Position) -> None:
    for row in [*table(f"{position.value}.md"), *table("apres.md"), *table("travail.md")]:
        number, code = row["titre"].split()
        assert CAT.titre(code).id == number and Stade(row["stade"]) in CAT.titre(code).stades


@pytest.mark.parametrize(
    ("position", "row"),
    [pytest.param(p, row, id=f"{p.value} {ids(row)}") for p in Position for row in table(f"{p.value}.md")],
)
def test_the_first_document_is_the_one_that_the_line_says(position: Position, row: Ligne) -> None:
    vecue = lived(row)

    given = first_document(vecue, position)

    if row["document"] == "—":
        assert given is None
        return
    assert given is not None
    first = DEPOT if row["du"] == "dépôt" else None
    if row["du"] == "fin+1" and vecue.fin is not None:
        first = vecue.fin + timedelta(days=1)
    if row["du"].startswith("dépôt+"):
        first = DEPOT + timedelta(days=int(row["du"].removeprefix("dépôt+")))
    assert (given.regime.regime.document, given.debut) == (row["document"], first)
    assert given.fin == last_day(given.debut, int(row["au"].split()[0]))
    assert cites(given, row["texte"]), given.regle
    assert f"position {position.libelle}" in given.regle and "depuis le 1er mai 2021" in given.regle


@pytest.mark.parametrize("row", [pytest.param(row, id=ids(row)) for row in table("apres.md")])
def test_what_follows_is_what_the_line_says(row: Ligne) -> None:
    position, titre = Position(row["position"]), CAT.titre(row["titre"].split()[1])
    fin = DEPOT + timedelta(days=90) if row["stade"] == "renouvellement" else None
    held = {
        "renouvellement": Delivree("API-G", DEPOT + timedelta(days=91), last_day(DEPOT + timedelta(days=91), 3)),
        "premiere": Delivree("API-B", DEPOT, last_day(DEPOT, 6)),
    }.get(row["stade"])
    checked = DEPOT + timedelta(days=10)
    dossier = Dossier(titre, Stade(row["stade"]), etats.COMPLETE, DEPOT, DEPOT, fin_titre=fin, completude=checked)
    dossier = replace(dossier, documents=(held,) if held else ())
    decided = DEPOT + timedelta(days=120)
    match row["événement"]:
        case "décision favorable":
            dossier = replace(dossier, state=etats.FAVORABLE, decision=decided)
        case "décision défavorable":
            dossier = replace(dossier, state=etats.DEFAVORABLE, decision=decided)
        case "demande fermée":
            dossier = replace(dossier, state=etats.CLOSE)
        case "la personne demande le renouvellement":
            dossier = replace(dossier, demandee=True)
    last = held.fin if held and held.fin else decided

    given = delivrance(dossier, checked if row["événement"].startswith("vérifiée") else last, CAT, position)

    if row["document"] == "—":
        assert given is None
        return
    assert given is not None
    days = {
        "le lendemain de la précédente": last + timedelta(days=1),
        "décision": decided,
        "vérification": checked,
    }
    assert (given.regime.regime.document, given.debut) == (row["document"], days[row["du"]])
    assert given.fin == (None if row["au"] == "remise" else last_day(given.debut, int(row["au"].split()[0])))
    assert cites(given, row["texte"]), given.regle


@pytest.mark.parametrize("position", list(Position), ids=[p.value for p in Position])
@pytest.mark.parametrize("row", [pytest.param(row, id=ids(row)) for row in table("travail.md")])
def test_the_work_right_printed_is_the_one_that_the_line_says(position: Position, row: Ligne) -> None:
    travail = CAT.titre(row["titre"].split()[1]).travail_at(Stade(row["stade"]), DEPOT, position).value

    assert travail.mention == row["mention"]
    assert "sauf si une autorisation de travail a été obtenue" not in travail.mention
    texts = [CAT.texte(cle).titre for cle in travail.textes]
    named = [name for name in row["textes"].split(" ; ") if name]
    assert len(texts) == len(named)
    for name in named:
        assert any(name in text for text in texts), (name, texts)
