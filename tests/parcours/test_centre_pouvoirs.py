"""The telephone of the contact centre, with every service up: each caller is asked; an act is done where it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dev.parcours.monde import Acteur, Monde, file_demande
from dev.people import MOT_DE_PASSE
from droit.jours import day_in_words
from tests.parcours.cas_compte import LIEN
from tests.parcours.cas_documents import signed_in, somebody, state_of
from tests.parcours.cas_dossier import old_record, take_over
from tests.parcours.ensemble import Cas, live
from tests.parcours.test_centre import refusal

pytestmark = pytest.mark.timeout(400)
FANTOME, COURRIEL, DEVERROUILLER, LIEN_DE_CONNEXION, RETABLIR, ARRETER, ROUVRIR, GELER = 1, 3, 4, 5, 6, 7, 8, 10


def by_telephone(monde: Monde, precis: str, **more: Any) -> tuple[dict[str, Any], str]:
    """A ticket taken on the telephone by Chloé, and its path."""
    asked = {"categorie": "TELEPROCEDURE", "precis": precis, "prefecture": "75"} | more
    made = monde.agent("ccc", "chloe").post("/agents/saisines", **asked)
    return made, f"/agents/saisines/{made['saisine_id']}"


def answers(name: str, repere: str) -> dict[str, str]:
    """What a person of these stories answers to the fixed questions."""
    return {"repere": repere, "nom": f"Exemple {name}", "prenoms": "Exemple", "naissance": "1990-05-17"}


def asked_for_pieces(monde: Monde, person: Acteur) -> dict[str, Any]:
    """A demande of hers whose pieces the préfecture awaits."""
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    path = f"/demandes/{demande['demande_id']}:demander-pieces"
    monde.agent("deposit", "ines").post(path, pieces=["ressources"], texte="")
    return demande


def on_her_demande(monde: Monde) -> Iterator[int]:
    """Taken by telephone: receipt by SMS, check with her demande's reference, acts on hers alone, her journal."""
    person, other = somebody(monde, "appelle"), somebody(monde, "autrui")
    demande, theirs = asked_for_pieces(monde, person), asked_for_pieces(monde, other)
    second = file_demande(person, titre_code="visiteur", fin_titre_date=monde.in_days(150))
    words = "La page de mon dossier reste blanche."
    ticket, calls = by_telephone(monde, words, telephone="0639980171", etape="Ouvrir ma demande")
    yield 0
    boites, centre, browser = monde.stack.boites, monde.agent("ccc", "chloe"), signed_in(monde, person)
    receipt = boites.wait_sms("+33639980171", ticket["reference"])
    assert day_in_words(monde.today) in receipt["text"]
    centre.post(f"{calls}:verifier-identite", **answers("appelle", demande["reference"]))
    yield 0
    page = f"/deposit/demandes/{demande['demande_id']}"
    assert "Le délai est arrêté" in browser.read(page).text, "the ticket is about this demande"
    desk = monde.desk("cyril").read(f"/ccc{calls}").text
    for shown in ("Je suis bloqué sur le site", words, "Ouvrir ma demande"):
        assert shown in desk
    assert demande["reference"] in desk
    assert f"({second['reference']}) :" not in desk, "her other demande is not what this ticket needs"
    assert "ressources" not in desk.lower()
    assert monde.desk("chloe").read(f"/deposit/agents/demandes/{demande['demande_id']}").status == 403

    asked = {"motif": "Demandé au téléphone."}
    for acte in (ARRETER, ROUVRIR):
        centre.post(f"{calls}:lever", acte=acte, demande_id=theirs["reference"], **asked)
    centre.post(f"{calls}:lever", acte=RETABLIR, demande_id=demande["reference"], **asked)
    yield 0
    done = centre.post(f"{calls}:rattacher", demande=second["reference"])["actes"]
    assert refusal(centre, f"{calls}:rattacher", demande=theirs["reference"]) == "DEMANDE_D_UNE_AUTRE"
    assert [act["state"] for act in done] == ["REFUSE", "REFUSE", "FAIT"]
    assert "Le délai est arrêté" not in signed_in(monde, other).read(f"/deposit/demandes/{theirs['demande_id']}").text
    assert other.get(f"/demandes/{theirs['demande_id']}")["arrets"] == []
    sent = boites.wait_courriel("appelle@exemple.test", demande["reference"])["text"]
    assert "aucune pour le moment, le délai est arrêté" in " ".join(sent.split())
    assert "ressources" in browser.read(page).text.lower()
    told = " ".join(sms["text"] for sms in boites.sms("+33639980171"))
    assert told.count(ticket["reference"]) >= 4, "each act is told to her, done or not"
    here = monde.desk("cyril").read(f"/ccc{calls}").text
    assert here.count("Chloé Contact") >= 3
    assert "fait." in here and "refusé" in here
    yield 0
    assert [stop.get("fin_date") for stop in person.get(f"/demandes/{second['demande_id']}")["arrets"]] == [None]
    centre.post(f"{calls}:lever", acte=ARRETER, motif="Elle ne peut rien envoyer.", demande_id=second["demande_id"])
    yield 0
    journal = browser.read("/deposit/mes-aidants/journal").text
    assert "Chloé Contact, centre de contact" in journal
    assert "situation, centre de contact" in journal


