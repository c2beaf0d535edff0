"""The code on the paper is read back and verified, by us and by an independent reader; a forged one is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import tddoc.doc
import tddoc.keychain
from cryptography.hazmat.primitives.serialization import Encoding

from chassis.partial_day import PartialDay
from documents import code2d
from documents.autorite import ISSUER_ID, TYPES_6J, Autorite, create
from documents.code2d import Verdict, sign, verify
from documents.contenu import Contenu
from documents.nature import SIGNED, Nature
from documents.rendu import render
from droit.decision import Refused
from tests.documents.exemples import NUMERO, PERSONNE, contenu
from tests.documents.lecture import code_of, text_of


def keychain(autorite: Autorite) -> tddoc.keychain.KeyChain:
    """The independent reader, told of our authority and of nobody else's; fails when the authority is not there."""
    chain = tddoc.keychain.KeyChain()
    for certificate in autorite.chain:
        chain.der_add(certificate.public_bytes(Encoding.DER))
    # tddoc answers True for a certificate whose authority is absent.
    assert any(chain._cn(c.subject) == chain._cn(c.issuer) == ISSUER_ID for c in chain.certs)
    return chain


@pytest.mark.parametrize("dpi", [100, 150, 300])
@pytest.mark.parametrize("nature", sorted(SIGNED))
def test_the_code_of_a_rendered_page_is_read_back_and_verified(nature: Nature, dpi: int, autorite: Autorite) -> None:
    document = contenu(nature)
    payload = sign(document, autorite)
    read = code_of(render(document, payload), dpi)
    independent = tddoc.doc.TwoDDoc.from_code(read.decode("ascii"))
    fields = {data.definition.id: data.value for data in independent.message.dataset}

    assert read == payload.encode("ascii")
    assert independent.signature_is_valid(keychain(autorite))
    assert independent.header.doc_type_id == "13"
    assert independent.header.emit_date == document.emis_date
    assert (fields["6G"], fields["60"], fields["67"]) == ("NACEUR O BRIEN", "ZOE ANNE", "AF")
    assert (fields["69"], fields.get("6N")) == (PERSONNE.naissance_date, document.debut_date)
    assert fields.get("6O") == document.fin_date
    assert fields["6L"] == document.depot_date
    assert (fields["6K"], fields["6Q"]) == (NUMERO, "9912345678")
    assert fields["6J"] == TYPES_6J[nature]
    assert fields["6M"] == "CARTE DE SEJOUR ETUDIANT"
    assert fields["6P"] == "AUTORISE SON TITULAIRE A TRAVAILLER"
    assert verify(read, autorite.chain).fields["6G"] == "NACEUR O BRIEN"
    assert verify(read, autorite.chain).is_authentic


def test_a_day_of_birth_that_nobody_wrote_down_stays_so_on_the_paper_and_in_its_code(autorite: Autorite) -> None:
    document = contenu(Nature.API, personne=replace(PERSONNE, naissance_date=PartialDay(1980)))
    payload = sign(document, autorite)

    assert Contenu.from_dict(document.to_dict()) == document
    assert Contenu.from_dict(document.to_dict()).to_json() == document.to_json()
    assert "00/00/1980" in text_of(render(document, payload))
    assert verify(payload, autorite.chain).fields["69"] == "00001980"


def test_one_changed_character_anywhere_is_never_authentic(autorite: Autorite) -> None:
    payload = sign(contenu(Nature.API), autorite)
    for place, char in enumerate(payload):
        forged = payload[:place] + ("1" if char != "1" else "2") + payload[place + 1 :]
        try:
            assert not verify(forged, autorite.chain).is_authentic, f"character {place}"
        except Refused as refused:
            assert refused.motif.code == "CODE_ILLISIBLE"


