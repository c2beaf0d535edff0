"""What is on the paper, whoever it is about and whatever they typed."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest

from documents.autorite import Autorite
from documents.code2d import sign
from documents.contenu import Droit, Personne
from documents.glyphes import MODELES
from documents.nature import Nature
from documents.rendu import data_matrix, render
from documents.texte import moment_of, read_moment
from droit.dates import Citation
from tests.documents.exemples import DROITS, EXTRA, NUMERO, contenu
from tests.documents.lecture import text_of

RIGHTS = (Nature.API, Nature.ADF, Nature.REG, Nature.REC)


def paper(nature: Nature, **changes: Any) -> str:
    return text_of(render(contenu(nature, **changes)))


@pytest.mark.parametrize("nature", Nature)
def test_every_document_is_accessible_archivable_french_and_light(nature: Nature, autorite: Autorite) -> None:
    document = contenu(nature)
    pdf = render(document, sign(document, autorite) if nature.is_signed else "")
    metadata = pypdfium2.PdfDocument(pdf).get_metadata_dict()

    assert len(pdf) < 300_000
    for mark in (b"<pdfuaid:part>1<", b"<pdfaid:part>2<", b"<pdfaid:conformance>A<", b"/Lang(fr)", b"/MarkInfo"):
        assert mark in pdf, mark
    assert metadata["Title"] == f"{nature.libelle} {document.reference}"
    assert (b"/Alt<FEFF" + "Code 2D-Doc signé".encode("utf-16-be").hex().upper().encode() in pdf) is nature.is_signed


@pytest.mark.parametrize("nature", Nature)
def test_the_same_data_give_the_same_bytes(nature: Nature, autorite: Autorite) -> None:
    payload = sign(contenu(nature), autorite) if nature.is_signed else ""

    assert render(contenu(nature), payload) == render(contenu(nature), payload)


@pytest.mark.parametrize("nature", Nature)
def test_every_document_carries_the_reference_and_where_to_check_it(nature: Nature) -> None:
    text = paper(nature)

    assert contenu(nature).reference in text
    assert NUMERO in text
    assert "https://sejour.example/verifier" in text
    assert "sans compte" in text
    assert "Règle appliquée : R. 431-15-1, position « recommandation »" in text


def test_the_three_attestations_are_plainly_different() -> None:
    ad, api, adf = (paper(nature) for nature in (Nature.AD, Nature.API, Nature.ADF))

    assert "Attestation de dépôt AD" in ad
    assert "Ce n’est ni un titre de séjour ni une attestation de prolongation d’instruction" in ad
    assert "il prouve seulement le dépôt" in ad
    assert "Ce document n’est pas une attestation de dépôt : il donne les droits écrits ci-dessous." in api
    assert "Attestation de décision favorable ADF" in adf
    assert "la décision est déjà prise" in adf
    pictures = {render_picture(nature) for nature in (Nature.AD, Nature.API, Nature.ADF, Nature.REG, Nature.REC)}
    assert len(pictures) == 5


def render_picture(nature: Nature) -> bytes:
    """The band of the page in black and white, small: what is told apart at arm's length, with the words blurred."""
    page = pypdfium2.PdfDocument(render(contenu(nature)))[0].render(scale=1, grayscale=True).to_pil()
    band: bytes = page.crop((40, 70, 560, 140)).resize((26, 4)).quantize(4).tobytes()
    return band


@pytest.mark.parametrize("nature", RIGHTS)
def test_title_article_work_and_rights_are_printed_with_their_texts(nature: Nature) -> None:
    text = paper(nature)

    assert "Carte de séjour « étudiant »" in text
    assert "CESEDA L. 422-1" in text
    assert "autorise son titulaire à travailler" in text
    for droit in DROITS:
        assert f"{droit.libelle} {droit.texte.split(',')[0]}" in text
        assert droit.source in text


def test_a_favourable_decision_has_no_end_and_keeps_the_mention() -> None:
    text = paper(Nature.ADF)

    assert "Valable à partir du 13 mars 2027, sans date de fin" in text
    assert "reconnue réfugiée" in text
    assert "les mêmes droits que le titre" in text


