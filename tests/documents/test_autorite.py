"""The development authority is made once, whole, and its files are what they say."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from documents.autorite import Autorite, create
from documents.code2d import sign, verify
from documents.nature import Nature
from droit.decision import Refused
from tests.documents.exemples import contenu


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    create(folder)

    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]


def test_starts_at_the_same_time_end_with_one_whole_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create, [tmp_path / "documents"] * 8))
    autorite = Autorite.load(tmp_path / "documents", "ccc")

    assert [p.name for p in tmp_path.iterdir()] == ["documents"]
    assert verify(sign(contenu(Nature.REC), autorite), autorite.chain).is_authentic


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")

    assert {f.stat().st_mode & 0o777 for f in folder.glob("*.pem")} == {0o600}


def test_a_folder_with_certificates_only_verifies_and_signs_nothing(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    payload = sign(contenu(Nature.AD), Autorite.load(folder))
    for key in folder.glob("*.pem"):
        key.unlink()
    reader = Autorite.load(folder, "pan")

    assert verify(payload, reader.chain).is_authentic
    with pytest.raises(Refused) as refused:
        sign(contenu(Nature.AD), reader)
    assert refused.value.motif.code == "AUTORITE_ABSENTE"


def test_the_digit_of_each_document_is_a_setting(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    types = json.loads((folder / "types.json").read_text()) | {"API": "7"}
    (folder / "types.json").write_text(json.dumps(types))
    autorite = Autorite.load(folder)

    assert verify(sign(contenu(Nature.API), autorite), autorite.chain).fields["6J"] == "7"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("autorite.der", None),
        ("deposit.der", b"not a certificate"),
        ("deposit.pem", b"not a key"),
        ("types.json", b"{}"),
        ("types.json", b"["),
    ],
)
def test_a_broken_folder_is_refused_at_load(name: str, content: bytes | None, tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(Refused) as refused:
        Autorite.load(folder, "deposit")

    assert refused.value.motif.code == "AUTORITE_ABSENTE"


def test_the_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    folder = create(tmp_path / "documents")
    (folder / "ccc.pem").write_bytes((folder / "pan.pem").read_bytes())
    with pytest.raises(Refused):
        Autorite.load(folder, "ccc")
