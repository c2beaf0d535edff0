"""A signed PDF is checked with the validation of pyHanko, against our authority alone, as a court's reader does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.autorite import Autorite, create
from documents.nature import Nature
from documents.rendu import render
from documents.signature import sign_pdf
from droit.decision import Refused
from tests.documents.exemples import contenu
from tests.documents.lecture import signature_of, text_of


def test_a_signed_pdf_is_trusted_by_our_authority_alone_and_a_changed_byte_breaks_it(tmp_path: Path) -> None:
    ours = Autorite.load(create(tmp_path / "ours"), "deposit")
    theirs = Autorite.load(create(tmp_path / "theirs"), "deposit")
    plain = render(contenu(Nature.HISTORIQUE))

    signed = sign_pdf(plain, ours)
    at = plain.index(b"stream") + 40
    changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]

    assert signed.startswith(plain)
    assert text_of(signed) == text_of(plain)
    assert signature_of(signed, ours.chain).bottom_line
    assert not signature_of(signed, theirs.chain).trusted
    assert not signature_of(changed, ours.chain).intact


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    for key in folder.glob("*.pem"):
        key.unlink()

    with pytest.raises(Refused) as refused:
        sign_pdf(b"", Autorite.load(folder, "deposit"))

    assert refused.value.motif.code == "AUTORITE_ABSENTE"
