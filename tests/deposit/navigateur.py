"""A browser without script over the pages of deposit: it fills the forms that a page shows, hidden fields included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from chassis import clock, mongo
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit, mandatory


@dataclass
class Page:
    """What was answered."""

    status: int
    html: BeautifulSoup
    path: str

    @property
    def text(self) -> str:
        """The words of the page, spaces made one."""
        return " ".join(self.html.get_text(" ").split())

    @property
    def reference(self) -> str:
        """The reference of a blocage shown on this page."""
        return next((word for word in self.text.split() if word.startswith("B-")), "")

    @property
    def title(self) -> str:
        """Its one main heading."""
        found = self.html.find("h1")
        return " ".join(found.get_text(" ").split()) if found else ""

    def form(self, action: str) -> Tag:
        """The form whose address holds `action`."""
        found = [form for form in self.html.find_all("form") if action in str(form.get("action", ""))]
        assert found, f"no form to {action} on {self.path}: {self.text[:300]}"
        return found[0]

    def links(self, part: str) -> list[str]:
        """Addresses of the links that hold `part`."""
        return [str(link["href"]) for link in self.html.find_all("a", href=True) if part in str(link["href"])]


class Navigateur:
    """One person's browser."""

    def __init__(self, deposit: Deposit) -> None:
        self.deposit = deposit
        self.client: FlaskClient = deposit.client.application.test_client()

    def get(self, path: str) -> Page:
        """Opens a page and follows where it leads."""
        return self._page(self.client.get(path, follow_redirects=True))

    def send(self, page: Page, action: str, **fields: Any) -> Page:
        """Fills the form of a page and sends it, as it stands on the page."""
        form = page.form(action)
        data: dict[str, Any] = {}
        for field in form.find_all(["input", "textarea", "select"]):
            name = str(field.get("name", ""))
            if not name or field.get("type") == "file":
                continue
            if field.get("type") in ("radio", "checkbox") and not field.has_attr("checked"):
                continue
            if field.name == "select":
                chosen = field.find("option", selected=True)
                data[name] = str(chosen["value"]) if chosen else ""
            else:
                data[name] = field.get_text() if field.name == "textarea" else str(field.get("value", ""))
        data |= fields
        files = "multipart" in str(form.get("enctype", ""))
        answer = self.client.post(
            str(form["action"]),
            data=data,
            content_type="multipart/form-data" if files else "application/x-www-form-urlencoded",
            follow_redirects=True,
        )
        return self._page(answer)

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
        return self.send(self.get("/deposit/comptes"), "/comptes", **fields)

    def sign_in(self, identifiant: str, password: str = MOT_DE_PASSE) -> Page:
        """Signs in by the page."""
        return self.send(self.get("/deposit/connexion"), "/connexion", identifiant=identifiant, password=password)

    def begin(self, code: str, end: str = "", **changes: str) -> str:
        """Opens a draft by the pages; returns its identifier."""
        year, month, day = end.split("-") if end else ("", "", "")
        page = self.send(
            self.get(f"/deposit/commencer/{code}"),
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
        page = self.get(f"/deposit/demandes/{demande_id}/pieces")
        section = page.html.find(id=code)
        assert section is not None, f"no piece {code}"
        hidden = {
            str(i["name"]): str(i["value"])
            for i in section.find("form", class_="upload").find_all("input", type="hidden")
        }  # type: ignore[union-attr]
        answer = self.client.post(
            f"/deposit/demandes/{demande_id}/pieces",
            data={**hidden, "fichier": (BytesIO(data), name or f"{code}.pdf")},
            follow_redirects=True,
        )
        return self._page(answer)

    def file(self, code: str, end: str = "", **changes: str) -> tuple[str, Page]:
        """The whole filing by the pages: its identifier and the confirmation."""
        demande_id = self.begin(code, end, **changes)
        for piece in mandatory({"demande_id": demande_id}):
            assert self.add_piece(demande_id, piece).status == 200
        page = self.get(f"/deposit/demandes/{demande_id}/verifier")
        return demande_id, self.send(page, "/deposer")

    @staticmethod
    def _page(answer: Any) -> Page:
        return Page(
            answer.status_code, BeautifulSoup(answer.get_data(as_text=True), "html.parser"), answer.request.path
        )


def person_named(deposit: Deposit, **changes: Any) -> tuple[Navigateur, str]:
    """A person with an account and an open session, and her identifier."""
    browser = Navigateur(deposit)
    page = browser.open_account(**changes)
    assert page.status == 200, page.text
    return browser, page.html.find("strong", class_="reference").get_text()  # type: ignore[union-attr]


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
