"""What a démarche costs: its tax with its proof, the fee never asked of who was blocked (DEP-22, DEP-25)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.deposit.blocage.actions import blocages
from services.deposit.dossier.store.demande import Demande
from services.deposit.parcours import actions as parcours
from tests.deposit.conftest import Deposit
from tests.deposit.desk import an_agent
from tests.deposit.messages import told
from tests.deposit.navigateur import day, person_named

VISA = {"visa_numero": "FRA-9", "visa_fin": "2027-08-31", "entree": "2026-09-01"}


class Gateway(BaseHTTPRequestHandler):
    """A payment gateway that keeps its payments, and falls silent when it is told to."""

    paiements: dict[str, dict[str, Any]]
    silent: bool

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        """Opens a payment for who shows the token."""
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.silent or self.headers["Authorization"] != "Bearer jeton":
            return self._answer(503, {})
        found = {"etat": "attente", **sent}
        self.paiements[sent["reference"]] = found
        return self._answer(201, {"id": sent["reference"], "page": "https://paiement.example/ici"})

    def do_GET(self) -> None:
        """What became of a payment."""
        if self.silent:
            return self._answer(503, {})
        return self._answer(200, self.paiements[self.path.rsplit("/", 1)[1]])


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Gateway]]:
    """The gateway behind a real socket, named by the settings."""
    kept = type("Kept", (Gateway,), {"paiements": {}, "silent": False})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kept)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PAIEMENT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("PAIEMENT_JETON", "jeton")
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.clause("DEP-22/b")
def test_the_tax_of_a_visa_is_said_paid_at_the_gateway_or_by_a_stamp_and_its_proof_is_shown(
    deposit: Deposit, gateway: type[Gateway]
) -> None:
    agent = an_agent(deposit, "instructeur", "superviseur")
    browser, _identifiant = person_named(deposit, prefecture="75")
    card = browser.read("/deposit/demarches/validation-vls").text
    demande_id, done = browser.finish(browser.begin("validation-vls"), VISA)
    pay = f"/deposit/demandes/{demande_id}/payer/taxe-de-validation"

    waiting = browser.read("/deposit/espace").text
    owed = browser.read(f"/deposit/demandes/{demande_id}")
    gateway.silent = True
    silent = browser.send(browser.read(pay), "/payer/taxe-de-validation")
    gateway.silent = False
    sent = browser.post(pay, {})
    early = browser.send(browser.read(pay), "/verifier")
    (payment,) = gateway.paiements.values()
    payment |= {"etat": "paye", "recu": "RECU-777"}
    paid = browser.send(browser.read(pay), "/verifier")
    again = browser.send(browser.read(f"/deposit/demandes/{demande_id}"), "/messages", texte="Bonjour")
    after = browser.read("/deposit/espace").text
    desk = agent.text(f"/agents/demandes/{demande_id}")

    # Nowhere is she told that nothing is awaited of her while she owes it.
    to_do = "Payez : Taxe de validation du visa de long séjour, 100 € (montant de démonstration)."
    assert done.links("/payer/") and "n’attend pas ce paiement" in done.text
    assert to_do in waiting and to_do in owed.text and told(demande_id, "depot_recu")["a_payer"] == to_do
    assert "Cette démarche est gratuite" not in waiting and "Rien pour le moment" not in waiting + owed.text
    assert "Payez" not in after and "Cette démarche est gratuite" in after
    assert "Taxe de validation du visa de long séjour" in card and "100 €" in card
    assert "100 € (montant de démonstration)" in owed.text and owed.links("/payer/")
    assert silent.status == 409 and "timbre fiscal" in silent.text
    assert sent.status_code == 303 and sent.headers["Location"] == "https://paiement.example/ici"
    assert payment["centimes"] == 10000 and payment["retour"].endswith(pay.removeprefix("/deposit"))
    assert early.status == 409 and "pas encore arrivé" in early.text
    assert "payé en ligne" in paid.text and "RECU-777" in paid.text
    assert not again.links("/payer/")
    assert "RECU-777" in desk


@pytest.mark.clause("DEP-22/b")
def test_a_payment_that_ends_while_she_is_away_is_seen_by_itself(deposit: Deposit, gateway: type[Gateway]) -> None:
    browser, _identifiant = person_named(deposit, prefecture="75")
    path = f"/deposit/demandes/{browser.finish(browser.begin('validation-vls'), VISA)[0]}"
    pay = f"{path}/payer/taxe-de-validation"
    browser.post(pay, {})
    (first,) = gateway.paiements.values()
    deposit.advance(1)
    first["etat"] = "echec"
    gateway.silent = True
    deposit.advance(1)
    waiting = browser.read(pay).text
    gateway.silent = False
    deposit.advance(2)
    failed = browser.read(pay).text
    browser.post(pay, {})
    list(gateway.paiements.values())[-1] |= {"etat": "paye", "recu": "RECU-888"}
    deposit.advance(1)

    assert "regarder si c’est arrivé" in waiting
    assert "regarder si c’est arrivé" not in failed and "Payer 100 €" in failed
    assert "payé en ligne" in browser.read(path).text and "RECU-888" in browser.read(path).text


@pytest.mark.clause("DEP-22/b")
def test_without_a_gateway_the_number_of_a_stamp_is_the_proof(deposit: Deposit) -> None:
    agent = an_agent(deposit, "instructeur")
    browser, _identifiant = person_named(deposit, prefecture="75")
    demande_id, _page = browser.finish(browser.begin("validation-vls"), VISA)
    pay = browser.read(f"/deposit/demandes/{demande_id}/payer/taxe-de-validation")

    wrong = browser.send(pay, "/timbre", numero="?")
    given = browser.send(pay, "/timbre", numero="1234 5678 9012 3456")

    assert "Payer en ligne" not in pay.text
    assert wrong.status == 422
    assert "payé par timbre fiscal" in given.text and "1234567890123456" in given.text
    assert "1234567890123456" in agent.text(f"/agents/demandes/{demande_id}")


@pytest.mark.clause("DEP-25/d", "DEP-25/e")
def test_the_fee_of_a_late_demande_is_asked_of_nobody_who_was_blocked(deposit: Deposit) -> None:
    agent = an_agent(deposit, "instructeur")
    late, _identifiant = person_named(deposit, prefecture="75")
    blocked, _identifiant = person_named(deposit, prefecture="75", prenoms="Awa")
    blocked.send(blocked.read("/deposit/deja-en-cours"), "/deja-en-cours", precis="Déjà en cours", demarche="etudiant")
    tried, end = day(0), day(3)
    deposit.advance(9)
    owing, _page = late.file("visiteur", day(-20))
    free, _page = blocked.file("etudiant", end)

    space = late.read("/deposit/espace").text
    asked = late.read(f"/deposit/demandes/{owing}").text
    desk = agent.text(f"/agents/demandes/{owing}")
    nothing = blocked.read(f"/deposit/demandes/{free}").text
    agent.post(
        f"/agents/demandes/{owing}/actes/blocage-connu", cause="Elle a appelé le 3 mars, le site était en panne."
    )
    known = late.read(f"/deposit/demandes/{owing}").text

    assert tried < end
    assert "Payez : Droits de régularisation d'une demande tardive, 100 €" in space
    assert "Droits de régularisation" in asked and "100 €" in asked and "100 €" in desk
    assert "ce retard ne se paie pas" in nothing and "100 €" not in nothing
    assert "ce retard ne se paie pas" in known and "100 €" not in known
    assert "100 €" not in agent.text(f"/agents/demandes/{owing}")


@pytest.mark.parametrize("latest_first", [False, True])
def test_nor_of_who_was_blocked_under_a_parcours_that_joined_hers_since(deposit: Deposit, latest_first: bool) -> None:
    """By way of a third one, in whatever order the two joinings are learnt, and though it joined another before."""
    late, _identifiant = person_named(deposit, prefecture="75")
    owing, _page = late.file("visiteur", day(-20))
    asked = late.read(f"/deposit/demandes/{owing}").text
    own = Demande.objects(id=owing).first().parcours_id
    said = {"parcours_id": "parcours-d-avant", "premiere_tentative_date": day(0)}
    blocages.project("blocage-d-avant", 1, said)

    joinings = [("parcours-d-avant", "parcours-du-guichet"), ("parcours-du-guichet", own)]
    for ancien, taker in [("parcours-d-avant", "parcours-d-ailleurs"), *sorted(joinings, reverse=latest_first)]:
        parcours.join(ancien, taker)

    assert "100 €" in asked
    assert "ce retard ne se paie pas" in late.read(f"/deposit/demandes/{owing}").text
