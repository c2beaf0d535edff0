"""How what people type becomes what a carrier can use, as tables that one reads."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from chassis.web.inputs import lines_of
from droit.decision import Refused
from personne import joindre
from personne.joindre import (
    Joignable,
    as_relayed,
    courriel_key,
    is_mobile,
    read_box,
    read_courriel,
    read_either,
    read_telephone,
)
from sejour.contact.v1.contact_pb2 import CANAL_APPEL, CANAL_COURRIEL, CANAL_LETTRE, CANAL_SMS
from services.deposit.compte import inputs as compte
from services.pan import inputs as pan
from services.substitution import inputs as substitution

NUMBERS = [
    ("06 12 34 56 78", "75", "+33612345678", True),
    ("06.12.34.56.78", "", "+33612345678", True),
    ("+33 (0)6 12 34 56 78", "", "+33612345678", True),
    ("٠٦١٢٣٤٥٦٧٨", "75", "+33612345678", True),
    ("01 99 00 75 01", "75", "+33199007501", False),
    ("09 12 34 56 78", "75", "+33912345678", False),
    # Overseas numbers of the French plan, wherever the person lives and however the country is written.
    ("0590 27 12 34", "971", "+590590271234", False),
    ("0690 27 12 34", "971", "+590690271234", True),
    ("0690 27 12 34", "977", "+590690271234", True),
    ("0690 27 12 34", "978", "+590690271234", True),
    ("0696 12 34 56", "972", "+596696123456", True),
    ("0594 31 12 34", "973", "+594594311234", False),
    ("0694 31 12 34", "973", "+594694311234", True),
    ("0262 20 12 34", "974", "+262262201234", False),
    ("0692 12 34 56", "974", "+262692123456", True),
    ("0692 12 34 56", "93", "+262692123456", True),
    ("+33 692 12 34 56", "", "+262692123456", True),
    ("0639 01 23 45", "976", "+262639012345", True),
    ("06 12 34 56 78", "974", "+33612345678", True),
    # Territories that number on their own.
    ("41 12 34", "975", "+508411234", False),
    ("55 12 34", "975", "+508551234", True),
    ("82 12 34", "986", "+681821234", True),
    ("87 12 34 56", "987", "+68987123456", True),
    ("75.12.34", "988", "+687751234", True),
    ("06 12 34 56 78", "988", "+33612345678", True),
    ("+225 07 07 12 34 56", "93", "+2250707123456", True),
    ("00221 77 123 45 67", "93", "+221771234567", True),
    ("+213 21 12 34 56", "93", "+21321123456", False),
    # Nobody can tell in North America: the gateway will.
    ("+1 202 555 0123", "93", "+12025550123", True),
    ("06 39 98 12 34", "93", "+33639981234", True),
]


@pytest.mark.parametrize(("typed", "departement", "number", "mobile"), NUMBERS)
def test_a_number_is_called_from_anywhere(typed: str, departement: str, number: str, mobile: bool) -> None:
    """E.164 under the country code that reaches it; read again it stays the same; a landline is never texted."""
    assert read_telephone(typed, departement) == number
    assert read_telephone(number, departement) == number
    assert is_mobile(number) is mobile


@pytest.mark.parametrize("typed", ["bonjour", "06 12 34 56", "3939", "06 12 34 56 78 ou 07 12 34 56 78", "+999123456"])
def test_what_cannot_be_called_is_refused(typed: str) -> None:
    """Beside its field, with what to do next."""
    with pytest.raises(Refused) as refused:
        read_telephone(typed)

    assert (refused.value.motif.code, refused.value.champ) == ("TELEPHONE_ILLISIBLE", "telephone")


@pytest.mark.parametrize("number", ["", "0612345678", "bonjour", "+2250000000000"])
def test_a_number_of_which_nothing_is_known_is_not_texted(number: str) -> None:
    """Raw, or of a range that nobody has."""
    assert not is_mobile(number)


@pytest.mark.parametrize(
    ("typed", "address", "relayed"),
    [
        ("amina@exemple.fr", "amina@exemple.fr", "amina@exemple.fr"),
        (" Amina@EXEMPLE.FR\u200e", "Amina@exemple.fr", "Amina@exemple.fr"),
        ("amina@exämple.fr", "amina@exämple.fr", "amina@xn--exmple-cua.fr"),
        ("amina@xn--exmple-cua.fr", "amina@exämple.fr", "amina@xn--exmple-cua.fr"),
        ("ame\u0301lie@exemple.fr", "amélie@exemple.fr", "amélie@exemple.fr"),
        ("用户@例え.jp", "用户@例え.jp", "用户@例え.jp"),
        ("أمينة@مثال.موقع", "أمينة@مثال.موقع", "أمينة@مثال.موقع"),
        ("", "", ""),
    ],
)
def test_an_address_is_kept_as_mail_is_written_to_it(typed: str, address: str, relayed: str) -> None:
    """Internationalised addresses too: the domain in ASCII for any relay, a name that is not waits for SMTPUTF8."""
    assert read_courriel(typed) == address
    assert as_relayed(address) == relayed


@pytest.mark.parametrize(
    "typed",
    [
        "amina.exemple",
        "a@x.fr, b@y.fr",
        "amina @exemple.fr",
        "a\u200eb@x.fr",
        "a@localhost",
        "a@x.invalid",
        "a@b\r\nc.fr",
    ],
)
def test_an_address_that_no_mail_can_reach_is_refused(typed: str) -> None:
    """Beside its field, with what to do next."""
    with pytest.raises(Refused) as refused:
        read_courriel(typed)

    assert (refused.value.motif.code, refused.value.champ) == ("COURRIEL_ILLISIBLE", "courriel")


def test_an_account_is_found_by_its_address_however_it_is_typed() -> None:
    """In any case and any writing of its domain; what is no address is found as it stands."""
    assert courriel_key("AMINA@XN--EXMPLE-CUA.FR") == courriel_key("amina@Exämple.fr ") == "amina@exämple.fr"
    assert courriel_key(" Amina ") == "amina"


def test_one_box_takes_either_and_stops_nobody() -> None:
    """An e-mail, a telephone, or words that are neither."""
    assert read_either("amina@exemple.fr") == ("amina@exemple.fr", "")
    assert read_either("87 12 34 56", "987") == ("", "+68987123456")
    assert read_either("chez ma sœur") == ("", "")


@pytest.mark.parametrize(
    ("typed", "courriel", "telephone", "adresse"),
    [
        ("amina@exemple.fr", "amina@exemple.fr", "", ()),
        ("06 12 34 56 78", "", "+33612345678", ()),
        ("tél : 06 12 34 56 78 ou amina@exemple.fr", "amina@exemple.fr", "+33612345678", ()),
        ("3 rue du Port\n93200 Saint-Denis", "", "", ("3 rue du Port", "93200 Saint-Denis")),
        ("3, rue du Port, 93200 Saint-Denis", "", "", ("3, rue du Port", "93200 Saint-Denis")),
        (
            "3 rue du Port, 93200 Saint-Denis, 06 12 34 56 78",
            "",
            "+33612345678",
            ("3 rue du Port", "93200 Saint-Denis"),
        ),
        ("3 rue du Port, 93200 Saint-Denis 06 12 34 56 78", "", "+33612345678", ("3 rue du Port", "93200 Saint-Denis")),
        (
            "Chez Mme Diop, apt 12, esc. C, bât. 4, rés. du Port, 3 rue du Port, CS 1234, 93200 Saint-Denis, France",
            "",
            "",
            (
                "Chez Mme Diop, apt 12, esc. C",
                "bât. 4",
                "rés. du Port",
                "3 rue du Port",
                "CS 1234",
                "93200 Saint-Denis",
                "France",
            ),
        ),
        ("06 12", "", "", ()),
        ("jean@", "", "", ()),
        ("chez ma sœur", "", "", ()),
        ("le soir, amina@exemple.fr", "amina@exemple.fr", "", ()),
        ("", "", "", ()),
    ],
)
def test_one_box_is_read_in_one_way(typed: str, courriel: str, telephone: str, adresse: tuple[str, ...]) -> None:
    """Each way in it is used, the town of an address is kept, and what is no way makes no letter leave."""
    assert read_box(typed) == Joignable(courriel=courriel, telephone=telephone, adresse=adresse)


@pytest.mark.parametrize("lines", [1, 7, 8])
@pytest.mark.parametrize(
    ("model", "needed"),
    [
        (compte.Contacts, {}),
        (pan.Verification, {"papier": "AUCUN", "nom": "Diop", "naissance_date": "1990-01-01"}),
        (substitution.OuvertureDeVoie, {"prefecture": "93", "nom": "Diop"}),
    ],
)
def test_an_address_has_seven_lines_and_none_is_lost(model: Any, needed: dict[str, str], lines: int) -> None:
    """In each service that takes one: an eighth line is refused, never dropped."""
    typed = "\n".join([*(f"ligne {number}" for number in range(1, lines)), "93200 Saint-Denis"])

    if lines > 7:
        with pytest.raises(ValidationError, match="sept lignes"):
            model(adresse=typed, **needed)
    else:
        assert lines_of(model(adresse=typed, **needed).adresse)[-1] == "93200 Saint-Denis"


def test_the_ways_follow_from_what_is_known() -> None:
    """A landline is called; paper comes first for who reads no screen."""
    all_of_it = Joignable(courriel="a@b.fr", telephone="+33612345678", adresse=("1 rue A",))

    assert joindre.ways(all_of_it) == [CANAL_COURRIEL, CANAL_SMS, CANAL_APPEL, CANAL_LETTRE]
    assert joindre.ways(all_of_it, joindre.SUR_PAPIER) == [CANAL_LETTRE, CANAL_APPEL, CANAL_COURRIEL, CANAL_SMS]
    assert joindre.ways(Joignable(telephone="+33199007501")) == [CANAL_APPEL]


def test_nothing_is_published_for_who_left_no_way() -> None:
    """Nor for a protected person who did not say that hers are safe."""
    assert joindre.publish("c", Joignable(nom="Amina")) == ()
    assert joindre.publish("c", Joignable(telephone="+33612345678", protege=True, sans_danger=False)) == ()
