"""Cases whose point is the dossier: what is sent, asked, corrected, transferred or closed. See `ensemble.live`."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from dev.environment import REPOSITORY
from dev.parcours.monde import PDF, Acteur, Monde, Navigateur, Refus, add_piece, add_pieces, file_demande
from droit.dates import day_in_words
from tests.documents.lecture import text_of
from tests.parcours.cas_documents import RECOURS, signed_in, somebody, state_of, the
from tests.parcours.messages import letters_of, messages_of

MEGA = 1_000_000


def case_09(monde: Monde) -> Iterator[int]:
    """Two old demandes that AGDREF never closed: one any préfecture closes, one that none can."""
    numero, agent = "7509000009", monde.agent("deposit", "ines")
    person = somebody(monde, "neuf", numero_etranger=numero)
    report = take_over(monde, old_record(monde, numero))
    assert {detail["objet"] for detail in report["details"] if detail["constat"] == "DEMANDE_NON_CLOSE"} == {"G1", "G2"}

    renewal = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(60))
    queue = agent.get("/agents/file")["demandes"]
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
    assert register[code]["personnes"] == 1
    yield 0


def case_11(monde: Monde) -> Iterator[int]:
    """A request of the agent whose page does not open while its thirty days run."""
    person, agent = somebody(monde, "onze"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(100))
    path = f"/demandes/{demande['demande_id']}"
    asked = agent.post(f"{path}:demander-pieces", pieces=["domicile"], texte="Illisible.")["pieces_demandees"][-1]
    due = date.fromisoformat(monde.in_days(30))
    yield 0
    mail = monde.stack.boites.wait_courriel("onze@exemple.test", "Justificatif de domicile")
    assert day_in_words(due) in mail["text"], "the list and the due day, outside the espace"
    yield 10

    session = signed_in(monde, person)
    broken = session.get(f"/deposit/demandes/{demande['demande_id']}/demandes-pieces/{asked['id'][:-4]}")
    assert broken.status == 404
    assert "le délai est arrêté à partir d’aujourd’hui" in broken.text
    assert "Votre blocage est enregistré" in broken.text
    assert "/substitution/" in str(broken.html)
    yield 30

    assert monde.today > due
    read = session.get(f"/deposit/demandes/{demande['demande_id']}/demandes-pieces/{asked['id']}")
    assert "Le délai est arrêté." in read.text
    by_post = {"code": "domicile", "voie": "poste", "jour": monde.today.isoformat()}
    agent.call("POST", f"{path}:recevoir", data=by_post, files={"fichier": ("lettre.pdf", PDF, "application/pdf")})
    done = person.get(path)
    assert done["state"] == "DEPOSEE", "the letter answers the request: nothing is closed"
    assert done["pieces_demandees"][-1]["repondue_date"] == monde.today.isoformat()


def case_12(monde: Monde) -> Iterator[int]:
    """A demande that the person sees and the préfecture does not."""
    person, agent = somebody(monde, "douze", numero_etranger="7512000012"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="visiteur", fin_titre_date=monde.in_days(90))
    first_day = the(demande, "AD")["debut_date"]
    assert first_day == demande["depot_date"] == monde.today.isoformat(), "the proof of sending is there at once"
    yield 0
    boites = monde.stack.boites
    receipt = boites.wait_courriel("douze@exemple.test", f"envoyé pour {demande['reference']}")
    assert "Votre demande du" in receipt["text"]
    yield 10

    # The fault itself: the préfecture's view loses the line, as an older copy put back would.
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        lost = client["sejour_deposit"]["file_agents"].delete_one({"_id": demande["demande_id"]})
    found = [agent.get("/agents/bureau") for _look in range(2)]
    assert lost.deleted_count == 1
    assert [page["ecart"] for page in found] == [1, 0], "the difference is counted, then zero"
    rows = [row for page in every_page(agent) for row in page if row["demande_id"] == demande["demande_id"]]
    assert [row["retenue_date"] for row in rows] == [first_day], "the date of first sending counts"
    yield 0
    subjects = [mail["subject"] for mail in boites.courriels("douze@exemple.test")]
    assert subjects.count(receipt["subject"]) == 2, "the person is told that it is there again"
    history = agent.get(f"/demandes/{demande['demande_id']}/historique")["faits"]
    assert [fact["fait"] for fact in history].count("deposit.reception.confirmee") == 2, "and the agents read it"

    told = {"precis": "La préfecture ne voit pas ma demande.", "categorie": "SUIVI", "nom": "Exemple douze"}
    ticket = monde.anybody("ccc").post("/saisines", courriel="douze@exemple.test", prefecture="75", **told)
    monde.agent("ccc", "chloe").post(
        f"/agents/saisines/{ticket_of(monde, ticket)}:verifier-identite",
        repere=demande["reference"], nom="Exemple douze", prenoms="Exemple", naissance="1990-05-17",
    )  # fmt: skip
    yield 0
    one, other = messages_of(monde, ticket["reference"]), messages_of(monde, demande["reference"])
    assert [message["id"] for message in one] == [message["id"] for message in other]
    assert {"saisine_recue", "depot_recu", "reception_confirmee"} <= {message["modele"] for message in one}


def case_19(monde: Monde) -> Iterator[int]:
    """The person moves to Lyon and marries during the instruction: the dossier follows her."""
    person, agent = somebody(monde, "dixneuf"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(100))
    path = f"/demandes/{demande['demande_id']}"
    agent.post(f"{path}:complete")
    session = signed_in(monde, person)
    moved = {"objet": "ADRESSE", "adresse": "3 rue de l'Exemple\n69000 Lyon", "prefecture": "69"}
    married = {"objet": "SITUATION_MATRIMONIALE", "texte": "Mariage célébré à Lyon."}
    for change in (moved, married):
        form = session.get(f"/deposit/compte/changement?objet={change['objet']}")
        answer = session.send(form, "/compte/changement", **change)
        assert demande["reference"] in answer.text, "it joins the open dossier at once"
    yield 0
    mails = "\n".join(mail["text"] for mail in monde.stack.boites.courriels("dixneuf@exemple.test"))
    assert "69000 Lyon" in mails
    assert "Mariage célébré à Lyon." in mails
    assert "Votre changement du" in mails, "the receipt, once the préfecture's view holds it"

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
    person, agent = somebody(monde, "vingtdeux", telephone="+33199000122"), monde.agent("deposit", "ines")
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
    assert monde.stack.boites.wait_sms("+33199000122", demande["reference"])
    assert "demande_close" in {letter["modele"] for letter in letters_of(monde, demande["reference"])}

    session = signed_in(monde, person)
    page = session.get(f"/deposit/demandes/{demande['demande_id']}")
    answered = session.send(page, "/messages", texte="Je demande la réouverture : voici mes ressources.")
    assert "Je demande la réouverture" in answered.text
    again = agent.post(f"{path}:rouvrir")
    assert (closed["state"], again["retenue_date"]) == ("CLOSE", demande["retenue_date"])


def case_23(monde: Monde) -> Iterator[int]:
    """A dossier much heavier than 10 Mo, with a line that breaks: complete on the first filing."""
    person, agent = somebody(monde, "vingttrois"), monde.agent("deposit", "ines")
    draft = person.post("/demandes", titre_code="etudiant", fin_titre_date=monde.in_days(80))
    for number in range(3):
        send(person, draft["demande_id"], "identite", f"page-{number}.pdf", PDF + bytes(6 * MEGA))
    heavy = PDF + bytes(12 * MEGA)
    assert resume(signed_in(monde, person), draft["demande_id"], "ressources", heavy) == 4
    add_pieces(person, draft["demande_id"])
    send(person, draft["demande_id"], "lettre-de-mon-ecole", "lettre.pdf", PDF)
    filed = person.post(f"/demandes/{draft['demande_id']}:deposer")
    yield 0

    sizes = {piece["nom"]: piece["taille"] for piece in filed["pieces"]}
    assert sum(piece["code"] == "identite" for piece in filed["pieces"]) == 3
    assert sum(sizes.values()) > 30 * MEGA
    assert sizes["ressources.pdf"] == len(heavy)
    assert "lettre-de-mon-ecole" in {piece["code"] for piece in filed["pieces"]}
    assert agent.post(f"/demandes/{draft['demande_id']}:complete")["state"] == "COMPLETE"


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
        "format": 1, "dossier": "75-0000009", "maj_date": monde.in_days(-2), "personne": person | {"prefecture": "75"},
        "titres": [title],
        "demandes": [old | {"numero": "G1", "depot_date": monde.in_days(-400)},
                     old | {"numero": "G2", "depot_date": monde.in_days(-380)}],
    }  # fmt: skip


def ticket_of(monde: Monde, opened: dict[str, Any]) -> str:
    """The identifier of a ticket, as an agent of the centre finds it by its number."""
    rows = monde.agent("ccc", "chloe").get("/agents/file")["saisines"]
    return str(next(row["id"] for row in rows if row["reference"] == opened["reference"]))


def every_page(agent: Acteur) -> Iterator[list[dict[str, Any]]]:
    """The queue of an agent, page after page."""
    for number in range(50):
        page = agent.get(f"/agents/bureau?page={number}")
        yield page["demandes"]
        if not page["suite"]:
            return


def send(person: Acteur, demande_id: str, code: str, name: str, content: bytes) -> None:
    """One file by the API."""
    files = {"fichier": (name, content, "application/pdf")}
    person.call("POST", f"/demandes/{demande_id}/pieces", data={"code": code}, files=files)


class Coupee(io.BytesIO):
    """A part whose line breaks after two million bytes."""

    def read(self, size: int | None = -1) -> bytes:
        """What follows, until the line breaks."""
        if self.tell() > 2 * MEGA:
            raise ConnectionError("the line is cut")
        return super().read(size)


def resume(session: Navigateur, demande_id: str, code: str, content: bytes) -> int:
    """One large file by parts, as the page sends it, over a line that breaks; gives how many parts it took in all."""
    page = session.get(f"/deposit/demandes/{demande_id}/pieces")
    token = page.form("/pieces").find("input", attrs={"name": "csrf_token"})["value"]
    said = {"demande": demande_id, "code": code, "filename": f"{code}.pdf"}
    values = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    tus = {"Tus-Resumable": "1.0.0", "X-CSRFToken": str(token)}
    url = session.monde.stack.url
    opened = session.http.post(
        f"{url}/deposit/envois", headers=tus | {"Upload-Length": str(len(content)), "Upload-Metadata": values}
    )
    address, parts, done = url + opened.headers["Location"], 0, 0
    while done < len(content):
        part = content[done : done + 5 * MEGA]
        headers = tus | {"Upload-Offset": str(done), "Content-Type": "application/offset+octet-stream"}
        with suppress(OSError):
            session.http.patch(address, data=Coupee(part) if parts == 1 else part, headers=headers).raise_for_status()
        # Whatever became of the part, the place says where to go on from.
        done, parts = int(session.http.head(address, headers=tus).headers["Upload-Offset"]), parts + 1
    return parts