@pytest.mark.parametrize("nature", [Nature.API, Nature.REG, Nature.REC])
def test_days_of_validity_are_written_out(nature: Nature) -> None:
    text = paper(nature, debut_date=date(2027, 3, 1), fin_date=date(2027, 8, 31))

    assert "Valable du 1er mars 2027 au 31 août 2027 inclus." in text


def test_a_deposit_that_prolongs_the_expired_card_says_until_when_and_what_it_proves() -> None:
    droits = (Droit("Séjour", "La carte expirée prouve le droit de rester en France.", "CESEDA L. 433-3"), *DROITS[1:])
    text = paper(Nature.AD, droits=droits, fin_date=date(2027, 6, 12))

    assert "vont jusqu’au 12 juin 2027 inclus" in text
    assert "La carte expirée prouve le droit de rester en France. CESEDA L. 433-3" in text
    assert "il prouve seulement le dépôt" not in text


def test_a_deposit_without_rights_promises_no_work() -> None:
    assert "travailler" not in paper(Nature.AD)


def test_no_template_holds_the_sentence_that_contradicts_the_right_to_work() -> None:
    for nature in Nature:
        assert "sauf si une autorisation de travail" not in paper(nature)
    for template in MODELES.glob("*.typ"):
        assert "autorisation de travail" not in template.read_text()


@pytest.mark.parametrize("nature", [n for n in Nature if n is not Nature.BLO])
def test_the_ground_of_the_demande_is_told_to_nobody_who_need_not_know(nature: Nature) -> None:
    assert "ordonnance de protection" not in paper(nature, fondement="ordonnance de protection")


@pytest.mark.parametrize("nature", [n for n in Nature if not n.is_signed])
def test_a_mention_stays_on_the_papers_that_carry_rights(nature: Nature) -> None:
    assert "réfugiée" not in paper(nature)


def test_a_statement_of_blockage_holds_all_that_article_4_needs() -> None:
    text = paper(Nature.BLO, fondement="Conjoint de Français")

    for part in (
        "ne peut pas être déposée en ligne",
        "Naceur-O’Brien",
        "Renouvellement d’un titre de séjour",
        "Conjoint de Français",
        "Préfecture d’exemple",
        "1er mars 2027",
        "5 mars 2027 à 14 h 05",
        "Le bouton « déposer » reste gris",
        "arrêté du 1er août 2023, article 4",
        contenu(Nature.BLO).reference,
    ):
        assert part in text, part
    assert "Service des étrangers, 1 place de la Préfecture" in text


def test_a_closing_notice_says_why_what_is_missing_and_what_can_be_done() -> None:
    text = paper(Nature.CLOTURE)

    for part in (
        "Le justificatif de domicile demandé deux fois",
        "10 janvier 2027",
        "Message lu le 11 janvier 2027",
        "Texte appliqué par la préfecture",
        "recours gracieux",
        "Demander la réouverture",
        "fermée le 15 mars 2027",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("libelle", "expected"),
    [("aucune", "Aucune pièce ne manque."), ("Justificatif de domicile", "Ces pièces n’ont pas été demandées.")],
)
def test_a_closing_notice_without_a_request_for_pieces_prints_no_empty_table(libelle: str, expected: str) -> None:
    row = {"libelle": libelle, "demande_date": "", "preuve": ""}

    text = paper(Nature.CLOTURE, extra=EXTRA[Nature.CLOTURE] | {"pieces_manquantes": [row]})

    assert expected in text
    assert "Preuve de la demande" not in text
    assert (libelle in text) == (libelle != "aucune")


def test_a_paper_says_once_that_it_names_the_rule_applied() -> None:
    regle = "Règle appliquée : R. 431-15-1 ; durée : Règle appliquée : P-API"

    text = paper(Nature.API, regle=regle)

    assert "Règle appliquée : R. 431-15-1 ; durée : P-API" in text
    assert text.count("Règle appliquée") == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "Venez le 2 avril 2027 à 9 h 30."),
        ({"date": "", "heure": "", "limite_date": "2027-04-10"}, "vous seront écrits avant le 10 avril 2027"),
        ({"date": None, "heure": None}, "Gardez ce document."),
    ],
)
def test_a_convocation_is_dated_with_or_without_a_slot(change: dict[str, Any], expected: str) -> None:
    text = paper(Nature.CONVOCATION, extra=EXTRA[Nature.CONVOCATION] | change)

    assert expected in text
    assert "Fait le 12 mars 2027" in text
    assert "Votre passeport" in text


