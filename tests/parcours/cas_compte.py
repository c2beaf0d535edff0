"""Cases whose point is the account: taken by somebody else, or closed for want of a link. See `ensemble.live`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from dev.browser import Page
from dev.parcours.monde import Acteur, Monde, Navigateur, Refus, file_demande
from dev.parcours.recit import days_without
from tests.parcours.cas_documents import somebody, state_of, the
from tests.parcours.messages import messages_of

LIEN = re.compile(r"/deposit/recuperation/[\w-]+")
PHRASE = "une phrase à elle"


def case_02(monde: Monde) -> Iterator[int]:
    """Madame B, victim of violence: an account was opened in her name, with a mailbox that is not hers."""
    numero, theirs, hers = "7502000002", "bintou@autre-fournisseur.test", "bintou@exemple.test"
    usurper = somebody(monde, "deux", numero_etranger=numero, prenoms="Bintou", courriel=theirs)
    usager_id, fin = usurper.get("/moi")["usager_id"], monde.today + timedelta(days=20)
    hostile = file_demande(usurper, titre_code="visiteur")
    first_day = monde.today.isoformat()

    browser = monde.browser()
    told = open_account(browser, "Exemple deux", numero, hers)
    claimed = browser.send(told, "/usurpation")
    assert told.status == 409
    assert "quelqu’un a pris mon identité" in told.text
    assert "gratuit" in told.text.lower()
    assert "/substitution/" in str(told.html), "another way is proposed on that very page"
    assert "Le compte est gelé" in claimed.text or "C’est enregistré" in claimed.text
    assert all(theirs not in page.text for page in (told, claimed))
    with pytest.raises(Refus):
        usurper.get(f"/demandes/{hostile['demande_id']}")

    said = {"repere": numero, "nom": "Exemple deux", "prenoms": "Bintou", "naissance": "1990-05-17"}
    ticket = monde.anybody("ccc").post("/saisines", precis="Quelle est l'adresse de ce compte ?", symptome=2)
    rows = monde.agent("ccc", "chloe").queue()
    path = next(f"/agents/saisines/{row['id']}" for row in rows if row["reference"] == ticket["reference"])
    caller = monde.agent("ccc", "chloe").post(f"{path}:verifier-identite", **said, pour_autrui=True)
    assert caller["identite"] != "VERIFIEE", "nobody speaks for her without a mandate"
    assert theirs not in str(caller)

    rebind(monde, usager_id, hers, {"nom": "Exemple deux", "naissance": "17/05/1990", "numero_etranger": numero})
    monde.agent("deposit", "sam").post(f"/usagers/{usager_id}:proteger", protege=True)
    yield 0
    madame_b = by_link(monde, monde.stack.boites.wait_courriel(hers, "/deposit/recuperation/"), hers)
    with pytest.raises(Refus):
        usurper.get("/moi")
    page = madame_b.browser.read(f"/deposit/demandes/{hostile['demande_id']}/pas-de-moi")
    madame_b.browser.send(page, "/pas-de-moi", texte="Je n'ai rien déposé.", preuve=PHRASE)
    assert state_of(madame_b.api, hostile) == "REPUDIEE"
    yield 10

    filed = file_demande(madame_b.api, titre_code="carte-de-resident", fin_titre_date=fin.isoformat())
    assert filed["retenue_date"] == first_day, "the day of the claim counts"
    monde.agent("deposit", "ines").post(f"/demandes/{filed['demande_id']}:complete")
    yield 30

    papers = madame_b.api.get(f"/demandes/{filed['demande_id']}")["documents"]
    assert days_without(papers, fin + timedelta(days=1), monde.today) == []
    mails = monde.stack.boites.courriels(hers)
    assert all("résident" not in mail["subject"] + mail["text"] for mail in mails), "no message says what it is about"
    assert all(mail["time"] < mails[0]["time"] for mail in monde.stack.boites.courriels(theirs))


def case_10(monde: Monde) -> Iterator[int]:
    """A lost password and a link that does not come: by the next way, or by a desk, and the first day counts."""
    sms, desk, first_day = "+33639980110", "dix-neuve@exemple.test", monde.today.isoformat()
    reached = somebody(monde, "dix", courriel="dix+rebond@exemple.test", telephone=sms)
    silent = somebody(monde, "dixbis", courriel="dixbis+rebond@exemple.test", adresse=[])
    demande = file_demande(reached, titre_code="visiteur")
    for address in ("dix+rebond@exemple.test", "dixbis+rebond@exemple.test"):
        browser = monde.browser()
        asked = browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant=address)
        assert "/ccc/" in str(asked.html) or "/pan/" in str(asked.html), "the check at a desk is offered at once"
    yield 0

    told = messages_of(monde, demande["reference"])
    sent = [(message["modele"], way["canal"], way["state"]) for message in told for way in message["envois"]]
    assert any(way[1:] == ("COURRIEL", "ECHEC") for way in sent), "delivery is followed: the mailbox is known as dead"
    assert ("recuperation", "SMS", "DELIVRE") in sent, "the next way is tried"
    back = by_link(monde, monde.stack.boites.wait_sms(sms, "/deposit/recuperation/"), "dix+rebond@exemple.test")
    # What she wrote before waits for a second proof (DEP-08); nothing keeps her from filing.
    assert file_demande(back.api, titre_code="raison-de-sante", prefecture="75")["state"] == "DEPOSEE"

    usager_id = silent.get("/moi")["usager_id"]
    seen = monde.desk("sam").read(f"/deposit/agents/personnes/{usager_id}")
    assert re.search(r"B-[A-Z0-9]{4}", seen.text), "the blockage is recorded without being asked"
    door = monde.browser()
    proposed = door.send(door.read("/deposit/connexion"), "/connexion/blocage")
    assert "Votre blocage est enregistré" in proposed.text
    assert "/substitution/" in str(proposed.html), "an appointment, where she is stopped"
    rebind(monde, usager_id, desk, {"nom": "Exemple dixbis", "naissance": "17/05/1990"})
    yield 0
    again = by_link(monde, monde.stack.boites.wait_courriel(desk, "/deposit/recuperation/"), desk)
    yield 10

    filed = file_demande(again.api, titre_code="visiteur")
    assert filed["depot_date"] > filed["retenue_date"] == first_day
    assert the(filed, "AD")


@dataclass(frozen=True)
class Revenue:
    """A person who is in again: her browser, and her program."""

    browser: Navigateur
    api: Acteur


def by_link(monde: Monde, message: dict[str, Any], identifiant: str) -> Revenue:
    """She opens the link of a message, chooses a password and signs in."""
    link = LIEN.search(message["text"])
    assert link is not None, message["text"]
    browser = monde.browser()
    browser.send(browser.read(link[0]), "/recuperation/", password=PHRASE)
    assert browser.sign_in(identifiant, PHRASE).status == 200
    body = {"identifiant": identifiant, "password": PHRASE}
    return Revenue(
        browser, Acteur(monde, "deposit", monde.anybody("deposit").post("/comptes:connexion", **body)["jeton"])
    )


def rebind(monde: Monde, usager_id: str, courriel: str, paper: dict[str, str]) -> None:
    """One agent sees her passport, another binds her own mailbox."""
    change = monde.agent("deposit", "sam")
    with pytest.raises(Refus):
        change.post(f"/usagers/{usager_id}:changer-courriel", courriel=courriel)
    check = {"reponses": paper, "papier": "PASSEPORT", "pour": "COURRIEL"}
    monde.agent("deposit", "ines").post(f"/usagers/{usager_id}:verifier-identite", **check)
    change.post(f"/usagers/{usager_id}:changer-courriel", courriel=courriel)


def open_account(browser: Navigateur, nom: str, numero: str, courriel: str) -> Page:
    """An account asked for by the page."""
    born = date(1990, 5, 17)
    parts = {"jour": born.day, "mois": born.month, "annee": born.year}
    fields = {f"naissance_date-{part}": str(value) for part, value in parts.items()}
    fields |= {
        "nom": nom,
        "numero_etranger": numero,
        "courriel": courriel,
        "prefecture": "75",
        "password": PHRASE,
    }
    return browser.send(browser.read("/deposit/comptes"), "/comptes", **fields)
