"""« Mes connexions »: where an account is open, and a way to end each or all others, on the page and by API."""

from __future__ import annotations

from tests.deposit.conftest import MOT_DE_PASSE, Deposit, a_person
from tests.deposit.navigateur import Navigateur

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def signed_in(deposit: Deposit, identifiant: str, user_agent: str) -> Navigateur:
    """A browser of this kind, signed in."""
    browser = Navigateur(deposit)
    browser.client.environ_base["HTTP_USER_AGENT"] = user_agent
    assert browser.sign_in(identifiant).title == "Mon espace"
    return browser


def test_she_sees_where_her_account_is_open_and_ends_one_or_all_others(deposit: Deposit) -> None:
    person, stranger = a_person(deposit), a_person(deposit, nom="Autre")
    at_home, lost = (signed_in(deposit, person.identifiant, each) for each in (DESKTOP, PHONE))
    theirs = signed_in(deposit, stranger.identifiant, DESKTOP)

    page = at_home.read("/deposit/compte/sessions")
    listed = [each.get_text(" ", strip=True) for each in page.html.select("ul.ways h2")]
    one = person.call("GET", "/moi/sessions").json["connexions"]
    phone = next(each["session_id"] for each in one if "iPhone" in each["appareil"])
    ended = at_home.send(page, f"/sessions/{phone}/finir")
    again = person.call("POST", f"/moi/sessions/{phone}:finir")

    assert sorted(listed) == ["Firefox, sur Windows : ici", "Safari, sur iPhone", "Un programme, par un jeton"]
    assert page.text.count("Dernière utilisation") == 2 and "198." not in page.text
    assert [each["ici"] for each in one if each["jeton"]] == [True]
    assert "Cette connexion est finie" in ended.text
    assert lost.read("/deposit/espace").title == "Me connecter"
    assert (again.status_code, again.json["code"]) == (404, "CONNEXION_FINIE")

    lost.sign_in(person.identifiant, MOT_DE_PASSE)
    foreign = theirs.read("/deposit/compte/sessions")
    done = at_home.send(at_home.read("/deposit/compte/sessions"), "/compte/sessions/finir")
    assert "2 autres connexions sont finies" in done.text and done.text.count(" : ici") == 1
    assert person.call("GET", "/moi").status_code == 401
    assert lost.read("/deposit/espace").title == "Me connecter"
    assert at_home.read("/deposit/espace").title == "Mon espace"
    assert len(foreign.html.select("ul.ways h2")) == 2, "nobody else's"
    assert theirs.read("/deposit/espace").title == "Mon espace"
    by_api = stranger.call("POST", "/moi/sessions:finir-les-autres").json
    assert by_api == {"finies": 1} and theirs.read("/deposit/espace").title == "Me connecter"
