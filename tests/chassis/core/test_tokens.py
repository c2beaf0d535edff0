"""The key of a service is changed while the others call: no call is refused, and no key speaks for another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from chassis import keys, tokens
from chassis.settings import SERVICES, Settings
from droit.decision import Refused
from tests.chassis.core import monde


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys of their own, which a test changes."""
    keys.create(tmp_path, SERVICES)
    return tmp_path


def _settings(service: str, folder: Path) -> Settings:
    return monde.settings_for(service, folder, "mongodb://unused")


def _publish(folder: Path, kid: str, key: ECKey) -> None:
    path = folder / keys.PUBLIC
    published = json.loads(path.read_text())["keys"]
    path.write_text(json.dumps({"keys": [*published, key.as_dict(private=False) | {"kid": kid, "alg": "ES256"}]}))


def test_a_key_is_changed_without_a_refused_call(folder: Path) -> None:
    caller, callee = _settings("ccc", folder), _settings("deposit", folder)

    def called() -> str:
        token = tokens.sign(caller, tokens.SERVICE, "deposit", "ccc")
        assert tokens.calling_service(callee, token) == "ccc"
        return token

    before, fresh = called(), ECKey.generate_key("P-256", private=True)
    _publish(folder, "ccc.2", fresh)
    between = called()
    (folder / "ccc.pem").write_bytes(fresh.as_pem(private=True))
    called()

    assert [tokens.calling_service(callee, token) for token in (before, between)] == ["ccc", "ccc"]
    left = [key for key in json.loads((folder / keys.PUBLIC).read_text())["keys"] if key["kid"] != "ccc"]
    (folder / keys.PUBLIC).write_text(json.dumps({"keys": left}))
    called()
    with pytest.raises(Refused):
        tokens.calling_service(callee, before)


def test_another_key_of_a_service_speaks_for_it_alone(folder: Path) -> None:
    key = ECKey.generate_key("P-256", private=True)
    caller, callee = _settings("deposit", folder), _settings("notify", folder)
    _publish(folder, "ccc.2", key)
    (folder / "deposit.pem").write_bytes(key.as_pem(private=True))

    with pytest.raises(Refused):
        tokens.calling_service(callee, tokens.sign(caller, tokens.SERVICE, "notify", "deposit"))
