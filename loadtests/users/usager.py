"""People who file online: sign in, begin, save what they type, send their pieces, file, read where it stands."""

from __future__ import annotations

from loadtests.accounts import MOT_DE_PASSE, PREFECTURE, demande_id, identifiant
from loadtests.users.base import Persona, multipart
from loadtests.world import Draft, Session, take

# Of eight saved drafts of a title, the first begins it.
SAVES = 8


class Usager(Persona):
    """A person of the téléservice."""

    service = "deposit"

    saved = 0
    read = 0

    def sign_in(self) -> None:
        """By identifier and password, each time another person."""
        number = take(self.world.accounts, "compte")
        body = {"identifiant": identifiant(number), "password": MOT_DE_PASSE}
        opened = self.ask("POST", "/comptes:connexion", json=body, status=201)
        session = Session(opened["jeton"], demande_id(number))
        self.world.sessions.append(session)
        self.world.readers.append(session)

    def save(self) -> None:
        """Begins a draft, or keeps what was typed in one."""
        self.saved += 1
        if self.saved % SAVES == 1:
            return self.begin()
        draft = self.world.draft_to_save()
        answers = {
            "nationalite": "exemple",
            "adresse": f"{self.saved} rue de l’Exemple",
            "situation": "Je travaille et j’habite ici. " * 4,
        }
        path = f"/demandes/{draft.demande_id}/reponses"
        self.ask("PUT", path, token=draft.token, json={"reponses": answers}, name="/demandes/{id}/reponses")
        return None

    def begin(self) -> None:
        """A new draft for the person who signed in longest ago."""
        session = take(self.world.sessions, "session sans brouillon")
        code, pieces = self.world.next_titre()
        body = {"titre_code": code, "prefecture": PREFECTURE}
        made = self.ask("POST", "/demandes", token=session.token, json=body, status=201)
        self.world.keep_draft(Draft(session.token, made["demande_id"], pieces))

    def upload(self) -> None:
        """A piece of 1.5 MB."""
        draft, code = self.world.piece_to_send()
        kind, body = multipart({"code": code}, f"{code}.pdf", self.world.piece)
        headers = {"Authorization": f"Bearer {draft.token}", "Content-Type": kind}
        path = f"/demandes/{draft.demande_id}/pieces"
        self.send("POST", path, headers, data=body, name="/demandes/{id}/pieces", status=201)
        self.world.piece_sent(draft)

    def file(self) -> None:
        """Files a complete draft: the attestation de dépôt is in the answer."""
        draft = self.world.draft_to_file()
        path = f"/demandes/{draft.demande_id}:deposer"
        done = self.ask("POST", path, token=draft.token, name="/demandes/{id}:deposer")
        assert any(document["nature"] == "AD" for document in done["documents"])

    def follow(self) -> None:
        """Reads her list, then one demande, in turn."""
        session = self.world.reader()
        self.read += 1
        if self.read % 2:
            self.ask("GET", "/demandes", token=session.token)
        else:
            self.ask("GET", f"/demandes/{session.demande_id}", token=session.token, name="/demandes/{id}")
