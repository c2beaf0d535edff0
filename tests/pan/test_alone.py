"""The third promise: the four others and the broker down, pan books, receives, records, attests, takes a dossier."""

from __future__ import annotations

from collections.abc import Callable

from chassis import commands, mongo
from chassis.mongo import collection_of
from chassis.relay import depth
from services.pan.__main__ import SERVICE
from services.pan.actions import offre
from services.pan.cadre import cadre
from services.pan.store import Blocage, Depot, Visite
from tests.browser import Browser
from tests.pan.deskwork import known
from tests.pan.test_desk import CONSTAT, FIN


def test_alone_pan_does_its_main_acts(desk: Callable[[str], Browser], public: Browser) -> None:
    """Nothing but MongoDB runs: no address of a peer, no broker. What could not be asked is said so."""
    assert not cadre().settings.rpc_addresses and not cadre().settings.nats_url
    slot = str(offre.offer("93", "DEPOT").creneaux[0]["id"])
    path = f"/pan/rendez-vous/prendre/{slot}"
    taken = public.post(path, {"creneau_id": slot, "objet": "DEPOT", "nom": "Seule"}, f"{path}?objet=DEPOT")
    assert taken.status_code == 303

    agent = desk("formee")
    page = known(agent, "Seule Ici")
    assert "n'a pas pu être vérifié" in agent.get(page).text
    assert agent.post(f"{page}/constater", CONSTAT, page).status_code == 303
    opened = agent.post(f"{page}/depots", {"choix": "titre:conjoint-de-francais"}, page).headers["Location"]
    assert agent.post(f"{opened}/deposer", {}, opened).status_code == 303
    assert agent.post(f"{page}/terminer", FIN, page).status_code == 303

    visite = Visite.objects(id=page.rsplit("/", 1)[1]).first()
    assert Blocage.objects(id=visite.blocage_id).first().attestation_numero
    depot = Depot.objects(id=visite.depot_id).first()
    assert depot.state == "RECU" and depot.papiers[0].nature == "PREUVE_ENVOI"
    assert agent.get(f"/pan/bureau/papiers/{depot.papiers[0].numero}.pdf").data.startswith(b"%PDF-")
    assert depth(SERVICE.aggregates) > 0

    # The order waits for deposit; the worker tries it, nobody answers, nothing is lost.
    command = next(e for e in collection_of(Depot).find_one({"_id": depot.id})["outbox"] if e["kind"] == "commande")
    db = mongo.database("pan")
    commands.store(db, [command])
    assert commands.run_pending(db, cadre().client, SERVICE.replies) == 1
    assert commands.pending(db, depot.id) and Depot.objects(id=depot.id).first().state == "RECU"
