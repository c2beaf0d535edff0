"""Cases 29 and 30: one helper for several persons, and a title that is asked for elsewhere than online."""

from __future__ import annotations

import pytest

from dev.parcours.monde import Acteur, Monde, Refus, add_pieces
from dev.people import MOT_DE_PASSE
from tests.parcours.guichet import file_there, path_of
from tests.parcours.messages import messages_of

pytestmark = pytest.mark.timeout(300)
BOITE = "case29@exemple.test"


def enrolled(monde: Monde, login: str) -> tuple[str, Acteur]:
    """A structure that the préfecture of Paris identified, with one address and one member."""
    sam = monde.agent("deposit", "sam")
    body = {"nom": "Aide sociale à l’enfance d’exemple", "prefecture": "75", "courriel": BOITE}
    structure_id = sam.post("/structures", **body)["structure_id"]
    code = sam.post(f"/structures/{structure_id}:ajouter-membre", login=login, nom="Aide Exemple")["code"]
    opened = monde.anybody("deposit").post("/aidants:activation", login=login, code=code, password=MOT_DE_PASSE)
    return structure_id, Acteur(monde, "deposit", opened["jeton"])


@pytest.mark.clause("CASE-29/a", "CASE-29/b", "CASE-29/c", "CASE-29/d", "XCT-05/a", "XCT-06/c")
def test_case_29_one_helper_files_for_several_young_people_from_one_address(monde: Monde) -> None:
    structure_id, helper = enrolled(monde, "aide-case29")
    young = {
        nom: monde.person(
            nom=nom, prenoms="Exemple", naissance_date="2008-03-03", nationalite="ML", prefecture="75",
            adresse=["29 rue de l'Exemple", "75011 Paris"],
        )
        for nom in ("Vingt-Neuf-Un", "Vingt-Neuf-Deux")
    }  # fmt: skip
    mandates, filed = {}, {}
    for nom, person in young.items():
        usager_id = person.get("/moi")["usager_id"]
        mandates[nom] = person.post(
            f"/usagers/{usager_id}/mandats",
            structure_id=structure_id, portee=["lire", "agir"], fin_date=monde.in_days(300),
        )["mandat_id"]  # fmt: skip
        draft = helper.post("/demandes", usager_id=usager_id, titre_code="etudiant-entre-mineur", prefecture="75")
        add_pieces(helper, draft["demande_id"])
        filed[nom] = helper.post(f"/demandes/{draft['demande_id']}:deposer")
    first, second = filed.values()
    monde.agent("deposit", "ines").post(f"/demandes/{first['demande_id']}:complete")
    monde.stack.clock.wait_quiet()

    board = {row["nom"]: row for row in helper.get("/aidants/personnes")["personnes"]}
    states = {nom: row["demandes"][0]["state"] for nom, row in board.items()}
    history = helper.get(f"/demandes/{first['demande_id']}/historique")
    told = monde.stack.boites.wait_courriel(BOITE, first["reference"])["text"]
    helper.post(f"/mandats/{mandates['Vingt-Neuf-Un']}:revoquer")
    with pytest.raises(Refus) as ended:
        helper.get(f"/demandes/{first['demande_id']}")

    # One inbox, separate dossiers, no shared password: each reads her own alone, the helper reads both.
    assert states == {"Exemple Vingt-Neuf-Un": "COMPLETE", "Exemple Vingt-Neuf-Deux": "DEPOSEE"}
    assert [d["reference"] for d in young["Vingt-Neuf-Un"].get("/demandes")["demandes"]] == [first["reference"]]
    assert {"deposit.demande.deposee", "deposit.demande.complete"} <= {fact["fait"] for fact in history["faits"]}
    assert "Vingt-Neuf" not in told
    # The mandate of one ended in one act; the other's stands.
    assert ended.value.problem["status"] in (403, 404)
    assert helper.get(f"/demandes/{second['demande_id']}")["reference"] == second["reference"]


@pytest.mark.clause("CASE-30/b", "CASE-30/c", "SUB-20/a", "SUB-20/b")
def test_case_30_the_title_after_the_contest_shows_its_way_and_a_wrong_desk_costs_no_day(monde: Monde) -> None:
    browser = monde.browser()
    choice, card = (browser.read(f"/deposit/{path}").text for path in ("choisir/etudes", "demarches/etudiant-concours"))
    # He was sent to a préfecture that is not his.
    opened = monde.anybody("substitution").post(
        "/voies", prefecture="93", objet="titre:etudiant-concours", nom="Trente", prenoms="Exemple",
        naissance="1999-03-30", courriel="case30@exemple.test",
    )  # fmt: skip
    monde.stack.clock.wait_quiet()
    national = monde.agent("substitution", "nadia")
    path = path_of(national, opened["reference"])
    before = len(messages_of(monde, opened["reference"]))
    moved = national.post(f"{path}/transfert", prefecture="75")
    monde.advance(1)
    identite = {"nom": "Trente", "prenoms": "Exemple", "naissance": "1999-03-30"}
    done = file_there(monde, path, identite, objet="titre:etudiant-concours", stade="premiere")

    assert "Se demande à la préfecture" in choice
    assert "guichet" in card
    assert moved["prefecture"] == "75"
    assert len(messages_of(monde, opened["reference"])) > before
    # Filed in the right place, on the first date.
    assert done["depot_reference"] and done["date_protegee"] == opened["date_protegee"] < monde.today.isoformat()