def test_a_changed_date_is_falsified_for_both_readers(autorite: Autorite) -> None:
    payload = sign(contenu(Nature.API), autorite)
    forged = payload.replace("6O12062027", "6O12062029")

    assert forged != payload
    assert verify(forged, autorite.chain).verdict is Verdict.FALSIFIE
    assert not tddoc.doc.TwoDDoc.from_code(forged).signature_is_valid(keychain(autorite))


def test_without_its_authority_a_certificate_vouches_for_nothing(autorite: Autorite, tmp_path: Path) -> None:
    payload = sign(contenu(Nature.API), autorite)
    participants = tuple(c for c in autorite.chain if c.subject != c.issuer)
    other = Autorite.load(create(tmp_path / "autre"))

    assert verify(payload, participants).verdict is Verdict.AUTORITE_INCONNUE
    assert verify(payload, ()).verdict is Verdict.AUTORITE_INCONNUE
    assert verify(payload, other.chain).verdict is Verdict.FALSIFIE
    # Same names, another authority: the participant of the first is not believed on the word of the second.
    impostor = tuple(c for c in other.chain if c.subject == c.issuer)
    assert verify(payload, participants + impostor).verdict is Verdict.AUTORITE_INCONNUE


def test_every_service_signs_with_its_own_key_and_any_service_verifies(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    loaded = {service: Autorite.load(folder, service) for service in ("deposit", "ccc", "substitution")}
    payloads = {service: sign(contenu(Nature.REC), autorite) for service, autorite in loaded.items()}

    assert len({payload[8:12] for payload in payloads.values()}) == 3
    assert all(verify(payload, loaded["ccc"].chain).is_authentic for payload in payloads.values())


def test_long_names_are_cut_as_the_format_says(autorite: Autorite) -> None:
    person = PERSONNE.__class__(nom="Zéphyrin" * 40, prenoms="Anne-Marie " * 30, nationalite="FR")
    document = contenu(Nature.AD, personne=person, titre_libelle="Carte " * 60, travail_mention="x" * 40)
    read = code_of(render(document, sign(document, autorite)), 100)
    fields = {d.definition.id: d.value for d in tddoc.doc.TwoDDoc.from_code(read.decode()).message.dataset}

    assert fields["6G"] == ("ZEPHYRIN" * 40)[:38]
    assert fields["60"] == ("ANNE MARIE " * 30)[:60]
    assert len(fields["6M"]) == 40
    assert fields["6P"] == "X" * 40
    assert verify(read, autorite.chain).fields["6M"] == fields["6M"]
    assert f"6G{fields['6G']}{code2d.RS}" in read.decode()


@pytest.mark.parametrize("nom", ["李小龍", "😀", "محمد", "\u202e", "!!!", "Ω"])
def test_a_name_without_a_latin_letter_still_gives_a_signed_code(nom: str, autorite: Autorite) -> None:
    document = contenu(Nature.AD, personne=PERSONNE.__class__(nom=nom, prenoms="Anne"))
    reading = verify(sign(document, autorite), autorite.chain)

    assert reading.is_authentic
    assert reading.fields["6G"] == code2d.NO_NAME


@pytest.mark.parametrize("nature", sorted(set(Nature) - SIGNED))
def test_other_documents_carry_the_reference_alone(nature: Nature, autorite: Autorite) -> None:
    with pytest.raises(Refused) as refused:
        sign(contenu(nature), autorite)

    assert refused.value.motif.code == "DOCUMENT_NON_SIGNE"


@pytest.mark.parametrize("text", ["", "DC04", "bonjour", "DC04SJ00DEP0ZZZZ00001301FR", "\x1f", "é" * 40, "DC04" * 500])
def test_a_code_that_is_something_else_is_told_so(text: str, autorite: Autorite) -> None:
    with pytest.raises(Refused) as refused:
        verify(text, autorite.chain)

    assert refused.value.motif.code == "CODE_ILLISIBLE"


def test_the_same_content_gives_the_same_code(autorite: Autorite) -> None:
    assert sign(contenu(Nature.ADF), autorite) == sign(contenu(Nature.ADF), autorite)
