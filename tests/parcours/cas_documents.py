"""Cases whose point is a document: given, told apart, kept, and several demandes at once. See `ensemble.live`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from dev.parcours.monde import Acteur, Monde, Navigateur, file_demande
from dev.parcours.recit import days_without
from tests.documents.lecture import text_of

RECOURS = ["Tribunal administratif"]
PARIS = ["12 rue de l'Exemple", "75012 Paris"]


def case_05(monde: Monde) -> Iterator[int]:
    """Madame R, Afghan refugee: a social landlord takes her API for an attestation de dépôt."""
    person = somebody(monde, "cinq", nationalite="AF")
    filed = file_demande(person, titre_code="refugie")
    depot, api = the(filed, "AD"), the(filed, "API")

    bailleur = monde.anybody("deposit")
    seen = {nature: bailleur.get(f"/verifications/{paper['numero']}") for nature, paper in as_pair(depot, api)}
    papers = {nature: text_of(person.get(f"/documents/{paper['numero']}.pdf")) for nature, paper in as_pair(depot, api)}
    assert [seen[nature]["etat"] for nature in ("AD", "API")] == ["valide", "valide"]
    assert "Attestation de dépôt" in papers["AD"]
    assert "Attestation de prolongation" not in papers["AD"]
    assert "Attestation de prolongation" in papers["API"]
    assert seen["AD"]["document"]["droits"] == [], "the receipt proves a date and no right"
    rights = {right["libelle"]: right for right in seen["API"]["document"]["droits"]}
    assert set(rights) == {"Séjour", "Travail", "Prestations"}
    assert all(right["texte"] and right["source"] for right in rights.values())
    assert "séjour régulier" in papers["API"]
    assert "R. 431-15-3" in papers["API"]

    note = text_of(person.get(f"/documents/{api['numero']}/partenaires/bailleur.pdf"))
    refused = {
        "partenaire": "bailleur", "organisme": "Bailleur d'exemple", "refus_date": monde.today.isoformat(),
        "texte": "On me demande un récépissé.", "urgence": True,
    }  # fmt: skip
    refus = person.post("/refus", numero=api["numero"], **refused)
    assert seen["API"]["document"]["reference"] in note
    assert "code de la construction" in note

    agent = monde.agent("deposit", "ines")
    agent.post(f"/refus/{refus['refus_id']}:suivre", state="EN_COURS", texte="J’ai appelé la commission.")
    agent.post(f"/refus/{refus['refus_id']}:suivre", state="RECONNU", texte="Le dossier est présenté en commission.")
    yield 0
    kept = person.get(f"/usagers/{person.get('/moi')['usager_id']}/refus")["refus"]
    counted = bailleur.get("/partenaires/refus")["refus"]
    assert [(row["state"], len(row["suites"])) for row in kept] == [("RECONNU", 2)]
    assert any((row["partenaire"], row["prefecture"]) == ("bailleur", "75") for row in counted)
    assert monde.stack.boites.wait_courriel("cinq@exemple.test", "Le dossier est présenté en commission.")


def case_06(monde: Monde) -> Iterator[int]:
    """Madame S, refugee and pregnant: filed at the counter, asked to file again; 45 days given by the CPAM."""
    agent, person = monde.agent("deposit", "ines"), somebody(monde, "six", nationalite="SO")
    usager_id = person.get("/moi")["usager_id"]
    first_day = monde.in_days(-60)
    carried = agent.post(
        f"/usagers/{usager_id}:reconnaitre-depot", titre_code="refugie", depot=first_day, lieu="guichet",
        numero="R-1", document="Récépissé", document_fin=monde.in_days(30), prefecture="75",
    )  # fmt: skip
    already = person.get("/demandes:deja-deposees?titre_code=refugie")["demandes"]
    again = signed_in(monde, person).read("/deposit/commencer/refugie")
    assert [row["reference"] for row in already] == [carried["reference"]], "no second filing is asked for"
    assert carried["retenue_date"] == first_day
    assert carried["reference"] in again.text
    mention = checked(monde, the(carried, "API"))["mentions"]
    assert mention, "her provisional document says what was recognised"

    decided = agent.post(f"/demandes/{carried['demande_id']}:favorable")
    adf = the(decided, "ADF")
    redone = the(agent.post(f"/demandes/{carried['demande_id']}:reemettre", numero=adf["numero"]), "ADF")
    assert checked(monde, adf)["mentions"] == checked(monde, redone)["mentions"] == mention
    assert monde.anybody("deposit").get(f"/verifications/{adf['numero']}")["etat"] == "remplace"

    proof = {"fichier": ("cpam.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")}
    urgent = {"motif": "sante", "texte": "Enceinte de plus de sept mois ; la CPAM ferme les droits dans 45 jours."}
    person.call("POST", f"/demandes/{carried['demande_id']}:urgence", data=urgent, files=proof)
    queue = agent.get("/agents/bureau?filtre=urgence")["demandes"]
    mine = next(row for row in queue if row["reference"] == carried["reference"])
    reasons = {reason["phrase"]: reason["date"] for reason in mine["raisons"]}
    assert reasons["Urgence signalée : santé"] == monde.today.isoformat()
    assert mine["avant_date"] <= monde.today.isoformat(), "nobody waits before it"
    note = text_of(person.get(f"/documents/{redone['numero']}/partenaires/cpam.pdf"))
    assert "point 20" in note

    agent.post(f"/demandes/{carried['demande_id']}:titre-pret", lieu="Guichet d'exemple")
    yield 0
    assert monde.stack.boites.wait_courriel("six@exemple.test", "Guichet d'exemple")
    papers = person.get(f"/demandes/{carried['demande_id']}")["documents"]
    assert days_without(papers, date.fromisoformat(first_day), monde.today) == [], "no day without right"


def case_13(monde: Monde) -> Iterator[int]:
    """A jeune majeur né et scolarisé en France, whose heading could not be chosen for months."""
    browser = monde.browser()
    headings = browser.read("/deposit/choisir/jeune")
    cards = [str(link["href"]) for link in headings.html.select("main a[href*='/demarches/']")]
    assert any("jeune-majeur-ne-et-scolarise" in card for card in cards)
    for card in cards:
        page = browser.read(card)
        assert page.status == 200, card
        assert page.html.select("a[href*='/commencer/'], a[href^='/substitution/']"), f"{card} leads nowhere"
    person = somebody(
        monde, "treize", naissance_date=monde.today.replace(year=monde.today.year - 18, day=1).isoformat()
    )
    session = signed_in(monde, person)
    greyed = session.read("/deposit/demarches/entre-avant-13-ans")
    assert "Ce titre ne se demande pas en ligne." in greyed.text
    assert re.search(r"B-[A-Z0-9]{4}-[A-Z0-9]{4}", greyed.text), "the reference of the blockage"
    assert "Préfecture d'exemple de Paris" in greyed.text, "the préfecture's ways are on that very page"

    blocked = person.post("/blocages", symptome="DEMARCHE_GRISEE", titre_code="jeune-majeur-ne-et-scolarise")
    yield 0
    route = monde.stack.boites.wait_courriel("treize@exemple.test", "convocation")
    # Each way offered on the card knows the reference: she does not tell again what happened.
    counter = session.read(greyed.links("/substitution/?blocage=")[0])
    way = session.send(session.read(counter.links("/substitution/suivre?")[0]), "/suivre", nom="Exemple treize")
    assert way.path == "/substitution/ma-voie" and "convocation" in way.text.lower()
    centre = session.read(session.read(greyed.links("/ccc/?blocage=")[0]).links("categorie=TELEPROCEDURE")[0])
    assert centre.html.find("input", attrs={"name": "blocage"})["value"] == greyed.reference  # type: ignore[index]
    ticket = session.send(centre, "/ecrire", categorie="TELEPROCEDURE", precis="Ma démarche est grisée.")
    assert ticket.status == 200
    assert any(greyed.reference in row["precis"] for row in monde.agent("ccc", "chloe").queue()), "read by the agent"
    filed = file_demande(person, titre_code="jeune-majeur-ne-et-scolarise")
    assert blocked["reference"].startswith("B-")
    assert route["attachments"], "the convocation is a paper"
    assert the(filed, "API")["debut_date"] == monde.today.isoformat()


def case_14(monde: Monde) -> Iterator[int]:
    """A student renews and asks a title for health: two demandes, two decisions, never without document."""
    person, agent, fin = somebody(monde, "quatorze"), monde.agent("deposit", "ines"), monde.today + timedelta(days=20)
    study = file_demande(person, titre_code="etudiant", fin_titre_date=fin.isoformat())
    health = file_demande(person, titre_code="raison-de-sante", fin_titre_date=fin.isoformat())
    for demande in (study, health):
        agent.post(f"/demandes/{demande['demande_id']}:complete")
    page = monde.desk("sam").read(f"/deposit/agents/personnes/{person.get('/moi')['usager_id']}")
    assert all(demande["reference"] in page.text and demande["libelle"] in page.text for demande in (study, health))
    yield 40

    refusal = {"motif": "Soins possibles ailleurs.", "texte": "Texte cité.", "recours": RECOURS}
    agent.post(f"/demandes/{health['demande_id']}:defavorable", **refusal)
    between = state_of(person, study), state_of(person, health)
    assert between == ("COMPLETE", "DEFAVORABLE"), "the refusal of one leaves the other"
    agent.post(f"/demandes/{study['demande_id']}:favorable")
    done = person.get(f"/demandes/{study['demande_id']}")
    assert (done["state"], state_of(person, health)) == ("FAVORABLE", "DEFAVORABLE")
    assert days_without(done["documents"], fin + timedelta(days=1), monde.today) == []


def case_15(monde: Monde) -> Iterator[int]:
    """A talent holder who is also the parent of a French child: one demande no longer excludes the other."""
    person, agent, fin = somebody(monde, "quinze"), monde.agent("deposit", "ines"), monde.today + timedelta(days=20)
    asked = [
        file_demande(person, titre_code=code, fin_titre_date=fin.isoformat())
        for code in ("talent", "parent-d-enfant-francais")
    ]
    for demande in asked:
        agent.post(f"/demandes/{demande['demande_id']}:complete")
    yield 40

    printed = []
    for demande in asked:
        api = the(person.get(f"/demandes/{demande['demande_id']}"), "API")
        paper = text_of(person.get(f"/documents/{api['numero']}.pdf"))
        assert api["debut_date"] == (fin + timedelta(days=1)).isoformat()
        assert demande["libelle"] in paper
        assert " ".join(api["travail"].split()) in paper
        printed.append((checked(monde, api)["titre_libelle"], api["travail"]))
    assert len(set(printed)) == 2, "each has its own title and work right"
    for demande in asked:
        agent.post(f"/demandes/{demande['demande_id']}:favorable")
    assert [state_of(person, demande) for demande in asked] == ["FAVORABLE", "FAVORABLE"]


def case_17(monde: Monde) -> Iterator[int]:
    """A parent renews her title and asks a DCEM for her child, on the same day."""
    person = somebody(monde, "dixsept")
    child = {"nom": "Petit", "prenoms": "Nour", "naissance_date": "2018-04-03", "nationalite": "MA"}
    renewal = file_demande(person, titre_code="conjoint-de-francais", fin_titre_date=monde.in_days(80))
    dcem = file_demande(person, demarche_code="dcem", beneficiaire=child)
    yield 0

    receipts = [the(demande, "AD") for demande in (renewal, dcem)]
    papers = [text_of(person.get(f"/documents/{receipt['numero']}.pdf")) for receipt in receipts]
    assert [state_of(person, demande) for demande in (renewal, dcem)] == ["DEPOSEE", "DEPOSEE"]
    assert renewal["depot_date"] == dcem["depot_date"] == monde.today.isoformat()
    assert receipts[0]["numero"] != receipts[1]["numero"]
    assert "Nour" in papers[1]
    assert "Nour" not in papers[0]


def case_18(monde: Monde) -> Iterator[int]:
    """Two démarches at once: a title with a travel document, a title with a change of situation."""
    agent = monde.agent("deposit", "ines")
    refugee, student = somebody(monde, "dixhuit"), somebody(monde, "dixhuitbis")
    end = monde.in_days(70)
    pairs: list[tuple[Acteur, dict[str, Any], dict[str, Any]]] = [
        (refugee, {"titre_code": "refugie", "fin_titre_date": end}, {"titre_code": "titre-d-identite-et-de-voyage"}),
        (
            student,
            {"titre_code": "etudiant", "fin_titre_date": end},
            {
                "demarche_code": "changement-de-situation-matrimoniale",
                "reponses": {"nouvelle_situation": "Marié ou mariée"},
            },
        ),
    ]
    for person, first, second in pairs:
        one, other = file_demande(person, **first), file_demande(person, **second)
        agent.post(f"/demandes/{one['demande_id']}:demander-pieces", pieces=["domicile"], texte="Illisible.")
        agent.post(f"/demandes/{one['demande_id']}:ecrire", texte="Un mot sur le titre seul.")
        session = signed_in(monde, person)
        threads = [session.read(f"/deposit/demandes/{demande['demande_id']}").text for demande in (one, other)]
        assert (state_of(person, one), state_of(person, other)) == ("PIECES_DEMANDEES", "DEPOSEE")
        assert "Un mot sur le titre seul." in threads[0]
        assert "Un mot sur le titre seul." not in threads[1]
    yield 0


def somebody(monde: Monde, name: str, **changes: Any) -> Acteur:
    """A person of Paris, reached at `name`@exemple.test."""
    known = {
        "nom": f"Exemple {name}", "prenoms": "Exemple", "naissance_date": "1990-05-17", "nationalite": "MA",
        "courriel": f"{name}@exemple.test", "prefecture": "75", "adresse": PARIS,
    }  # fmt: skip
    return monde.person(**(known | changes))


def signed_in(monde: Monde, person: Acteur) -> Navigateur:
    """Her browser, signed in by the page."""
    browser = monde.browser()
    assert browser.sign_in(person.get("/moi")["identifiant"]).status == 200
    return browser


def the(demande: dict[str, Any], nature: str) -> dict[str, Any]:
    """The last document of a kind that a demande holds."""
    found: list[dict[str, Any]] = [paper for paper in demande["documents"] if paper["nature"] == nature]
    assert found, f"no {nature} among {[paper['nature'] for paper in demande['documents']]}"
    return found[-1]


def as_pair(*papers: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Papers by their kind."""
    return [(paper["nature"], paper) for paper in papers]


def state_of(person: Acteur, demande: dict[str, Any]) -> str:
    """The state of a demande today."""
    return str(person.get(f"/demandes/{demande['demande_id']}")["state"])


def checked(monde: Monde, paper: dict[str, Any]) -> dict[str, Any]:
    """What anybody reads of a document by its number, without signing in."""
    found: dict[str, Any] = monde.anybody("deposit").get(f"/verifications/{paper['numero']}")["document"]
    return found
