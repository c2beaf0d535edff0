"""The rules of reception points, one table each: no server, no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from droit.catalogue import catalogue
from droit.dates import Position
from droit.decision import Motif, Refused
from droit.motifs import TITRE_INCONNU
from services.pan.rules import acces, depots, visites

DAY = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WHEN = (DAY, Position.RECOMMANDATION)


@pytest.mark.parametrize(
    ("roles", "act", "in_scope", "refusal"),
    [
        ({"pan"}, acces.AIDER, True, None),
        ({"pan"}, acces.AIDER, False, acces.PREFECTURE_AUTRE),
        ({"pan"}, acces.QUALIFIER, True, acces.AGENT_NON_FORME),
        ({"pan"}, acces.DEPOSER, True, acces.AGENT_NON_FORME),
        ({"pan"}, acces.VICTIMES, True, acces.AGENT_NON_FORME),
        ({"pan"}, acces.FERMER, True, acces.ACTE_NON_PERMIS),
        ({"pan_forme"}, acces.DEPOSER, True, None),
        ({"pan", "pan_forme"}, acces.VICTIMES, True, None),
        ({"prefecture"}, acces.FERMER, True, None),
        ({"prefecture"}, acces.DEPOSER, True, acces.ACTE_NON_PERMIS),
        ({"ccc"}, acces.RESERVER, True, None),
        ({"ccc"}, acces.LIRE, True, acces.ACTE_NON_PERMIS),
        (set(), acces.LIRE, True, acces.ACTE_NON_PERMIS),
    ],
)
def test_a_role_acts_in_its_prefectures_and_the_law_is_for_the_trained(
    roles: set[str], act: str, in_scope: bool, refusal: Motif | None
) -> None:
    assert acces.may(frozenset(roles), act, in_scope=in_scope).motif is refusal


@pytest.mark.parametrize(
    ("act", "identity", "refusal"),
    [
        (acces.CONSTATER, acces.VERIFIEE, None),
        (acces.CONSTATER, acces.NON_VERIFIEE, acces.IDENTITE_A_VERIFIER),
        (acces.CONSTATER, acces.ECHEC, acces.IDENTITE_ECHOUEE),
        (acces.AIDER, acces.NON_VERIFIEE, None),
        (acces.AIDER, acces.ECHEC, None),
        (acces.REPARER, acces.NON_VERIFIEE, acces.IDENTITE_A_VERIFIER),
    ],
)
def test_digital_help_asks_no_identity_and_a_dossier_does(act: str, identity: str, refusal: Motif | None) -> None:
    assert acces.may_touch_dossier(act, identity).motif is refusal


@pytest.mark.parametrize(
    ("for_another", "joined", "recognised", "refusal"),
    [
        (False, True, True, None),
        (False, False, True, acces.COMPTE_NON_JOINT),
        (False, True, False, acces.ACTE_NON_PERMIS),
        (True, True, True, acces.COMPTE_A_ELLE),
        (True, False, False, acces.COMPTE_A_ELLE),
    ],
)
def test_an_account_is_repaired_for_the_person_alone(
    for_another: bool, joined: bool, recognised: bool, refusal: Motif | None
) -> None:
    assert acces.may_repair(pour_autrui=for_another, relie=joined, connu=recognised).motif is refusal


@pytest.mark.parametrize(
    ("paper", "name", "birth", "photo", "expected"),
    [
        ("PASSEPORT", True, True, True, acces.VERIFIEE),
        ("PASSEPORT", False, True, True, acces.ECHEC),
        ("PASSEPORT", True, False, True, acces.ECHEC),
        ("PASSEPORT", True, True, False, acces.ECHEC),
        (acces.SANS_PAPIER, True, True, True, acces.ECHEC),
        ("", True, True, True, acces.ECHEC),
    ],
)
def test_an_identity_is_a_paper_whose_name_birth_date_and_face_agree(
    paper: str, name: bool, birth: bool, photo: bool, expected: str
) -> None:
    assert acces.identity_result(papier=paper, nom=name, naissance=birth, photo=photo) == expected


@pytest.mark.parametrize(
    ("seen", "kept", "refusal"),
    [
        (("Diallo", "1990-05-17"), ("DIALLO", "1990-05-17"), None),
        (("Léger-Martin", "1990-05-17"), ("LEGER MARTIN", "1990-05-17"), None),
        (("Diallo", "1990-05-17"), ("Diarra", "1990-05-17"), acces.AUTRE_PERSONNE),
        (("Diallo", "1990-05-17"), ("Diallo", "1990-05-18"), acces.AUTRE_PERSONNE),
        (("Diallo", ""), ("Diallo", ""), acces.AUTRE_PERSONNE),
    ],
)
def test_a_dossier_is_hers_when_name_and_birth_date_agree(
    seen: tuple[str, str], kept: tuple[str, str], refusal: Motif | None
) -> None:
    assert acces.same_person(seen, kept).motif is refusal


@pytest.mark.parametrize(
    ("for_another", "shown", "in_force", "refusal"),
    [
        (False, False, False, None),
        (True, True, True, None),
        (True, True, False, acces.MANDAT_ABSENT),
        (True, False, True, acces.MANDAT_ABSENT),
    ],
)
def test_who_comes_for_another_shows_a_mandate_in_force(
    for_another: bool, shown: bool, in_force: bool, refusal: Motif | None
) -> None:
    decision = acces.mandate_fault(pour_autrui=for_another, mandat_vu=shown, mandat_valide=in_force)

    assert decision.motif is refusal


def test_what_may_be_asked_for_is_every_title_and_every_demarche_once() -> None:
    values = [value for value, _, _ in depots.choices(catalogue())]

    assert len(values) == len(set(values)) == len(catalogue().titres()) + len(catalogue().demarches())
    assert all(any(depots.split_choice(value)) for value in values)


@pytest.mark.parametrize("choice", ["", "titre", "titre:", "autre:dcem", "dcem"])
def test_a_choice_that_is_neither_is_refused(choice: str) -> None:
    with pytest.raises(Refused) as refused:
        depots.split_choice(choice)

    assert refused.value.motif is TITRE_INCONNU


@pytest.mark.parametrize(
    ("titre", "position", "refusal"),
    [
        ("conjoint-de-francais", Position.DROIT_EN_VIGUEUR, None),
        ("carte-de-resident", Position.RECOMMANDATION, None),
        ("carte-de-resident", Position.DROIT_EN_VIGUEUR, depots.TITRE_AU_GUICHET),
        ("salarie", Position.RECOMMANDATION, depots.TITRE_AU_GUICHET),
        ("", Position.DROIT_EN_VIGUEUR, None),
    ],
)
def test_what_is_outside_the_teleservice_is_not_prepared_here(
    titre: str, position: Position, refusal: Motif | None
) -> None:
    assert depots.may_open(catalogue(), titre, (DAY, position)).motif is refusal


def test_a_title_has_kinds_of_demande_and_each_asks_for_pieces_by_name() -> None:
    kinds = depots.stages(catalogue(), "conjoint-de-francais")

    assert kinds == ("premiere", "renouvellement", "regularisation")
    for kind in kinds:
        asked = depots.pieces(catalogue(), "conjoint-de-francais", "", kind, WHEN)
        assert asked
        assert all(piece.libelle and piece.source for piece in asked)
    assert depots.stages(catalogue(), "") == ()
    assert depots.pieces(catalogue(), "", "dcem", "", WHEN)
    first = depots.pieces(catalogue(), "conjoint-de-francais", "", "premiere", WHEN)
    assert depots.pieces(catalogue(), "conjoint-de-francais", "", "inconnu", WHEN) == first


def test_what_is_missing_is_named_and_only_what_is_mandatory() -> None:
    wanted = [
        depots.PieceDemandee("identite", "Passeport", True, "", False),
        depots.PieceDemandee("photos", "Photos", True, "", False),
        depots.PieceDemandee("lettre", "Lettre", False, "", False),
    ]

    assert depots.missing(wanted, []) == ["Passeport", "Photos"]
    assert depots.missing(wanted, ["identite", "autre"]) == ["Photos"]
    assert depots.missing(wanted, ["identite", "photos"]) == []


@pytest.mark.parametrize("state", [depots.BROUILLON, depots.RECU, depots.DEPOSE, depots.REFUSE])
def test_only_a_draft_changes(state: str) -> None:
    refusal = None if state == depots.BROUILLON else depots.DEPOT_DEJA_ENVOYE

    assert depots.may_change(state).motif is refusal
    whole: dict[str, object] = {"nom": "Diallo", "naissance_date": "1990-05-17", "adresse": "3 rue des Lilas"}
    assert depots.may_file(state, whole).motif is refusal


@pytest.mark.parametrize(
    ("missing", "reach", "refusal"),
    [
        ("", {"adresse": "3 rue des Lilas"}, None),
        ("", {"telephone": "+33612345678"}, None),
        ("", {"courriel": "awa@example.org"}, None),
        ("", {}, depots.IDENTITE_INCOMPLETE),
        ("", {"adresse": ""}, depots.IDENTITE_INCOMPLETE),
        ("nom", {"adresse": "3 rue des Lilas"}, depots.IDENTITE_INCOMPLETE),
        ("naissance_date", {"adresse": "3 rue des Lilas"}, depots.IDENTITE_INCOMPLETE),
    ],
)
def test_a_name_a_birth_date_and_one_way_to_write_or_call_are_enough(
    missing: str, reach: dict[str, object], refusal: Motif | None
) -> None:
    identity: dict[str, object] = {
        "nom": "Diallo",
        "naissance_date": "1990-05-17",
        **reach,
        **({missing: ""} if missing else {}),
    }

    assert depots.may_file(depots.BROUILLON, identity).motif is refusal


@pytest.mark.parametrize(
    ("services", "trained", "refusal"),
    [
        ([visites.ORDINATEUR, visites.INFORMATION], False, None),
        ([visites.QUALIFIER], False, visites.SERVICE_RESERVE),
        ([visites.ORDINATEUR, visites.CONSTITUER], False, visites.SERVICE_RESERVE),
        ([visites.QUALIFIER, visites.CONSTITUER], True, None),
        ([], False, None),
    ],
)
def test_qualifying_and_building_belong_to_the_trained(
    services: list[str], trained: bool, refusal: Motif | None
) -> None:
    assert visites.may_give(services, forme=trained).motif is refusal


def test_nobody_is_sent_back_to_the_contact_centre_nor_to_the_defenseur() -> None:
    assert visites.orientations(ccc_deja=False) == visites.ORIENTATIONS
    assert set(visites.ORIENTATIONS) - set(visites.orientations(ccc_deja=True)) == {visites.CCC}
    assert "DDD" not in visites.ORIENTATIONS


@pytest.mark.parametrize(
    ("state", "result", "next_step", "sent_to", "refusal"),
    [
        (visites.EN_COURS, visites.ABOUTI, "", "", None),
        (visites.EN_ATTENTE, visites.BLOQUE, "Revenir mardi", visites.GUICHET, None),
        (visites.EN_COURS, visites.BLOQUE, "", "", visites.SUITE_ABSENTE),
        (visites.EN_COURS, visites.A_POURSUIVRE, "  ", "", visites.SUITE_ABSENTE),
        (visites.EN_COURS, visites.ORIENTE, "Téléphoner", visites.CCC, visites.ORIENTATION_EXCLUE),
        (visites.EN_COURS, visites.ORIENTE, "Écrire", "DDD", visites.ORIENTATION_EXCLUE),
        (visites.TERMINEE, visites.ABOUTI, "", "", visites.VISITE_FINIE),
        (visites.PARTI, visites.ABOUTI, "", "", visites.VISITE_FINIE),
    ],
)
def test_a_visit_ends_with_a_written_next_step_unless_it_is_done(
    state: str, result: str, next_step: str, sent_to: str, refusal: Motif | None
) -> None:
    allowed = visites.orientations(ccc_deja=True)

    assert visites.may_end(state, result, next_step, sent_to, allowed).motif is refusal


@pytest.mark.parametrize(
    ("closed", "chosen", "imposed", "refusal"),
    [
        (False, True, False, None),
        (False, False, True, None),
        (False, False, False, visites.SANS_RENDEZ_VOUS_FERME),
        (True, True, True, visites.LIEU_FERME),
    ],
)
def test_a_place_receives_without_appointment_by_choice_or_by_rule(
    closed: bool, chosen: bool, imposed: bool, refusal: Motif | None
) -> None:
    assert visites.may_walk_in(ferme=closed, sans_rendez_vous=chosen, impose=imposed).motif is refusal


def test_appointments_at_their_hour_go_first_then_walk_ins_then_who_is_early() -> None:
    in_order: list[dict[str, object]] = [
        {"debut_time": NOW - MINUTE},
        {"debut_time": NOW},
        {"numero_file": 2},
        {"numero_file": 10},
        {"debut_time": NOW + MINUTE},
    ]

    ranks = [visites.rank(visite, NOW) for visite in in_order]

    assert [rank.cle for rank in ranks] == sorted(rank.cle for rank in ranks)
    assert all(rank.pourquoi for rank in ranks)
