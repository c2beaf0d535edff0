"""How a person is reached: what she typed is read once, here, into what a carrier can use.

A telephone becomes a number that is called from anywhere (E.164), an e-mail the address that mail is written to. What
cannot be read is refused beside its field; it is never kept as typed, since a message would then leave for nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneNumberType, ValidationResult

from chassis import clock, messages
from chassis.outbox import Contact
from droit.decision import Genre, Motif, Refused
from personne.adresse import envelope_lines
from sejour.contact.v1 import contact_pb2

TELEPHONE_ILLISIBLE = Motif(
    "TELEPHONE_ILLISIBLE",
    "regle-du-service",
    "Ce numéro de téléphone ne peut pas être appelé.",
    "Corrigez-le, ou laissez la case vide : il n’est pas obligatoire. Un numéro étranger commence par + et "
    "l’indicatif du pays.",
    Genre.INVALIDE,
)
COURRIEL_ILLISIBLE = Motif(
    "COURRIEL_ILLISIBLE",
    "regle-du-service",
    "Cette adresse e-mail ne peut pas recevoir de message.",
    "Écrivez une seule adresse, comme nom@exemple.fr, ou laissez la case vide.",
    Genre.INVALIDE,
)

# Territories that number on their own, without the zero of the French plan.
_OWN_PLAN = {"975": "PM", "986": "WF", "987": "PF", "988": "NC"}
# The French plan is one from Lille to Mamoudzou, but a call to these first three digits has another country code.
_COUNTRY = {
    **dict.fromkeys(("262", "263", "269", "639", "692", "693"), 262),
    **dict.fromkeys(("590", "690", "691"), 590),
    **dict.fromkeys(("594", "694"), 594),
    **dict.fromkeys(("596", "696", "697"), 596),
    **dict.fromkeys(("508", "708"), 508),
}
_FRANCE = 33
_FRENCH_PLAN = frozenset({_FRANCE, *_COUNTRY.values()})
# Given to no subscriber of Mayotte: the regulator keeps it for films, and we for examples.
_FICTION = "63998"
_TEXTED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_WORD = re.compile(r"[^\s,;<>()]+")
# What stands before a way, or between two, and says nothing else.
_LABEL = re.compile(
    r"(?:(?:t[ée]l|t[ée]l[ée]phone|portable|mobile|mail|e-?mail|courriel|ou|et)\b[\s.:,;/-]*)*", re.IGNORECASE
)
# What comes along with a pasted address and is not seen.
_INVISIBLE = "".join(map(chr, (0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)))

Ordre = tuple["contact_pb2.Canal.ValueType", ...]
# Machines first, the letter last, for who reads a screen; paper first for who does not.
PAR_ECRAN = (
    contact_pb2.CANAL_COURRIEL,
    contact_pb2.CANAL_SMS,
    contact_pb2.CANAL_APPEL,
    contact_pb2.CANAL_LETTRE,
)
SUR_PAPIER = (
    contact_pb2.CANAL_LETTRE,
    contact_pb2.CANAL_APPEL,
    contact_pb2.CANAL_COURRIEL,
    contact_pb2.CANAL_SMS,
)


@dataclass(frozen=True, kw_only=True)
class Joignable:
    """How a person is reached, if at all. `sans_danger`: the ways of a protected person may be used."""

    nom: str = ""
    courriel: str = ""
    telephone: str = ""
    adresse: Sequence[str] = ()
    langue: str = "fr"
    protege: bool = False
    sans_danger: bool = True

    @property
    def somehow(self) -> bool:
        """Whether anything can be sent."""
        return bool(self.courriel or self.telephone or self.adresse) and (self.sans_danger or not self.protege)


def read_telephone(typed: str, departement: str = "") -> str:
    """The number as it is called from anywhere (E.164), or an empty text for none. Raises TELEPHONE_ILLISIBLE.

    `departement` is where she lives: some territories number on their own.
    """
    if not typed.strip():
        return ""
    own = _OWN_PLAN.get(departement)
    number = (_parsed(typed, own) if own else None) or _parsed(typed, "FR")
    if number is None:
        raise Refused(TELEPHONE_ILLISIBLE, champ="telephone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def is_mobile(e164: str) -> bool:
    """Whether an SMS can arrive there: a number known to be a landline, or of which nothing is known, gets none."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return False
    # The French plan says it by its first digit, also of ranges that the library does not know yet.
    if number.country_code in _FRENCH_PLAN and len(str(number.national_number)) == len("612345678"):
        return str(number.national_number)[0] in "67"
    return phonenumbers.number_type(number) in _TEXTED


