"""What was ended by error comes back whole: reopened, or a refusal withdrawn, with no day lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.messages import messages

POURQUOI = {"motif": "Ressources jugées absentes.", "texte": "Article d’exemple", "recours": "Tribunal administratif"}
RETIRE = "Les ressources étaient au dossier."


def proofs(person: Personne, demande: str) -> list[dict[str, Any]]:
    """The documents of a demande that prove a right, in order."""
    return [d for d in person.read(demande)["documents"] if d["nature"] in ("API", "REG", "ADF")]


def follow_each_other(papers: list[dict[str, Any]], until: date) -> bool:
    """Whether these documents leave no day without one, from the first day of the first to `until`."""
    day = date.fromisoformat(papers[0]["debut_date"])
    for paper in papers:
        if date.fromisoformat(paper["debut_date"]) > day:
            return False
        if not paper["fin_date"]:
            return True
        day = date.fromisoformat(paper["fin_date"]) + timedelta(days=1)
    return day > until


def of_a_refugee(deposit: Deposit) -> tuple[Personne, str]:
    """A first demande whose API is given at the filing, lasting from that day."""
    person = a_person(deposit)
    return person, person.file(titre_code="refugie")["demande_id"]


def of_a_regularisation(deposit: Deposit) -> tuple[Personne, str]:
    """A régularisation whose document is given once an agent has found it complete."""
    person = a_person(deposit, situation_reguliere=False)
    demande = person.file(titre_code="parent-d-enfant-francais", situation_reguliere=False)["demande_id"]
    deposit.call("POST", f"/demandes/{demande}:complete", deposit.agent("instructeur"))
    return person, demande


@pytest.mark.clause("DEP-40/e")
@pytest.mark.parametrize("filed", [of_a_regularisation], ids=["regularisation"])
def test_reopened_or_no_longer_refused_it_has_its_pieces_and_each_day_its_document(
    deposit: Deposit, filed: Any
) -> None:
    (person, closed), (other, refused) = filed(deposit), filed(deposit)
    before, agent = {d: p.read(d) for p, d in ((person, closed), (other, refused))}, an_agent(deposit, "instructeur")
    first = proofs(other, refused)[0]
    agent.confirm(f"/agents/demandes/{closed}/actes/clore", **POURQUOI)
    agent.confirm(f"/agents/demandes/{refused}/actes/defavorable", **POURQUOI)
    ended = deposit.call("GET", f"/verifications/{first['numero']}").json
    deposit.advance((date.fromisoformat(first["fin_date"]) - clock.today()).days + 20)
    bare = [len(proofs(person, closed)), len(proofs(other, refused))]

    reopened = agent.confirm(f"/agents/demandes/{closed}/actes/rouvrir")[1]
    preview, withdrawn = agent.confirm(f"/agents/demandes/{refused}/actes/retirer-refus", motif=RETIRE)

    assert (reopened.status_code, withdrawn.status_code, bare) == (303, 303, [1, 1])
    assert ended["etat"] == "termine"
    assert RETIRE in preview.text
    for who, demande in ((person, closed), (other, refused)):
        after = who.read(demande)
        kept = ("pieces", "retenue_date", "depot_date")
        assert after["state"] in ("DEPOSEE", "COMPLETE")
        assert {name: after[name] for name in kept} == {name: before[demande][name] for name in kept}
        given = proofs(who, demande)
        assert follow_each_other(given, clock.today()), [(d["debut_date"], d["fin_date"]) for d in given]
    assert messages(refused).count("refus_retire") == 1
    letter = next(d for d in other.read(refused)["documents"] if d["nature"] == "DECISION")
    assert letter["remplacee_par"], "the refusal says nothing any more"
    assert "Remplacé" in signed_in(deposit, other).text("/documents"), "and she reads so"


def test_a_refusal_is_withdrawn_with_its_reason_by_who_decides_and_its_document_holds_again(deposit: Deposit) -> None:
    person, demande = of_a_refugee(deposit)
    agent, clerk = an_agent(deposit, "instructeur"), an_agent(deposit, "prefecture", agent_id="agent-accueil")
    api = proofs(person, demande)[0]["numero"]
    path = f"/agents/demandes/{demande}/actes/retirer-refus"
    early = agent.post(path, motif=RETIRE, etape="faire").status_code
    agent.confirm(f"/agents/demandes/{demande}/actes/defavorable", **POURQUOI)
    silent = agent.post(path, motif=" ", etape="faire").status_code
    kept = person.read(demande)["state"]
    deposit.advance(3)

    done = agent.confirm(path, motif=RETIRE)[1]

    page = signed_in(deposit, person).text(f"/demandes/{demande}/historique")
    assert (early, silent, kept, done.status_code) == (422, 422, "DEFAVORABLE", 303)
    assert clerk.get(path).status_code == 403
    assert "Refus retiré : il avait été décidé par erreur" in page
    assert deposit.call("GET", f"/verifications/{api}").json["etat"] == "valide"
    again = deposit.call("POST", f"/demandes/{demande}:favorable", deposit.agent("instructeur"))
    assert again.json["documents"][-1]["nature"] == "ADF"


def test_a_last_day_or_a_title_put_right_reprints_the_attestation_de_depot(deposit: Deposit) -> None:
    """L. 433-3 is printed to a day; a receipt that says another day, or another title, is replaced at once (DEP-26)."""
    person = a_person(deposit, numero_etranger="7300400401")
    end = clock.today() + timedelta(days=60)
    filed = person.file(titre_code="carte-de-sejour-pluriannuelle", fin_titre_date=end.isoformat())
    first = next(d for d in filed["documents"] if d["nature"] == "AD")

    def receipt() -> dict[str, Any]:
        held = [d for d in person.read(filed["demande_id"])["documents"] if d["nature"] == "AD"]
        return next(d for d in held if not d["remplacee_par"])

    right = {"fin_titre_date": (end + timedelta(days=9)).isoformat()}
    person.call("POST", f"/demandes/{filed['demande_id']}:rectifier", json=right)
    later = receipt()
    assert first["fin_date"] and later["numero"] != first["numero"]
    assert date.fromisoformat(later["fin_date"]) - date.fromisoformat(first["fin_date"]) >= timedelta(days=8)
