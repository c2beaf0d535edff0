"""Journeys over real processes; what the cases assert is explained when it fails, as in any test."""

import pytest

pytest.register_assert_rewrite("tests.parcours.cas_documents", "tests.parcours.cas_dossier")
