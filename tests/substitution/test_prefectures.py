"""A préfecture's rules are validated before use, dated, published, and the only source of its ways."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest

from chassis import clock
from chassis.mongo import collection_of
from droit.catalogue import catalogue
from droit.catalogue.demarche import Demarche
from droit.catalogue.lieu import Mission, Vecteur
from droit.catalogue.prefecture import Agenda
from droit.catalogue.titre import Titre
from droit.decision import Refused
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import prefectures
from services.substitution.pages import mots_reglages
from services.substitution.rules import reglages
from services.substitution.store import ReglesPrefecture
from tests.browser import Browser
from tests.substitution.acts import PDF
from tests.substitution.conftest import TODAY, World

CODES = [prefecture.code for prefecture in catalogue().prefectures()]


def rules_of(code: str) -> dict[str, Any]:
    """The rules in force."""
    found: dict[str, Any] = json.loads(prefectures.modalites(code).regles)
    return found


def write(browser: Browser, code: str, values: dict[str, Any], day: str = "1") -> Any:
    """Publishes through the console."""
    form = {"regles": json.dumps(values), "depuis-jour": day, "depuis-mois": "3", "depuis-annee": "2027"}
    return browser.post(f"/substitution/reglages/{code}", form)


@pytest.mark.parametrize("code", CODES)
def test_every_prefecture_plugged_in_has_a_way_without_a_computer(world: World, code: str) -> None:
    """A counter, two vectors one of which is not digital, shown on its public page and by the API."""
    ways = prefectures.modalites(code)

    assert ways.guichet is not None and "GUICHET" in ways.moyens
    vectors = ways.prefecture.substitution.vecteurs
    assert len(vectors) >= 2 and not all(vector.numerique for vector in vectors)
    assert ways.lieu in world.browser().get(f"/substitution/prefectures/{code}").text.replace("&#39;", "'")
    shown = world.browser().get(f"/substitution/api/v1/prefectures/{code}").json
    assert shown["lieu"] == ways.lieu and shown["moyens"] == list(ways.moyens)


@pytest.mark.clause("XCT-03/a")
@pytest.mark.parametrize("code", CODES)
def test_every_right_has_a_way_without_a_computer_in_every_prefecture_plugged_in(world: World, code: str) -> None:
    """Asked for one by one: each title and démarche, its handing over, help, protection, a person who cannot move."""
    rules, anybody = prefectures.modalites(code).prefecture, world.browser()
    rights: list[Titre | Demarche] = [*catalogue().titres(), *catalogue().demarches()]
    assert [right.code for right in rights if not set(right.canaux) & {"guichet", "courrier"}] == []
    page = unescape(anybody.get(f"/substitution/prefectures/{code}").text)
    for counter in rules.guichets:
        assert counter.telephone in page and counter.adresse in page
    missions = {mission for lieu in rules.lieux for mission in lieu.missions if not all_digital(lieu.vecteurs)}
    assert {Mission.AIDE, Mission.DEPOT, Mission.REMISE} <= missions
    assert rules.orientation.telephone in page and rules.bpi.telephone in page
    outside = next(right.code for right in rights if right.id.startswith("OUT"))
    for objet in (f"titre:{rights[0].code}", f"titre:{outside}", f"demarche:{rights[-1].code}"):
        asked = {"prefecture": code, "objet": objet, "nom": "Droit", "prenoms": "Chaque"}
        opened = anybody.client.post(
            "/substitution/api/v1/voies", json=asked, headers={"Idempotency-Key": clock.new_id()}
        ).json
        assert "GUICHET" in opened["moyens"] and opened["convocation_numero"], (objet, opened)


@pytest.mark.clause("XCT-08/d")
@pytest.mark.parametrize("code", CODES)
def test_the_page_of_a_place_says_how_deaf_blind_and_less_mobile_people_are_received(world: World, code: str) -> None:
    """At the counter and by telephone, in the words of the préfecture; rules without it are refused by name."""
    rules = prefectures.modalites(code).prefecture
    page = unescape(world.browser().get(f"/substitution/prefectures/{code}").text)
    for place in (rules.orientation, *rules.guichets):
        for said in (place.accessibilite.sourds, place.accessibilite.aveugles, place.accessibilite.mobilite):
            assert said and said in page
    assert "Par téléphone" in page
    values = rules_of(code)
    del values["orientation"]["accessibilite"]["sourds"]
    with pytest.raises(Refused) as refused:
        prefectures.validate(code, values)
    assert "orientation.accessibilite.sourds" in str(refused.value.details)


def all_digital(vecteurs: tuple[Vecteur, ...]) -> bool:
    """Whether a place is booked by internet alone."""
    return all(vecteur.numerique for vecteur in vecteurs)


def test_a_prefecture_that_has_written_nothing_still_has_its_counter(world: World) -> None:
    """No département is a dead end."""
    assert "GUICHET" in world.browser().get("/substitution/api/v1/prefectures/01").json["moyens"]
    assert world.browser().get("/substitution/prefectures/01").status_code == 200


def test_a_change_is_published_from_its_day_and_binds_nobody_before(world: World) -> None:
    """The fact carries the rules as droit's loader reads them."""
    values = rules_of("93")
    values["substitution"]["telephone"] = "01 99 00 93 77"

    assert write(world.browser("g93"), "93", values, day="10").status_code == 303

    assert prefectures.modalites("93").prefecture.substitution.telephone != "01 99 00 93 77"
    world.on(date(2027, 3, 10))
    assert prefectures.modalites("93").prefecture.substitution.telephone == "01 99 00 93 77"
    published = collection_of(ReglesPrefecture).find_one({"prefecture": "93", "depuis_date": "2027-03-10"})
    event = events_pb2.PrefectureModifiee.FromString(published["outbox"][-1]["payload"])
    assert catalogue().prefecture_from_json(event.regles_json).substitution.telephone == "01 99 00 93 77"


