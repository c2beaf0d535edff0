"""Cases whose point is the dossier: what is sent, asked, corrected, transferred or closed. See `ensemble.live`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.environment import REPOSITORY
from dev.parcours.monde import Monde, Refus, add_piece, file_demande
from droit.jours import day_in_words
from tests.documents.lecture import text_of
from tests.parcours.cas_documents import RECOURS, signed_in, somebody, state_of
from tests.parcours.messages import letters_of

MEGA = 1_000_000


def case_09(monde: Monde) -> Iterator[int]:
    """Two old demandes that AGDREF never closed: one any préfecture closes, one that none can."""
    numero, agent = "7509000009", monde.agent("deposit", "ines")
    person = somebody(monde, "neuf", numero_etranger=numero)
    report = take_over(monde, old_record(monde, numero))
    assert {detail["objet"] for detail in report["details"] if detail["constat"] == "DEMANDE_NON_CLOSE"} == {"G1", "G2"}

    renewal = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(60))
    queue = agent.queue()
    mine = next(row for row in queue if row["demande_id"] == renewal["demande_id"])
    ghosts = [flag["objet"] for flag in mine["incoherences"] if flag["code"] == "DEMANDE_NON_CLOSE"]
    assert renewal["depot_date"] == monde.today.isoformat()
    assert len(ghosts) == 2, "filed on the first attempt, and the agent is told"

    # The ghosts are of Lyon and the agent of Paris: any préfecture closes the first.
    path = f"/demandes/{renewal['demande_id']}"
    agent.post(f"{path}:fermer-ancienne", reference=ghosts[0], motif="Titre remis en main propre.")
    raised = agent.post(f"{path}:remonter", objet="demande_fantome", texte="Refusée ici.", ancienne=ghosts[1])
    assert raised["echeance_date"] > monde.today.isoformat(), "the programme desk has a clock"
    programme = monde.agent("deposit", "otto")
    programme.post(f"/remontees/{raised['remontee_id']}:lever", acte="fermer", texte="Fermée dans le fichier.")
    held = {row["reference"]: row for row in person.get("/demandes")["demandes"]}
    traces = [person.get(f"/demandes/{held[ghost]['demande_id']}/historique")["faits"] for ghost in ghosts]
    assert [held[ghost]["state"] for ghost in ghosts] == ["CLOSE", "CLOSE"]
    for facts in traces:
        closing = next(fact for fact in facts if fact["fait"] == "deposit.demande.close")
        assert closing["par"].startswith("agent:")

    centre = monde.agent("ccc", "chloe")
    fault = {"titre": "Demande AGDREF jamais close", "description": "Le site dit qu'une demande est en cours."}
    code = centre.post("/agents/anomalies", symptome=5, depuis=monde.today.isoformat(), **fault)["code"]
    told = {"precis": "Le site dit qu'une demande est en cours.", "symptome": 5, "categorie": "TELEPROCEDURE"}
    ticket = monde.anybody("ccc").post("/saisines", courriel="neuf@exemple.test", prefecture="75", **told)
    centre.post(f"/agents/saisines/{ticket_of(monde, ticket)}:reconnaitre", code=code)
    register = {row["code"]: row for row in centre.get("/agents/anomalies")["anomalies"]}
    # Others of these days may have met the same: each is counted, she once.
    assert register[code]["personnes"] >= 1
    yield 0


def case_19(monde: Monde) -> Iterator[int]:
    """The person moves to Lyon and marries during the instruction: the dossier follows her."""
    person, agent = somebody(monde, "dixneuf"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(100))
    path = f"/demandes/{demande['demande_id']}"
    agent.post(f"{path}:complete")
    session = signed_in(monde, person)
    moved = {"objet": "ADRESSE", "adresse": "3 rue de l'Exemple\n69000 Lyon", "prefecture": "69"}
    named = {"objet": "ETAT_CIVIL", "texte": "Je porte le nom de ma mère."}
    married = {"objet": "SITUATION_MATRIMONIALE", "texte": "Mariage célébré à Lyon."}
    for change in (moved, named, married):
        form = session.read(f"/deposit/compte/changement?objet={change['objet']}")
        answer = session.send(form, "/compte/changement", **change)
        assert demande["reference"] in answer.text, "it joins the open dossier at once"
    person.post("/moi:contacts", telephone="+33639980119")
    yield 0
    mails = "\n".join(mail["text"] for mail in monde.stack.boites.courriels("dixneuf@exemple.test"))
    assert "69000 Lyon" in mails
    assert "Mariage célébré à Lyon." in mails
    for sent in ("changement d’adresse", "changement d’état civil", "changement de situation"):
        assert f"Votre {sent}" in mails, "the receipt, once the préfecture's view holds it"
    desk = monde.desk("ines")
    row = next(line for line in agent.queue() if line["reference"] == demande["reference"])
    reasons = [reason["phrase"] for reason in row["raisons"]]
    assert {f"La personne dit un {sent}" for sent in ("changement d’adresse", "changement d’état civil")} <= set(
        reasons
    )
    page = desk.read(f"/deposit/agents/demandes/{demande['demande_id']}").text
    for said in ("69000 Lyon", "Je porte le nom de ma mère.", "Mariage célébré à Lyon.", "+33639980119"):
        assert said in page, "the agent reads it on the dossier"

    before = person.get(path)
    agent.post(f"{path}:transferer", prefecture="69")
    new = monde.agent("deposit", "rhoda")
    there = new.get(path)
    kept = ("reference", "depot_date", "retenue_date", "state", "pieces", "documents")
    assert there["prefecture"] == "69"
    assert {name: there[name] for name in kept} == {name: before[name] for name in kept}
    facts = [fact["fait"] for fact in new.get(f"{path}/historique")["faits"]]
    assert facts.count("deposit.demande.modifiee") >= 2
    assert "deposit.demande.deposee" in facts
    with pytest.raises(Refus):
        agent.get(path)
    yield 0
    assert monde.stack.boites.wait_courriel("dixneuf@exemple.test", "change de préfecture")


def case_20(monde: Monde) -> Iterator[int]:
    """The wrong démarche was filed, then a more urgent one appears: no agent has anything to do."""
    person, agent = somebody(monde, "vingt"), monde.agent("deposit", "ines")
    wrong = file_demande(person, titre_code="visiteur", fin_titre_date=monde.in_days(90))
    path = f"/demandes/{wrong['demande_id']}"
    person.call("PUT", f"{path}/reponses", json={"reponses": {"situation_familiale": "celibataire"}})
    add_piece(person, wrong["demande_id"], "autre")
    mended = person.get(path)
    sent = [fact["fait"] for fact in person.get(f"{path}/historique")["faits"]]
    assert (mended["state"], mended["pieces"][-1]["code"]) == ("DEPOSEE", "autre")
    assert {"deposit.demande.modifiee", "deposit.pieces.recues"} <= set(sent), "in place, and the trace stays"
    yield 10

    person.post(f"{path}:annuler")
    right = file_demande(person, titre_code="raison-de-sante", fin_titre_date=monde.in_days(80))
    old = person.get(path)
    facts = person.get(f"{path}/historique")["faits"]
    by_agents = [fact["fait"] for fact in facts if fact["par"].startswith("agent:")]
    assert (old["state"], state_of(person, right)) == ("ANNULEE", "DEPOSEE")
    assert old["depot_date"] == wrong["depot_date"] < right["depot_date"] == monde.today.isoformat()
    assert next(fact["jour"] for fact in facts if fact["fait"] == "deposit.demande.deposee") == wrong["depot_date"]
    assert by_agents == [], "no work for the agent, no wait"

    other = f"/demandes/{right['demande_id']}"
    person.call("PUT", f"{other}/reponses", json={"reponses": {"adresse": "12 rue de l'Exmple"}})
    agent.post(f"{other}:corriger", champ="adresse", valeur="12 rue de l'Exemple", motif="Faute de frappe.")
    yield 0
    fixed = person.get(f"{other}/corrections")["corrections"]
    assert monde.stack.boites.wait_courriel("vingt@exemple.test", "a été corrigée")
    person.post(f"{other}/corrections/{fixed[0]['id']}:contester", texte="C'était bien cela.")
    assert [correction["contestee"] for correction in person.get(f"{other}/corrections")["corrections"]] == [True]


def case_22(monde: Monde) -> Iterator[int]:
    """A closing whose e-mail says nothing: refused until it says why, then told by every way of the person."""
    person, agent = somebody(monde, "vingtdeux", telephone="+33639980122"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(100))
    path, asked_day = f"/demandes/{demande['demande_id']}", monde.today
    agent.post(f"{path}:demander-pieces", pieces=["ressources"], texte="")
    yield 40

    assert state_of(person, demande) == "PIECES_DEMANDEES", "no machine closes"
    bare = {"motif": "", "texte": "Texte cité.", "pieces_manquantes": ["ressources"], "recours": RECOURS}
    with pytest.raises(Refus) as refused:
        agent.post(f"{path}:clore", **bare)
    assert refused.value.problem["code"] == "MOTIF_MANQUANT"
    closed = agent.post(f"{path}:clore", **bare | {"motif": "Les ressources de l'année ne sont pas établies."})
    yield 0
    mail = monde.stack.boites.wait_courriel("vingtdeux@exemple.test", "Les ressources de l'année")
    notice = text_of(monde.stack.boites.attachment(mail))
    named = (
        "Les ressources de l'année",
        "ressources",
        day_in_words(asked_day),
        "Texte cité.",
        RECOURS[0],
        "réouverture",
    )
    assert [word for word in named if word not in notice] == []
    assert monde.stack.boites.wait_sms("+33639980122", demande["reference"])
    assert "demande_close" in {letter["modele"] for letter in letters_of(monde, demande["reference"])}

    session = signed_in(monde, person)
    page = session.read(f"/deposit/demandes/{demande['demande_id']}")
    answered = session.send(page, "/messages", texte="Je demande la réouverture : voici mes ressources.")
    assert "Je demande la réouverture" in answered.text
    again = agent.post(f"{path}:rouvrir")
    assert (closed["state"], again["retenue_date"]) == ("CLOSE", demande["retenue_date"])


def take_over(monde: Monde, record: dict[str, Any]) -> dict[str, Any]:
    """Takes one record over by the operator's command; gives its line of the report."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "agdref.jsonl"
        file.write_text(json.dumps(record) + "\n", encoding="utf-8")
        command = (sys.executable, "-m", "services.deposit", "reprise", str(file))
        env = monde.stack.env_for("deposit", "worker")
        subprocess.run(command, env=env, cwd=REPOSITORY, check=True, capture_output=True, timeout=60)
    operator = monde.agent("deposit", "otto")
    last = operator.get("/agents/reprises")["reprises"][0]
    line: dict[str, Any] = operator.get(f"/agents/reprises/{last['id']}?constat=tout")["rapport"][0]
    return line


def old_record(monde: Monde, numero: str) -> dict[str, Any]:
    """A record of AGDREF: the title was given and handed over, and the two demandes behind it are still open."""
    title = {
        "numero": "T9", "titre_code": "etudiant", "debut_date": monde.in_days(-305),
        "fin_date": monde.in_days(60), "remise_date": monde.in_days(-300),
    }  # fmt: skip
    old = {"titre_code": "etudiant", "prefecture": "69", "etat": "EN_COURS"}
    person = {"nom": "Exemple neuf", "prenoms": "Exemple", "naissance_date": "1990-05-17", "numero_etranger": numero}
    return {
        "format": 1, "dossier": f"75-{numero}", "maj_date": monde.in_days(-2),
        "personne": person | {"prefecture": "75"}, "titres": [title],
        "demandes": [old | {"numero": "G1", "depot_date": monde.in_days(-400)},
                     old | {"numero": "G2", "depot_date": monde.in_days(-380)}],
    }  # fmt: skip


def ticket_of(monde: Monde, opened: dict[str, Any]) -> str:
    """The identifier of a ticket, as an agent of the centre finds it by its number."""
    rows = monde.agent("ccc", "chloe").queue()
    return str(next(row["id"] for row in rows if row["reference"] == opened["reference"]))
