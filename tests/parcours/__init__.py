"""Journeys over real processes; what the cases assert is explained when it fails, as in any test."""

import pytest

pytest.register_assert_rewrite(*(f"tests.parcours.cas_{name}" for name in ("compte", "documents", "dossier", "envois")))
