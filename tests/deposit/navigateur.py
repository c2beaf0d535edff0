"""A browser without script over the pages of deposit: it fills the forms that a page shows, hidden fields included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

from bs4 import Tag

from chassis import clock, mongo
from dev.browser import Page, filled
from tests.browser import Browser
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit, codes_of, mandatory


class Navigateur(Browser):
    """One person's browser, and what she does with it at the téléservice."""

    def __init__(self, deposit: Deposit) -> None:
        super().__init__(deposit.client.application)
        self.deposit = deposit

    def open_account(self, **changes: Any) -> Page:
        """An account by the page; only what is needed."""
        fields = {
            "nom": "Exemple",
            "naissance_date-jour": "17",
            "naissance_date-mois": "5",
            "naissance_date-annee": "1990",
            "password": MOT_DE_PASSE,
            **changes,
        }
        return self.send(self.read("/deposit/comptes"), "/comptes", **fields)

    def confirm(self, identifiant: str) -> None:
        """Types the codes that came to the e-mail and to the mobile number that she gave."""
        for voie, code in codes_of(self.deposit, usager(identifiant)["_id"]).items():
            done = self.send(self.read("/deposit/compte/confirmer"), "/compte/confirmer", voie=voie, code=code)
            assert done.title == "Mon compte", done.text

    def sign_in(self, identifiant: str, password: str = MOT_DE_PASSE) -> Page:
        """Signs in by the page."""
        return self.send(self.read("/deposit/connexion"), "/connexion", identifiant=identifiant, password=password)

    def ask_sheet(self, password: str = MOT_DE_PASSE) -> list[str]:
        """The codes of a new sheet: its button, then the proof that it is she."""
        asked = self.send(self.read("/deposit/compte"), "/compte/codes")
        shown = self.send(asked, "/compte/codes", preuve=password)
        return [strong.get_text() for strong in shown.html.select("li strong")]

    def begin(self, code: str, end: str = "", **changes: str) -> str:
        """Opens a draft by the pages; returns its identifier."""
        year, month, day = end.split("-") if end else ("", "", "")
        page = self.send(
            self.read(f"/deposit/commencer/{code}"),
            f"/commencer/{code}",
            **{
                "situation": "titre" if end else "aucun",
                "prefecture": "75",
                "fin_titre_date-jour": day,
                "fin_titre_date-mois": month,
                "fin_titre_date-annee": year,
                **changes,
            },
        )
        assert page.status == 200, page.text
        return page.path.split("/demandes/")[1].split("/")[0]

    def add_piece(self, demande_id: str, code: str, data: bytes = PDF, name: str = "") -> Page:
        """One file by the form of its piece."""
        page = self.read(f"/deposit/demandes/{demande_id}/pieces")
        section = page.html.find(id=code)
        assert section is not None, f"no piece {code}"
        form = section.find("form", class_="upload")
        assert isinstance(form, Tag)
        fields = {**filled(form), "fichier": (BytesIO(data), name or f"{code}.pdf")}
        return self._go("POST", f"/deposit/demandes/{demande_id}/pieces", fields, multipart=True)

    def answer(self, demande_id: str, nom: str, reponse: str) -> Page:
        """One answer by its page; a day in its three fields."""
        page = self.read(f"/deposit/demandes/{demande_id}/questions/{nom}")
        fields = {"reponse": reponse}
        if page.html.find("input", attrs={"name": "reponse-jour"}):
            fields = dict(zip(("reponse-annee", "reponse-mois", "reponse-jour"), reponse.split("-"), strict=True))
        return self.send(page, f"/questions/{nom}", **fields)

    def file(self, code: str, end: str = "", **changes: str) -> tuple[str, Page]:
        """The whole filing by the pages: its identifier and the confirmation."""
        return self.finish(self.begin(code, end, **changes), {})

    def finish(self, demande_id: str, answers: Mapping[str, str]) -> tuple[str, Page]:
        """The rest of a draft: answers, pieces, sending."""
        for nom, said in answers.items():
            assert self.answer(demande_id, nom, said).status == 200, nom
        for piece in mandatory({"demande_id": demande_id}):
            assert self.add_piece(demande_id, piece).status == 200
        page = self.read(f"/deposit/demandes/{demande_id}/verifier")
        return demande_id, self.send(page, "/deposer")


def person_named(deposit: Deposit, **changes: Any) -> tuple[Navigateur, str]:
    """A person with an account and an open session, and her identifier."""
    browser = Navigateur(deposit)
    page = browser.open_account(**changes)
    assert page.status == 200, page.text
    identifiant = page.html.find("strong", class_="reference").get_text()  # type: ignore[union-attr]
    browser.confirm(identifiant)
    return browser, identifiant


def usager(identifiant: str) -> dict[str, Any]:
    """The account as stored, to put a record of the past in it."""
    found: Any = mongo.database("deposit")["usagers"].find_one({"identifiant": identifiant})
    return dict(found)


def day(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def ask(deposit: Deposit, demande_id: str, *pieces: str) -> str:
    """An agent asks for pieces; returns the identifier of the request."""
    token = deposit.agent("instructeur")
    asked = deposit.call(
        "POST", f"/demandes/{demande_id}:demander-pieces", token, json={"pieces": list(pieces), "texte": "Merci."}
    )
    assert asked.status_code == 200, asked.json
    return str(asked.json["pieces_demandees"][-1]["id"])


def stored(demande_id: str) -> dict[str, Any]:
    """The demande as it is kept."""
    found: Any = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})
    return dict(found)
