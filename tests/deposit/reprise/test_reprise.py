"""Records of an older application taken over by the command and its actions: rerun, corrected, killed, in parallel."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis import clock, mongo
from deploy import needs
from dev.reprise.fabrique import PARTS, Fabrique
from droit.catalogue.prefecture import Agenda
from services.deposit.reprise.actions import format, reprise
from services.deposit.reprise.store import Reprise
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import an_agent
from tests.waiting import wait_until

OUTSIDE = re.compile(r"(_URL|_ISSUER|_CLAMD|_ENDPOINT|_INBOUND_PORT|(SMS|TELEPHONIE)_SECRET)$")
# Addresses of our own parts.
OURS = {"PUBLIC_URL", "NATS_URL", "REVEIL_URL", "NOTIFY_ESPACE_URL"}


def record(numero: str = "75-0000001", **changes: Any) -> dict[str, Any]:
    """A clean record of a student whose title ends in sixty days."""
    today = clock.today()
    made: dict[str, Any] = {
        "format": 1,
        "dossier": numero,
        "maj_date": (today - timedelta(days=5)).isoformat(),
        "personne": {
            "nom": f"Reprise{numero.translate(str.maketrans('0123456789-', 'abcdefghijk'))}",
            "prenoms": "Awa",
            "naissance_date": "1990-05-17",
            "nationalite": "MA",
            "numero_etranger": f"88{numero.replace('-', '')}",
            "telephone": "+33199000001",
            "adresse": ["1 rue d’Exemple", "75001 Paris"],
            "prefecture": "75",
        },
        "titres": [a_title(f"T{numero}")],
        "demandes": [],
    }
    return {**made, **changes}


def a_title(numero: str, **changes: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "numero": numero,
        "titre_code": "etudiant",
        "debut_date": (today - timedelta(days=304)).isoformat(),
        "fin_date": (today + timedelta(days=60)).isoformat(),
        "remise_date": (today - timedelta(days=280)).isoformat(),
        **changes,
    }


def run(*lines: dict[str, Any] | bytes) -> Reprise:
    """One run over these lines."""
    text = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return reprise.run(io.BytesIO(text), "essai.jsonl", par="essai")


def counts() -> dict[str, int]:
    """How much is stored, facts included."""
    database = mongo.database("deposit")
    kept = {name: database[name].count_documents({}) for name in ("usagers", "demandes", "dossiers_repris")}
    facts = sum(len(d["outbox"]) for name in ("usagers", "demandes") for d in database[name].find({}, {"outbox": 1}))
    return {**kept, "faits": facts}


def report(made: Reprise) -> list[dict[str, Any]]:
    """The lines of a report, in order."""
    return list(mongo.database("deposit")["lignes_reprise"].find({"reprise_id": made.id}).sort("ligne", 1))


def test_a_dirty_file_ends_in_the_report_line_by_line_and_the_same_file_again_changes_nothing(
    deposit: Deposit,
) -> None:
    made = Fabrique(7, clock.today(), dict.fromkeys(PARTS, 0.08) | {"champ_refuse": 0.0})
    text = b"".join(made.lignes(120))

    first = reprise.run(io.BytesIO(text), "a.jsonl", par="essai")
    stored = counts()
    again = reprise.run(io.BytesIO(text), "a.jsonl", par="essai")

    told = (
        "LIGNE_ILLISIBLE",
        "LIGNE_TROP_LONGUE",
        "DOSSIER_REPETE",
        "DEMANDE_NON_CLOSE",
        "REMISE_ABSENTE",
        "TITRE_INCONNU",
        "DATES_INCOHERENTES",
    )
    found = {name: first.constats.get(name, 0) for name in told}
    assert found == {name: made.faites[name.lower()] for name in told}
    assert min(found.values()) > 0
    assert first.constats["PERSONNE_EN_DOUBLE"] >= made.faites["personne_en_double"] > 0
    assert first.constats["CHAMP_REFUSE"] == made.faites["courriel_refuse"] > 0
    assert first.lignes == len(report(first)) == len(text.splitlines())
    assert stored == counts()
    assert stored["dossiers_repris"] == 120
    assert again.resultats["INCHANGE"] == first.resultats["CREE"] == 120
    assert again.constats["DEMANDE_NON_CLOSE"] == first.constats["DEMANDE_NON_CLOSE"]
    assert (first.sha256, first.state) == (again.sha256, "TERMINEE")


@pytest.mark.clause("DEP-28/b", "DEP-28/c", "DEP-28/e")
def test_an_operator_reads_each_run_on_a_page_and_by_api_and_downloads_it(deposit: Deposit) -> None:
    ghost = a_demande(depot=-400)
    made = run(
        record("75-0000011", demandes=[ghost]),
        record("75-0000012", titres=[a_title("T12", remise_date=None)]),
        b'{"format": 1, "dossier": "=cmd|calc"}\n',
        b"\xff\xfe rien\n",
    )
    otto = an_agent(deposit, "exploitant", prefectures=("*",), agent_id="agent-otto")
    token = deposit.agent("exploitant", prefectures=("*",), agent_id="agent-otto")

    listed, page = otto.text("/agents/reprises/"), otto.text(f"/agents/reprises/{made.id}")
    ghosts = otto.text(f"/agents/reprises/{made.id}?constat=DEMANDE_NON_CLOSE")
    table = otto.get(f"/agents/reprises/{made.id}/rapport.csv")
    lines = [json.loads(line) for line in otto.get(f"/agents/reprises/{made.id}/rapport.json").text.splitlines()]
    by_api = deposit.call("GET", f"/agents/reprises/{made.id}?constat=tout", token).json
    refused = an_agent(deposit, "instructeur", agent_id="agent-i").get(f"/agents/reprises/{made.id}")

    assert "essai.jsonl" in listed
    assert "<svg" in page
    assert "Titre sans date de remise" in page
    assert "75-0000011" in ghosts and "75-0000012" not in ghosts
    assert [line["resultat"] for line in lines] == ["CREE", "CREE", "REFUSE", "REFUSE"]
    assert lines[0]["completude"] == 100
    assert lines[1]["manques"] == ["titre.remise_date"]
    assert by_api["rapport"] == lines
    assert (by_api["etat"], by_api["lignes"]) == ("TERMINEE", 4)
    assert table.text.splitlines()[0].startswith("ligne,dossier")
    assert "cmd" not in table.text
    assert refused.status_code == 403


@pytest.mark.clause("DEP-28/f")
def test_a_corrected_file_updates_and_what_was_done_here_since_is_never_written_over(deposit: Deposit) -> None:
    run(record("75-0000021"), record("75-0000022", titres=[a_title("T22", remise_date=None)]))
    later = {"maj_date": clock.today().isoformat()}
    agent = deposit.agent("superviseur", "instructeur", "prefecture")
    here = person_of("75-0000022")["_id"]
    said = {"jour": (clock.today() - timedelta(days=3)).isoformat(), "motif": "photo de la carte"}
    assert deposit.call("POST", f"/usagers/{here}:remise-passee", agent, json=said).status_code == 200

    corrected = record("75-0000021", **later)
    corrected["personne"]["telephone"] = "+33199000099"
    corrected["titres"][0]["fin_date"] = (clock.today() + timedelta(days=90)).isoformat()
    other = record("75-0000022", **later)
    other["titres"][0] |= {"numero": "T22", "remise_date": None, "libelle": "Étudiant, prolongé"}
    second = run(corrected, other)

    first, kept = person_of("75-0000021"), person_of("75-0000022")
    assert [line["resultat"] for line in report(second)] == ["MIS_A_JOUR", "MIS_A_JOUR"]
    assert (first["telephone"], first["titres"][0]["fin_date"]) == ("+33199000099", corrected["titres"][0]["fin_date"])
    assert (kept["titres"][0]["remis"], kept["titres"][0]["libelle"]) == (True, "Étudiant, prolongé")


@pytest.mark.clause("DEP-28/f")
def test_what_both_systems_changed_stays_as_it_is_here_and_is_told_by_each_run(deposit: Deposit) -> None:
    run(record("75-0000031"))
    here = person_of("75-0000031")
    longer = (clock.today() + timedelta(days=200)).isoformat()
    mongo.database("deposit")["usagers"].update_one(
        {"_id": here["_id"]}, {"$set": {"titres.0.fin_date": longer}, "$inc": {"version": 1}}
    )
    theirs = record("75-0000031", maj_date=clock.today().isoformat())
    theirs["titres"][0]["fin_date"] = (clock.today() + timedelta(days=10)).isoformat()

    told = [report(run(theirs))[0] for _ in range(2)]
    older = report(run(record("75-0000031", maj_date="2020-01-01")))[0]

    assert [line["resultat"] for line in told] == ["CONFLIT", "CONFLIT"]
    conflict = next(d for d in told[0]["details"] if d["constat"] == "CHANGE_DES_DEUX_COTES")
    assert (conflict["champ"], conflict["ici"], conflict["source"]) == (
        "fin_date",
        longer,
        theirs["titres"][0]["fin_date"],
    )
    assert person_of("75-0000031")["titres"][0]["fin_date"] == longer
    assert older["constats"] == ["PLUS_ANCIEN"]


@pytest.mark.clause("DEP-28/d")
def test_duplicate_persons_are_told_and_never_joined_by_a_name_nor_by_anothers_number(deposit: Deposit) -> None:
    first, homonym, thief = record("75-0000041"), record("75-0000042"), record("75-0000043")
    homonym["personne"] |= {"nom": first["personne"]["nom"]}
    thief["personne"] |= {"numero_etranger": first["personne"]["numero_etranger"], "nom": "Autre"}
    account = a_person(deposit, nom="Connue", numero_etranger="7700000001")
    known = record("75-0000044")
    known["personne"] |= {"nom": "Connue", "numero_etranger": "7700000001", "telephone": "+33199999999"}

    lines = report(run(first, homonym, thief, known))

    assert [line["resultat"] for line in lines] == ["CREE", "CREE", "A_VERIFIER", "CREE"]
    assert "PERSONNE_EN_DOUBLE" in lines[1]["constats"]
    assert lines[2]["constats"] == ["NUMERO_PARTAGE"]
    assert person_of("75-0000041")["_id"] != person_of("75-0000042")["_id"]
    joined = person_of("75-0000044")
    assert joined["_id"] == account.usager_id
    # The contacts of an account that a person opened are hers: an old number of the record reaches nobody.
    assert joined.get("telephone", "") == ""
    assert [t["numero"] for t in joined["titres"]] == ["T75-0000044"]


@pytest.mark.parametrize(
    ("line", "constat"),
    [
        (b"[" * 60_000 + b"\n", "LIGNE_ILLISIBLE"),
        (b'{"a": NaN}\n', "LIGNE_ILLISIBLE"),
        (b'"texte"\n', "LIGNE_ILLISIBLE"),
        (b'{"format": 1, "format": 1}\n', "LIGNE_ILLISIBLE"),
        (b'{"dossier": "' + b"x" * 200_000 + b'"}\n', "LIGNE_TROP_LONGUE"),
        (b'{"format": 2, "dossier": "x"}\n', "CHAMP_REFUSE"),
        (b'{"format": 1, "dossier": {"$ne": ""}, "<script>": 1}\n', "CHAMP_REFUSE"),
    ],
)
def test_a_hostile_line_is_refused_alone_and_its_content_never_repeated(
    deposit: Deposit, line: bytes, constat: str
) -> None:
    made = run(line, record("75-0000051"))

    bad, good = report(made)
    assert (bad["resultat"], bad["constats"], good["ligne"]) == ("REFUSE", [constat], 2)
    assert "script" not in json.dumps(bad["details"])


@pytest.mark.clause("DEP-28/a")
def test_a_run_killed_half_way_is_run_again_without_loss_or_double(
    deposit: Deposit, mongo: Mongo, tmp_path: Path
) -> None:
    lines = [record(f"75-9{rank:06d}", demandes=[a_demande(depot=-400)]) for rank in range(60)]
    file = tmp_path / "dossiers.jsonl"
    file.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    stored = mongo.client["sejour_deposit"]
    ours = {"_id": {"$gte": "reprise:AGDREF:75-9", "$lt": "reprise:AGDREF:75-A"}}

    killed = start(deposit, file)
    wait_until(
        "the run is on its way",
        lambda: stored["dossiers_repris"].count_documents(ours) >= 10 or killed.poll() is not None,
        100,
    )
    killed.kill()
    said = killed.communicate()[0]
    half = stored["dossiers_repris"].count_documents(ours)
    again = start(deposit, file)
    told = again.communicate(timeout=100)[0]

    assert (killed.returncode, 10 <= half < 60) == (-signal.SIGKILL, True), said
    assert again.returncode == 0, told
    assert stored["dossiers_repris"].count_documents(ours) == 60
    persons = [d["usager_id"] for d in stored["dossiers_repris"].find(ours)]
    assert len(set(persons)) == 60
    for person in persons:
        demandes = list(stored["demandes"].find({"usager_id": person}))
        usager = stored["usagers"].find_one({"_id": person})
        facts = [e["subject"] for d in [usager, *demandes] for e in d["outbox"] if e["kind"] == "fait"]
        assert sorted(facts) == ["deposit.compte.modifie", "deposit.compte.ouvert", "deposit.demande.reprise"]
        assert len(usager["titres"]) == len(demandes) == 1
    last = stored["reprises"].find().sort("debut_time", -1).limit(2)
    assert [(r["fichier"], r["state"]) for r in last] == [(file.name, "TERMINEE"), (file.name, "EN_COURS")]


def a_demande(depot: int, **changes: Any) -> dict[str, Any]:
    """A demande for a student's title, filed `depot` days from today, that nobody closed."""
    filed = (clock.today() + timedelta(days=depot)).isoformat()
    return {
        "numero": f"D{clock.new_id()[:18]}",
        "titre_code": "etudiant",
        "prefecture": "13",
        "depot_date": filed,
        "etat": "EN_COURS",
        **changes,
    }


