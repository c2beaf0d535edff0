"""Bad data is refused at start-up, with the file and the key named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from droit.catalogue import BadData, load
from tests.droit.conftest import Edit

ETUDIANT, TALENT, VISITEUR = "titres/etudiant.toml", "titres/talent.toml", "titres/visiteur.toml"
DCEM, DUPLICATA, ENDS = "demarches/dcem.toml", "demarches/duplicata.toml", "issue.accordee"
CORSE, PARIS, SEINE = "prefectures/2a.toml", "prefectures/75.toml", "prefectures/93.toml"

# file spoiled, text replaced, replacement; then the file and key that the fault must name, and a word of its reason
SPOILED = [
    (ETUDIANT, 'libelle = "Étudiant"', "", ETUDIANT, "libelle", "absente"),
    (ETUDIANT, 'libelle = "Étudiant"', 'libelle = " "', ETUDIANT, "libelle", "vide"),
    (ETUDIANT, 'libelle = "Étudiant"', "libelle = 3", ETUDIANT, "libelle", "attendu str"),
    (ETUDIANT, 'libelle = "Étudiant"', 'libellé = "Étudiant"', ETUDIANT, "", "TOML illisible"),
    (ETUDIANT, 'libelle = "Étudiant"', 'libelle = "Étudiant"\nlibele = "x"', ETUDIANT, "libele", "inconnue"),
    (ETUDIANT, 'id = "TIT-01"', 'id = "T1"', ETUDIANT, "id", "TIT-nn"),
    (ETUDIANT, 'id = "TIT-01"', 'id = "TIT-02"', ETUDIANT, "id", "déjà"),
    (ETUDIANT, 'code = "etudiant"', 'code = "etudiante"', ETUDIANT, "code", "autre nom"),
    (ETUDIANT, 'famille = "etudes"', 'famille = "ecole"', ETUDIANT, "famille", "familles.toml"),
    (ETUDIANT, 'famille = "etudes"', 'famille = "victimes"', ETUDIANT, "famille", "aucune situation"),
    (DCEM, 'id = "DEM-03"', 'id = "DEM-04"', DUPLICATA, "id", "déjà"),
    (DCEM, "Le document de circulation de votre enfant est en", "Votre duplicata est en", DUPLICATA, ENDS, "déjà"),
    (ETUDIANT, 'textes = ["ceseda-l422-1"]', "", ETUDIANT, "textes", "article nommé"),
    (ETUDIANT, 'textes = ["ceseda-l422-1"]', 'textes = ["ceseda-x"]', ETUDIANT, "textes", "textes.toml"),
    (ETUDIANT, '"guichet"', '"pigeon"', ETUDIANT, "canaux", "pigeon"),
    (ETUDIANT, "depuis = 2021-05-01", 'depuis = "2021-05-01"', ETUDIANT, "teleservice[0].depuis", "attendu date"),
    (ETUDIANT, "depuis = 2021-05-01", "", ETUDIANT, "teleservice[0].depuis", "absente"),
    (
        ETUDIANT,
        'source = "arrete-2021-04-27"\nsection = "obligation au 1er mai 2021"\n\n[[obligatoire]]',
        'source = "arrete-x"\n\n[[obligatoire]]',
        ETUDIANT,
        "teleservice[0].source",
        "textes.toml",
    ),
    (ETUDIANT, 'position = "recommandation"', 'position = "avis"', ETUDIANT, "obligatoire[0].position", "avis"),
    (ETUDIANT, 'position = "recommandation"\n', "", ETUDIANT, "obligatoire", "d'autres non"),
    (ETUDIANT, 'position = "recommandation"', 'position = "droit_en_vigueur"', ETUDIANT, "obligatoire", "une seule"),
    (ETUDIANT, "[[regimes.premiere]]", "[[regimes.premier]]", ETUDIANT, "regimes.premier", "premiere"),
    (ETUDIANT, '"AD", "API-G"', '"AD", "API-Z"', ETUDIANT, "regimes.premiere", "régime"),
    (ETUDIANT, '"carte-de-resident"', '"carte-dor"', ETUDIANT, "choix_au_renouvellement", "carte-dor"),
    (ETUDIANT, '"travail.premiere"', '"article"', ETUDIANT, "a_completer", "travail.premiere"),
    (ETUDIANT, 'a_completer = ["conditions"', 'a_completer = ["prix"', ETUDIANT, "a_completer", "prix"),
    (ETUDIANT, '"conditions", "pieces"', '"conditions"', ETUDIANT, "a_completer", "pieces"),
    (ETUDIANT, "(valeur de démonstration : Étudiant)", "", ETUDIANT, "travail.premiere[0].mention", "démonstration"),
    (TALENT, '"ceseda-r431-15-2", "ct-r5221-2-6"', "", TALENT, "travail.premiere[0].textes", "cite"),
    (TALENT, 'droit = "autorise"', 'droit = "non"', TALENT, "travail.premiere", "DEP-52"),
    (TALENT, 'droit = "autorise"', 'droit = "peut-etre"', TALENT, "travail.premiere[0].droit", "peut-etre"),
    (VISITEUR, 'code = "photos"', 'code = "domicile"', VISITEUR, "pieces.premiere[0].liste", "même code"),
    (
        "titres/salarie.toml",
        "[hors_teleservice]",
        "[hors]",
        "titres/salarie.toml",
        "hors_teleservice",
        "route",
    ),
    ("national.toml", "valeur = 120", "valeur = true", "national.toml", "fenetre-ouverture.blocs[0].valeur", "int"),
    ("national.toml", "valeur = 120", "valeur = -1", "national.toml", "fenetre-ouverture.blocs[0].valeur", "moins"),
    ("national.toml", 'jalon = "depot"', 'jalon = "jamais"', "national.toml", "fenetre-ouverture.jalon", "jamais"),
    ("national.toml", "reglage = true\n", "", "national.toml", "P-ATT.reglage", "P-…"),
    ("regimes/api-g.toml", "choix = [3, 6]", "choix = [6]", "regimes/api-g.toml", "duree[0].choix", "choix"),
    ("regimes/api-g.toml", 'code = "API-G"', 'code = "API"', "regimes/api-g.toml", "code", "autre nom"),
    ("regimes/reg.toml", '"P-REC"', '"P-ATT"', "regimes/reg.toml", "duree_reglage", "P-ATT"),
    ("familles.toml", '"victime-de-traite"', '"victime"', "familles.toml", "victimes.situations", "victime"),
    ("departements.toml", '2A = "Corse-du-Sud"\n', "", "departements.toml", "departements", "101"),
    ("departements.toml", '"Indian/Reunion"', '"Indian/Réunion"', "departements.toml", "fuseaux.974", "base tz"),
    ("departements.toml", '974 = "Indian/', '979 = "Indian/', "departements.toml", "fuseaux.979", "liste"),
    (CORSE, 'genre = "pan"', 'fuseau = "Corse"\ngenre = "pan"', CORSE, "lieux[0].fuseau", "base tz"),
    ("demarches/dcem.toml", 'id = "DEM-03"', 'id = "DEM"', "demarches/dcem.toml", "id", "DEM-nn"),
    ("demarches/dcem.toml", '"conditions", "pieces"', '"conditions"', "demarches/dcem.toml", "a_completer", "pieces"),
    (PARIS, "api_mois = 6", "api_mois = 5", PARIS, "api_mois", "api-duree-choix"),
    (PARIS, 'agenda_url = "https://rdv.prefecture-75.example/api"', "", PARIS, "substitution.agenda_url", "adresse"),
    (PARIS, 'service = "75-cite"', 'service = "75-sud"', PARIS, "lieux[0].service", "75-sud"),
    (PARIS, "agents_formes_victimes = 2", "agents_formes_victimes = 0", PARIS, "lieux[0].missions", "formé"),
    (PARIS, 'code = "75-pan-est"', 'code = "75-pan-cite"', PARIS, "lieux", "même code"),
    (CORSE, 'de = "09:00"', 'de = "9h"', CORSE, "orientation.horaires[0].de", "HH:MM"),
    (CORSE, 'a = "12:30"', 'a = "08:00"', CORSE, "orientation.horaires[0].a", "précède"),
    (CORSE, 'genre = "pan"', 'genre = "guichet"', CORSE, "lieux", "point d'accueil"),
    (CORSE, 'missions = ["depot", "remise"]', 'missions = ["remise"]', CORSE, "lieux", "XCT-03"),
    (CORSE, 'code = "2A"', 'code = "20"', CORSE, "code", "departements.toml"),
    (SEINE, "au = 2026-08-16", "au = 2026-07-01", SEINE, "lieux[1].fermetures[0].au", "précède"),
]  # fmt: skip


@pytest.mark.parametrize("line", SPOILED, ids=lambda line: f"{line[3]}:{line[4]}")
def test_a_fault_names_its_file_and_its_key(pack: Path, edit: Edit, line: tuple[str, ...]) -> None:
    spoiled, old, new, file, key, word = line
    edit(spoiled, old, new)
    with pytest.raises(BadData) as bad:
        load(pack)
    assert any(f.file == file and f.key == key and word in f.why for f in bad.value.faults), str(bad.value)


@pytest.mark.clause("PAN-02/d")
@pytest.mark.parametrize("section", ["substitution", "lieux[0]"])
@pytest.mark.parametrize(
    ("vecteurs", "word"),
    [
        ('["telephone"]', "au moins deux"),
        ("[]", "au moins deux"),
        ('["web", "courriel"]', "n'est pas numérique"),
        ('["telephone", "web"]', "sans coordonnées"),
    ],
)
def test_too_few_ways_to_book_or_only_digital_ones_are_refused(
    pack: Path, section: str, vecteurs: str, word: str
) -> None:
    path = pack / CORSE
    head, mark, tail = path.read_text("utf-8").partition("[substitution]" if section == "substitution" else "[[lieux]]")
    written = 'vecteurs = ["telephone", "accueil"]'
    assert written in tail
    path.write_text(head + mark + tail.replace(written, f"vecteurs = {vecteurs}", 1), "utf-8")
    with pytest.raises(BadData) as bad:
        load(pack)
    assert (bad.value.file, bad.value.key) == (CORSE, f"{section}.vecteurs")
    assert any(word in fault.why for fault in bad.value.faults)


def test_a_rule_that_services_ask_by_name_cannot_be_left_out(pack: Path) -> None:
    path = pack / "national.toml"
    path.write_text(path.read_text("utf-8").replace("[P-ATT]", "[P-AUTRE]").replace("P-ATT.", "P-AUTRE."), "utf-8")
    with pytest.raises(BadData) as bad:
        load(pack)
    assert (bad.value.file, bad.value.key) == ("national.toml", "P-ATT")


def test_every_fault_is_named_at_once(pack: Path, edit: Edit) -> None:
    edit(ETUDIANT, 'libelle = "Étudiant"', "")
    edit(CORSE, 'vecteurs = ["telephone", "accueil"]', 'vecteurs = ["web"]')
    edit("national.toml", "valeur = 120", "valeur = 1.5")
    with pytest.raises(BadData) as bad:
        load(pack)
    assert {ETUDIANT, CORSE, "national.toml"} <= {fault.file for fault in bad.value.faults}


@pytest.mark.parametrize("missing", ["textes.toml", "national.toml", "departements.toml", "familles.toml", "titres"])
def test_a_missing_file_or_folder_is_named(pack: Path, missing: str) -> None:
    path = pack / missing
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(BadData) as bad:
        load(pack)
    assert missing in {fault.file for fault in bad.value.faults}


def test_a_block_that_goes_back_in_time_is_refused(pack: Path) -> None:
    path = pack / "demarches/duplicata.toml"
    block = '\n[[teleservice]]\ndepuis = 2020-01-01\nvaleur = false\nsource = "arrete-2021-04-27"\n'
    path.write_text(path.read_text("utf-8") + block, "utf-8")
    with pytest.raises(BadData) as bad:
        load(pack)
    assert (bad.value.file, bad.value.key) == ("demarches/duplicata.toml", "teleservice")


def test_a_text_that_nothing_cites_says_that_it_is_documentary(pack: Path) -> None:
    path = pack / "textes.toml"
    entry = '\n[orphelin]\ntitre = "T"\nnature = "texte"\ndit = "d"\nlu_dans = ["000"]\nverifie_par = "x"\n'
    path.write_text(path.read_text("utf-8") + entry, "utf-8")
    with pytest.raises(BadData) as bad:
        load(pack)
    assert (bad.value.file, bad.value.key) == ("textes.toml", "orphelin")
    path.write_text(path.read_text("utf-8") + "documentaire = true\n", "utf-8")
    assert load(pack).texte("orphelin").documentaire


def _copy(pack: Path, source: str, code: str, *changes: tuple[str, str]) -> Path:
    text = (pack / f"titres/{source}.toml").read_text("utf-8")
    for old, new in ((f'code = "{source}"', f'code = "{code}"'), *changes):
        assert old in text
        text = text.replace(old, new)
    path = pack / f"titres/{code}.toml"
    path.write_text(text, "utf-8")
    return path


def test_two_titles_with_the_same_card_pieces_and_mention_are_refused(pack: Path) -> None:
    _copy(pack, "stagiaire", "stagiaire-bis", ('id = "OUT-03"', 'id = "OUT-33"'))
    with pytest.raises(BadData) as bad:
        load(pack)
    assert {fault.key for fault in bad.value.faults} == {"resume", "pieces", "travail"}
    assert {fault.file for fault in bad.value.faults} == {"titres/stagiaire-bis.toml"}


def test_two_titles_may_be_equal_when_both_say_so_on_the_same_sources(pack: Path, edit: Edit) -> None:
    same = ('id = "OUT-03"', 'id = "OUT-33"\nidentique_a = ["stagiaire"]')
    _copy(pack, "stagiaire", "stagiaire-bis", same)
    edit("titres/stagiaire.toml", 'id = "OUT-03"', 'id = "OUT-03"\nidentique_a = ["stagiaire-bis"]')
    assert load(pack).titre("stagiaire-bis").id == "OUT-33"