def the_account(monde: Monde) -> Iterator[int]:
    """Frozen by error, mailbox lost: reopened, a link that works, another address by two agents, a ghost closed."""
    numero = "7503007801"
    person = somebody(monde, "compte", numero_etranger=numero)
    take_over(monde, old_record(monde, numero) | {"personne": {
        "nom": "Exemple compte", "prenoms": "Exemple", "naissance_date": "1990-05-17", "numero_etranger": numero,
        "prefecture": "75",
    }})  # fmt: skip
    _ticket, calls = by_telephone(monde, "Je ne peux plus me connecter : le compte est gelé.")
    centre, cyril, boites = monde.agent("ccc", "chloe"), monde.agent("ccc", "cyril"), monde.stack.boites
    centre.post(f"{calls}:verifier-identite", **answers("compte", numero))
    centre.post(f"{calls}:lever", acte=GELER, motif="Elle croit à une usurpation.")
    yield 0
    browser = monde.browser()
    key = "compte@exemple.test"
    assert browser.sign_in(key).path != "/deposit/espace"
    centre.post(f"{calls}:lever", acte=DEVERROUILLER, motif="Elle s’était trompée.")
    yield 0
    assert browser.sign_in(key).path == "/deposit/espace"
    centre.post(f"{calls}:lever", acte=DEVERROUILLER, motif="Encore.")
    centre.post(f"{calls}:lever", acte=LIEN_DE_CONNEXION, motif="Mot de passe oublié.")
    yield 0
    acts = monde.desk("cyril").read(f"/ccc{calls}").text
    assert "il n’y a rien à rouvrir" in acts
    opened_by(monde, "compte@exemple.test")
    assert refusal(centre, f"{calls}:lever", acte=COURRIEL, motif="Boîte perdue.", courriel="neuve-c@exemple.test")
    cyril.post(f"{calls}:lever", acte=COURRIEL, motif="Boîte perdue.", courriel="neuve-c@exemple.test")
    yield 0
    person = opened_by(monde, "neuve-c@exemple.test")
    hers = person.get("/demandes")["demandes"]
    ghosts = [demande for demande in hers if demande["state"] != "CLOSE"]
    assert len(ghosts) == 2
    for ghost in ghosts:
        centre.post(f"{calls}:lever", acte=FANTOME, motif="Titre remis.", demande_id=ghost["reference"])
        yield 0
    renewal = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(60))
    assert [state_of(person, ghost) for ghost in ghosts] == ["CLOSE", "CLOSE"]
    assert renewal["state"] == "DEPOSEE"
    assert boites.wait_courriel("neuve-c@exemple.test", renewal["reference"])


def opened_by(monde: Monde, courriel: str) -> Acteur:
    """Who reads this mailbox chooses a password by its last link, and signs in."""
    sent = monde.stack.boites.wait_courriel(courriel, "/deposit/recuperation/")
    link = LIEN.search(sent["text"])
    assert link is not None
    browser = monde.browser()
    browser.send(browser.read(link[0]), "/recuperation/", password=MOT_DE_PASSE)
    given = monde.anybody("deposit").post("/comptes:connexion", identifiant=courriel, password=MOT_DE_PASSE)
    return Acteur(monde, "deposit", given["jeton"])


