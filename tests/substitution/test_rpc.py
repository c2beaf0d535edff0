"""Other services open a voie, read the ways of a préfecture and change our blocages, over real gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from blocage.inputs import Obstacle
from chassis import clock, rpc
from chassis.rpc import Client
from droit.catalogue import catalogue
from droit.decision import Refused
from sejour.blocage.v1 import service_pb2
from sejour.substitution.v1 import events_pb2, substitution_pb2
from services.substitution import __main__ as main
from services.substitution.actions import blocages
from services.substitution.rpc import ALLOWED
from services.substitution.store import Blocage, Voie
from tests.substitution.conftest import World

SERVICE = "sejour.substitution.v1.SubstitutionService"


@pytest.fixture(scope="module")
def port(world: World) -> Iterator[int]:
    """Our server, on a free port."""
    server, bound = rpc.create_server(world.settings, ALLOWED, lambda made: main.add_servicers(made, world.settings))
    server.start()
    yield bound
    server.stop(grace=1).wait()


def client_of(world: World, source: str, port: int) -> Client:
    """What `source` calls us with: its own key."""
    folder = world.settings.cles_dir.parent / source
    addresses = {"substitution": f"127.0.0.1:{port}"}
    return Client(replace(world.settings, service=source, cles_dir=folder, rpc_addresses=addresses))


def test_the_contact_centre_opens_a_voie_and_reads_out_its_reference(world: World, port: int) -> None:
    """A repeat gives the same one."""
    client = client_of(world, "ccc", port)
    request = substitution_pb2.OuvrirVoieRequest(
        request_id=clock.new_id(),
        parcours_id=clock.new_id(),
        prefecture="93",
        origine=events_pb2.ORIGINE_INCAPACITE,
        contact_id="contact-ccc",
    )

    response, method = substitution_pb2.OuvrirVoieResponse, f"{SERVICE}/OuvrirVoie"
    told = [client.call("substitution", method, request, response) for _ in (1, 2)]

    assert told[0] == told[1] and len(told[0].convocation_numero) == 19
    assert Voie.objects(id=told[0].voie_id).first().reference == told[0].reference


def test_the_ways_of_a_prefecture_are_read_by_the_other_services(world: World, port: int) -> None:
    """As droit's loader reads them, with the day since which they hold."""
    found = client_of(world, "pan", port).call(
        "substitution",
        f"{SERVICE}/GetModalites",
        substitution_pb2.GetModalitesRequest(prefecture="2A"),
        substitution_pb2.GetModalitesResponse,
    )

    assert catalogue().prefecture_from_json(found.regles_json).code == "2A" and found.depuis_date


def test_who_is_not_in_the_table_is_refused(world: World, port: int) -> None:
    """notify opens nothing."""
    with pytest.raises(Refused, match="APPEL_INTERDIT"):
        client_of(world, "notify", port).call(
            "substitution",
            f"{SERVICE}/OuvrirVoie",
            substitution_pb2.OuvrirVoieRequest(request_id=clock.new_id()),
            substitution_pb2.OuvrirVoieResponse,
        )


def test_another_service_resolves_a_blocage_recorded_here(world: World, port: int) -> None:
    """By command, as for every recorder."""
    blocage, _ = blocages.record(
        blocages.Signale(Obstacle(essai="bloqué", prefecture="75")), by="anonyme", request_id="rpc-resoudre"
    )

    done = client_of(world, "deposit", port).call(
        "substitution",
        "sejour.blocage.v1.BlocageService/Resoudre",
        service_pb2.ResoudreRequest(request_id=clock.new_id(), blocage_id=blocage.id),
        service_pb2.ResoudreResponse,
    )

    assert done.state == "RESOLU" == Blocage.objects(id=blocage.id).first().state