def test_a_visit_leaves_a_dated_proof_of_the_difficulty() -> None:
    text = paper(Nature.PREUVE_VISITE)

    assert "12 mars 2027 à 10 h 20" in text
    assert "le courriel de confirmation n’arrive jamais" in text


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2027-03-12T10:20[Indian/Reunion]", "12 mars 2027 à 10 h 20 (heure de La Réunion)"),
        ("2027-03-12T10:00[Pacific/Noumea]", "12 mars 2027 à 10 h (heure de Nouméa)"),
        ("2027-03-12T10:00", "12 mars 2027 à 10 h"),
    ],
)
def test_a_paper_names_the_hour_of_a_place_overseas(moment: str, said: str) -> None:
    text = paper(Nature.PREUVE_VISITE, extra=EXTRA[Nature.PREUVE_VISITE] | {"visite_date": moment})

    assert said in text and ("heure de" in text) == ("heure de" in said)


def test_a_moment_is_kept_as_the_wall_clock_of_its_place() -> None:
    instant = datetime(2027, 3, 12, 6, 20, tzinfo=UTC)

    for fuseau, kept in (("Europe/Paris", "2027-03-12T07:20"), ("Indian/Reunion", "2027-03-12T10:20[Indian/Reunion]")):
        assert moment_of(instant, fuseau) == kept
        assert read_moment(kept) == (datetime.fromisoformat(kept[:16]), fuseau)


def test_a_letter_is_addressed_and_the_proof_of_sending_names_what_was_stored() -> None:
    assert "chez Mme Martin 12 rue des Lilas 35000 RENNES" in paper(Nature.LETTRE)
    assert "bail signé.pdf 12,4 Mo" in paper(Nature.PREUVE_ENVOI)
    assert ("9f86d081884c7d65" * 4) in paper(Nature.PREUVE_ENVOI).replace(" ", "")


@pytest.mark.parametrize("nature", Nature)
def test_a_development_document_says_that_it_is_an_example(nature: Nature) -> None:
    marked = contenu(nature, extra=EXTRA.get(nature, {}) | {"developpement": True})

    assert "EXEMPLE : document d’un système de développement. Il ne donne aucun droit." in text_of(render(marked))
    assert "EXEMPLE" not in paper(nature)


# What is typed as a name, and what the paper then says: what no font of ours draws is told in words.
UNTOLD = "Ce document ne peut pas imprimer tout ce nom, à cause de son écriture."
UNDRAWN = [
    ("李小龍", UNTOLD),
    ("Li 李", "Li Prénoms"),
    ("Zoë 😀", "Zoë Prénoms"),
    ("👨‍👩‍👧", UNTOLD),
    ("አበበ ቢቂላ", UNTOLD),
    ("রহিমা খাতুন", UNTOLD),
    ("lone \ud800 half", "lone half"),
    ("\ue000 \uffff", UNTOLD),
]
# The data are never run, cut short or reordered.
HOSTILE = [
    ("\u202eREVERSED\u202c", "REVERSED"),
    ("\u2066A\u2069\u200fB\u061c", "AB"),
    ("a\x00b\x07c\x1bd\x7f", "a b c d"),
    ("\ufeffBOM", "BOM"),
    ("two\nlines\ttab", "two lines tab"),
    ('#eval("1+1") #panic()', '#eval("1+1") #panic()'),
    ("#sys.inputs.document", "#sys.inputs.document"),
    ("$x^2$ ] [ } { \\ ` _ * = - + / @ <a>", "$x^2$ ] [ } { \\ ` _ * = - + / @ <a>"),
    ("<script>alert('x')</script> &amp; \"q\"", "<script>alert('x')</script> &amp; \"q\""),
    ("= Titre", "= Titre"),
    ("http://exemple.fr/?a=1", "http://exemple.fr/?a=1"),
    ("Ngọc Ẩn", "Ngọc Ẩn"),
    ("Şükrü İnönü", "Şükrü İnönü"),
    ("Ζωή Юлия", "Ζωή Юлия"),
    ("N" * 300, "N" * 300),
]