@pytest.mark.clause("SUB-09/a")
def test_a_clerk_reads_previews_and_publishes_each_rule_as_a_field_of_its_own(world: World) -> None:
    """What the form shows is what is in force, nothing is lost by sending it back; a fault stands beside its field."""
    desk, console, public = world.browser("g93"), "/substitution/reglages/93", "/substitution/prefectures/93"
    before, page = rules_of("93"), desk.read(console)
    labels = {label["for"]: label.get_text() for label in page.html.find_all("label", attrs={"for": True})}
    for name, words in {
        "arrete_prefectoral": "Arrêté préfectoral", "adresse": "Adresse", "substitution.telephone": "Téléphone",
        "substitution.courrier.adresse": "Adresse où les envoyer", "lieux.2.horaires.0.de": "Ouvre à",
        "substitution.courriel_depot.adresse": "Adresse e-mail de dépôt",
    }.items():  # fmt: skip
        assert words in labels[f"f-{name}"], name
    assert "{" not in page.html.find("main").get_text()

    changed = {"substitution.telephone": "01 99 00 93 66", "lieux.1.fermetures.1.retirer": "oui"}
    seen = desk.send(page, console, apercu="oui", **changed)
    assert "Rien n'est encore publié" in seen.text and "01 99 00 93 66" in seen.text and rules_of("93") == before
    assert "01 99 00 93 66" not in unescape(world.browser().get(public).text)
    refused = desk.send(seen, console, **{"lieux.0.horaires.0.a": "08:00"})
    assert refused.status == 422 and "la fermeture précède l'ouverture" in refused.text and "Ferme à" in refused.text
    assert "Ajouter un service" in refused.text and not refused.html.find(id="f-services.3.retirer")
    desk.send(refused, console, **{"lieux.0.horaires.0.a": "12:00"})

    before["substitution"]["telephone"] = "01 99 00 93 66"
    del before["lieux"][1]["fermetures"][1]
    assert rules_of("93") == before | {"depuis": TODAY.isoformat()}
    assert "01 99 00 93 66" in unescape(world.browser().get(public).text)


@pytest.mark.clause("SUB-09/d")
def test_the_arrete_is_a_file_that_anybody_opens(world: World) -> None:
    """Given on the console, opened from the page of the préfecture; kept by the rules written afterwards."""
    desk, public = world.browser("g93"), "/substitution/prefectures/93"
    sent = {**desk.hidden("/substitution/reglages/93"), "arrete": "93", "fichier": (BytesIO(PDF), "arrete-93.pdf")}
    assert world.browser().get(f"{public}/arrete.pdf").status_code == 404
    assert desk.client.post("/substitution/envois/formulaire", data=sent).status_code == 303
    assert write(desk, "93", rules_of("93"), day="2").status_code == 303
    for day in (TODAY, TODAY + timedelta(days=1)):
        world.on(day)
        (link,) = re.findall(r'href="[^"]*?(/substitution/[^"]*arrete\.pdf)"', world.browser().get(public).text)
        opened = world.browser().get(link)
        assert opened.mimetype == "application/pdf" and opened.data == PDF
    hidden = world.browser("g75").hidden("/substitution/reglages/75")
    other = {**hidden, "arrete": "93", "fichier": (BytesIO(PDF), "arrete.pdf")}
    assert world.browser("g75").client.post("/substitution/envois/formulaire", data=other).status_code >= 400