def read_courriel(typed: str) -> str:
    """The address as mail is written to it, or an empty text for none. Raises COURRIEL_ILLISIBLE.

    Internationalised addresses are addresses. The network is not asked: a mail host that is down is no typing fault.
    """
    text = typed.strip().strip(_INVISIBLE).strip()
    if not text:
        return ""
    try:
        # `test_environment` only lets the reserved name `.test` pass, which nobody has.
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Refused(COURRIEL_ILLISIBLE, champ="courriel") from None


def courriel_key(typed: str) -> str:
    """The key by which an address is found, typed in any case; what is not an address never finds one."""
    with suppress(Refused):
        return read_courriel(typed).lower()
    return typed.strip().lower()


def as_relayed(courriel: str) -> str:
    """The address as a relay carries it: its domain in ASCII. A name that is not ASCII still asks for SMTPUTF8."""
    if courriel.isascii():
        return courriel
    with suppress(EmailNotValidError):
        checked = validate_email(courriel, check_deliverability=False, test_environment=True)
        return checked.ascii_email or courriel
    return courriel


def read_either(typed: str, departement: str = "") -> tuple[str, str]:
    """(e-mail, telephone) of a box that takes either; unreadable, it gives neither: nobody stuck is refused."""
    with suppress(Refused):
        return read_courriel(typed), ""
    with suppress(Refused):
        return "", read_telephone(typed, departement)
    return "", ""


def read_box(typed: str, departement: str = "") -> Joignable:
    """How she is reached, from one box: an e-mail, a telephone, a postal address, or several of them.

    Nothing is refused. Words that hold no digit are no address, and an e-mail or a number that cannot be used is none.
    """
    courriel, telephone = read_either(typed, departement)
    if courriel or telephone:
        return Joignable(courriel=courriel, telephone=telephone)
    rest = []
    for line in envelope_lines(typed):
        mail, number, left = _taken_out(line, departement)
        courriel, telephone = courriel or mail, telephone or number
        if left:
            rest.append(left)
    postal = any(map(str.isalpha, "".join(rest))) and any(map(str.isdigit, "".join(rest)))
    return Joignable(courriel=courriel, telephone=telephone, adresse=tuple(rest) if postal else ())


def ways(who: Joignable, order: Ordre = PAR_ECRAN) -> list[contact_pb2.Canal.ValueType]:
    """The ways by which she can be reached, in this order."""
    open_ways = {
        contact_pb2.CANAL_COURRIEL: bool(who.courriel),
        contact_pb2.CANAL_SMS: is_mobile(who.telephone),
        contact_pb2.CANAL_APPEL: bool(who.telephone),
        contact_pb2.CANAL_LETTRE: bool(who.adresse),
    }
    return [canal for canal in order if open_ways[canal]]


def contact(contact_id: str, who: Joignable, order: Ordre = PAR_ECRAN) -> contact_pb2.Contact | None:
    """The contact of a person without account as it stands now; None when she left no way to be reached."""
    if not who.somehow:
        return None
    canaux = ways(who, order)
    return contact_pb2.Contact(
        contact_id=contact_id,
        # Several aggregates may publish the same person: the hour orders them, whatever the versions of each.
        version=int(clock.now().timestamp() * 1000),
        nom=who.nom,
        courriel=who.courriel,
        telephone=who.telephone,
        adresse=who.adresse,
        langue=who.langue,
        canaux=canaux,
        protege=who.protege,
        canaux_confirmes=canaux if who.protege else [],
    )


def publish(contact_id: str, who: Joignable, order: Ordre = PAR_ECRAN, *, first: bool = False) -> tuple[Contact, ...]:
    """The entry that lets notify reach this person, for the write of the act; none when she left no way. `first`: the
    act makes this identifier.
    """
    values = contact(contact_id, who, order)
    return (messages.contact(values, first=first),) if values else ()


def _parsed(typed: str, region: str) -> phonenumbers.PhoneNumber | None:
    """The number with the country code that reaches it; None when its length is wrong for that country."""
    if any(map(str.isalpha, typed)):
        # The library would read a letter as the digit of its key.
        return None
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code == _FRANCE and len(national) == 9 and not national.startswith(_FICTION):
        number.country_code = _COUNTRY.get(national[:3], _FRANCE)
    possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
    return number if possible and not number.extension else None


def _taken_out(line: str, departement: str) -> tuple[str, str, str]:
    """The e-mail and the number in a line of words, and what else it says."""
    courriel, telephone = "", ""
    for word in _WORD.findall(line):
        if "@" in word:
            courriel = courriel or read_either(word)[0]
            line = line.replace(word, " ")
    region = _OWN_PLAN.get(departement, "FR")
    for match in phonenumbers.PhoneNumberMatcher(line, region, phonenumbers.Leniency.POSSIBLE):
        number = read_either(match.raw_string, departement)[1]
        if number:
            telephone, line = telephone or number, line.replace(match.raw_string, " ")
    left = line.strip(" ,;:.-()<>")
    return courriel, telephone, "" if _LABEL.fullmatch(left) else left
