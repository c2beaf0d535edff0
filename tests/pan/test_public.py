"""What anybody meets: the directory, a free slot, an appointment without account, ticket or e-mail."""

from __future__ import annotations

import re

import pytest

from services.pan.actions import offre
from tests.browser import Browser


def first_slot(prefecture: str = "93", objet: str = "AIDE", rank: int = 0) -> str:
    """The identifier of a free slot."""
    return str(offre.offer(prefecture, objet).creneaux[rank]["id"])


@pytest.mark.clause("PAN-01/a")
def test_the_directory_names_places_and_what_is_missing(public: Browser) -> None:
    """Place, hours, ways, closed periods, trained agents, and the services that have no PAN."""
    page = public.get("/pan/annuaire/93").text

    shown = (
        "PAN de la sous-préfecture nord",
        "93200",
        "de 9 h à 12 h",
        "Travaux",
        "par téléphone",
        "Sans rendez-vous possible",
    )
    assert [words for words in (*shown, "Agent formé au droit du séjour") if words not in page] == []
    data = public.get("/pan/api/v1/annuaire/93").json
    assert data is not None and data["sans_pan"]


@pytest.mark.clause("PAN-04/a")
def test_booking_asks_for_a_name_and_nothing_that_excludes(public: Browser) -> None:
    """The form has no e-mail, no ticket, no account; the telephone is optional."""
    slot = first_slot()
    page = public.get(f"/pan/rendez-vous/prendre/{slot}?objet=AIDE").text
    fields = set(re.findall(r'name="([a-z_]+)"', page)) - {"csrf_token", "request_id", "viewport"}
    assert fields == {"creneau_id", "objet", "nom", "telephone"}

    path = f"/pan/rendez-vous/prendre/{slot}"
    taken = public.post(path, {"creneau_id": slot, "objet": "AIDE", "nom": "Awa Diallo"}, f"{path}?objet=AIDE")
    assert taken.status_code == 303
    shown = public.get("/pan/mon-rendez-vous").text
    assert re.search(r"R-[2-9A-Z]{4}-[2-9A-Z]{4}", shown)

    cancelled = public.post("/pan/mon-rendez-vous/annuler", {}, "/pan/mon-rendez-vous")
    assert cancelled.status_code == 303
    assert "Annulé" in public.get("/pan/mon-rendez-vous").text