@pytest.mark.clause("SUB-08/a", "SUB-09/c", "SUB-15/b", "CASE-59/d")
@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("substitution", "vecteurs"), ["telephone"], "au moins deux vecteurs"),
        (("substitution", "vecteurs"), ["web", "courriel"], "numérique"),
        (("bpi", "texte"), "Passez par Démarches simplifiées.", "autre plateforme"),
        (("bpi", "texte"), "Allez sur https://ailleurs.example", "autre plateforme"),
        (("substitution", "telephone_secret"), "01", "telephone_secret"),
        (("code",), "75", "pas celui de cette préfecture"),
        (("bpi",), {}, "bpi"),
    ],
)
def test_rules_that_would_close_a_way_are_refused_by_name(
    world: World, path: tuple[str, ...], value: object, said: str
) -> None:
    """Nothing changes, and the page says which key is at fault."""
    values, before = rules_of("93"), prefectures.modalites("93").regles
    inner = values
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value

    answer = write(world.browser("g93"), "93", values)

    assert answer.status_code == 422 and said in answer.text and prefectures.modalites("93").regles == before


def test_rules_do_not_apply_before_they_are_written(world: World) -> None:
    """From today on."""
    form = {"regles": json.dumps(rules_of("93")), "depuis-jour": "28", "depuis-mois": "2", "depuis-annee": "2027"}

    assert world.browser("g93").post("/substitution/reglages/93", form).status_code == 422


def test_another_prefecture_writes_nothing_here(world: World) -> None:
    """Scope of the agent."""
    browser = world.browser("g75")

    assert browser.get("/substitution/reglages/93").status_code == 403
    sent = {**browser.hidden("/substitution/reglages/75"), "regles": "{}", "depuis-jour": "1"}
    sent |= {"depuis-mois": "3", "depuis-annee": "2027"}
    assert browser.client.post("/substitution/reglages/93", data=sent).status_code == 403


@pytest.mark.clause("SUB-08/b", "SUB-12/a")
@pytest.mark.parametrize("code", CODES)
def test_the_page_says_how_to_book_and_which_telephone_orients_and_when(world: World, code: str) -> None:
    page = unescape(world.browser().get(f"/substitution/prefectures/{code}").text)
    rules = prefectures.modalites(code).prefecture

    ways = {Vecteur.TELEPHONE: "par téléphone", Vecteur.ACCUEIL: "sur place", Vecteur.COURRIER: "par courrier"}
    ways |= {Vecteur.WEB: "sur internet", Vecteur.COURRIEL: "par e-mail"}
    booking = next(line for line in page.splitlines() if "Pour prendre rendez-vous" in line)
    said = re.search(r"Pour prendre rendez-vous</strong> : ([^<]*)<", booking)
    assert said is not None
    assert {vecteur for vecteur, words in ways.items() if words in said[1]} == set(rules.substitution.vecteurs)
    moving = re.search(r"Si vous ne pouvez pas vous déplacer</strong> : ([^<]*)<", page)
    assert moving is not None
    assert rules.orientation.telephone in moving[1] and "Ouvert" in moving[1]


@pytest.mark.clause("SUB-15/c")
def test_a_departement_without_rules_has_a_route_for_protected_persons_too(world: World) -> None:
    bare = [code for code, _ in prefectures.departements() if not prefectures.modalites(code).regles]
    pages = [world.browser().get(f"/substitution/prefectures/{code}").text for code in bare]

    assert len(bare) > 90
    assert [page for page in pages if "Personnes protégées" not in page or "sans condition. Ouvrez" not in page] == []


