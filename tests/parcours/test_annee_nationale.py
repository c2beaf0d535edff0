"""CASE-69 over real processes: counts, losses and days without document of a year, never times."""

from __future__ import annotations

from datetime import date

import pytest

from dev.parcours.monde import Monde
from loadtests.mix import ACCOMPAGNES, APPELS, COURRIELS, TITRES
from loadtests.subjects import SUJETS
from tests.parcours.annee_nationale import ATTENTE_SECONDES, Annee, courriel, part_of


@pytest.mark.volume
@pytest.mark.timeout(3600)
@pytest.mark.clause("CCC-20/d")
def test_case_69_a_year_of_every_channel_loses_no_message_and_lets_no_document_lapse(monde: Monde) -> None:
    debut = monde.today
    annee = Annee(monde)
    annee.live()
    boites = monde.stack.boites

    # As many of each kind as the year holds, and each one counted once by its service.
    assert (len(annee.vies), annee.appels) == (part_of(TITRES), part_of(APPELS))
    assert (len(annee.ecrits), annee.visites) == (part_of(COURRIELS), part_of(ACCOMPAGNES))
    seen = monde.anybody("ccc").get(f"/chiffres?du={debut}&au={monde.today}")
    assert seen["total"] == sum(annee.sujets.values()) == annee.appels - annee.abandons + len(annee.ecrits)
    assert (seen["appels"], seen["appels_abandonnes"]) == (annee.appels, annee.abandons)
    helped = monde.anybody("pan").get(f"/statistiques?du={debut}&au={monde.today}")
    assert helped["total"]["visites"] == annee.visites

    # The topics in their parts (14 %, near half, near 30 %), and the waits.
    for categorie, part, _ in SUJETS:
        assert abs(100 * seen["categories"][categorie] / seen["total"] - part) < 2, categorie
    assert seen["attente_secondes"] == pytest.approx(ATTENTE_SECONDES * annee.abandons / annee.appels)
    assert seen["reponse_jours"] is not None and seen["repondues"] > 0

    # No gap, whoever was decided or not; an API that fell due was followed by another.
    assert annee.gaps() == {}
    held = {vie.rang: annee.demande(vie) for vie in annee.vies}
    given = [[d["fin_date"] for d in held[vie.rang]["documents"] if d["nature"] == "API"] for vie in annee.waiting()]
    assert given and all(date.fromisoformat(max(ends)) >= monde.today for ends in given)
    assert max(len(ends) for ends in given) > 1, "renewed by itself"

    # No message lost: each paper went out to its holder, each e-mail to the centre has its own receipt.
    for vie in annee.vies:
        sent = {piece["name"] for mail in boites.courriels(courriel(vie.rang)) for piece in mail["attachments"]}
        papers = {d["numero"] for d in held[vie.rang]["documents"]}
        assert not {numero for numero in papers if not any(numero in name for name in sent)}, vie.rang
    for written in annee.ecrits:
        assert [mail for mail in boites.courriels(written) if "C-" in mail["subject"] + mail["text"]], written
