"""Nobody comes to do more, or less, by accident: `docs/acces.md` says who may, and differs on purpose."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.architecture import acces, tree
from tests.architecture.test_entrees import clients

__all__ = ["clients"]


def test_who_may_is_the_table_that_was_agreed(clients: dict[str, FlaskClient]) -> None:
    found = acces.written({service: client.application for service, client in clients.items()})
    out = tree.ROOT / "out" / acces.PAGE.name
    out.parent.mkdir(exist_ok=True)
    out.write_text(found, "utf-8")
    assert acces.PAGE.read_text("utf-8").splitlines() == found.splitlines()
