"""Cases whose point is what is sent: by parts, by another way, seen on one side only. See `ensemble.live`."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date
from functools import partial
from http.client import HTTPConnection
from typing import Any

from pymongo import MongoClient
from requests import Response

from chassis.web.options import MIB
from chassis.web.uploads import FORM_BYTES, PART_BYTES
from dev.browser import Page
from dev.parcours.monde import PDF, Acteur, Monde, Navigateur, add_pieces, file_demande
from droit.jours import day_in_words
from tests.parcours.cas_documents import signed_in, somebody, the
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.messages import messages_of
from tests.waiting import wait_until

MEGA = 1_000_000
P_SIZE = 50 * MEGA


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
    # What is stored of the request is damaged: its page cannot be made.
    stored = {"_id": demande["demande_id"]}
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        demandes = client["sejour_deposit"]["demandes"]
        demandes.update_one(stored, {"$set": {"demandes_pieces.0.pieces": [None]}})
        broken = session.read(f"/deposit/demandes/{demande['demande_id']}/demandes-pieces/{asked['id']}")
        demandes.update_one(stored, {"$set": {"demandes_pieces.0.pieces": ["domicile"]}})
    assert broken.status == 503
    assert "le délai est arrêté à partir d’aujourd’hui" in broken.text
    assert "Votre blocage est enregistré" in broken.text
    assert "/substitution/" in str(broken.html)
    yield 30

    assert monde.today > due
    read = session.read(f"/deposit/demandes/{demande['demande_id']}/demandes-pieces/{asked['id']}")
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
    assert f"Votre demande du {day_in_words(date.fromisoformat(first_day))}" in receipt["text"]
    yield 10

    # The fault itself: the préfecture's view loses the line, as an older copy put back would.
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        lost = client["sejour_deposit"]["file_agents"].delete_one({"_id": demande["demande_id"]})
    assert lost.deleted_count == 1
    wait_until("the difference is counted", lambda: agent.get("/agents/bureau")["ecart"] == 1)
    wait_until("then it is zero", lambda: agent.get("/agents/bureau")["ecart"] == 0)
    rows = [row for row in agent.queue() if row["demande_id"] == demande["demande_id"]]
    assert [row["retenue_date"] for row in rows] == [first_day], "the date of first sending counts"
    yield 0
    again = [mail["text"] for mail in boites.courriels("douze@exemple.test") if mail["subject"] == receipt["subject"]]
    assert len(again) == 2, "the person is told that it is there again"
    assert all(day_in_words(date.fromisoformat(first_day)) in text for text in again), "and of which day it is"
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


def case_23(monde: Monde) -> Iterator[int]:
    """A dossier much heavier than 10 Mo, with a line that breaks: complete on the first filing."""
    person, agent = somebody(monde, "vingttrois"), monde.agent("deposit", "ines")
    draft = person.post("/demandes", titre_code="etudiant", fin_titre_date=monde.in_days(80))
    for number in range(3):
        send(person, draft["demande_id"], "identite", f"page-{number}.pdf", PDF + bytes(6 * MEGA))
    heavy, session = PDF.ljust(P_SIZE, b"\0"), signed_in(monde, person)
    assert resume(monde, person, draft["demande_id"], heavy) == 11
    at_the_limit = {path: fill(monde, path, size, sent=True) for path, size in LIMITS.items()}
    assert all(status < 500 and status != 413 for status in at_the_limit.values()), at_the_limit
    assert {fill(monde, path, size + 1, sent=False) for path, size in LIMITS.items()} == {413}
    page = session.read(f"/deposit/demandes/{draft['demande_id']}/pieces")
    assert announce(session, page, draft["demande_id"], "ressources", P_SIZE + 1).status_code == 413
    assert "jusqu’à 50 Mo par fichier" in page.text
    upload = page.html.find("form", class_="upload")
    assert "50 Mo au plus par fichier" in upload["data-too-big"], "what the page says of the larger one"
    add_pieces(person, draft["demande_id"])
    send(person, draft["demande_id"], "lettre-de-mon-ecole", "lettre.pdf", PDF)
    filed = person.post(f"/demandes/{draft['demande_id']}:deposer")
    yield 0

    sizes = {piece["nom"]: piece["taille"] for piece in filed["pieces"]}
    assert sum(piece["code"] == "identite" for piece in filed["pieces"]) == 3
    assert sum(sizes.values()) > 30 * MEGA
    assert sizes["ressources.pdf"] == P_SIZE
    assert "lettre-de-mon-ecole" in {piece["code"] for piece in filed["pieces"]}
    assert agent.post(f"/demandes/{draft['demande_id']}:complete")["state"] == "COMPLETE"


def send(person: Acteur, demande_id: str, code: str, name: str, content: bytes) -> None:
    """One file by the API."""
    files = {"fichier": (name, content, "application/pdf")}
    person.call("POST", f"/demandes/{demande_id}/pieces", data={"code": code}, files=files)


# Every page that takes a body larger than others, without the session or the form token that it asks for.
LIMITS = {
    "/ccc/ecrire": 30 * MIB,
    "/ccc/suivi/x/messages": 30 * MIB,
    "/ccc/je-n-y-arrive-pas": 9 * MIB,
    "/pan/je-n-y-arrive-pas": 9 * MIB,
    "/pan/envois/formulaire": FORM_BYTES,
    "/substitution/je-n-y-arrive-pas": 9 * MIB,
    "/substitution/envois/formulaire": FORM_BYTES,
    "/deposit/je-n-y-arrive-pas": 9 * MIB,
    "/deposit/envois/formulaire": FORM_BYTES,
    "/deposit/demandes/x/pieces": FORM_BYTES,
    "/deposit/demandes/x/urgence": FORM_BYTES,
    "/deposit/aidants/demandes/x/urgence": FORM_BYTES,
    "/deposit/agents/demandes/x/actes/recevoir": FORM_BYTES,
}


def fill(monde: Monde, path: str, size: int, *, sent: bool) -> int:
    """The status of a form whose body has this size, asked of the server itself; only announced unless `sent`."""
    line = HTTPConnection("127.0.0.1", port_of(monde, path.split("/")[1]), timeout=60)
    begins = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.pdf"\r\n\r\n'
    body = (begins + PDF).ljust(size - 9, b"\0") + b"\r\n--x--\r\n"
    line.putrequest("POST", path)
    line.putheader("Content-Type", "multipart/form-data; boundary=x")
    line.putheader("Content-Length", str(size))
    line.endheaders(body if sent else None)
    with closing(line):
        return line.getresponse().status


def port_of(monde: Monde, service: str) -> int:
    """Where the server of a service listens, behind the front."""
    return int(monde.stack.env_for(service, "web")["WEB_PORT"])


class Coupee(io.BytesIO):
    """A part whose line breaks after two million bytes."""

    def read(self, size: int | None = -1) -> bytes:
        """What follows, until the line breaks."""
        if self.tell() > 2 * MEGA:
            raise ConnectionError("the line is cut")
        return super().read(size)


def proof_of(page: Page) -> dict[str, str]:
    """What each request of an upload by parts bears."""
    token = page.form("/pieces").find("input", attrs={"name": "csrf_token"})["value"]
    return {"Tus-Resumable": "1.0.0", "X-CSRFToken": str(token)}


def announce(session: Navigateur, page: Page, demande_id: str, code: str, length: int) -> Response:
    """Says what is to come, as the page does before the first part."""
    said = {"demande": demande_id, "code": code, "filename": f"{code}.pdf"}
    values = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    headers = proof_of(page) | {"Upload-Length": str(length), "Upload-Metadata": values}
    return session.http.post(f"{session.url}/deposit/envois", headers=headers)


def resume(monde: Monde, person: Acteur, demande_id: str, content: bytes) -> int:
    """One large file by the largest parts that are taken, over a line that breaks within the second and a session that
    ends after the third; gives how many parts it took in all.
    """
    session, url = signed_in(monde, person), f"/deposit/demandes/{demande_id}/pieces"
    page = session.read(url)
    opened, tus = announce(session, page, demande_id, "ressources", len(content)), proof_of(page)
    place, parts, done = opened.headers["Location"], 0, 0
    # The server itself: a front that holds a body back until it is whole has nothing of a part that was cut.
    server = f"http://127.0.0.1:{port_of(monde, 'deposit')}"
    too_much = session.http.patch(server + place, data=bytes(PART_BYTES + 1), headers=tus | starts_at(0))
    assert too_much.status_code == 413
    while done < len(content):
        part = content[done : done + PART_BYTES]
        with suppress(OSError):
            sent: Any = Coupee(part) if parts == 1 else part
            session.http.patch(
                (server if parts == 1 else session.url) + place, data=sent, headers=tus | starts_at(done)
            )
        if parts == 2:
            session.send(session.read("/deposit/espace"), "/deconnexion")
            assert session.http.head(session.url + place, headers=tus).status_code == 401, "sign in again, not « gone »"
            session = signed_in(monde, person)
            tus = proof_of(session.read(url))
        # Whatever became of the part, the place says where to go on from.
        if parts == 1:
            wait_until("the half that came is kept", partial(has_more, session, place, tus, done + len(part) // 3))
        done, parts = where_to_resume(session, place, tus), parts + 1
    return parts


def has_more(session: Navigateur, place: str, tus: dict[str, str], offset: int) -> bool:
    """Whether more than this has arrived."""
    return where_to_resume(session, place, tus) > offset


def where_to_resume(session: Navigateur, place: str, tus: dict[str, str]) -> int:
    """How much has arrived."""
    return int(session.http.head(session.url + place, headers=tus).headers["Upload-Offset"])


def starts_at(offset: int) -> dict[str, str]:
    """What a part says of itself."""
    return {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
