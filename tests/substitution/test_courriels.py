"""The filing mailboxes: whoever writes to several préfectures is read by each, and a reference alone tells nothing."""

from __future__ import annotations

from chassis.mongo import collection_of
from chassis.smtp import Mail
from services.substitution.actions import courriels
from services.substitution.rules import voies as rules
from services.substitution.store import Voie
from tests.substitution.acts import opened
from tests.substitution.conftest import World

PARIS, LYON = "depot@prefecture-75.example", "depot@prefecture-69.example"


def written(sender: str, subject: str, *recipients: str) -> list[Voie]:
    """The routes that this e-mail opened."""
    content = f"From: Qui Ecrit <{sender}>\r\nSubject: {subject}\r\n\r\nVoici mon dossier.".encode()
    for _ in range(2):
        courriels.mailbox().keep(Mail(sender, recipients, content))
        courriels.read_pending()
    return list(Voie.objects(courriel=sender).order_by("prefecture"))


def test_an_e_mail_to_two_prefectures_is_a_dossier_at_each_and_sent_again_it_is_the_same(world: World) -> None:
    world.browser()
    made = written("deux@exemple.test", "Ma demande", PARIS, LYON)

    assert [(voie.prefecture, len(voie.dossiers)) for voie in made] == [("69", 1), ("75", 1)]


def test_who_knows_the_reference_of_somebody_else_is_told_nothing_of_her(world: World) -> None:
    world.browser()
    hers = opened("75", demande_id="demande-elle", usager_id="elle")
    collection_of(Voie).update_one({"_id": hers.id}, {"$set": {"state": rules.ABOUTIE}})
    (made,) = written("proche@exemple.test", f"Suite de {hers.reference}", PARIS)

    assert hers.nom == "Diallo" and made.id != hers.id
    assert (made.nom, made.naissance_date, made.usager_id or "", made.demande_id or "") == ("Qui Ecrit", None, "", "")
