"""The key of a service is changed while the others call: no call is refused, and no key speaks for another."""

from __future__ import annotations

import base64
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwe
from joserfc.jwk import ECKey

from chassis import keys, sealed, tokens
from chassis.settings import SERVICES, Settings
from documents import autorite
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


def test_keys_are_of_curve_p_256_and_what_they_sign_is_hashed_by_sha_256(folder: Path) -> None:
    """Whatever signs or opens has 128 bits of strength, and no shorter hash stands between it and what it signs."""
    published = json.loads((folder / keys.PUBLIC).read_text())["keys"]
    assert {(key["crv"], key["alg"], key["use"]) for key in published} == {
        ("P-256", "ES256", "sig"),
        ("P-256", "ECDH-ES", "enc"),
    }
    privates = [load_pem_private_key(path.read_bytes(), None) for path in folder.glob("*.pem")]
    token = tokens.sign(_settings("ccc", folder), tokens.SERVICE, "deposit", "ccc")
    assert _said_first(token)["alg"] == "ES256"
    documents = autorite.create(folder / "documents")
    certificates = [x509.load_der_x509_certificate(path.read_bytes()) for path in documents.glob("*.der")]
    privates += [load_pem_private_key(path.read_bytes(), None) for path in documents.glob("*.pem")]
    assert len(privates) >= 2 * len(SERVICES) + len(certificates) - 1
    assert {key.curve.name for key in privates if isinstance(key, EllipticCurvePrivateKey)} == {"secp256r1"}
    assert all(isinstance(key, EllipticCurvePrivateKey) for key in privates)
    hashed_by = [found.signature_hash_algorithm for found in certificates]
    assert {found.name for found in hashed_by if found} == {"sha256"}


def test_what_many_threads_seal_at_once_opens(folder: Path) -> None:
    """None writes into what another is sealing: a code that nobody can open again would never arrive."""
    ours, every = _settings("notify", folder), [f"code {number}" for number in range(400)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            kept = list(threads.map(lambda secret: sealed.seal(ours, "notify", secret), every))
    finally:
        sys.setswitchinterval(usual)
    assert [sealed.unseal(ours, secret) for secret in kept] == every


def test_what_is_sealed_is_encrypted_by_aes_256_gcm_and_opens_for_nothing_else(folder: Path) -> None:
    ours, key = _settings("notify", folder), bytes(range(32))
    kept, sealing = sealed.seal(ours, "notify", "un code"), keys.sealing(ours, "notify")
    other = {"alg": "ECDH-ES", "enc": "A128CBC-HS256"}
    elsewise = jwe.encrypt_compact(other, b"un code", sealing, algorithms=list(other.values()))

    assert (_said_first(kept)["enc"], sealed.unseal(ours, kept)) == ("A256GCM", "un code")
    for wrong in (kept[:-4] + "AAAA", sealed.PREFIX + elsewise):
        with pytest.raises(sealed.SealBroken):
            sealed.unseal(ours, wrong)
    locked = sealed.lock(key, b"une graine", b"mei")
    assert AESGCM(key).decrypt(locked[:12], locked[12:], b"mei") == sealed.unlock(key, locked, b"mei") == b"une graine"
    assert sealed.lock(key, b"une graine", b"mei") != locked
    for other_key, content, bound_to in (
        (key, locked[:-1] + bytes([locked[-1] ^ 1]), b"mei"),
        (key, locked, b"lin"),
        (key[::-1], locked, b"mei"),
        (key, b"court", b"mei"),
    ):
        with pytest.raises(sealed.SealBroken):
            sealed.unlock(other_key, content, bound_to)


def _said_first(token: str) -> dict[str, str]:
    head = token.removeprefix(sealed.PREFIX).split(".")[0]
    said: dict[str, str] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return said