def each_call(monde: Monde) -> Iterator[int]:
    """Each later call, in or out, starts with the questions; after three failures a counter asks for her paper."""
    numero = "7503007802"
    somebody(monde, "rappels", numero_etranger=numero)
    _ticket, calls = by_telephone(monde, "Où en est mon dossier ?", categorie="SUIVI")
    centre, desk = monde.agent("ccc", "chloe"), monde.desk("chloe")
    right = answers("rappels", numero)
    for sens in ("ENTRANT", "SORTANT"):
        assert centre.post(f"{calls}:verifier-identite", **right)["identite"] == "VERIFIEE"
        assert "Exemple rappels" in desk.read(f"/ccc{calls}").text
        call = centre.post(f"{calls}/appels", sens=sens)["appel_id"]
        assert "Quelle est votre date de naissance ?" in desk.read(f"/ccc{calls}/appel").text
        hidden = desk.read(f"/ccc{calls}").text
        assert "Rien de son dossier n’est montré" in hidden and "Aucune demande." not in hidden
        assert refusal(centre, f"{calls}:lever", acte=ARRETER, motif="Essai.") == "IDENTITE_A_VERIFIER"
        centre.post(f"/agents/appels/{call}:terminer", resultat="TRAITE")
    for _ in range(3):
        assert centre.post(f"{calls}:verifier-identite", **right | {"nom": "Autre"})["identite"] == "ECHEC"
    assert refusal(centre, f"{calls}:verifier-identite", **right) == "TROP_D_ECHECS"
    _other, again = by_telephone(monde, "Où en est mon dossier ?", categorie="SUIVI")
    assert refusal(centre, f"{again}:verifier-identite", **right) == "TROP_D_ECHECS", "nor on another ticket"
    screen = desk.read(f"/ccc{calls}/appel").text
    assert "Quelle est votre date de naissance ?" not in screen
    assert "Son papier suffit au guichet" in screen and "Préfecture d'exemple de Paris" in screen
    yield 0


def lifted_and_not_solved(monde: Monde) -> Iterator[int]:
    """Lifted, the clock of her demande runs again; « not solved » stops it again, on a blockage of its own."""
    person = somebody(monde, "levee", numero_etranger="7503007803")
    demande = asked_for_pieces(monde, person)
    ticket, calls = by_telephone(monde, "Je ne peux pas ouvrir ce que l’agent demande.", courriel="levee@exemple.test")
    centre, browser = monde.agent("ccc", "chloe"), signed_in(monde, person)
    page = f"/deposit/demandes/{demande['demande_id']}"
    centre.post(f"{calls}:verifier-identite", **answers("levee", demande["reference"]))
    yield 2
    assert "Le délai est arrêté" in browser.read(page).text
    numero = person.get(f"/demandes/{demande['demande_id']}")["documents"][0]["numero"]
    centre.post(f"{calls}:lever", acte=9, motif="Elle l’a reçue.", attestation_numero=numero)
    yield 0
    assert "Le délai est arrêté" not in browser.read(page).text, "the act is done: she can go on"
    centre.post(f"{calls}/appels", sens="SORTANT")
    yield 0
    boites = monde.stack.boites
    for said in ("part par votre moyen de contact", "Demandez-lui ce code"):
        told = " ".join(boites.wait_courriel("levee@exemple.test", said)["text"].split())
        assert "La préfecture est informée" in told, said
    key = (
        monde.stack.boites.wait_courriel("levee@exemple.test", "/ccc/suivi/")["text"].split("/ccc/suivi/")[1].split()[0]
    )
    seen = monde.anybody("ccc").post(f"/saisines/{key}:non-regle")
    yield 0
    assert "Le délai est arrêté" in browser.read(page).text
    assert seen["niveau"] == 2
    assert seen["blocage_reference"] != ticket.get("blocage_reference", "")


LIVES: dict[str, Cas] = {
    "demande": on_her_demande,
    "account": the_account,
    "calls": each_call,
    "lifted": lifted_and_not_solved,
}
PROVED: dict[str, str] = {
    "demande": ("CCC-01/e CCC-01/f CCC-10/f CCC-10/g CCC-10/h CCC-10/i CCC-10/j CCC-16/b CCC-16/d CCC-16/e CCC-21/b"),
    "account": "CCC-10/a CCC-10/b CCC-10/c CCC-10/e CCC-10/h",
    "calls": "CCC-15/b CCC-15/d CCC-15/e",
    "lifted": "CCC-13/g CCC-21/f",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_the_telephone_does_what_it_says(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure
