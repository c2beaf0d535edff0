"""What a counter, a ticket and the préfecture do with one dossier, seen where each acts: nothing hangs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from dev.parcours.monde import Acteur, Monde, Refus, file_demande
from droit.jours import day_in_words
from tests.parcours.accueil import visited
from tests.parcours.cas_documents import RECOURS, signed_in, somebody, state_of
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import file_there, path_of

pytestmark = pytest.mark.timeout(400)
CLORE_FANTOME, ROUVRIR = 1, 8


def blocked_on_a_draft(monde: Monde) -> Iterator[int]:
    """An upload fails on a draft; she drops it and begins again, and takes the first to the counter."""
    person = somebody(monde, "brouillon")
    first = monde.today
    asked = {"titre_code": "etudiant", "prefecture": "75", "fin_titre_date": monde.in_days(3)}
    draft = person.post("/demandes", **asked)["demande_id"]
    page = signed_in(monde, person)
    stuck = page.send(page.read(f"/deposit/demandes/{draft}/pieces"), f"/demandes/{draft}/pieces/blocage")
    assert stuck.reference.startswith("B-")
    yield 5

    # The title has ended: the counter receives her dossier with no piece, and the draft is filed.
    reference = route_in(monde, "brouillon@exemple.test")
    desk = monde.agent("substitution", "gael")
    identite = {"nom": "Exemple brouillon", "prenoms": "Exemple", "naissance": "1990-05-17"}
    voie = file_there(monde, path_of(desk, reference), identite, objet="titre:etudiant")
    filed = person.get(f"/demandes/{draft}")
    assert (filed["state"], filed["depot_date"]) == ("DEPOSEE", monde.today.isoformat())
    assert filed["retenue_date"] == first.isoformat(), "the day on which the upload failed"
    receipt = next(d for d in filed["documents"] if d["nature"] == "AD")
    assert (voie["state"], voie["depot_reference"]) == ("ABOUTIE", filed["reference"])
    assert receipt["numero"] == voie["attestation_numero"]
    assert filed["reference"] in page.read("/deposit/espace").text

    # Another person drops her draft, and files the same thing later: the act is protected, not the draft.
    other = somebody(monde, "abandon")
    dropped = other.post("/demandes", **asked | {"fin_titre_date": monde.in_days(1)})["demande_id"]
    other.post("/blocages", symptome="ENVOI_PIECE", demande_id=dropped)
    tried = monde.today
    other.post(f"/demandes/{dropped}:annuler")
    yield 3
    again = file_demande(other, **asked | {"fin_titre_date": (tried + timedelta(days=1)).isoformat()})
    assert (again["retenue_date"], again["depot_date"]) == (tried.isoformat(), monde.today.isoformat())
    blocked = somebody(monde, "autre-acte")
    elsewhere = blocked.post("/demandes", titre_code="visiteur", prefecture="75")["demande_id"]
    blocked.post("/blocages", symptome="ENVOI_PIECE", demande_id=elsewhere)
    yield 2
    unlike = file_demande(blocked, **asked | {"fin_titre_date": monde.in_days(60)})
    assert unlike["retenue_date"] == monde.today.isoformat(), "another act is not protected by it"


def tickets_stop_the_clock(monde: Monde) -> Iterator[int]:
    """A ticket of the centre, then one of a reception point, about a demande whose pieces are awaited."""
    person, agent = somebody(monde, "saisine"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    path, asked = f"/demandes/{demande['demande_id']}", monde.today
    agent.post(f"{path}:demander-pieces", pieces=["ressources"], texte="")
    told = {"precis": "Je ne comprends pas ce qui est demandé.", "categorie": "SUIVI", "prefecture": "75"}
    ticket = monde.anybody("ccc").post(
        "/saisines", **told, courriel="saisine@exemple.test", demande=demande["reference"]
    )
    yield 0
    page = signed_in(monde, person)
    said = page.read(f"/deposit{path}").text
    assert "le centre de contact ou un point d’accueil s’occupe de votre demande" in said
    assert "Le délai est arrêté" in said
    yield 6

    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    answer_and_end(centre, calls)
    yield 0
    last = asked + timedelta(days=36)
    assert f"Avant la fin du {day_in_words(last)}" in page.read(f"/deposit{path}").text
    monde.anybody("ccc").post(f"/saisines/{ticket['cle']}:non-regle")
    yield 1
    assert "Le délai est arrêté" in page.read(f"/deposit{path}").text, "it is not solved: the ticket is open again"
    answer_and_end(centre, calls)
    yield 0
    last += timedelta(days=1)
    assert f"Avant la fin du {day_in_words(last)}" in page.read(f"/deposit{path}").text

    visit = visited(monde, {"nom": "Exemple saisine", "prenoms": "Exemple", "naissance": "1990-05-17"})
    monde.agent("pan", "farid").post(f"{visit}:saisir", precis="Le bouton ne répond pas.", demande=demande["reference"])
    yield 0
    assert "Le délai est arrêté" in page.read(f"/deposit{path}").text
    yield 2
    stopped = person.get(path)["arrets"]
    agent.post(f"{path}:reprendre-horloge", cle=stopped[0]["cle"])
    assert f"Avant la fin du {day_in_words(last + timedelta(days=2))}" in page.read(f"/deposit{path}").text


def powers_by_telephone(monde: Monde) -> Iterator[int]:
    """The centre reopens what is closed, in the name of its agent; it reopens no refusal and closes nothing living."""
    person, agent = somebody(monde, "pouvoirs", numero_etranger="7503007701"), monde.agent("deposit", "ines")
    made = [
        file_demande(person, titre_code=code, fin_titre_date=monde.in_days(100))
        for code in ("etudiant", "visiteur", "raison-de-sante")
    ]
    refused, closed, _living = (f"/demandes/{demande['demande_id']}" for demande in made)
    why = {"motif": "Les ressources ne sont pas établies.", "texte": "Article cité.", "recours": RECOURS}
    agent.post(f"{refused}:defavorable", **why)
    agent.post(f"{closed}:clore", **why)
    told = {"precis": "Ma demande est fermée.", "categorie": "TELEPROCEDURE", "prefecture": "75"}
    ticket = monde.anybody("ccc").post("/saisines", **told, courriel="pouvoirs@exemple.test")
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    who = {"nom": "Exemple pouvoirs", "prenoms": "Exemple", "naissance": "1990-05-17"}
    centre.post(f"{calls}:verifier-identite", repere="7503007701", **who)
    wanted = ((ROUVRIR, made[0]), (CLORE_FANTOME, made[2]), (ROUVRIR, made[1]))
    for acte, demande in wanted:
        centre.post(f"{calls}:lever", acte=acte, motif="Demandé au téléphone.", demande_id=demande["demande_id"])
        yield 0
    acts = centre.post(f"{calls}:qualifier", categorie="TELEPROCEDURE")["actes"]
    assert [act["state"] for act in acts] == ["REFUSE", "REFUSE", "FAIT"]
    assert "Seule une demande fermée sans décision se rouvre." in acts[0]["phrase"]
    assert "elle est en cours" in acts[1]["phrase"]
    assert [state_of(person, demande) for demande in made] == ["DEFAVORABLE", "DEPOSEE", "DEPOSEE"]
    facts = person.get(f"{closed}/historique")["faits"]
    reopening = next(fact for fact in facts if fact["fait"] == "deposit.demande.rouverte")
    assert reopening["par"].startswith("agent:"), "her, and not the service that carried the order"
    again = person.get(closed)["documents"]
    notice = next(d for d in again if d["nature"] == "CLOTURE")
    assert notice["remplacee_par"] == next(d["numero"] for d in again if d["nature"] == "AD")


def a_move(monde: Monde) -> Iterator[int]:
    """Blocked on her demande, she moves: each desk reads the new préfecture, and the route follows her there."""
    person, agent = somebody(monde, "demenage", numero_etranger="7503007711"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    path = f"/demandes/{demande['demande_id']}"
    person.post("/blocages", symptome="ENVOI_PIECE", demande_id=demande["demande_id"])
    told = {"precis": "Je déménage, que dois-je faire ?", "categorie": "SUIVI", "prefecture": "75"}
    ticket = monde.anybody("ccc").post(
        "/saisines", **told, courriel="demenage@exemple.test", demande=demande["reference"]
    )
    yield 0
    reference = route_in(monde, "demenage@exemple.test")
    here = path_of(monde.agent("substitution", "gael"), reference)
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    who = {"nom": "Exemple demenage", "prenoms": "Exemple", "naissance": "1990-05-17"}
    centre.post(f"{calls}:verifier-identite", repere="7503007711", **who)
    visit = visited(monde, who)
    monde.agent("pan", "farid").post(f"{visit}:rattacher", usager_id=person.get("/moi")["usager_id"])
    agent.post(f"{path}:transferer", prefecture="69")
    yield 0

    with pytest.raises(Refus):
        monde.agent("substitution", "gael").get(here)
    assert monde.agent("substitution", "nadia").get(here)["prefecture"] == "69"
    assert monde.stack.boites.wait_courriel("demenage@exemple.test", "Rhône")
    at_the_centre = monde.desk("chloe").read(f"/ccc{calls}").text
    assert "Rhône" in at_the_centre
    at_the_desk = monde.desk("farid").read(f"/pan{visit}").text
    assert demande["reference"] in at_the_desk
    assert "Rhône" in at_the_desk
    assert not {row["reference"] for row in agent.get("/agents/bureau")["demandes"]} & {demande["reference"]}


def ended_and_back(monde: Monde) -> Iterator[int]:
    """A piece at the counter changes nothing in a demande that has ended; a refusal made by error is withdrawn."""
    person, agent = somebody(monde, "retrait"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    path, courriel = f"/demandes/{demande['demande_id']}", "retrait@exemple.test"
    agent.post(f"{path}:demander-pieces", pieces=["ressources"], texte="")
    yield 31
    assert monde.stack.boites.wait_courriel(courriel, "La date pour envoyer")
    person.post("/blocages", symptome="ENVOI_PIECE", demande_id=demande["demande_id"])
    agent.post(f"{path}:defavorable", motif="Ressources absentes.", texte="Article cité.", recours=RECOURS)
    yield 0
    reference, before = route_in(monde, courriel), person.get(path)
    desk = monde.agent("substitution", "gael")
    there = path_of(desk, reference)
    identite = {"nom": "Exemple retrait", "prenoms": "Exemple", "naissance": "1990-05-17"}
    voie = file_there(monde, there, identite, piece="ressources")
    after = person.get(path)
    hers = monde.browser()
    said = hers.send(hers.read("/substitution/suivre"), "/suivre", reference=reference, nom="Exemple retrait").text
    assert demande["reference"] in said and "cette demande est terminée : rien n'est déposé" in said
    assert "Votre demande est déposée" not in said
    assert (voie["state"], voie["demande_terminee"]) == ("ABOUTIE", True)
    assert (after["state"], after["documents"]) == ("DEFAVORABLE", before["documents"])
    assert len(after["pieces"]) == len(before["pieces"]) + 1
    agent.post(f"{path}:retirer-refus", motif="Les ressources étaient au dossier.")
    assert monde.stack.boites.wait_courriel(courriel, "Les ressources étaient au dossier.")
    granted = agent.post(f"{path}:favorable")
    assert granted["documents"][-1]["nature"] == "ADF"
    agent.post(f"{path}:titre-pret", lieu="Guichet 4, du lundi au vendredi")
    assert monde.stack.boites.wait_courriel(courriel, "Guichet 4")
    # The text message leads to her space, and a counter says what she reads there.
    where = "Venez le chercher ici : Guichet 4, du lundi au vendredi."
    hers = signed_in(monde, person)
    assert where in hers.read("/deposit/espace").text and where in hers.read(f"/deposit{path}").text
    assert where in monde.desk("gael").read(f"/substitution{there}").text


def a_ticket_opened_again(monde: Monde) -> Iterator[int]:
    """An act that deposit refuses for good is told to her and waits for an agent; her ticket stops the clock again."""
    person, agent = somebody(monde, "rouverte", numero_etranger="7503007712"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    path = f"/demandes/{demande['demande_id']}"
    agent.post(f"{path}:demander-pieces", pieces=["ressources"], texte="")
    told = {
        "precis": "Je ne comprends pas ce que vous demandez.",
        "categorie": "SUIVI",
        "prefecture": "75",
        "courriel": "rouverte@exemple.test",
    }
    ticket = monde.anybody("ccc").post("/saisines", **told, demande=demande["reference"])
    yield 0
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    who = {"nom": "Exemple rouverte", "prenoms": "Exemple", "naissance": "1990-05-17"}
    centre.post(f"{calls}:verifier-identite", repere="7503007712", **who)
    centre.post(f"{calls}:lever", acte=CLORE_FANTOME, motif="Demandé.", demande_id=demande["demande_id"])
    yield 0
    assert monde.stack.boites.wait_courriel("rouverte@exemple.test", "n’a pas pu être fait")
    line = next(row for row in centre.queue() if row["reference"] == ticket["reference"])
    assert "acte refusé" in line["raison"]
    answer_and_end(centre, calls)
    yield 2
    assert person.get(path)["arrets"] == []
    monde.anybody("ccc").post(f"/saisines/{ticket['cle']}:non-regle")
    yield 0
    assert "Le délai est arrêté" in signed_in(monde, person).read(f"/deposit{path}").text
    answer_and_end(centre, calls)
    yield 0
    assert "Le délai est arrêté" not in signed_in(monde, person).read(f"/deposit{path}").text


def answer_and_end(centre: Acteur, calls: str) -> None:
    """An agent of the centre says what she does not understand, and ends the ticket."""
    said = {"texte": "Nous expliquons ce que vous ne comprenez pas.", "citation": "Je ne comprends pas"}
    centre.post(f"{calls}:repondre", **said, issue="INFORMATION_SUIVI")
    centre.post(f"{calls}:clore", issue="INFORMATION_SUIVI")


def route_in(monde: Monde, courriel: str) -> str:
    """The reference of the route of which the mailbox was told."""
    subject = str(monde.stack.boites.wait_courriel(courriel, "(V-")["subject"])
    return subject.partition("(")[2].partition(")")[0]


LIVES: dict[str, Cas] = {
    "draft": blocked_on_a_draft,
    "tickets": tickets_stop_the_clock,
    "powers": powers_by_telephone,
    "move": a_move,
    "ended": ended_and_back,
    "ticket": a_ticket_opened_again,
}
PROVED: dict[str, str] = {
    "draft": "DEP-25/a DEP-25/b DEP-42/f DEP-46/d",
    "tickets": "CCC-21/a CCC-21/d DEP-37/b DEP-37/c DEP-37/h",
    "powers": "CCC-10/d DEP-61/d DEP-61/h",
    "move": "DEP-43/e",
    "ended": "DEP-36/d DEP-38/b DEP-62/a",
    "ticket": "DEP-37/b",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_nothing_hangs_between_two_services(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure
