"""The catalogue of titles holds what section 3 of the requirements says, and nothing that no source says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from droit.catalogue import ROOT, Stade, catalogue, load, may_issue
from droit.catalogue.titre import DroitAuTravail, Titre
from droit.dates import Position
from droit.decision import Refused

DAY = date(2025, 6, 1)
REC, DROIT = Position.RECOMMANDATION, Position.DROIT_EN_VIGUEUR
TITRES = catalogue().titres()
P, N, G = Stade.PREMIERE, Stade.RENOUVELLEMENT, Stade.REGULARISATION
# What the requirements list. A title added later is checked when it is loaded and by each test over TITRES: it needs no
# line here (DEP-21).
REQUIRED = [f"TIT-{n:02}" for n in range(1, 36)] + [f"OUT-{n:02}" for n in range(1, 11)]
LISTED = [titre for titre in TITRES if titre.id in REQUIRED]


def test_the_catalogue_is_whole() -> None:
    required = [f"DEM-{n:02}" for n in range(1, 9)]
    assert [titre.id for titre in LISTED] == REQUIRED
    assert [d.id for d in catalogue().demarches() if d.id in required] == required
    assert len(TITRES) == len(list((ROOT / "titres").glob("*.toml")))
    assert len(catalogue().demarches()) == len(list((ROOT / "demarches").glob("*.toml")))


@pytest.mark.parametrize(
    ("opened_by", "depuis", "ids"),
    [
        ("arrete-2021-04-27", date(2021, 5, 1), (1, 2, 3, 5, 6, 8, 9, 10, 12, 13)),
        ("arrete-2022-03-29", date(2022, 4, 1), (11,)),
        ("arrete-2023-03-31", date(2023, 3, 31), (7, 14, 15, 16, 17, 18)),
        ("arrete-2023-06-22", date(2023, 6, 22), (19, 20, 21)),
        ("arrete-2023-09-28", date(2023, 9, 28), (22, 23, 24, 25, 26, 27, 28)),
        ("arrete-2024-07-01", date(2024, 7, 1), (29, 30, 31)),
    ],
)
def test_each_arrete_opened_the_titles_that_it_lists(opened_by: str, depuis: date, ids: tuple[int, ...]) -> None:
    found = [t for t in LISTED if t.ouvert_par.texte == opened_by]
    assert [t.id for t in found] == [f"TIT-{n:02}" for n in ids]
    for titre in found:
        value = titre.teleservice.at(DAY, DROIT)
        assert (value.value, value.depuis, value.source) == (True, depuis, opened_by)


@pytest.mark.parametrize("id_", ["TIT-32", "TIT-33", "TIT-34", "TIT-35"])
def test_what_no_arrete_lists_is_on_the_teleservice_in_one_position_only(id_: str) -> None:
    titre = catalogue().titre(id_)
    assert titre.teleservice.at(DAY, REC).value and not titre.teleservice.at(DAY, DROIT).value


@pytest.mark.parametrize("titre", TITRES, ids=lambda t: t.id)
def test_filing_online_obliges_nobody_in_the_position_of_the_recommendations(titre: Titre) -> None:
    assert not titre.obligatoire.at(DAY, REC).value
    assert "guichet" in titre.canaux
    assert titre.obligatoire.at(DAY, DROIT).value == titre.teleservice.at(DAY, DROIT).value


@pytest.mark.parametrize("titre", TITRES, ids=lambda t: t.id)
def test_everyone_files_without_a_number_and_only_europeans_in_the_other_position(titre: Titre) -> None:
    assert titre.sans_numero.at(DAY, REC).value
    assert titre.sans_numero.at(DAY, DROIT).value == (titre.id == "TIT-06")


@pytest.mark.parametrize("titre", [t for t in TITRES if t.id.startswith("OUT")], ids=lambda t: t.id)
def test_what_is_outside_the_teleservice_has_its_route_and_the_recepisse(titre: Titre) -> None:
    assert titre.hors_teleservice is not None and titre.hors_teleservice.route and titre.hors_teleservice.conditions
    assert not any(titre.teleservice.at(DAY, position).value for position in Position)
    assert "teleservice" not in titre.canaux
    assert titre.documents(P, DAY, REC).value == ("AD", "REC")


@pytest.mark.parametrize(
    ("id_", "stade", "recommandation", "droit"),
    [
        ("TIT-01", P, "AD API-G ADF", "AD API-G ADF"),
        ("TIT-02", P, "AD API-G ADF", "AD API-G ADF"),
        ("TIT-03", P, "AD API-T ADF", "AD API-T ADF"),
        ("TIT-03", N, "AD API-G ADF", "AD API-G ADF"),
        ("TIT-04", P, "AD API-F ADF", "AD API-F ADF"),
        ("TIT-08", P, "AD API-B ADF-B ADF", "AD API-B ADF"),
        ("TIT-10", P, "AD API-B ADF-B ADF", "AD API-B ADF"),
        ("TIT-11", P, "AD API-B ADF-B ADF", "AD API-B ADF"),
        ("TIT-12", P, "AD API-B ADF-B ADF", "AD API-B ADF"),
        ("TIT-13", P, "AD", "AD"),
        ("TIT-14", N, "AD API-G ADF", "AD API-G ADF"),
        ("TIT-15", G, "AD REG ADF", "AD ADF"),
        ("TIT-15", N, "AD API-G ADF", "AD API-G ADF"),
        ("TIT-21", P, "AD API-J ADF", "AD API-J ADF"),
        ("TIT-22", P, "AD API-J ADF", "AD API-J ADF"),
        ("TIT-29", N, "AD API-G ADF", "AD API-G ADF"),
        ("TIT-31", P, "AD API-G ADF", "AD API-G ADF"),
        ("OUT-04", G, "AD REG", "AD"),
    ],
)
def test_each_demande_goes_through_its_documents(id_: str, stade: Stade, recommandation: str, droit: str) -> None:
    titre = catalogue().titre(id_)
    for position, expected in ((REC, recommandation), (DROIT, droit)):
        given = catalogue().delivered(titre, stade, DAY, position)
        assert " ".join(applied.regime.code for applied in given) == expected


def test_a_day_before_the_title_joined_the_teleservice_has_no_answer() -> None:
    with pytest.raises(Refused) as refused:
        catalogue().titre("conjoint-de-francais").teleservice.at(date(2023, 3, 30), DROIT)
    assert refused.value.motif.code == "AVANT_LA_REGLE"
    assert not catalogue().titre("TIT-14").on_teleservice(date(2023, 3, 30), DROIT)
    assert catalogue().titre("TIT-14").on_teleservice(date(2023, 3, 31), DROIT)


def test_work_is_asserted_only_where_a_text_says_it() -> None:
    asserted = {
        (titre.id, stade): travail.textes
        for titre in LISTED
        for stade in titre.travaux
        if (travail := titre.travail_at(stade, DAY, DROIT).value).droit is not DroitAuTravail.A_COMPLETER
    }
    of_family = ("ceseda-r431-15-2", "ct-r5221-2-7", "ceseda-l421-22", "ceseda-l421-23")
    assert asserted == {
        ("TIT-03", P): ("ceseda-r431-15-2", "ct-r5221-2-6"),
        ("TIT-04", P): of_family,
        ("TIT-04", Stade.RENOUVELLEMENT): of_family,
    }


@pytest.mark.parametrize("id_", ["TIT-03", "TIT-04"])
def test_a_first_talent_demande_prints_that_it_allows_work(id_: str) -> None:
    for position in Position:
        travail = catalogue().titre(id_).travail_at(P, DAY, position).value
        assert travail.autorise and travail.mention.startswith("Autorise son titulaire à travailler")
        assert "sauf si" not in travail.mention


@pytest.mark.parametrize("titre", TITRES, ids=lambda t: t.id)
def test_a_default_is_named_printed_as_one_and_cites_no_article(titre: Titre) -> None:
    for stade in titre.stades:
        travail = titre.travail_at(stade, DAY, REC).value
        if travail.demonstration:
            assert "démonstration" in travail.mention and not travail.textes
        pieces = titre.pieces_at(stade, DAY, REC)
        assert pieces and any(piece.obligatoire for piece in pieces)
        for piece in pieces:
            assert piece.demonstration == ("démonstration" in piece.libelle) == ("pieces" in titre.a_completer)
            assert piece.demonstration == (piece.citation.texte == "regle-du-service")


@pytest.mark.parametrize("titre", TITRES, ids=lambda t: t.id)
def test_production_issues_nothing_for_a_title_that_holds_a_default(titre: Titre) -> None:
    decision = may_issue(titre, production=True)
    assert (decision.motif.code if decision.motif else "") == ("TITRE_A_COMPLETER" if titre.a_completer else "")
    assert decision.accepted == (not titre.a_completer)
    assert may_issue(titre, production=False).accepted


def test_the_articles_are_those_of_the_sources() -> None:
    assert {titre.id: titre.article for titre in LISTED if titre.article} == {
        "TIT-01": "L. 422-1",
        "TIT-02": "L. 422-1",
        "TIT-04": "L. 421-22, L. 421-23",
        "TIT-32": "L. 433-3",
        "TIT-34": "L. 433-3",
        "TIT-35": "L. 431-2",
        "OUT-04": "L. 423-23",
    }


def test_no_two_titles_give_the_same_pieces_or_the_same_mention() -> None:
    pieces = [frozenset(p.code for s in t.pieces for p in t.pieces_at(s, DAY, REC)) for t in LISTED]
    # A title that papers do not name says nothing of its own in a mention either.
    named = [t for t in LISTED if not t.papier]
    mentions = [frozenset(t.travail_at(s, DAY, REC).value.mention for s in t.travaux) for t in named]
    assert len(set(pieces)) == len(LISTED)
    assert len(set(mentions)) == len(named)


def test_the_marks_of_the_special_regimes_are_set() -> None:
    marked = {name: [t.id for t in LISTED if getattr(t, name)] for name in ("bpi", "jeune_majeur", "l433_3", "voyage")}
    assert marked == {
        "bpi": ["TIT-08", "TIT-09", "TIT-10", "TIT-11", "TIT-12", "TIT-13"],
        "jeune_majeur": ["TIT-21", "TIT-22"],
        "l433_3": ["TIT-11", "TIT-29", "TIT-30", "TIT-32", "TIT-34"],
        "voyage": ["TIT-13"],
    }


def test_a_temporary_card_may_become_a_longer_one_at_its_renewal() -> None:
    titre = catalogue().titre("conjoint-de-francais")
    wanted = titre.choix_au_renouvellement.at(DAY, REC).value
    assert wanted == ("carte-de-sejour-pluriannuelle", "carte-de-resident")
    assert titre.choix_au_renouvellement.at(DAY, DROIT).value == ()
    assert not catalogue().titre("carte-de-resident").choix_au_renouvellement.at(DAY, REC).value


def test_the_first_heading_of_the_choice_tree_names_victims_and_each_situation_leads_somewhere() -> None:
    first = next(iter(catalogue().familles.values()))
    assert first.code == "victimes" and "victime" in first.libelle
    words = " ".join(s.libelle for s in first.situations)
    for word in ("violent", "mariée", "ordonnance de protection", "traite", "proxénétisme"):
        assert word in words
    assert {t.famille for t in TITRES} == set(catalogue().familles)
    assert {t.id for t in LISTED if t.famille == "victimes"} == {
        "TIT-23", "TIT-24", "TIT-25", "TIT-26", "OUT-06", "OUT-09",
    }  # fmt: skip


def test_a_title_joins_the_teleservice_by_a_block_and_a_new_one_by_a_file(pack: Path) -> None:
    salarie = pack / "titres/salarie.toml"
    text = salarie.read_text("utf-8")
    block = '[[teleservice]]\ndepuis = 2027-01-01\nvaleur = true\nsource = "regle-du-service"\n\n[[obligatoire]]'
    salarie.write_text(text.replace("[[obligatoire]]", block, 1), "utf-8")
    new = text.replace('code = "salarie"', 'code = "apprenti"').replace("OUT-08", "OUT-11")
    new = new.replace("Salarié", "Apprenti").replace("Vous avez un contrat", "Vous avez un apprentissage")
    new = new.replace("Contrat de travail", "Contrat d'apprentissage")
    (pack / "titres/apprenti.toml").write_text(new, "utf-8")
    read = load(pack)
    joined = read.titre("OUT-08")
    assert not joined.on_teleservice(date(2026, 12, 31), DROIT)
    assert joined.on_teleservice(date(2027, 1, 1), DROIT)
    assert read.titre("apprenti").libelle == "Apprenti"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ("titre", "TITRE_INCONNU"),
        ("demarche", "DEMARCHE_INCONNUE"),
        ("departement", "DEPARTEMENT_INCONNU"),
        ("prefecture", "PREFECTURE_INCONNUE"),
        ("texte", "TEXTE_INCONNU"),
    ],
)
def test_an_unknown_code_is_refused_with_its_reason(ask: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        getattr(catalogue(), ask)("rien")
    assert refused.value.motif.code == code
