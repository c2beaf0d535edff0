"""The rules of the contact centre, one table each: no server, no clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from droit.decision import Motif
from services.ccc.rules import acces, anomalies, diffusion, etats, identite, reponses
from services.ccc.rules.anomalies import Connue
from services.ccc.rules.identite import Connu, Reponses
from services.ccc.rules.reponses import Donne, Projet

DAY = date(2027, 3, 1)
BIRTH = date(1990, 5, 17)
AWA = Connu("Diallo", "Awa Fatou", BIRTH)


@pytest.mark.parametrize(
    ("roles", "act", "in_scope", "copied", "refusal"),
    [
        ({"ccc"}, acces.REPONDRE, True, True, None),
        ({"ccc"}, acces.LIRE, True, False, None),
        ({"ccc"}, acces.REPONDRE, False, True, acces.PREFECTURE_AUTRE),
        ({"ccc"}, acces.FICHE_ECRIRE, True, True, acces.ACTE_NON_PERMIS),
        ({"ccc_superviseur"}, acces.FICHE_ECRIRE, True, True, None),
        ({"prefecture"}, acces.LIRE, True, True, None),
        ({"prefecture"}, acces.LIRE, True, False, acces.COPIE_REFUSEE),
        ({"prefecture"}, acces.REPONDRE, True, True, acces.ACTE_NON_PERMIS),
        ({"prefecture", "ccc"}, acces.LIRE, True, False, None),
        ({"pan"}, acces.LIRE, True, True, acces.ACTE_NON_PERMIS),
        ({"inconnu"}, acces.LIRE, True, True, acces.ACTE_NON_PERMIS),
        (set(), acces.LIRE, True, True, acces.ACTE_NON_PERMIS),
        # The role is asked first: an agent learns nothing of a ticket by an act that is not hers.
        ({"pan"}, acces.REPONDRE, False, False, acces.ACTE_NON_PERMIS),
    ],
)
def test_a_role_acts_in_its_prefectures_and_a_prefecture_reads_only_what_is_copied_to_it(
    roles: set[str], act: str, in_scope: bool, copied: bool, refusal: Motif | None
) -> None:
    assert acces.may(frozenset(roles), act, in_scope=in_scope, copied=copied).motif is refusal


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [
        (etats.VERIFIEE, None),
        (etats.NON_VERIFIEE, acces.IDENTITE_A_VERIFIER),
        ("", acces.IDENTITE_A_VERIFIER),
        (etats.ECHEC, acces.IDENTITE_ECHOUEE),
    ],
)
def test_nothing_of_a_dossier_is_touched_before_the_check_nor_after_a_failed_one(
    identity: str, refusal: Motif | None
) -> None:
    assert acces.may_touch_dossier(identity).motif is refusal


@pytest.mark.parametrize(
    ("mandat", "portee", "compte", "refusal"),
    [
        ("", (), False, None),
        ("", (), True, None),
        ("m1", ("agir", "lire"), False, None),
        ("m1", ("lire",), False, acces.MANDAT_INSUFFISANT),
        ("m1", (), False, acces.MANDAT_INSUFFISANT),
        ("m1", ("agir",), True, acces.MANDAT_INSUFFISANT),
    ],
)
def test_a_mandate_allows_what_it_covers_and_never_the_account(
    mandat: str, portee: tuple[str, ...], compte: bool, refusal: Motif | None
) -> None:
    assert acces.mandate_allows(mandat, portee, compte=compte).motif is refusal


@pytest.mark.parametrize(
    ("checked_by", "agent", "refusal"),
    [
        ("chloe", "claude", None),
        ("chloe", "chloe", acces.VERIFICATEUR_MEME),
        ("", "claude", acces.VERIFICATEUR_MEME),
    ],
)
def test_an_address_is_changed_by_another_agent_than_who_checked(
    checked_by: str, agent: str, refusal: Motif | None
) -> None:
    assert acces.may_change_email(checked_by, agent).motif is refusal


@pytest.mark.parametrize(
    ("answers", "person", "expected"),
    [
        (Reponses("Diallo", "Awa", BIRTH), AWA, etats.VERIFIEE),
        (Reponses("DIALLO", "fatou", BIRTH), AWA, etats.VERIFIEE),
        (Reponses("Diallo", "Mariam", BIRTH), AWA, etats.ECHEC),
        (Reponses("Diallo", "", BIRTH), AWA, etats.ECHEC),
        (Reponses("Diarra", "Awa", BIRTH), AWA, etats.ECHEC),
        (Reponses("Diallo", "Awa", date(1990, 5, 18)), AWA, etats.ECHEC),
        (Reponses("Diallo", "Awa", BIRTH), None, etats.ECHEC),
        (Reponses("Diallo", "Awa", BIRTH, pour_autrui=True), AWA, etats.ECHEC),
        (Reponses("Diallo", "Awa", BIRTH, pour_autrui=True, mandat=True), AWA, etats.VERIFIEE),
        (Reponses("Léa-Marie", "Zoé", BIRTH), Connu("LEA MARIE", "Zoe", BIRTH), etats.VERIFIEE),
    ],
)
def test_the_fixed_questions_are_right_together_or_not_at_all(
    answers: Reponses, person: Connu | None, expected: str
) -> None:
    assert identite.result(answers, person) == expected


@pytest.mark.parametrize(
    ("text", "symptom", "expected"),
    [
        # Cited by its code: sure, whatever the words.
        ("On m’a dit ANO-1.", 4, [("ANO-1", True)]),
        # Three words and the symptom.
        ("La page reste blanche quand je clique", 11, [("ANO-1", True)]),
        # Three words, another symptom.
        ("La page reste blanche quand je clique", 7, [("ANO-1", False)]),
        # One word.
        ("Une page", 11, [("ANO-1", False)]),
        # The symptom alone suggests nothing, nor words of three letters.
        ("Rien du tout", 11, []),
        ("", 11, []),
        # The best first, then by code.
        ("La page et la photo", 7, [("ANO-2", False), ("ANO-1", False)]),
        ("ANO-2 ANO-1", 4, [("ANO-1", True), ("ANO-2", True)]),
    ],
)
def test_a_fault_is_suggested_by_a_word_and_sure_by_its_code_or_three_words_and_the_symptom(
    text: str, symptom: int, expected: list[tuple[str, bool]]
) -> None:
    register = [
        Connue("ANO-1", 11, anomalies.words("La page reste blanche après le clic")),
        Connue("ANO-2", 7, anomalies.words("La photo est refusée")),
    ]

    found = anomalies.match(text, symptom, register)

    assert [(track.code, track.sure) for track in found] == expected


def test_at_most_five_faults_are_suggested() -> None:
    register = [Connue(f"ANO-{number}", 11, anomalies.words("page blanche")) for number in range(7)]

    assert len(anomalies.match("page blanche", 11, register)) == 5


@pytest.mark.parametrize(
    ("state", "next_state", "way", "refusal"),
    [
        (etats.ANOMALIE_OUVERTE, etats.CONTOURNEE, "Téléphonez.", None),
        (etats.ANOMALIE_OUVERTE, etats.CONTOURNEE, "  ", anomalies.CONTOURNEMENT_MANQUANT),
        (etats.ANOMALIE_OUVERTE, etats.ANOMALIE_OUVERTE, "", None),
        (etats.CONTOURNEE, etats.ANOMALIE_OUVERTE, "", None),
        (etats.CONTOURNEE, etats.RESOLUE, "", None),
        (etats.RESOLUE, etats.ANOMALIE_OUVERTE, "", anomalies.ANOMALIE_RESOLUE),
        (etats.RESOLUE, etats.CONTOURNEE, "Téléphonez.", anomalies.ANOMALIE_RESOLUE),
    ],
)
def test_a_solved_fault_stays_solved_and_one_that_is_got_around_says_how(
    state: str, next_state: str, way: str, refusal: Motif | None
) -> None:
    assert anomalies.may_become(state, next_state, way).motif is refusal


@pytest.mark.parametrize(
    ("state", "expected"), [(etats.ANOMALIE_OUVERTE, True), (etats.CONTOURNEE, True), (etats.RESOLUE, False)]
)
def test_a_fault_is_unsolved_until_it_is_solved(state: str, expected: bool) -> None:
    assert anomalies.is_unsolved(state) is expected


@pytest.mark.parametrize(("since", "expected"), [(DAY, False), (date(2027, 1, 30), False), (date(2027, 1, 29), True)])
def test_a_fault_is_too_old_past_p_bug_days(since: date, expected: bool) -> None:
    assert anomalies.is_too_old(since, DAY, p_bug=30) is expected


@pytest.mark.parametrize(
    ("desk", "prefecture", "roles", "scope", "refusal"),
    [
        (diffusion.CENTRE, "", {"ccc_superviseur"}, {"*"}, None),
        (diffusion.CENTRE, "", {"prefecture"}, {"93"}, diffusion.ABONNEMENT_NON_PERMIS),
        (diffusion.PREFECTURE, "93", {"prefecture"}, {"93"}, None),
        (diffusion.PREFECTURE, "69", {"prefecture"}, {"93"}, diffusion.ABONNEMENT_NON_PERMIS),
        (diffusion.PREFECTURE, "69", {"superviseur"}, {"*"}, None),
        (diffusion.PREFECTURE, "", {"superviseur"}, {"*"}, diffusion.PREFECTURE_A_DIRE),
        (diffusion.PREFECTURE, "93", {"pan"}, {"93"}, diffusion.ABONNEMENT_NON_PERMIS),
        (diffusion.PAN, "93", {"pan_forme"}, {"93"}, None),
        (diffusion.PAN, "69", {"bureau_national"}, set(), None),
        (diffusion.PAN, "", {"bureau_national"}, set(), diffusion.PREFECTURE_A_DIRE),
    ],
)
def test_a_desk_writes_down_its_own_mailbox_and_the_national_desks_any(
    desk: str, prefecture: str, roles: set[str], scope: set[str], refusal: Motif | None
) -> None:
    assert diffusion.may_subscribe(desk, prefecture, roles, scope).motif is refusal


PRECIS = Donne("La page reste blanche quand je clique", captures=False, sans_acces=False)
IMAGE = Donne("Blocage", captures=True, sans_acces=False)
SHUT_OUT = Donne("Je n’arrive pas à me connecter", captures=False, sans_acces=False)
LOCKED = Donne("Je n’ai plus mon mot de passe", captures=False, sans_acces=True)


@pytest.mark.parametrize(
    ("text", "quote", "seen", "given", "refusal"),
    [
        ("Nous réparons cette page.", "page reste blanche", "", PRECIS, None),
        ("Quand avez-vous cliqué ?", "PAGE  reste, Blanche", "", PRECIS, None),
        # Three of her words before a text that fits anybody.
        ("Nous cherchons.", "page reste blanche", "", PRECIS, reponses.REPONSE_A_COTE),
        ("Votre demande est au service.", "page reste blanche", "", PRECIS, reponses.REPONSE_A_COTE),
        ("Nous cherchons.", "page", "", PRECIS, reponses.REPONSE_A_COTE),
        ("Nous cherchons.", "page toute noire", "", PRECIS, reponses.REPONSE_A_COTE),
        ("Nous cherchons.", "", "", PRECIS, reponses.REPONSE_A_COTE),
        ("Nous cherchons.", "", "Une page blanche", PRECIS, reponses.REPONSE_A_COTE),
        ("Nous cherchons.", "", "Une page blanche", IMAGE, reponses.REPONSE_A_COTE),
        ("Cette page est la nôtre.", "", "Une page blanche", IMAGE, None),
        ("Nous cherchons.", "", "Vue", IMAGE, reponses.REPONSE_A_COTE),
        # A précis of one word is quoted by that word.
        ("Nous cherchons.", "blocage", "", IMAGE, None),
        ("Videz le cache.", "page reste blanche", "", PRECIS, reponses.GESTE_TROP_TECHNIQUE),
        ("Essayez un autre navigateur.", "page reste blanche", "", PRECIS, reponses.GESTE_TROP_TECHNIQUE),
        ("Ouvrez la fenêtre privée.", "page reste blanche", "", PRECIS, reponses.GESTE_TROP_TECHNIQUE),
        ("Connectez-vous à votre espace, la page y est.", "page reste blanche", "", PRECIS, None),
        ("Connectez-vous à votre espace.", "mot de passe", "", LOCKED, reponses.RENVOI_A_L_ESPACE),
        ("Un agent change ce mot de passe.", "mot de passe", "", LOCKED, None),
        # No symptom was chosen: her words say it.
        ("Connectez-vous à votre espace.", "me connecter", "", SHUT_OUT, reponses.RENVOI_A_L_ESPACE),
    ],
)
def test_an_answer_takes_up_what_was_given_and_asks_nothing_that_the_person_cannot_do(
    text: str, quote: str, seen: str, given: Donne, refusal: Motif | None
) -> None:
    assert reponses.may_answer(Projet(text, quote, seen), given).motif is refusal


@pytest.mark.parametrize(
    ("done", "most", "refusal"),
    [
        (0, 2, None),
        (1, 2, None),
        (2, 2, reponses.TROP_DE_REFORMULATIONS),
        (0, 0, reponses.TROP_DE_REFORMULATIONS),
    ],
)
def test_a_person_says_it_again_at_most_p_round_times(done: int, most: int, refusal: Motif | None) -> None:
    assert reponses.may_reformulate(done, most).motif is refusal


NOTHING = reponses.Traitement(blocage=True, leve=False, atteste=False, repondu=False, anomalie=False)
ANSWERED, ATTESTED = replace(NOTHING, repondu=True), replace(NOTHING, atteste=True)


@pytest.mark.parametrize(
    ("issue", "done", "refusal"),
    [
        ("AIDE_DEPOT", replace(ANSWERED, blocage=False), None),
        ("AIDE_DEPOT", ANSWERED, None),
        ("AIDE_DEPOT", NOTHING, reponses.PAS_ENCORE_TRAITEE),
        ("AIDE_DEPOT", ATTESTED, reponses.PAS_DE_REPONSE),
        ("INFORMATION_SUIVI", replace(NOTHING, blocage=False), reponses.PAS_DE_REPONSE),
        ("SOLUTION_ANNONCEE", ATTESTED, None),
        ("SOLUTION_ANNONCEE", replace(NOTHING, blocage=False), reponses.PAS_DE_REPONSE),
        ("ANOMALIE_TRANSMISE", ANSWERED, reponses.ANOMALIE_NON_LIEE),
        ("ANOMALIE_TRANSMISE", replace(ANSWERED, anomalie=True), None),
        ("ANOMALIE_TRANSMISE", replace(NOTHING, anomalie=True), reponses.PAS_ENCORE_TRAITEE),
        ("", ANSWERED, reponses.ISSUE_MANQUANTE),
        ("CLASSEE", ANSWERED, reponses.ISSUE_MANQUANTE),
    ],
)
def test_a_ticket_ends_by_one_of_the_four_duties_and_only_by_one_that_is_true(
    issue: str, done: reponses.Traitement, refusal: Motif | None
) -> None:
    assert reponses.may_close(issue, done).motif is refusal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ce n'est pas réglé.", True),
        ("Ça ne marche toujours pas", True),
        ("C’est toujours le même problème", True),
        ("Merci, c’est réglé.", False),
        ("Voici ma pièce.", False),
    ],
)
def test_who_writes_that_it_is_not_solved_is_read(text: str, expected: bool) -> None:
    assert reponses.says_not_solved(text) is expected


@pytest.mark.parametrize("state", sorted(etats.ETATS))
def test_only_a_closed_ticket_takes_nothing_more(state: str) -> None:
    assert reponses.may_act(state).motif is (reponses.SAISINE_CLOSE if state == etats.CLOSE else None)


@pytest.mark.parametrize(
    ("blocage", "attested", "refusal"),
    [
        (True, False, None),
        (True, True, reponses.DEJA_ATTESTE),
        (False, False, reponses.PAS_UN_BLOCAGE),
        (False, True, reponses.PAS_UN_BLOCAGE),
    ],
)
def test_only_a_blockage_is_attested_and_once(blocage: bool, attested: bool, refusal: Motif | None) -> None:
    assert reponses.may_attest(blocage=blocage, attested=attested).motif is refusal


@pytest.mark.parametrize(
    ("opened", "expected"),
    [(DAY, date(2027, 3, 16)), (date(2027, 2, 14), DAY), (date(2026, 1, 1), DAY)],
)
def test_the_system_attests_p_att_days_after_the_opening_and_never_before_today(opened: date, expected: date) -> None:
    assert reponses.attestation_day(opened, 15, DAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Je suis bloquée sur la page", etats.TELEPROCEDURE),
        ("Le bouton ne marche pas, et où en est mon dossier ?", etats.TELEPROCEDURE),
        ("Où en est mon dossier ?", etats.SUIVI),
        ("Je n’ai toujours pas de nouvelles", etats.SUIVI),
        ("Quelles pièces faut-il ?", etats.INFORMATION),
        ("Bonjour", etats.TELEPROCEDURE),
        ("", etats.TELEPROCEDURE),
    ],
)
def test_a_message_in_doubt_is_a_blockage(text: str, expected: str) -> None:
    assert reponses.guess_category(text) == expected


def test_the_queue_goes_by_end_of_right_then_level_then_age() -> None:
    in_order = [
        reponses.queue_key(date(2027, 3, 2), "2027-02-28", 0),
        reponses.queue_key(date(2027, 3, 9), "2027-02-28", 12),
        reponses.queue_key(date(2027, 3, 9), "2027-03-01", 9),
        reponses.queue_key(date(2027, 3, 9), "2027-01-01", 1),
        reponses.queue_key(None, "2027-01-01", 1),
        reponses.queue_key(None, "2027-01-02", 1),
    ]

    assert in_order == sorted(in_order)
