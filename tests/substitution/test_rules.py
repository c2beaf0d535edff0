"""The rules of the routes that replace online filing, one table each: no server, no clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pytest

from droit.catalogue.titre import Piece, Stade
from droit.dates import Citation, Position, Valeur
from droit.decision import Motif
from services.substitution.rules import acces, conseil, guichet, prefectures, refus, voies
from services.substitution.rules.conseil import COURRIEL, GUICHET, PAN, POSTE, TELEPHONE, TELESERVICE, Situation

DAY = date(2027, 3, 1)
RECO, DROIT = Position.RECOMMANDATION, Position.DROIT_EN_VIGUEUR
TEXTE = Citation("arrete-2023-08-01", "Arrêté du 1er août 2023")


def in_days(days: int) -> date:
    """The legal day `days` from the day of the tests."""
    return DAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("roles", "act", "in_scope", "refusal"),
    [
        ({"prefecture"}, acces.REFUSER, True, None),
        ({"prefecture"}, acces.REFUSER, False, acces.PREFECTURE_AUTRE),
        ({"prefecture"}, acces.SUPERVISER, True, acces.ACTE_NON_PERMIS),
        ({"superviseur"}, acces.SUPERVISER, True, None),
        ({"superviseur"}, acces.REFUSER, True, acces.ACTE_NON_PERMIS),
        ({"instructeur"}, acces.LIRE, True, None),
        ({"instructeur"}, acces.OUVRIR, True, acces.ACTE_NON_PERMIS),
        ({"ccc"}, acces.OUVRIR, True, None),
        ({"pan"}, acces.LIRE, True, acces.ACTE_NON_PERMIS),
        ({"pan"}, acces.LIRE, False, acces.ACTE_NON_PERMIS),
        ({"exploitant", "prefecture"}, acces.PANNE, True, None),
        (set(), acces.LIRE, True, acces.ACTE_NON_PERMIS),
    ],
)
def test_a_role_acts_in_its_prefectures(roles: set[str], act: str, in_scope: bool, refusal: Motif | None) -> None:
    assert acces.may(frozenset(roles), act, in_scope=in_scope).motif is refusal


ABLE = {"outils": True, "courriel": True, "comprend": True, "se_deplace": True, "urgent": False}


@pytest.mark.parametrize(
    ("changes", "open_ways", "expected"),
    [
        ({}, {POSTE}, (TELESERVICE, GUICHET, POSTE)),
        ({}, set(), (TELESERVICE, GUICHET)),
        ({"urgent": True}, {POSTE}, (TELESERVICE, GUICHET, POSTE)),
        ({"comprend": False}, {POSTE}, (PAN, GUICHET, POSTE)),
        ({"comprend": False, "urgent": True}, {POSTE}, (GUICHET, PAN, TELEPHONE)),
        ({"courriel": False}, {POSTE}, (GUICHET, POSTE, PAN)),
        ({"outils": False}, set(), (GUICHET, PAN)),
        ({"se_deplace": False}, {POSTE, COURRIEL}, (TELESERVICE, COURRIEL, POSTE, TELEPHONE)),
        ({"se_deplace": False}, {POSTE}, (TELESERVICE, POSTE, TELEPHONE)),
        ({"se_deplace": False, "comprend": False}, {POSTE}, (TELEPHONE, POSTE)),
        ({"se_deplace": False, "outils": False}, set(), (TELEPHONE,)),
        ({"retenu": True, "se_deplace": False}, {POSTE}, (POSTE, TELEPHONE)),
        ({"retenu": True, "urgent": True}, set(), (TELEPHONE,)),
    ],
)
def test_the_fitting_way_comes_first_and_a_closed_one_never(
    changes: dict[str, Any], open_ways: Collection[str], expected: tuple[str, ...]
) -> None:
    reason, ways = conseil.advise(Situation(**{**ABLE, **changes}, ouverts=open_ways))

    assert reason
    assert tuple(way.code for way in ways) == expected


@pytest.mark.parametrize(
    ("paper", "name", "birth", "face", "expected"),
    [
        (True, True, True, True, guichet.VERIFIEE),
        (False, True, True, True, guichet.ECHEC),
        (True, False, True, True, guichet.ECHEC),
        (True, True, False, True, guichet.ECHEC),
        (True, True, True, False, guichet.ECHEC),
    ],
)
def test_an_identity_is_a_paper_whose_name_birth_date_and_face_agree(
    paper: bool, name: bool, birth: bool, face: bool, expected: str
) -> None:
    assert guichet.identity_result(papier=paper, nom=name, naissance=birth, visage=face) == expected


@pytest.mark.parametrize(
    ("for_another", "shown", "end", "refusal"),
    [
        (False, False, None, None),
        (True, True, None, None),
        (True, True, DAY, None),
        (True, True, in_days(-1), guichet.MANDAT_ABSENT),
        (True, False, None, guichet.MANDAT_ABSENT),
    ],
)
def test_who_comes_for_another_shows_a_mandate_that_has_not_ended(
    for_another: bool, shown: bool, end: date | None, refusal: Motif | None
) -> None:
    decision = guichet.mandate_decision(pour_autrui=for_another, vu=shown, fin=end, today=DAY)

    assert decision.motif is refusal


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [
        (guichet.VERIFIEE, None),
        (guichet.NON_VERIFIEE, guichet.IDENTITE_A_VERIFIER),
        (guichet.ECHEC, guichet.IDENTITE_ECHOUEE),
    ],
)
def test_nothing_of_a_dossier_is_done_before_the_check_nor_after_a_failed_one(
    identity: str, refusal: Motif | None
) -> None:
    assert guichet.may_touch_dossier(identity).motif is refusal


@pytest.mark.parametrize(("day", "refusal"), [(in_days(-40), None), (DAY, None), (in_days(1), guichet.ARRIVEE_A_VENIR)])
def test_a_dossier_arrives_on_a_day_that_is_past_or_today(day: date, refusal: Motif | None) -> None:
    assert guichet.may_arrive(day, DAY).motif is refusal


IDENTITE = Piece("identite", "Passeport", True, TEXTE, False)
LETTRE = Piece("lettre", "Lettre", False, TEXTE, False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [((), (IDENTITE,)), (("lettre",), (IDENTITE,)), (("identite",), ()), (("identite", "autre"), ())],
)
def test_what_is_missing_is_named_and_only_what_is_mandatory(
    given: tuple[str, ...], expected: tuple[Piece, ...]
) -> None:
    assert guichet.missing((IDENTITE, LETTRE), given) == expected


@pytest.mark.parametrize(
    ("stade", "missing", "expected"),
    [
        (Stade.PREMIERE, (), True),
        (Stade.RENOUVELLEMENT, (), True),
        (Stade.RENOUVELLEMENT, (IDENTITE,), False),
        (Stade.REGULARISATION, (), False),
        (None, (), False),
    ],
)
def test_a_whole_dossier_gives_a_recepisse_at_once(
    stade: Stade | None, missing: tuple[Piece, ...], expected: bool
) -> None:
    assert guichet.gives_recepisse(stade, missing) is expected


@pytest.mark.parametrize(
    ("rules", "since", "refusal", "field"),
    [
        ({"adresse": "1 rue de la Paix"}, DAY, None, ""),
        ({}, in_days(30), None, ""),
        ({}, in_days(-1), prefectures.EFFET_PASSE, "depuis"),
        ({"guichet": {"web": "https://rdv.example"}}, DAY, None, ""),
        ({"agenda_url": "https://rdv.example"}, DAY, None, ""),
        ({"mots": "Allez sur https://autre.example"}, DAY, prefectures.AUTRE_PLATEFORME, "mots"),
        ({"mots": "Voyez WWW.autre.example"}, DAY, prefectures.AUTRE_PLATEFORME, "mots"),
        ({"voies": [{"mots": "ici"}, {"mots": "Démarches simplifiées"}]}, DAY, prefectures.AUTRE_PLATEFORME,
         "voies.1.mots"),
        # A platform is refused even where an address is allowed.
        ({"web": "https://www.demarches-simplifiees.fr"}, DAY, prefectures.AUTRE_PLATEFORME, "web"),
    ],
)  # fmt: skip
def test_rules_take_effect_from_today_and_send_nobody_to_another_platform(
    rules: dict[str, object], since: date, refusal: Motif | None, field: str
) -> None:
    decision = prefectures.may_take_effect(rules, since, DAY)

    assert (decision.motif, decision.champ) == (refusal, field)


def test_article_4_is_a_reason_only_where_it_applies() -> None:
    free, conditioned = ({reason.code for reason in refus.reasons(position)} for position in (RECO, DROIT))

    assert conditioned - free == {"CONDITION_ARTICLE_4"}
    assert not free - conditioned


@pytest.mark.parametrize(
    ("code", "seen", "position", "refusal"),
    [
        ("IDENTITE_NON_ETABLIE", {refus.RIEN}, RECO, None),
        ("DEJA_DEPOSEE", {"CAPTURE"}, DROIT, None),
        ("DEJA_DEPOSEE", set(), DROIT, refus.PREUVES_VUES_A_DIRE),
        ("RENTREZ_CHEZ_VOUS", {refus.RIEN}, DROIT, refus.REFUS_IMPOSSIBLE),
        ("CONDITION_ARTICLE_4", {refus.RIEN}, RECO, refus.REFUS_IMPOSSIBLE),
        ("CONDITION_ARTICLE_4", {refus.RIEN}, DROIT, None),
        ("CONDITION_ARTICLE_4", {"CAPTURE"}, DROIT, None),
        ("CONDITION_ARTICLE_4", {"CAPTURE", "DOCUMENT_CCC"}, DROIT, refus.REFUS_IMPOSSIBLE),
    ],
)
def test_a_refusal_has_a_reason_of_the_list_and_what_was_seen(
    code: str, seen: Collection[str], position: Position, refusal: Motif | None
) -> None:
    assert refus.may_refuse(code, seen, {"DOCUMENT_CCC", "INVITATION"}, position).motif is refusal


@pytest.mark.parametrize(
    ("origine", "proofs", "free", "refusal"),
    [
        (voies.CHOIX, (), True, None),
        (voies.CHOIX, (), False, voies.PREUVE_REQUISE),
        (voies.CHOIX, ("CAPTURE",), False, voies.PREUVE_REQUISE),
        (voies.CHOIX, ("CAPTURE", "INVITATION"), False, None),
        (voies.INCAPACITE, (), False, voies.PREUVE_REQUISE),
        (voies.BLOCAGE, (), False, None),
        (voies.PANNE, (), False, None),
        (voies.HORS_TELESERVICE, (), False, None),
    ],
)
def test_a_route_opens_without_condition_or_by_one_proof(
    origine: str, proofs: tuple[str, ...], free: bool, refusal: Motif | None
) -> None:
    libre = Valeur(free, DAY, TEXTE, RECO if free else DROIT)

    decision = voies.may_open(origine, proofs, libre, {"INVITATION", "DOCUMENT_CCC"})

    assert decision.motif is refusal
    assert decision.regle == ("" if refusal else libre.regle)


STATES = (voies.OUVERTE, voies.CONVOQUEE, voies.DOSSIER_RECU, voies.ABOUTIE, voies.REFUSEE)
# Row: from; column: to, in the order of STATES.
FOLLOWING = {
    voies.OUVERTE: "-xxxx",
    voies.CONVOQUEE: "x-xxx",
    voies.DOSSIER_RECU: "---xx",
    voies.ABOUTIE: "-----",
    voies.REFUSEE: "x----",
}


@pytest.mark.parametrize(("state", "next_state"), [(state, to) for state in STATES for to in STATES])
def test_a_route_moves_forward_and_only_a_refused_one_opens_again(state: str, next_state: str) -> None:
    allowed = FOLLOWING[state][STATES.index(next_state)] == "x"

    assert voies.may_become(state, next_state).motif is (None if allowed else voies.VOIE_TERMINEE)


@pytest.mark.parametrize(
    ("constat", "end_of_right", "expected"),
    [
        (DAY, None, in_days(15)),
        (DAY, in_days(40), in_days(15)),
        (DAY, in_days(10), in_days(10)),
        (DAY, in_days(-3), DAY),
        (in_days(-20), None, DAY),
        (in_days(-10), None, in_days(5)),
    ],
)
def test_a_deadline_comes_before_the_right_ends_and_is_never_past(
    constat: date, end_of_right: date | None, expected: date
) -> None:
    assert voies.deadline(constat, 15, end_of_right, DAY) == expected


@pytest.mark.parametrize(("deadline", "expected"), [(in_days(15), in_days(12)), (in_days(2), DAY), (DAY, DAY)])
def test_the_prefecture_is_warned_three_days_before(deadline: date, expected: date) -> None:
    assert voies.warning_day(deadline, DAY, 3) == expected


@pytest.mark.parametrize(
    ("demande", "end_of_right", "expected"),
    [("", None, False), ("", in_days(16), False), ("", in_days(15), True), ("", in_days(-1), True), ("d1", None, True)],
)
def test_an_instruction_or_a_right_about_to_end_goes_first(
    demande: str, end_of_right: date | None, expected: bool
) -> None:
    assert voies.has_priority(demande, end_of_right, DAY, 15) is expected


@pytest.mark.parametrize(
    ("post", "email", "expected"),
    [
        (False, False, (voies.GUICHET,)),
        (True, False, (voies.GUICHET, voies.POSTE)),
        (False, True, (voies.GUICHET, voies.COURRIEL)),
        (True, True, (voies.GUICHET, voies.POSTE, voies.COURRIEL)),
    ],
)
def test_the_counter_is_always_offered(post: bool, email: bool, expected: tuple[str, ...]) -> None:
    assert voies.open_moyens(poste=post, courriel=email) == expected


@pytest.mark.parametrize("origine", voies.ORIGINES)
def test_who_is_kept_in_an_establishment_is_not_taken_out_of_it_and_some_are_followed_on_paper(origine: str) -> None:
    assert voies.asks_appointment(origine, "93") is (origine != voies.DETENTION)
    assert voies.asks_appointment(origine, "") is False
    assert voies.is_on_paper(origine) is (origine in (voies.INCAPACITE, voies.DETENTION))
