"""Cases 62 and 65: what the catalogue opens is filed online; what it does not yet, otherwise and at the same date."""

from __future__ import annotations

import pytest

from dev.parcours.monde import Monde, Refus, file_demande
from tests.documents.lecture import text_of
from tests.parcours.guichet import file_there, path_of
from tests.parcours.messages import messages_of

pytestmark = pytest.mark.timeout(300)


@pytest.mark.clause("CASE-62/a", "CASE-62/b", "DEP-43/d", "SUB-20/b")
def test_case_62_who_entered_as_a_minor_files_online_and_a_wrong_way_costs_no_day(monde: Monde) -> None:
    courriel = "case62@exemple.test"
    person = monde.person(
        nom="Soixante-Deux", prenoms="Exemple", naissance_date="2008-02-02", nationalite="CI", prefecture="75",
        courriel=courriel,
    )  # fmt: skip
    card = monde.browser().get("/deposit/demarches/etudiant-entre-mineur").text
    filed = file_demande(person, titre_code="etudiant-entre-mineur", prefecture="75")
    opened = monde.anybody("substitution").post(
        "/voies", prefecture="93", objet="titre:etudiant-entre-mineur", nom="Soixante-Deux", prenoms="Exemple",
        naissance="2008-02-02", courriel="case62-voie@exemple.test",
    )  # fmt: skip
    monde.advance(1)
    ines = monde.agent("deposit", "ines")
    moved = ines.post(f"/demandes/{filed['demande_id']}:transferer", prefecture="69")
    national = monde.agent("substitution", "nadia")
    path = path_of(national, opened["reference"])
    before = len(messages_of(monde, opened["reference"]))
    repaired = national.post(f"{path}/transfert", prefecture="75")
    monde.stack.clock.wait_quiet()

    assert "mineur scolarisé" in card and "court séjour" in card
    assert (filed["state"], filed["documents"][0]["nature"]) == ("DEPOSEE", "AD")
    # One act, date kept, person told (SUB-20).
    kept = ("reference", "depot_date", "retenue_date", "state")
    assert {name: moved[name] for name in kept} == {name: filed[name] for name in kept}
    assert moved["prefecture"] == "69"
    assert (repaired["prefecture"], repaired["date_protegee"]) == ("75", opened["date_protegee"])
    assert "demande_transferee" in {message["modele"] for message in messages_of(monde, filed["reference"])}
    assert len(messages_of(monde, opened["reference"])) > before
    who = {"reference": opened["reference"], "nom": "Soixante-Deux"}
    assert "75000 Paris" in text_of(monde.anybody("substitution").post("/voies:document", **who))


def test_case_65_until_a_title_joins_the_teleservice_the_old_way_keeps_its_date(monde: Monde) -> None:
    """The third and the first points of the case (a first group of users, the campaign of NOT-11) are not here."""
    person = monde.person(
        nom="Soixante-Cinq", prenoms="Exemple", naissance_date="1999-01-01", nationalite="DZ", prefecture="75"
    )
    titles = {row["code"]: row for row in monde.anybody("deposit").get("/catalogue/titres")["titres"]}
    with pytest.raises(Refus) as caught:
        person.post("/demandes", titre_code="etudiant-concours", prefecture="75")
    voie = monde.anybody("substitution").post(
        "/voies", prefecture="75", objet="titre:etudiant-concours", nom="Soixante-Cinq", prenoms="Exemple",
        naissance="1999-01-01",
    )  # fmt: skip
    path = path_of(monde.agent("substitution", "gael"), voie["reference"])
    monde.advance(1)
    identite = {"nom": "Soixante-Cinq", "prenoms": "Exemple", "naissance": "1999-01-01"}
    done = file_there(monde, path, identite, objet="titre:etudiant-concours", stade="premiere")

    # One published list says which channel each title has, as data (DEP-21).
    assert (titles["etudiant-concours"]["teleservice"], titles["etudiant"]["teleservice"]) == (False, True)
    assert caught.value.problem["code"] == "HORS_TELESERVICE"
    assert done["depot_reference"] and done["date_protegee"] == voie["date_protegee"] < monde.today.isoformat()
