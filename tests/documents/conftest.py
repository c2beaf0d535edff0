"""One development authority for the whole session, made the way a first start makes it."""

from __future__ import annotations

import pytest

from documents.autorite import Autorite, create


@pytest.fixture(scope="session")
def autorite(tmp_path_factory: pytest.TempPathFactory) -> Autorite:
    """The authority with the key of `deposit`."""
    return Autorite.load(create(tmp_path_factory.mktemp("cles") / "documents"), "deposit")
