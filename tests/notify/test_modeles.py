"""Every template is plain and says who writes, what to do, until when, what if one cannot, and that it is free."""

from __future__ import annotations

import re
from typing import Any

import pytest

from droit.catalogue import catalogue
from services.notify import textes
from services.notify.liens import LIEN
from services.notify.textes import ContenuRefuse, Lecteur
from tests.architecture import tree

AIDE = "https://exemple.fr/aide"
# Messages that are what they carry: a link or a code of their own, and no other way in.
CODES = ("recuperation", "code_connexion", "moyen_a_confirmer")
LISTS = {"pieces", "voies", "adresse", "recours", "reouverture", "recus", "portee", "documents", "changements", "lieux"}
VOUVOIEMENT_ADMINISTRATIF = re.compile(r"veuillez|\bvia\b|ci-joint|susmentionn|DGEF|ANEF", re.IGNORECASE)
DOCUMENTED = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) \|", re.MULTILINE)


def filled(modele: textes.Modele) -> dict[str, Any]:
    """Every field of a template, with a value of its kind."""
    values: dict[str, Any] = {}
    for champ in modele.champs:
        if champ in LISTS:
            values[champ] = [f"{champ} un", {"libelle": f"{champ} deux", "texte": "détail"}]
        elif champ.endswith("_date") or champ == "date_retenue":
            values[champ] = "2027-03-01"
        elif champ == "debut":
            values[champ] = "2027-03-01T09:30:00+00:00"
        elif champ == "fuseau":
            values[champ] = "Indian/Reunion"
        elif champ.endswith("_minutes"):
            values[champ] = 30
        elif champ == "references":
            values[champ] = ["valeur-references"]
        else:
            values[champ] = f"valeur-{champ}"
    return values


def render(nom: str, champs: dict[str, Any], langue: str = "fr") -> textes.Textes:
    """A message for Amina."""
    return textes.render(nom, champs, Lecteur("Amina", langue), "deposit", AIDE)


