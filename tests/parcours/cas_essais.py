"""A feature of each of the five services is tried for some préfectures and titles, judged in public, and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dev.parcours.monde import Monde, file_demande
from tests.parcours.cas_documents import signed_in, somebody
from tests.parcours.test_identite import NAISSANCE, at_the_pan, begun_at_the_pan

# Feature -> what is read where it shows.
WORDS = {
    "portefeuille": "portefeuille numérique",
    "questions-avant-la-mienne": "avant la vôtre",
    "pieces-souvent-absentes": "de ce titre ici",
    "personnes-avant-moi": "avant vous dans cette préfecture",
    "ce-qui-arrive": "Par quelle voie les messages lui arrivent",
}
HERE, OTHER_TITLE, ELSEWHERE = ("75", "refugie"), ("75", "visiteur"), ("69", "refugie")
Page = Callable[[], str]


def tried_in_five_services(monde: Monde) -> Iterator[int]:
    """Opened for refugees of Paris, each shows to them alone, is judged by who uses it, and stops at once."""
    pages = {place: _pages(monde, *place) for place in (HERE, OTHER_TITLE, ELSEWHERE)}
    yield 0
    nadia = monde.agent("deposit", "nadia")
    asked = {"prefectures": ["75"], "titres": ["refugie"], "responsable": "Programme", "motif": "Demandée par tous"}
    assert _shown(pages[HERE]) == set()
    essais = {
        code: str(
            nadia.post("/experimentations", fonction=code, revue_date=monde.in_days(30), **asked)["experimentation_id"]
        )
        for code in WORDS
    }
    yield 0
    assert {place: _shown(found) for place, found in pages.items()} == {
        HERE: set(WORDS), OTHER_TITLE: set(), ELSEWHERE: set(),
    }  # fmt: skip

    for code, login in (("pieces-souvent-absentes", "farid"), ("ce-qui-arrive", "ines")):
        browser = monde.desk(login)
        told = browser.send(browser.read(f"/deposit/experimentations/{essais[code]}"), "/avis", utile="oui")
        assert "c’est compté" in told.text and "1 observation" in told.text
    public = monde.browser().read("/deposit/experimentations/").text
    for place in ("Le centre de contact", "Les points d’accueil", "Les autres façons de faire", "Les messages"):
        assert place in public, place
    for essai in essais.values():
        nadia.post(f"/experimentations/{essai}:decider", state="ARRETEE", motif="Fin de l’essai")
    yield 0
    assert _shown(pages[HERE]) == set()
    assert monde.browser().read("/deposit/experimentations/").text.count("Fin de l’essai") == 0
    assert "Fin de l’essai" in monde.browser().read(f"/deposit/experimentations/{essais['ce-qui-arrive']}").text


def _shown(pages: Mapping[str, Page]) -> set[str]:
    """The features whose words a person or an agent reads today."""
    return {code for code, read in pages.items() if WORDS[code] in read()}


def _pages(monde: Monde, prefecture: str, titre: str) -> dict[str, Page]:
    """For somebody of this préfecture who asks for this title: where each feature would show."""
    name = f"essai-{prefecture}-{titre}"
    person = somebody(monde, name, nom="Essai", prefecture=prefecture)
    demande = file_demande(person, titre_code=titre, prefecture=prefecture)
    own = signed_in(monde, person)
    own.send(own.read("/deposit/justificatifs/"), "/justificatifs/", usage="travail", jours="30")
    ticket = monde.anybody("ccc").post(
        "/saisines", precis="Où en est ma demande ?", categorie="SUIVI", prefecture=prefecture, choix=f"titre:{titre}",
        courriel=f"{name}@exemple.test",
    )  # fmt: skip
    at_counter = monde.browser()
    opened = at_counter.send(
        at_counter.read("/substitution/ouvrir"), "/ouvrir", prefecture=prefecture, objet=f"titre:{titre}", nom="Essai"
    )
    assert "V-" in opened.text
    desk = {"75": "ines", "69": "rhoda"}[prefecture]
    pages: dict[str, Page] = {
        "portefeuille": lambda: own.read("/deposit/justificatifs/").text,
        "questions-avant-la-mienne": lambda: monde.browser().read(f"/ccc/suivi/{ticket['cle']}").text,
        "personnes-avant-moi": lambda: at_counter.read("/substitution/ma-voie").text,
        "ce-qui-arrive": lambda: monde.desk(desk).read(f"/notify/recherche?q={demande['reference']}").text,
    }
    if prefecture == "75":
        shown = {"nom": "Essai", "prenoms": "Awa", "naissance": NAISSANCE}
        at_the_pan(monde, shown, titre)
        draft = begun_at_the_pan(monde, shown, titre)
        pages["pieces-souvent-absentes"] = lambda: monde.desk("farid").read(draft).text
    return pages
