"""What each channel of deposit answers about the right of one person, read where people read it.

Her space and her documents, the public check, the agent's page of the person, and what ccc and PAN show (GetSituation).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from bs4 import BeautifulSoup, Tag

from chassis import clock, rpc
from sejour.deposit.v1 import deposit_pb2
from services.deposit.rpc import DepositServicer
from tests.deposit.conftest import MOT_DE_PASSE, Deposit
from tests.deposit.desk import Screen

SANS_DROIT = "Rien de connu ne prouve son droit aujourd’hui."
VALABLE = "Valable aujourd’hui"
CODE, CODE_JOURS = re.compile(r"L-[2-9A-Z]{4}-[2-9A-Z]{4}"), 60


class Reponses:
    """The screens before which one person, one agent and another service read her right."""

    def __init__(self, deposit: Deposit, usager_id: str, hers: Screen, agent: Screen) -> None:
        self.deposit, self.usager_id, self.hers, self.agent = deposit, usager_id, hers, agent
        # The last code that she made for a landlord, with its last day; all those that her page shows.
        self.code, self.codes, self.code_fin = "", set[str](), date.min

    def espace(self) -> list[str]:
        """« Votre droit aujourd’hui » in her space, the first proof first; empty when the page shows none."""
        panel = _page(self.hers, "/espace").select_one("[aria-labelledby=preuve]")
        if panel is None or "Votre droit" not in panel.get_text():
            return []
        lead = panel.select("p.lead")[0]
        return [_read(lead), *(_read(item) for item in panel.find_all("li"))]

    def alarme(self) -> bool:
        """Whether her space says that nothing proves her right."""
        return "Aucun document ne prouve votre droit" in _page(self.hers, "/espace").get_text()

    def documents(self) -> set[str]:
        """The numbers that « Mes documents » shows as valid today."""
        items = _page(self.hers, "/documents").select("ul.ways li")
        return {str(item.find("a")["href"]).rsplit("/", 1)[1] for item in items if VALABLE in item.get_text()}

    def agents(self) -> list[str]:
        """What the agent reads on the page of the person."""
        page = _page(self.agent, f"/agents/personnes/{self.usager_id}")
        title = page.find("h2", string="Ce qui prouve ses droits aujourd’hui")
        assert isinstance(title, Tag) and title.parent is not None
        return [_read(item) for item in title.parent.find_all("li")]

    def situation(self) -> deposit_pb2.GetSituationResponse:
        """What ccc and PAN are told."""
        # As notify asks: no desk reads, and nothing is noted in her journal.
        rpc._caller.value = rpc.Caller("notify")
        request = deposit_pb2.GetSituationRequest(usager_id=self.usager_id)
        return DepositServicer(str).GetSituation(request, None)  # type: ignore[arg-type]

    def verifier(self, numero: str) -> str:
        """The verdict of the public check."""
        return str(self.deposit.call("GET", f"/verifications/{numero}").json["etat"])

    def send(self, path: str, **typed: str) -> None:
        """She fills in the form of a page of hers, with her password where it is asked for."""
        sent = self.hers.post(path, preuve=MOT_DE_PASSE, **typed)
        assert sent.status_code == 303, (path, sent.status_code, sent.text[:2000])

    def _check_partner(self, *, papers: bool, beside: bool) -> None:
        """A landlord is answered what she holds today, by the code that she made on an earlier day or makes now."""
        expected = "valide" if papers else "carte" if beside else "sans-droit"
        if self.code and clock.today() <= self.code_fin:
            assert self._partner() == expected
        if papers:
            made = self.hers.post("/justificatifs/", usage="logement", jours=str(CODE_JOURS))
            assert made.status_code == 303, made.text[:2000]
            codes = set(CODE.findall(self.hers.text("/justificatifs/")))
            (self.code,), self.codes = codes - self.codes, codes
            self.code_fin = clock.today() + timedelta(days=CODE_JOURS - 1)
            assert self._partner() == expected

    def _partner(self) -> str:
        said = {"code": self.code, "naissance": "1990-05-17", "organisme": "Bailleur d’exemple", "usage": "logement"}
        return str(self.deposit.call("POST", "/justificatifs:verifier", json=said).json["etat"])

    def check(self, numeros: set[str] | None = None, fins: set[date | None] | None = None) -> list[str]:
        """That they all say the same today, and that it is what she holds where the caller knows it: the documents of
        these numbers, and beside them what ends on these days. Gives the phrases, the first proof first.
        """
        told = self.situation()
        if numeros is not None:
            assert {proof.numero for proof in told.preuves if proof.numero} == numeros, (told.preuves, numeros)
            beside = {_day(proof.fin_date) for proof in told.preuves if not proof.numero}
            assert beside == fins, (told.preuves, fins)
            self._check_partner(papers=bool(numeros), beside=bool(fins))
        phrases = [f"{proof.phrase}, {proof.objet}" if proof.objet else proof.phrase for proof in told.preuves]
        read = self.espace()
        assert [line.replace(" – ", ", ") for line in read] == phrases, (read, phrases)
        agent = self.agents()
        assert len(agent) == len(phrases) and all(
            proof.phrase in line for proof, line in zip(told.preuves, agent, strict=True)
        ), (agent, phrases)
        valid = {d.numero for d in told.documents if d.state == "VALIDE"}
        assert valid == self.documents(), (valid, self.documents())
        assert valid == {d.numero for d in told.documents if d.state and self.verifier(d.numero) == "valide"}
        assert {proof.numero for proof in told.preuves if proof.numero} <= valid
        return phrases


def _day(told: str) -> date | None:
    return date.fromisoformat(told) if told else None


def _page(screen: Screen, path: str) -> BeautifulSoup:
    return BeautifulSoup(screen.text(path), "html.parser")


def _read(tag: Tag) -> str:
    for line in tag.find_all("br"):
        line.replace_with(" – ")
    return " ".join(tag.get_text().replace("\n", " ").split())
