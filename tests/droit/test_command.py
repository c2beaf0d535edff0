"""`python -m droit` checks a rule pack and prints the consolidated list."""

from __future__ import annotations

from pathlib import Path

import pytest

from droit.__main__ import main
from droit.catalogue import catalogue
from tests.droit.conftest import Edit


def test_good_data_ends_with_0(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(pack)]) == 0
    assert f"{len(catalogue().titres())} titres" in capsys.readouterr().out


def test_bad_data_ends_with_1_and_names_file_and_key(
    pack: Path, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    edit("titres/etudiant.toml", 'libelle = "Étudiant"', "")
    assert main(["check", str(pack)]) == 1
    assert "titres/etudiant.toml: libelle: clé obligatoire absente" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["fix"], ["check", "a", "b"]])
def test_a_wrong_command_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_the_consolidated_list_is_in_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    ids = [titre.id for titre in catalogue().titres()] + [demarche.id for demarche in catalogue().demarches()]
    assert [line.split(" | ")[0] for line in lines] == ids
    conjoint = next(line for line in lines if line.startswith("TIT-14"))
    assert "Conjoint de Français" in conjoint and "Arrêté du 31 mars 2023" in conjoint
    assert "téléservice depuis le 31 mars 2023" in conjoint
    assert next(line for line in lines if line.startswith("OUT-08")).endswith("hors du téléservice")
