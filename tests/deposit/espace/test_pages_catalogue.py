"""The catalogue is data: cards, ways, windows, one public list; several demandes and demandes for a child at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis import clock
from droit.catalogue import ROOT, load
from services.deposit import cadre
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import an_agent
from tests.deposit.espace.test_pages_demarches import PETIT, paper
from tests.deposit.navigateur import Navigateur, day, person_named

CLOTURE = {"motif": "pièces absentes", "texte": "article appliqué", "recours": ["recours gracieux"]}


@pytest.fixture
def amended(deposit: Deposit, tmp_path: Path) -> Iterator[Deposit]:
    """deposit with a rule pack that a jurist changed: one more title, one more channel, another window. No code."""
    root = tmp_path / "droit"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__", "catalogue"))
    text = (root / "titres/visiteur.toml").read_text("utf-8")
    ident = next(line for line in text.splitlines() if line.startswith("id = "))
    new = text.replace(ident, 'id = "TIT-99"').replace('code = "visiteur"', 'code = "jardinier"')
    new = new.replace("Visiteur", "Jardinier").replace("visiteur", "jardinier").replace('"courriel"]', '"visio"]')
    new = new.replace('resume = "', 'resume = "Vous jardinez. ')
    new = new.replace('libelle = "Ressources', 'libelle = "Outils et ressources').replace("Photos", "Belles photos")
    (root / "titres/jardinier.toml").write_text(new, "utf-8")
    with (root / "canaux.toml").open("a", encoding="utf-8") as ways:
        ways.write('\n[visio]\nlibelle = "par visioconférence"\nlien = "/substitution/?demarche={code}&par=visio"\n')
    national = (root / "national.toml").read_text("utf-8")
    (root / "national.toml").write_text(national.replace("valeur = 120", "valeur = 111", 1), "utf-8")
    before = cadre.cadre()
    cadre.holder.put(replace(before, catalogue=load(root)))
    yield deposit
    cadre.holder.put(before)


@pytest.mark.clause("DEP-21/a", "DEP-21/b", "XCT-01/a")
def test_a_title_a_channel_and_a_window_are_data_and_change_what_people_meet(amended: Deposit) -> None:
    browser, _identifiant = person_named(amended, prefecture="75")
    chosen = browser.read("/deposit/choisir/sejour").links("/deposit/demarches/jardinier")
    card = browser.read("/deposit/demarches/jardinier")
    demande_id, done = browser.file("jardinier")
    printed = paper(browser, demande_id)

    assert chosen
    assert "par visioconférence" in card.text and card.links("par=visio")
    assert "entre le 111e et le 60e jour" in card.text and "120e" not in card.text
    assert done.title == "Votre demande est déposée"
    assert "Jardinier" in printed


@pytest.mark.clause("DEP-12/b", "DEP-12/d", "DEP-21/c", "DEP-21/d", "XCT-01/e")
def test_one_public_page_lists_every_entry_and_each_card_tells_its_window_documents_and_rule(deposit: Deposit) -> None:
    anybody = Navigateur(deposit)
    catalogue, position = cadre.cadre().catalogue, cadre.cadre().position
    listed = anybody.read("/deposit/rubrique/").text

    for titre in catalogue.titres():
        assert titre.libelle in listed and f"Pour qui : {titre.fondement}" in listed, titre.code
        assert str(titre.ouvert_par) in listed and (not titre.article or titre.article in listed), titre.code
        page = anybody.read(f"/deposit/demarches/{titre.code}").text
        assert "Quand la faire" in page and "Règle appliquée" in page, titre.code
        assert "Les documents que vous recevez" in page, titre.code
    for demarche in catalogue.demarches():
        assert demarche.libelle in listed and str(demarche.ouvert_par) in listed, demarche.code
        page = anybody.read(f"/deposit/demarches/{demarche.code}").text
        told = ["Pour qui", "Conditions", "Les pièces", "Où la faire", "Quand la faire"]
        # What is asked elsewhere is answered there.
        told += [] if "Cette démarche ne se fait pas sur ce site" in page else ["Les documents donnés"]
        assert [words for words in told if words not in page] == [], demarche.code
        assert demarche.pieces.at(clock.today(), position).regle in page, demarche.code
    assert "Où la faire : en ligne, ici, au guichet, par la poste, par e-mail." in listed
    assert f"Documents donnés : {catalogue.regimes['AD'].libelle}" in listed
    assert "En ligne depuis le 1er mai 2021" in listed


@pytest.mark.clause("DEP-22/k", "DEP-17/a", "DEP-17/b", "DEP-20/a", "DEP-20/b")
def test_a_parent_files_a_title_for_her_child_and_who_is_examined_for_asylum_or_came_as_a_minor_files_too(
    deposit: Deposit,
) -> None:
    agent = an_agent(deposit, "instructeur")
    browser, _identifiant = person_named(deposit, prefecture="75")
    titre, filed = browser.file("visiteur", **PETIT)
    asylum = browser.read("/deposit/choisir/protection")
    card = browser.read("/deposit/demarches/demande-pendant-l-asile")
    during, asked = browser.file("demande-pendant-l-asile")
    minor = browser.read("/deposit/demarches/etudiant-entre-mineur").text
    first = browser.file("etudiant-entre-mineur", day(40), situation="visa")[1]
    other, _identifiant = person_named(deposit, prefecture="75", prenoms="Awa")
    second = other.file("etudiant-entre-mineur")[1]

    assert [page.title for page in (filed, asked, first, second)] == ["Votre demande est déposée"] * 4
    assert "Lina" in paper(browser, titre) and "Lina Petit" in agent.text(f"/agents/demandes/{titre}")
    assert asylum.links("/deposit/demarches/demande-pendant-l-asile")
    assert "Votre demande d'asile est à l'examen" in card.text and card.links("/commencer/demande-pendant-l-asile")
    assert "Lina" not in paper(browser, during)
    assert "« mineur scolarisé »" in minor and "visa de court séjour" in minor


@pytest.mark.clause("DEP-14/b", "DEP-14/c", "DEP-14/d", "DEP-14/f", "XCT-01/e")
def test_a_victim_a_parent_and_a_talent_file_on_several_grounds_and_closing_one_leaves_the_others(
    deposit: Deposit,
) -> None:
    agent, token = an_agent(deposit, "instructeur"), deposit.agent("superviseur")
    worker, victim = a_person(deposit), a_person(deposit)
    for person, codes in (
        (worker, ("talent", "parent-d-enfant-francais", "conjoint-de-francais")),
        (victim, ("victime-de-violences-conjugales", "etudiant", "raison-de-sante", "talent")),
    ):
        ids = [person.file(titre_code=code, fin_titre_date=day(60))["demande_id"] for code in codes]
        deposit.call("POST", f"/demandes/{ids[0]}:clore", token, json=CLOTURE)
        states = [person.read(demande_id)["state"] for demande_id in ids]
        desk = [agent.text(f"/agents/demandes/{demande_id}") for demande_id in ids]
        closed = signed_page(deposit, person.identifiant, ids[0])

        assert states == ["CLOSE"] + ["DEPOSEE"] * (len(ids) - 1)
        assert not [page for page in desk if "semble oubliée" in page]
        assert "Texte appliqué : article appliqué" in closed and "Règle appliquée" in closed


def signed_page(deposit: Deposit, identifiant: str, demande_id: str) -> str:
    """What she reads of it on her page."""
    browser = Navigateur(deposit)
    browser.sign_in(identifiant)
    return browser.read(f"/deposit/demandes/{demande_id}").text