def test_the_table_the_page_and_the_folders_agree() -> None:
    """`modeles.toml`, `docs/modeles.md` and `modeles/` name the same templates with the same fields."""
    page = (tree.ROOT / "docs" / "modeles.md").read_text("utf-8")
    documented = {nom: set(re.findall(r"`(\w+)`", champs)) for nom, champs in DOCUMENTED.findall(page)}
    table = {nom: set(modele.champs) for nom, modele in textes.table().items() if nom != textes.RECTIFICATIF}
    assert documented == table
    folders = {path.name for path in textes.FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders - set(textes.languages()) == set(textes.table())


@pytest.mark.parametrize("nom", sorted(textes.table()))
def test_a_message_answers_the_questions_of_who_reads_it(nom: str) -> None:
    """Who, what to do, until when, what if I cannot, free; and every field that was given is said."""
    modele = textes.table()[nom]
    said = render(nom, filled(modele))
    assert "Bonjour Amina," in said.corps
    assert "Qui vous écrit :" in said.corps and "Si vous n’y arrivez pas" in said.corps and "gratuit" in said.corps
    assert "Ce que vous" in said.corps and "Date limite :" in said.corps
    assert AIDE in said.corps and LIEN in said.corps
    assert (LIEN in said.sms) != (nom in CODES) and len(said.sms) < 400 and "\n" not in said.objet
    everything = said.objet + said.corps + said.sms + said.lettre
    assert not VOUVOIEMENT_ADMINISTRATIF.search(everything)
    assert "2027-03-01" not in everything
    assert not [
        champ
        for champ in modele.champs
        if f"valeur-{champ}" not in everything and filled(modele)[champ] == f"valeur-{champ}"
    ]
    assert "\n\n\n" not in said.corps


@pytest.mark.parametrize("nom", sorted(textes.table()))
def test_a_message_without_one_of_its_fields_is_refused(nom: str) -> None:
    """Each mandatory field, one by one, absent then empty; those that may be empty may."""
    modele = textes.table()[nom]
    for champ in modele.champs:
        champs = filled(modele)
        for broken in ({k: v for k, v in champs.items() if k != champ}, {**champs, champ: ""}):
            if champ in modele.vides:
                assert render(nom, broken).corps
            else:
                with pytest.raises(ContenuRefuse, match=f"CHAMP_MANQUANT {champ}"):
                    render(nom, broken)


HOURS = (
    ("974", "2026-12-03T05:00:00+00:00", "3 décembre 2026 à 9 h (heure de La Réunion)"),
    ("975", "2026-12-03T12:30:00+00:00", "3 décembre 2026 à 9 h 30 (heure de Miquelon)"),
    ("988", "2026-12-02T22:00:00+00:00", "3 décembre 2026 à 9 h (heure de Nouméa)"),
    ("75", "2027-03-27T08:00:00+00:00", "27 mars 2027 à 9 h"),
    ("75", "2027-03-28T07:00:00+00:00", "28 mars 2027 à 9 h"),
    ("75", "2027-10-30T07:00:00+00:00", "30 octobre 2027 à 9 h"),
    ("75", "2027-10-31T08:00:00+00:00", "31 octobre 2027 à 9 h"),
    # Saint-Pierre-et-Miquelon changes its hour on the days of North America, two weeks away from ours.
    ("975", "2027-03-14T11:00:00+00:00", "14 mars 2027 à 9 h (heure de Miquelon)"),
    ("975", "2027-11-07T12:00:00+00:00", "7 novembre 2027 à 9 h (heure de Miquelon)"),
    ("", "2026-12-03T05:00:00+00:00", "3 décembre 2026 à 6 h (heure de Paris)"),
)


@pytest.mark.parametrize(("departement", "debut", "said"), HOURS)
@pytest.mark.parametrize("nom", ["rendez_vous_pris", "rendez_vous_deplace", "rendez_vous_annule", "convocation"])
def test_an_hour_is_told_on_the_clock_of_its_place(nom: str, departement: str, debut: str, said: str) -> None:
    """By e-mail, SMS and letter; the zone is named wherever it is not that of Paris, or where no place is known."""
    fuseau = catalogue().departement(departement).fuseau if departement else ""
    words = render(nom, filled(textes.table()[nom]) | {"debut": debut, "fuseau": fuseau})
    for text in (words.corps, words.sms):
        assert said in text and ("heure de" in text) == ("heure de" in said)


def test_a_zone_that_does_not_exist_stops_the_message() -> None:
    """Nobody is told an hour that nobody can compute."""
    champs = filled(textes.table()["rendez_vous_pris"]) | {"fuseau": "Indian/Atlantide"}
    with pytest.raises(ContenuRefuse):
        render("rendez_vous_pris", champs)


def test_notices_carry_what_the_law_wants_in_them() -> None:
    """DEP-39: reason, recourse and reopening of a closing; reason, text and recourse of a refusal."""
    closing = render("demande_close", filled(textes.table()["demande_close"])).corps
    assert all(word in closing for word in ("valeur-motif", "recours un", "reouverture un"))
    refusal = render("decision_defavorable", filled(textes.table()["decision_defavorable"])).corps
    assert all(word in refusal for word in ("valeur-motif", "valeur-texte", "recours un"))


@pytest.mark.parametrize("nom", ["depot_recu", "pieces_demandees", "attestation_delivree"])
def test_what_is_written_in_arabic_says_the_same_fields(nom: str) -> None:
    """The same fields, the same link, the same way out."""
    modele = textes.table()[nom]
    said = render(nom, filled(modele), "ar")
    assert said.langue == "ar"
    everything = said.objet + said.corps + said.sms + said.lettre
    assert LIEN in said.corps and AIDE in said.corps and "مجان" in said.corps
    assert not [
        champ
        for champ in modele.champs
        if f"valeur-{champ}" not in everything and filled(modele)[champ] == f"valeur-{champ}"
    ]


@pytest.mark.parametrize(("langue", "send_them"), [("fr", "ces pièces"), ("ar", "هذه الوثائق")])
def test_a_question_without_pieces_nor_last_day_asks_for_no_piece_and_leaves_no_date_blank(
    langue: str, send_them: str
) -> None:
    """DEP-35: what is written instead, and that the delay stands still."""
    asked = filled(textes.table()["pieces_demandees"]) | {"pieces": [], "echeance_date": ""}
    said = render("pieces_demandees", asked, langue).corps
    assert "valeur-texte" in said and send_them not in said and " : ." not in said


@pytest.mark.parametrize("langue", textes.languages())
def test_a_language_has_all_that_surrounds_its_messages(langue: str) -> None:
    """Greeting, foot, author, button, list of papers and neutral text: without them its messages would be set aside."""
    around = sorted(
        path.name for path in textes.FOLDER.iterdir() if path.name.startswith("_") and path.suffix != ".html"
    )
    written = [
        path.name for path in (textes.FOLDER / langue).iterdir() if path.is_dir() and path.name in textes.table()
    ]

    assert [name for name in around if not (textes.FOLDER / langue / name).exists()] == []
    assert all(render(nom, filled(textes.table()[nom]), langue).langue == langue for nom in written)


def test_a_field_cannot_run_nor_reach_anything() -> None:
    """What a source gives is data."""
    said = render("message_agent", {"reference": "{{ ''.__class__ }}", "texte": "{% for x in y %}{{ lien }}"})
    assert "{{ ''.__class__ }}" in said.corps and "{% for x in y %}" in said.corps


@pytest.mark.parametrize("langue", ["fr", "ar"])
def test_the_neutral_text_names_nothing(langue: str) -> None:
    """No service, no démarche, no administration."""
    said = textes.neutral(langue)
    everything = said.objet + said.corps + said.sms + said.lettre + said.appel
    assert not re.search(
        r"titre|séjour|préfecture|demande|dossier|pièce|étranger|إقامة|محافظة", everything, re.IGNORECASE
    )


@pytest.mark.parametrize("nom", sorted(nom for nom in textes.table() if nom not in CODES))
def test_the_foot_names_the_page_to_which_the_link_leads(nom: str) -> None:
    """Who needs no account there is not told of a space that she may not have."""
    modele = textes.table()[nom]
    corps = render(nom, filled(modele)).corps
    assert ("sans compte : " + LIEN in corps) == bool(modele.page)
    assert ("dans votre espace : " + LIEN in corps) != bool(modele.page)
