"""Whose it is, with every service up: a number taken by somebody else, and a person met by every channel."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dev.parcours.monde import Acteur, Monde, Refus, file_demande
from tests.parcours.cas_compte import by_link
from tests.parcours.guichet import file_there, path_of

pytestmark = pytest.mark.timeout(300)
LIEU, GELER = "75-pan-cite", 10
NAISSANCE = "1990-05-17"


def called(monde: Monde, numero: str, nom: str) -> str:
    """She telephones the contact centre, whose agent checks who she is: the path of her ticket."""
    agent = monde.agent("ccc", "chloe")
    opened = agent.post("/agents/saisines", precis="Mon numéro a été pris.", prefecture="75", telephone="+33639980201")
    path = next(f"/agents/saisines/{row['id']}" for row in agent.queue() if row["reference"] == opened["reference"])
    agent.post(f"{path}:verifier-identite", repere=numero, nom=nom, prenoms="Awa", naissance=NAISSANCE)
    return path


def at_the_counter(monde: Monde, identite: dict[str, str], titre: str) -> dict[str, Any]:
    """She opens a route on her own word, and the counter files what she brings, her paper seen."""
    said = {name: identite[name] for name in ("nom", "prenoms", "naissance")}
    opened = monde.anybody("substitution").post("/voies", prefecture="75", objet=f"titre:{titre}", **said)
    monde.stack.clock.wait_quiet()
    path = path_of(monde.agent("substitution", "gael"), opened["reference"])
    return file_there(monde, path, identite, objet=f"titre:{titre}", stade="premiere")


def at_the_pan(monde: Monde, identite: dict[str, str], titre: str) -> str:
    """A reception point sees her paper and files for her."""
    desk = monde.agent("pan", "farid")
    visit = desk.post(f"/bureau/lieux/{LIEU}/arrivees", nom=identite["nom"], objet="AIDE")
    path = f"/bureau/visites/{visit['id']}"
    desk.post(f"{path}:prendre")
    desk.post(
        f"{path}:verifier", papier="PASSEPORT", nom_conforme=True, naissance_conforme=True, photo_conforme=True,
        nom=identite["nom"], prenoms=identite["prenoms"], naissance_date=identite["naissance"],
        numero_etranger=identite["numero_etranger"], adresse="6 rue de l’Exemple, 75011 Paris",
    )  # fmt: skip
    depot = desk.post(f"{path}/depots", choix=f"titre:{titre}", stade="premiere")
    desk.post(f"/bureau/depots/{depot['id']}:deposer")
    monde.stack.clock.wait_quiet()
    return reference_on(monde.desk("farid").read(f"/pan/bureau/depots/{depot['id']}").text)


def reference_on(text: str) -> str:
    """The reference of the demande that a page names."""
    found = re.search(r"D-[0-9A-Z]{4}-[0-9A-Z]{4}", text)
    assert found is not None, text
    return found[0]


def references(person: Acteur) -> dict[str, dict[str, Any]]:
    """Her demandes as her own account shows them."""
    return {demande["reference"]: demande for demande in person.get("/demandes")["demandes"]}


@pytest.mark.clause("DEP-06/b", "DEP-06/c", "DEP-06/g", "DEP-06/h", "XCT-21/d")
def test_what_she_files_under_a_usurped_number_is_hers_and_counts_from_her_call(monde: Monde) -> None:
    numero, theirs, hers = "7506000601", "celui-qui-prend@exemple.test", "celle-a-qui-il-est@exemple.test"
    identite = {"nom": "Numéro-Pris", "prenoms": "Awa", "naissance": NAISSANCE, "numero_etranger": numero}
    usurper = monde.person(
        nom="Numéro-Pris", prenoms="Awa", naissance_date=NAISSANCE, numero_etranger=numero, courriel=theirs,
        prefecture="75",
    )  # fmt: skip
    usager_id = usurper.get("/moi")["usager_id"]
    hostile = file_demande(usurper, titre_code="visiteur", prefecture="75")
    # Before anybody knew, the counter could only believe the number and the name.
    before = at_the_counter(monde, identite, "raison-de-sante")["depot_reference"]

    monde.agent("ccc", "chloe").post(f"{called(monde, numero, 'Numéro-Pris')}:lever", acte=GELER, motif="pas à elle")
    monde.stack.clock.wait_quiet()
    claimed_day, letters = monde.today.isoformat(), len(monde.stack.boites.courriels(theirs))
    with pytest.raises(Refus):
        usurper.get("/moi")
    monde.advance(1)
    filed_day = monde.today.isoformat()
    counter = at_the_counter(monde, identite, "etudiant")
    desk = at_the_pan(monde, identite, "conjoint-de-francais")
    told = monde.stack.boites.courriels(theirs)
    sam = monde.desk("sam")
    frozen = sam.read(f"/deposit/agents/personnes/{usager_id}").text

    assert counter["depot_reference"] and desk
    assert counter["depot_reference"] not in frozen and desk not in frozen
    assert len(told) == letters, "whoever took her number is told nothing more"

    ines = monde.agent("deposit", "ines")
    paper = {"nom": "Numéro-Pris", "naissance": "17/05/1990", "numero_etranger": numero}
    ines.post(f"/usagers/{usager_id}:verifier-identite", reponses=paper, papier="PASSEPORT", pour="liberer")
    monde.agent("deposit", "sam").post(f"/usagers/{usager_id}:liberer", courriel=hers)
    back = by_link(monde, monde.stack.boites.wait_courriel(hers, "/deposit/recuperation/"), hers)
    monde.stack.clock.wait_quiet()
    own = references(back.api)

    assert back.api.get("/moi")["numero_etranger"] == numero
    assert set(own) == {before, counter["depot_reference"], desk}
    assert hostile["reference"] not in own
    assert {demande["state"] for demande in own.values()} <= {"DEPOSEE", "COMPLETE"}
    late = (counter["depot_reference"], desk)
    read = [back.api.get(f"/demandes/{own[reference]['demande_id']}") for reference in late]
    assert [(demande["depot_date"], demande["retenue_date"]) for demande in read] == [(filed_day, claimed_day)] * 2