@pytest.mark.clause("SUB-10/b", "SUB-10/c")
def test_the_links_of_a_module_lead_here_from_any_site(world: World) -> None:
    """That of each préfecture, and that of the téléservice with the choice of the préfecture."""
    browser, home = world.browser(), world.settings.public_url
    for path in ("/substitution/prefectures/93/module.html", "/substitution/prefectures/01/module.html",
                 "/substitution/module.html"):  # fmt: skip
        answer = browser.get(path)
        led = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
        assert answer.headers["Access-Control-Allow-Origin"] == "*" and "<html" not in answer.text
        assert led and [link for link in led if not link.startswith(f"{home}/substitution/")] == [], path
        assert {browser.get(link.removeprefix(home)).status_code for link in map(unescape, led)} == {200}
    national = browser.get("/substitution/module.html").text
    assert [code for code, _ in prefectures.departements() if f'value="{code}"' not in national] == []
    chosen = browser.get("/substitution/prefectures?departement=93")
    assert chosen.headers["Location"].endswith("/substitution/prefectures/93")


@pytest.mark.clause("SUB-10/a")
def test_the_module_of_a_prefecture_is_a_fragment_that_any_site_may_show(world: World) -> None:
    """Same data, no page around it, with the route of protected persons."""
    answer = world.browser().get("/substitution/prefectures/93/module.html")

    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "<html" not in answer.text
    assert "3 rue de l&#39;Exemple" in answer.text and "mardi matin" in answer.text


@pytest.mark.clause("SUB-09/b", "SUB-21/d")
def test_a_route_outside_the_teleservice_is_shown_until_nobody_confirms_it(world: World) -> None:
    """Written on the console, shown to people with its day; past P-STALE it is gone, until somebody says it is true."""
    desk, console, public = world.browser("g93"), "/substitution/reglages/93", "/substitution/prefectures/93"
    words = "Le mardi matin, au guichet 4."
    typed = {"demarche": "titre:etudiant-concours", "texte": words}
    assert desk.post(f"{console}/demarches", typed, form=console).status_code == 303
    shown = world.browser().get(public).text
    assert words in shown and "1er mars 2027" in shown

    world.on(TODAY + timedelta(days=181))
    assert words not in world.browser().get(public).text
    stale = desk.get(console).text
    assert words in stale and "plus montré" in stale
    desk.post(f"{console}/demarches", typed, form=console)
    assert words in world.browser().get(public).text


@pytest.mark.clause("XCT-11/a", "XCT-11/b", "XCT-11/d")
def test_rules_left_unread_for_long_lose_their_hours_and_are_reported_to_who_answers_for_them(world: World) -> None:
    """P-STALE days after they were written: the page keeps its address and its telephone, and says why."""
    before = world.browser().get("/substitution/prefectures/69").text
    report = world.browser("national").get("/substitution/fraicheur").text
    world.on(date(2029, 1, 1))
    after = world.browser().get("/substitution/prefectures/69").text
    module = world.browser().get("/substitution/prefectures/69/module.html").text

    name = prefectures.modalites("69").nom
    assert f"Publié par {name}" in unescape(module) and "lundi" in before and "À relire" not in report
    for page in (after, module):
        assert "lundi" not in page and "Les horaires publiés sont trop anciens" in page
        assert prefectures.modalites("69").prefecture.substitution.telephone in page
    assert "À relire : horaires retirés" in world.browser("national").get("/substitution/fraicheur").text
    mine = world.browser("g93").get("/substitution/fraicheur").text
    assert "(93)" in mine and "(69)" not in mine


def test_a_prefecture_that_has_none_writes_its_first_rules_on_its_console(world: World) -> None:
    """Nothing has to be known that the form does not ask."""
    desk, console = world.browser("g75"), "/substitution/reglages/19"
    theirs = reglages.to_fields(rules_of("93"))
    asked = {n: v for n, v in theirs.items() if n not in ("code", "source", "section", "exemple", "depuis")}
    done = desk.send(desk.read(console), console, **asked | {"nom": "Préfecture de la Corrèze"})
    assert done.status == 200, done.text[:2000]
    assert "Préfecture de la Corrèze" in unescape(world.browser().get("/substitution/prefectures/19").text)
    assert rules_of("19")["source"] == rules_of("93")["source"]


def test_the_console_offers_every_appointment_system_that_the_law_s_data_may_name() -> None:
    assert {code for code, _ in mots_reglages.AGENDAS} == {agenda.value for agenda in Agenda}
