"""One list of all démarches for every site, each with its text, its date, its owner and its age (XCT-10, XCT-11)."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup

from chassis import clock
from droit.jours import day_in_words
from services.deposit.cadre import cadre
from tests.deposit.conftest import Deposit
from tests.deposit.desk import Screen, an_agent


@pytest.mark.clause("XCT-10/a", "XCT-10/b")
def test_every_demarche_is_listed_with_date_and_text_from_one_source(deposit: Deposit) -> None:
    anybody = Screen(deposit)
    catalogue = cadre().catalogue

    page, fragment = anybody.text("/rubrique/"), anybody.get("/rubrique/fragment.html")
    rows = anybody.get("/rubrique/donnees.json").json["demarches"]
    again = anybody.client.get("/deposit/rubrique/fragment.html", headers={"If-None-Match": fragment.headers["ETag"]})

    names = [t.libelle for t in catalogue.titres()] + [d.libelle for d in catalogue.demarches()]
    assert [row["libelle"] for row in rows] == names
    assert all(row["texte"] for row in rows)
    assert all(row["depuis"] for row in rows if row["en_ligne"])
    text = BeautifulSoup(fragment.text, "html.parser").get_text()
    assert [name for name in names if name not in text or name not in page] == []
    said = " ".join(text.split())
    assert [row["libelle"] for row in rows if f"Texte : {row['texte']}." not in said] == []
    online = [date.fromisoformat(row["depuis"]) for row in rows if row["en_ligne"]]
    assert online and all(f"En ligne depuis le {day_in_words(day)}." in said for day in online)
    assert "<header" not in fragment.text
    assert fragment.headers["Access-Control-Allow-Origin"] == "*"
    assert again.status_code == 304


@pytest.mark.clause("XCT-10/b")
def test_a_prefecture_site_also_shows_its_own_places(deposit: Deposit) -> None:
    anybody = Screen(deposit)
    sample = next(p for p in cadre().catalogue.prefectures() if p.pans)

    shown = anybody.get(f"/rubrique/donnees.json?prefecture={sample.code}").json

    assert {pan.nom for pan in sample.pans} <= {place["nom"] for place in shown["lieux"]}
    assert anybody.get("/rubrique/donnees.json?prefecture=999").status_code == 404


@pytest.mark.clause("XCT-11/c")
def test_each_title_shows_its_ways_its_days_what_it_asks_and_what_it_gives(deposit: Deposit) -> None:
    """On its page, as a fragment that another site embeds with absolute links, and as data."""
    anybody = Screen(deposit)
    for titre in cadre().catalogue.titres():
        if not titre.on_teleservice(clock.today(), cadre().position):
            continue
        page = anybody.text(f"/demarches/{titre.code}")
        for said in ("Où la faire", "Quand la faire", "Conditions", "Les pièces", "Ce que vous y gagnez"):
            assert said in page, (titre.code, said)
        told = anybody.get(f"/rubrique/demarches/{titre.code}/donnees.json").json
        assert told["voies"] and told["conditions"] and told["benefices"] and any(told["pieces"].values())
        assert all(way["adresse"].startswith("http") for way in told["voies"])
        fragment = anybody.get(f"/rubrique/demarches/{titre.code}/fragment.html")
        links = [str(link["href"]) for link in BeautifulSoup(fragment.text, "html.parser").select("a")]
        assert [link for link in links if not link.startswith("http")] == []
        assert {"/pan/", "/ccc/"} <= {link.removeprefix("http://localhost") for link in links}
        assert told["benefices"][0] in page and fragment.headers["Access-Control-Allow-Origin"] == "*"
    script = anybody.get("/rubrique/module.js")
    assert script.mimetype == "text/javascript" and script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.clause("XCT-10/c", "XCT-11/a", "XCT-11/b", "XCT-11/d")
def test_a_card_is_read_again_by_its_owner_grows_old_and_can_be_taken_off(deposit: Deposit) -> None:
    desk = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-national")
    path, limit = "/agents/fraicheur/", cadre().number("P-STALE", clock.today())

    def ages() -> dict[str, str]:
        return {row["id"]: row["age"] for row in desk.get("/agents/fraicheur/rapport.json").json["pages"]}

    before = ages()
    nobody = desk.post(f"{path}titre:etudiant", page=path, responsable=" ")
    desk.post(f"{path}titre:etudiant", page=path, responsable="Bureau des étudiants")
    fresh = ages()
    read = clock.today()
    deposit.set_day(date.fromordinal(read.toordinal() + limit))
    last, public = ages(), desk.text("/rubrique/")
    etudiant = cadre().catalogue.titre("etudiant")
    shown = desk.text("/demarches/etudiant")
    assert f"relue le {day_in_words(read)} ; Bureau des étudiants en répond" in shown
    deposit.set_day(date.fromordinal(read.toordinal() + limit + 1))
    old, after = ages(), desk.text("/demarches/etudiant")
    assert 'demarches/etudiant"' not in desk.text("/rubrique/"), "past P-STALE it is listed no more"
    assert etudiant.conditions[0] in shown and etudiant.conditions[0] not in after
    assert "n’a pas été relu depuis" in after and "au guichet" in after, "the ways stay open"
    module = desk.get("/rubrique/demarches/etudiant/donnees.json").json
    assert module["conditions"] == module["benefices"] == [] and module["voies"]
    desk.post(f"{path}demarche:duplicata", page=path, responsable="Bureau", retirer="N’existe plus")

    assert set(before.values()) == {"jamais-relue"}
    assert nobody.status_code == 422
    assert (fresh["titre:etudiant"], last["titre:etudiant"], old["titre:etudiant"]) == ("a-jour", "a-jour", "a-relire")
    # The list says of each line when it was read again, and by whom; or that nobody has.
    assert f"Relu le {day_in_words(read)} par Bureau des étudiants" in public and "Pas encore relu." in public
    duplicata = cadre().catalogue.demarche("duplicata").libelle
    assert duplicata in public
    assert duplicata not in desk.get("/rubrique/fragment.html").text
    clerk = an_agent(deposit, "instructeur", agent_id="agent-simple")
    assert clerk.get("/agents/fraicheur/").status_code == 403