def person_of(dossier: str) -> dict[str, Any]:
    """The person that a record was taken over for, as she is stored."""
    database = mongo.database("deposit")
    kept = database["dossiers_repris"].find_one({"_id": f"reprise:AGDREF:{dossier}"})
    found = database["usagers"].find_one({"_id": kept["usager_id"]})
    assert found is not None
    return dict(found)


def start(deposit: Deposit, file: Path) -> subprocess.Popen[str]:
    """The command of the operator, as its own process."""
    settings = deposit.settings
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "MONGODB_URI": settings.mongodb_uri,
        "CLES_DIR": str(settings.cles_dir),
        "PUBLIC_URL": settings.public_url,
        "PIECES_DIR": str(settings.pieces_dir),
        "CLOCK_FILE": str(settings.clock_file),
    }
    command = [sys.executable, "-m", "services.deposit", "reprise", str(file)]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.clause("DEP-28/g")
def test_the_page_names_each_field_of_the_format_and_each_interface_with_its_owner_and_its_day() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reprise.md").read_text("utf-8")
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in page.splitlines() if "|" in line]
    models = (
        format.Dossier,
        format.PersonneReprise,
        format.TitreReprise,
        format.DemandeReprise,
        format.DocumentReprise,
    )

    named = {(row[0], row[1].strip("`"), row[3] == "yes") for row in cells if len(row) == 4 and row[1].startswith("`")}
    table = page.split("## Interfaces")[1]
    interfaces = [[c.strip() for c in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"][2:]

    assert named == {
        (model.__name__, name, info.is_required()) for model in models for name, info in model.model_fields.items()
    }
    # What an operator sets to reach an outside party, or to be reached by it, and each way to plug a calendar in.
    outside = {one for one in needs.known() if OUTSIDE.search(one)} - OURS
    assert len(outside) >= 9
    assert sorted(one for one in outside | set(Agenda) if f"`{one}`" not in table) == []
    for name, direction, owner, contract, checked in interfaces:
        assert name and owner and contract, name
        assert direction in ("in", "out", "both"), name
        assert date(2026, 1, 1) <= date.fromisoformat(checked) <= clock.now().date(), name
