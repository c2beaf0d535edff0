"""A proof as a verifiable credential, tried in some préfectures: read by another library, shown line by line."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from authlib.jose import JsonWebSignature
from cryptography import x509

from chassis import clock
from documents.autorite import Autorite
from services.deposit.concertation.rules import experimentations as rules
from tests.deposit.concertation.test_experimentations import opened, stopped
from tests.deposit.conftest import Deposit
from tests.deposit.desk import signed_in
from tests.deposit.justificatif.test_justificatifs import held_by, with_api


def decoded(text: str) -> Any:
    """JSON in base64url."""
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_wallet_shows_one_right_and_another_library_verifies_it_with_our_certificates_alone(deposit: Deposit) -> None:
    person = with_api(deposit, "etudiant", nom="Portée")
    hers = signed_in(deposit, person)
    hers.post("/justificatifs/", usage="travail", jours="30")
    (held,) = held_by(person)
    path = f"/justificatifs/{held['justificatif_id']}/portefeuille"

    before, closed = hers.text("/justificatifs/"), hers.get(path)
    essai = opened(deposit, fonction=rules.PORTEFEUILLE)
    during, credential = hers.text("/justificatifs/"), hers.get(path)
    stopped(deposit, essai)
    after = hers.get(path)

    assert "portefeuille numérique" not in before and closed.status_code == 409 and after.status_code == 409
    assert path in during and "C’est à l’essai" in during
    assert credential.content_type.startswith("application/dc+sd-jwt")
    signed, *disclosures, last = credential.text.split("~")
    header = decoded(signed.split(".")[0])
    certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    chain = Autorite.load(deposit.settings.cles_dir / "documents").chain
    authority = next(one for one in chain if one.subject == certificate.issuer == one.issuer)
    certificate.verify_directly_issued_by(authority)
    claims = json.loads(JsonWebSignature(["ES256"]).deserialize_compact(signed, certificate.public_key())["payload"])

    assert (header["typ"], header["alg"], claims["_sd_alg"], last) == ("dc+sd-jwt", "ES256", "sha-256", "")
    assert "Portée" not in signed and claims["usage"] == "travail"
    shown = {}
    for disclosure in disclosures:
        digest = base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()
        assert digest in claims["_sd"]
        _salt, name, value = decoded(disclosure)
        shown[name] = value
    assert set(shown) == {"family_name", "given_name", "birthdate", "sejour", "travail"}
    assert (shown["family_name"], shown["travail"]) == ("Portée", "Autorise son titulaire à travailler")
    assert len(claims["_sd"]) == len(disclosures)
    end = datetime.fromtimestamp(claims["exp"], UTC).date()
    assert clock.today() < end <= clock.today() + timedelta(days=31)
