"""From a fact to a message: whatever is down, late, altered or missing, nothing is lost and nothing false is said."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from chassis import messages
from chassis.messages import Notice
from chassis.outbox import Fact
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from sejour.message.v1 import message_pb2
from services.notify import rules, store
from services.notify.actions import accuses, rejets
from services.notify.moyens import Moyens
from tests.notify.monde import Boites, Source, agent, contact, envois, state, wait_until, work

CHAMPS = {"reference": "R-1", "libelle": "Étudiant"}


def test_a_source_that_is_down_holds_back_its_own_words_until_it_is_back(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """The consumer is not blocked: the fact is taken, the words come later."""
    source.say(contact("s1", courriel="s1@exemple.fr"))
    message_id = source.ask(Notice("s1", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    source.web.stop()
    work(moyens, rounds=1)
    assert state(message_id) == ("A_PLANIFIER", "SOURCE_INJOIGNABLE")
    source.web.start()
    wait_until("the source is back", lambda: work(moyens, rounds=1) or boites.mails("s1@exemple.fr"))


def test_a_contact_that_comes_after_the_message_is_waited_for(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Two streams have no common order."""
    message_id = source.ask(Notice("s2", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens, rounds=1)
    assert state(message_id) == ("A_PLANIFIER", "CONTACT_INCONNU")
    source.say(contact("s2", courriel="s2@exemple.fr"))
    source.relay_to(database)
    wait_until("the contact is known", lambda: work(moyens, rounds=1) or boites.mails("s2@exemple.fr"))


def test_a_fact_delivered_twice_sends_once(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """The identifier of the message is the key."""
    source.say(contact("s3", courriel="s3@exemple.fr"))
    fact = messages.fact("deposit", Notice("s3", "p1", "demande_complete", CHAMPS))
    source.say(fact)
    source.relay_to(database)
    work(moyens)
    source.say(fact)
    source.relay_to(database)
    work(moyens)
    assert len(boites.mails("s3@exemple.fr")) == 1


def test_an_older_contact_never_replaces_a_newer_one(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """Forward only, by version."""
    source.say(contact("s4", version=5, courriel="neuf@exemple.fr"))
    source.relay_to(database)
    source.say(contact("s4", version=4, courriel="vieux@exemple.fr"))
    source.relay_to(database)
    assert store.Contact.objects(id="s4").first().courriel == "neuf@exemple.fr"


def test_the_contacts_of_an_account_are_moved_by_deposit_alone(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """With the key of another service nobody has the messages of an account sent to himself."""

    def says(service: str, contact_id: str, version: int, courriel: str) -> str:
        source.say(contact(contact_id, version=version, courriel=courriel))
        source.relay_to(database, service)
        found: str = store.Contact.objects(id=contact_id).first().courriel
        return found

    assert says("deposit", "s10", 5, "a@exemple.fr") == "a@exemple.fr"
    assert says("ccc", "s10", 99, "voleur@exemple.fr") == "a@exemple.fr"
    assert says("deposit", "s10", 6, "b@exemple.fr") == "b@exemple.fr"
    assert says("ccc", "s11", 99, "premier@exemple.fr") == "premier@exemple.fr"
    assert says("deposit", "s11", 1, "titulaire@exemple.fr") == "titulaire@exemple.fr"
    # Who has no account is met by several channels: the last word counts.
    assert says("ccc", "p12", 1, "a@exemple.fr") == "a@exemple.fr"
    assert says("pan", "p12", 2, "b@exemple.fr") == "b@exemple.fr"


def test_a_closing_notice_without_its_reason_is_set_aside_and_can_be_taken_up_again(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """DEP-39: no notice leaves without its mandatory content; nothing is sent meanwhile."""
    source.say(contact("s5", courriel="s5@exemple.fr"))
    champs = {**CHAMPS, "motif": "", "recours": ["Tribunal"], "reouverture": ["Dans votre espace"]}
    message_id = source.ask(Notice("s5", "p1", "demande_close", champs))
    source.relay_to(database)
    work(moyens)
    assert state(message_id) == ("REJETE", "CHAMP_MANQUANT motif")
    assert boites.mails("s5@exemple.fr") == []
    rejets.replan(message_id, agent("exploitant"), request_id="r1")
    work(moyens, rounds=1)
    assert state(message_id)[0] == "REJETE"


@pytest.mark.parametrize(
    ("url", "sha", "cause"),
    [
        (None, "0" * 64, "CONTENU_ALTERE"),
        ("/ccc/interne/messages/1", None, "ADRESSE_INTERDITE"),
        ("//exemple.fr/deposit/interne/1", None, "ADRESSE_INTERDITE"),
        ("/deposit/interne/../jetons", None, "ADRESSE_INTERDITE"),
    ],
    ids=["altered", "another service", "another host", "out of the internal pages"],
)
def test_words_that_are_not_those_announced_are_never_sent(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], url: str | None, sha: str | None, cause: str
) -> None:
    """The hash binds the words to the fact; our token goes nowhere but to the source."""
    source.say(contact("s6", courriel="s6@exemple.fr"))
    fact = messages.fact("deposit", Notice("s6", "p1", "demande_complete", CHAMPS))
    assert isinstance(fact.message, message_pb2.MessageDemande)
    if url is not None:
        fact.message.contenu_url = url
    if sha is not None:
        fact.message.contenu_sha256 = sha
    source.say(fact)
    source.relay_to(database)
    work(moyens, rounds=1)
    assert state(fact.message.message_id) == ("REJETE", cause)


def test_an_unknown_template_is_set_aside(moyens: Moyens, source: Source, database: Database[dict[str, Any]]) -> None:
    """Never a message without words."""
    source.say(contact("s7", courriel="s7@exemple.fr"))
    message_id = source.ask(Notice("s7", "p1", "../../etc/passwd", CHAMPS))
    source.relay_to(database)
    work(moyens, rounds=1)
    assert state(message_id)[0] == "REJETE"


def test_an_erased_person_gets_nothing_more_and_leaves_no_words_behind(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Dates, ways and states stay; words, addresses and names go."""
    source.say(contact("s9", courriel="s9@exemple.fr"))
    sent = source.ask(Notice("s9", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens)
    later = source.ask(Notice("s9", "p1", "demande_complete", CHAMPS))
    source.say(contact("s9", version=9, efface=True))
    source.relay_to(database)
    work(moyens)
    assert len(boites.mails("s9@exemple.fr")) == 1
    assert state(later)[0] == "ANNULE"
    assert envois(sent)["COURRIEL"].state in ("REMIS", "DELIVRE")
    kept = [str(line) for name in ("messages", "envois", "contacts") for line in database[name].find({})]
    assert not any(word in line for line in kept for word in ("s9@exemple.fr", "Amina", "Étudiant"))


def test_the_files_and_the_bounces_of_an_erased_person_leave_the_disk_too(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """What was attached, sent or still to send, and what came back; another person's file stays."""
    pieces = (("Lettre", "/deposit/interne/documents/1.pdf"), ("Reçu", "/deposit/interne/documents/2.pdf"))
    for name in ("f1+delivre", "f2"):
        source.say(contact(name, courriel=f"{name}@exemple.fr"))
        source.ask(Notice(name, "p1", "demande_complete", CHAMPS, pieces))
    source.relay_to(database)
    assert moyens.settings.pieces_dir is not None
    folder = moyens.settings.pieces_dir

    def files() -> int:
        return sum(path.is_file() for path in folder.rglob("*"))

    before = files()
    work(moyens, rounds=1)
    assert files() == before + 4
    wait_until("the delivery report comes", lambda: database["retours"].count_documents({"_id": {"$gt": ""}}))
    source.say(contact("f1+delivre", version=9, efface=True))
    source.relay_to(database)
    work(moyens, rounds=2)
    assert files() == before + 2
    kept = database["messages"].find_one({"destinataire_id": "f1+delivre"})
    assert kept is not None and kept["pieces"] == kept["restes"] == [] and kept["suite_time"] is None
    sent = {envoi["_id"] for envoi in database["envois"].find({"destinataire_id": "f1+delivre"}, {"_id": 1})}
    accuses.keep_retour(next(iter(sent)), b"Subject: late\n\nf1+delivre@exemple.fr")
    hers = {"envoi_id": {"$in": list(sent)}}
    wait_until(
        "nor does what comes later stay",
        lambda: work(moyens, rounds=1) or not database["retours"].count_documents(hers),
    )


@pytest.mark.clause("NOT-08/a", "NOT-08/d")
@pytest.mark.parametrize("confirmed", ["SMS", "COURRIEL"])
def test_a_protected_person_is_only_told_that_a_message_waits_by_the_way_she_confirmed(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]], confirmed: str
) -> None:
    """No name, démarche, reference or piece; nothing attached; nothing by another way, even when it fails."""
    telephone, mail = f"+3361133000{len(confirmed)}", f"protege-{confirmed.lower()}@exemple.fr"
    source.say(
        contact(
            f"x-{confirmed}",
            courriel=mail,
            telephone=telephone,
            adresse=["1 rue X", "75001 Paris"],
            canaux=["COURRIEL", "SMS"],
            protege=True,
            canaux_confirmes=[confirmed],
        )
    )
    champs = {**CHAMPS, "pieces": ["Ordonnance de protection"], "echeance_date": "2027-01-01"}
    pieces = (("Lettre", "/deposit/interne/documents/1.pdf"),)
    asked = Notice(f"x-{confirmed}", "p1", "pieces_demandees", champs, pieces, acte_attendu=True, papier=True)
    message_id = source.ask(asked)
    source.relay_to(database)
    work(moyens)
    assert set(envois(message_id)) == {confirmed}
    if confirmed == "SMS":
        said = boites.texts(telephone)[0]
        assert boites.mails(mail) == []
    else:
        received = boites.mails(mail)[0]
        assert list(received.iter_attachments()) == []
        said = "".join(part.get_content() for part in received.walk() if part.get_content_type().startswith("text/"))
        said += str(received["Subject"]) + str(received["From"])
        assert boites.texts(telephone) == []
    hidden = ("Amina", "R-1", "tudiant", "Ordonnance", "rue X", "préfecture", "titre", "pièce", "janvier")
    assert not [word for word in hidden if word in said]


@pytest.mark.clause("NOT-08/d")
def test_protection_that_comes_after_planning_still_counts(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """The contact is read again at the last moment: the way she did not confirm is not used."""
    source.say(contact("y1", courriel="y1@exemple.fr", telephone="+33611440001"))
    message_id = source.ask(Notice("y1", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    boites.stop_smtp()
    work(moyens)
    source.say(
        contact("y1", 2, courriel="y1@exemple.fr", telephone="+33611440001", protege=True, canaux_confirmes=["SMS"])
    )
    source.relay_to(database)
    boites.start_smtp()
    wait_until("the confirmed way is used", lambda: work(moyens, rounds=1) or boites.texts("+33611440001"))
    assert envois(message_id)["COURRIEL"].cause == "VOIE_NON_CONFIRMEE"
    assert boites.mails("y1@exemple.fr") == []
    assert "R-1" not in boites.texts("+33611440001")[0]


@pytest.mark.clause("NOT-08/d")
def test_a_protected_person_without_confirmed_way_is_not_reached_and_the_services_know(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """Silence is safer than a letter to the wrong house; the blocage opens another route."""
    source.say(contact("y2", courriel="y2@exemple.fr", protege=True))
    message_id = source.ask(Notice("y2", "p1", "demande_complete", CHAMPS, acte_attendu=True))
    source.relay_to(database)
    work(moyens)
    assert state(message_id) == (rules.NON_RECU, "AUCUNE_VOIE")
    assert envois(message_id) == {}


def test_the_words_are_in_the_language_asked_for_when_they_are_written_in_it(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]]
) -> None:
    """Arabic where it exists, right to left; French otherwise."""
    source.say(contact("l1", courriel="l1@exemple.fr", langue="ar"))
    source.ask(Notice("l1", "p1", "depot_recu", {**CHAMPS, "depot_date": "2027-01-05"}))
    source.ask(Notice("l1", "p1", "demande_complete", CHAMPS))
    source.relay_to(database)
    work(moyens)
    subjects = sorted(str(mail["Subject"]) for mail in boites.mails("l1@exemple.fr"))
    assert subjects == ["Votre demande R-1 est complète", "تم استلام طلبك R-1"]
    page = next(m for m in boites.mails("l1@exemple.fr") if "R-1" in m["Subject"] and "تم" in m["Subject"])
    assert 'dir="rtl"' in page.get_body(("html",)).get_content()


def test_prefectures_of_a_parcours_are_learnt_from_deposit(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]]
) -> None:
    """Filing, transfer, and two parcours of one person."""
    source.say(Fact("deposit.demande.deposee", deposit_pb2.DemandeDeposee(prefecture="93")), parcours_id="pp")
    source.say(Fact("deposit.demande.transferee", deposit_pb2.DemandeTransferee(prefecture="75")), parcours_id="pp")
    joined = deposit_pb2.ParcoursRattache(parcours_id="pp", ancien_parcours_id="qq")
    source.say(Fact("deposit.parcours.rattache", joined), parcours_id="pp")
    source.relay_to(database)
    kept = store.Parcours.objects(id="pp").first()
    assert (sorted(kept.prefectures), kept.joints) == (["75", "93"], ["qq"])