@pytest.mark.parametrize(("typed", "printed"), HOSTILE + UNDRAWN)
def test_hostile_and_exotic_names_are_data_and_never_break_a_document(
    typed: str, printed: str, autorite: Autorite
) -> None:
    document = contenu(Nature.API, personne=Personne(nom=typed, prenoms="Anne"))
    text = text_of(render(document, sign(document, autorite)))

    assert printed.replace(" ", "") in text.replace(" ", "")
    assert not any(unicodedata.category(c) == "Cf" for c in text)
    assert "□" not in text
    assert (UNTOLD in text) is ((typed, printed) in UNDRAWN)


@pytest.mark.parametrize(
    "name", ["محمد الأمين", "שרה לוי", "გიორგი", "Անահիտ", "สมชาย", "हिन्दी", "ሰላም", "Z̴̡̧̢̛̛" * 60, "\u0301\u0301\u0301"]
)
def test_other_scripts_and_piled_marks_give_a_document_too(name: str) -> None:
    assert "Anne" in paper(Nature.API, personne=Personne(nom=name, prenoms="Anne"))


@pytest.mark.parametrize("nature", Nature)
def test_every_text_of_every_document_takes_hostile_words(nature: Nature) -> None:
    poison = '#eval("x") ] $ 李 😀 \u202e\x00\ufeff <b> ' + "x" * 300

    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: poisoned(v) if k not in ("sens",) and not k.endswith("date") else v for k, v in value.items()}
        if isinstance(value, list):
            return [poisoned(v) for v in value] if not str(value[0]).startswith("2027") else value
        return poison

    text = paper(
        nature,
        **dict.fromkeys(("emetteur", "prefecture", "titre_libelle", "article", "travail_mention", "regle"), poison),
        personne=Personne(nom=poison, prenoms=poison, nationalite=poison, numero_etranger=poison),
        mentions=(poison,),
        paragraphes=(poison, f"{poison}\n{poison}"),
        adresse=(poison,) * 6,
        droits=(Droit(poison, poison, poison),),
        verification_url=poison,
        extra=poisoned(EXTRA.get(nature, {})),
    )

    assert '#eval("x") ] $ □ □' in text
    assert "Le signe □ remplace un caractère" in text


def test_documents_are_drawn_in_parallel_without_mixing() -> None:
    names = [f"Personne{i}" for i in range(40)]

    def draw(name: str) -> bytes:
        nature = RIGHTS[names.index(name) % len(RIGHTS)]
        return render(contenu(nature, personne=Personne(nom=name, prenoms="Anne")))

    with ThreadPoolExecutor(8) as pool:
        papers = list(pool.map(draw, names))

    # PDFium reads in one thread at a time.
    assert all(f"Nom {name} " in text_of(pdf) for name, pdf in zip(names, papers, strict=True))


def test_a_long_letter_goes_on_as_many_pages_as_it_needs() -> None:
    pdf = render(contenu(Nature.LETTRE, paragraphes=("Une phrase de la lettre. " * 200,) * 4))

    assert len(pypdfium2.PdfDocument(pdf)) > 2
    assert "page 1 / " in text_of(pdf)


@pytest.mark.parametrize("nature", Nature)
def test_the_first_page_alone_can_be_checked(nature: Nature, autorite: Autorite) -> None:
    document = contenu(nature, mentions=("Une mention de plus. " * 30,) * 9)
    pages = pypdfium2.PdfDocument(render(document, sign(document, autorite) if nature.is_signed else ""))

    first = "".join(pages[0].get_textpage().get_text_range().split()).replace("\ufffe", "")

    assert f"Référence:{document.reference}" in first
    assert document.verification_url in first


def test_the_code_begins_with_its_content() -> None:
    """Three letters take the smallest square, of ten modules and a margin: no mark of their alphabet goes before."""
    assert 'width="12" height="12"' in data_matrix("abc")


def test_the_rule_names_the_text_and_none_of_our_files() -> None:
    assert str(Citation("x", "R. 431-15-1", "alinéa 4 ; lu dans 003 I.B ADF")) == "R. 431-15-1 (alinéa 4)"
    assert str(Citation("x", "R. 431-15-1", "lu dans 003 I")) == "R. 431-15-1"
