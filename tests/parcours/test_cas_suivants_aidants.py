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


@pytest.mark.clause("PAN-01/f")
def test_a_helper_with_a_mandate_receives_the_directory_of_her_departement_and_its_changes(monde: Monde) -> None:
    nadia, desk, chief = monde.agent("pan", "nadia"), monde.desk("nadia"), monde.agent("deposit", "nadia")
    boxes = {"avec": "avec.mandat@exemple.test", "sans": "sans.mandat@exemple.test"}
    structures = {
        nom: chief.post("/structures", nom=f"Association {nom}", prefecture="88", courriel=box)["structure_id"]
        for nom, box in boxes.items()
    }
    person = monde.person(nom="Aidée Desvosges", prenoms="Awa", naissance_date="1990-05-18", prefecture="75")
    given = person.post(
        f"/usagers/{person.get('/moi')['usager_id']}/mandats",
        structure_id=structures["avec"], portee=["lire"], fin_date=monde.in_days(90),
    )  # fmt: skip
    monde.stack.clock.wait_quiet()
    first = monde.stack.boites.wait_courriel(boxes["avec"], "Vosges")["text"]
    page = f"{monde.stack.url}/pan/annuaire/88"
    assert page in first and monde.browser().read("/pan/annuaire/88").status == 200
    assert "Aucun point d’accueil de ce département ne reçoit aujourd’hui" in first

    house = {
        "prefecture": "88", "nom": "Maison France services du Donon", "adresse": "4 rue du Col", "ville": "Senones",
        "code_postal": "88210", "telephone": "04 99 00 88 01", "de": "09:00", "a": "12:00",
        "vecteurs": ["telephone", "accueil"], "jours": [1],
    }  # fmt: skip
    made = nadia.post("/bureau/lieux", **house)
    monde.stack.clock.wait_quiet()
    added = monde.stack.boites.wait_courriel(boxes["avec"], "est ajouté")["text"]
    for words in ("Maison France services du Donon", "4 rue du Col", "04 99 00 88 01", "mardi", page):
        assert words in added
    close = f"/pan/bureau/lieux/{made['id']}/fermer"
    desk.send(desk.read(close), "/fermer", motif="Fin de bail.")
    monde.stack.clock.wait_quiet()
    closed = monde.stack.boites.wait_courriel(boxes["avec"], "est fermé")["text"]
    assert "« Maison France services du Donon » est fermé." in closed and "Aucun point d’accueil" in closed
    assert monde.stack.boites.courriels(boxes["sans"]) == [], "without mandate, nothing is sent"

    person.post(f"/mandats/{given['mandat_id']}:revoquer")
    desk.send(desk.read(f"/pan/bureau/lieux/{made['id']}"), "/rouvrir")
    monde.stack.clock.wait_quiet()
    assert not [mail for mail in monde.stack.boites.courriels(boxes["avec"]) if "de nouveau ouvert" in mail["text"]]
