"""What the other channels ask of deposit, through a real gRPC server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, rpc
from droit.decision import Refused
from sejour.deposit.v1 import deposit_pb2, events_pb2
from services.deposit import rpc as servicers
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Blocage, Usager
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, a_person
from tests.deposit.desk import an_agent
from tests.deposit.dossier.test_acces import a_helper
from tests.deposit.messages import messages

NAME = servicers.NAME


@pytest.fixture(scope="module")
def substitution(deposit: Deposit) -> Iterator[rpc.Client]:
    """substitution, as a client of a running deposit."""
    server, port = rpc.create_server(
        replace(deposit.settings, rpc_port=0),
        servicers.ALLOWED,
        lambda made: servicers.add_servicers(made, Blocage, str),
    )
    server.start()
    caller = replace(deposit.settings, service="substitution", rpc_addresses={"deposit": f"127.0.0.1:{port}"})
    client = rpc.Client(caller)
    yield client
    client.close()
    server.stop(grace=1).wait()


def counter_request(request_id: str, **changes: object) -> deposit_pb2.DeposerDemandeRequest:
    today = clock.today()
    request = deposit_pb2.DeposerDemandeRequest(
        request_id=request_id,
        parcours_id=f"parcours-{request_id}",
        titre_code="etudiant",
        prefecture="75",
        voie=events_pb2.VOIE_GUICHET,
        reception_date=today.isoformat(),
        complet=True,
        fin_titre_date=(today + timedelta(days=3)).isoformat(),
        identite=deposit_pb2.Identite(
            nom="Guichet",
            prenoms="Ada",
            naissance_date="1980-01-01",
            nationalite="DZ",
            adresse=["1 rue X", "75000 Paris"],
        ),
    )
    for name, value in changes.items():
        if isinstance(value, deposit_pb2.Identite):
            request.identite.CopyFrom(value)
        else:
            setattr(request, name, value)
    return request


def read_on_paper(**said: str) -> deposit_pb2.Identite:
    """What the counter read on the paper of a person named Awa Homonyme."""
    return deposit_pb2.Identite(**{"nom": "Homonyme", "prenoms": "Awa", "naissance_date": "1990-05-17", **said})


def file_for(client: rpc.Client, request: deposit_pb2.DeposerDemandeRequest) -> deposit_pb2.DeposerDemandeResponse:
    answer: deposit_pb2.DeposerDemandeResponse = client.call(
        "deposit", f"{NAME}/DeposerDemande", request, deposit_pb2.DeposerDemandeResponse, deadline=8
    )
    return answer


def test_a_namesake_at_the_counter_is_joined_to_nobody_until_an_agent_says_who_she_is(
    deposit: Deposit, substitution: rpc.Client
) -> None:
    """The same name, first name and birth, and nothing else in common: no account is chosen, none reads the other."""
    known = a_person(deposit, nom="Homonyme", telephone="+33639980177", numero_etranger="7300600699")
    agent = an_agent(deposit, "instructeur")
    read = read_on_paper()
    first, second = (file_for(substitution, counter_request(f"homonyme-{n}", identite=read)) for n in (1, 2))
    path = f"/agents/demandes/{first.demande_id}"
    shown = agent.text(f"{path}/actes/identifier-personne")
    elsewhere = [
        file_for(substitution, counter_request(f"homonyme-{n}", identite=read_on_paper(**who))).usager_id
        for n, who in enumerate(({"telephone": "06 39 98 01 77"}, {"numero_etranger": "7300600699"}), start=3)
    ]

    assert first.document_numero and first.usager_id != known.usager_id != second.usager_id
    assert elsewhere == [known.usager_id, known.usager_id], "something more agrees"
    assert "dites de qui est cette demande" in agent.text(path)
    assert "numéro finissant par 699" in shown and "7300600699" not in shown and "0177" not in shown
    assert first.reference not in str(known.call("GET", "/demandes").json)

    agent.post(f"{path}/actes/identifier-personne", compte="quelqu’un")
    refused = Demande.objects(id=first.demande_id).first().usager_id
    agent.post(f"{path}/actes/identifier-personne", compte=known.usager_id)
    agent.post(f"/agents/demandes/{second.demande_id}/actes/identifier-personne", compte="aucune")

    hers = known.call("GET", "/demandes").json
    assert refused == first.usager_id
    assert first.reference in str(hers) and second.reference not in str(hers)
    assert known.read(first.demande_id)["documents"]
    assert "dites de qui est cette demande" not in agent.text(path)
    assert not Demande.objects(id=second.demande_id).first().attentes


@pytest.mark.clause("DEP-46/c")
def test_a_counter_filing_enters_the_same_record_with_the_document_at_once(
    deposit: Deposit, substitution: rpc.Client
) -> None:
    first = file_for(substitution, counter_request("guichet-1"))
    again = file_for(substitution, counter_request("guichet-1"))

    assert first == again
    situation = substitution.call(
        "deposit",
        f"{NAME}/GetSituation",
        deposit_pb2.GetSituationRequest(usager_id=first.usager_id),
        deposit_pb2.GetSituationResponse,
    )
    assert [d.state for d in situation.demandes] == ["DEPOSEE"]
    assert first.attestation_numero
    assert first.document_numero


def test_a_counter_is_told_that_nothing_is_filed_on_a_demande_that_has_ended(
    deposit: Deposit, substitution: rpc.Client
) -> None:
    person = a_person(deposit)
    demande = person.file(titre_code="etudiant", fin_titre_date=clock.today().isoformat())["demande_id"]
    said = {"motif": "x", "texte": "y", "recours": ["z"]}
    deposit.call("POST", f"/demandes/{demande}:defavorable", deposit.agent("instructeur"), json=said)
    brought = deposit_pb2.AttacherPiecesRequest(
        request_id=clock.new_id(),
        demande_id=demande,
        voie=events_pb2.VOIE_GUICHET,
        reception_date=clock.today().isoformat(),
        prefecture="75",
    )

    with pytest.raises(Refused) as refused:
        substitution.call("deposit", f"{NAME}/AttacherPieces", brought, deposit_pb2.AttacherPiecesResponse)

    assert "rien n’est déposé" in refused.value.motif.phrase
    assert person.read(demande)["state"] == "DEFAVORABLE"


def test_the_protected_date_of_a_route_is_the_date_that_counts(deposit: Deposit, substitution: rpc.Client) -> None:
    protected = (clock.today() - timedelta(days=30)).isoformat()
    filed = file_for(substitution, counter_request("guichet-2", date_protegee=protected))

    situation = substitution.call(
        "deposit",
        f"{NAME}/GetSituation",
        deposit_pb2.GetSituationRequest(usager_id=filed.usager_id),
        deposit_pb2.GetSituationResponse,
    )

    assert next(d.date_retenue for d in situation.demandes if d.demande_id == filed.demande_id) == protected


@pytest.mark.parametrize(
    ("acte", "values", "code"),
    [
        (deposit_pb2.ACTE_CHANGER_COURRIEL, {"courriel": "n@exemple.test"}, "IDENTITE_NON_VERIFIEE"),
        (
            deposit_pb2.ACTE_CHANGER_COURRIEL,
            {"courriel": "n@exemple.test", "identite_verifiee": True},
            "DOUBLE_CONTROLE",
        ),
        (deposit_pb2.ACTE_DEVERROUILLER_COMPTE, {}, "IDENTITE_NON_VERIFIEE"),
    ],
)
def test_no_power_on_an_account_without_its_identity_check(
    deposit: Deposit, substitution: rpc.Client, acte: deposit_pb2.Acte.ValueType, values: dict[str, Any], code: str
) -> None:
    person = a_person(deposit)
    request = deposit_pb2.DebloquerRequest(request_id=clock.new_id(), acte=acte, usager_id=person.usager_id, **values)

    with pytest.raises(Refused) as refused:
        substitution.call("deposit", f"{NAME}/Debloquer", request, deposit_pb2.DebloquerResponse)

    assert refused.value.motif.code == code


@pytest.mark.clause("DEP-05/d")
def test_another_email_is_bound_by_two_agents_and_open_sessions_end(deposit: Deposit, substitution: rpc.Client) -> None:
    person = a_person(deposit, courriel="ancienne@exemple.test")
    for name in ("agent-7", "agent-8"):
        deposit.agent("ccc", agent_id=name)
    as_second = substitution.on_behalf_of("deposit", "agent:agent-8")
    request = deposit_pb2.DebloquerRequest(
        request_id=clock.new_id(),
        acte=deposit_pb2.ACTE_CHANGER_COURRIEL,
        usager_id=person.usager_id,
        courriel="nouvelle@exemple.test",
        identite_verifiee=True,
        verificateur_id="agent-7",
    )

    with pytest.raises(Refused) as refused:
        substitution.call("deposit", f"{NAME}/Debloquer", request, deposit_pb2.DebloquerResponse)
    done = substitution.call(
        "deposit", f"{NAME}/Debloquer", request, deposit_pb2.DebloquerResponse, on_behalf=as_second
    )

    assert refused.value.motif.code == "DOUBLE_CONTROLE"
    assert done.fait
    assert Usager.objects(id=person.usager_id).first().courriel == "nouvelle@exemple.test"
    assert person.call("GET", "/moi").status_code == 401
    again = deposit.call(
        "POST", "/comptes:connexion", json={"identifiant": person.identifiant, "password": MOT_DE_PASSE}
    )
    assert again.status_code == 401


def test_a_protected_account_is_opened_by_a_paper_seen_in_person_alone(
    deposit: Deposit, substitution: rpc.Client
) -> None:
    person = a_person(deposit)
    Usager.objects(id=person.usager_id).update(set__protege=True, set__gele=True)

    def unlock(**values: Any) -> deposit_pb2.DebloquerResponse:
        request = deposit_pb2.DebloquerRequest(
            request_id=clock.new_id(),
            acte=deposit_pb2.ACTE_DEVERROUILLER_COMPTE,
            usager_id=person.usager_id,
            identite_verifiee=True,
            **values,
        )
        answer: deposit_pb2.DebloquerResponse = substitution.call(
            "deposit", f"{NAME}/Debloquer", request, deposit_pb2.DebloquerResponse
        )
        return answer

    with pytest.raises(Refused) as refused:
        unlock()

    assert refused.value.motif.code == "PAPIER_EXIGE"
    assert unlock(identite_papier="PASSEPORT").fait


def test_a_mandate_is_told_to_another_channel_while_it_runs(deposit: Deposit, substitution: rpc.Client) -> None:
    person, other = a_person(deposit), a_person(deposit)
    structure_id, _token = a_helper(deposit, "aide-telephone")
    given = person.call(
        "POST",
        f"/usagers/{person.usager_id}/mandats",
        json={"structure_id": structure_id, "portee": ["lire"], "fin_date": clock.today().isoformat()},
    )
    assert given.status_code == 201, given.json

    def check(usager_id: str, aidant: str = "aide-telephone") -> deposit_pb2.CheckMandatResponse:
        request = deposit_pb2.CheckMandatRequest(usager_id=usager_id, aidant=aidant)
        answer: deposit_pb2.CheckMandatResponse = substitution.call(
            "deposit", f"{NAME}/CheckMandat", request, deposit_pb2.CheckMandatResponse
        )
        return answer

    assert (check(person.usager_id).valide, list(check(person.usager_id).portee)) == (True, ["lire"])
    assert not check(other.usager_id).valide
    assert not check(person.usager_id, "inconnue").valide
    person.call("POST", f"/mandats/{given.json['mandat_id']}:revoquer")
    assert not check(person.usager_id).valide


def test_a_service_out_of_the_table_is_refused(deposit: Deposit, substitution: rpc.Client) -> None:
    notify = rpc.Client(replace(substitution._settings, service="notify"))

    with pytest.raises(Refused) as refused:
        notify.call("deposit", f"{NAME}/Debloquer", deposit_pb2.DebloquerRequest(), deposit_pb2.DebloquerResponse)

    assert refused.value.motif.code == "APPEL_INTERDIT"


@pytest.mark.clause("DEP-39/g")
def test_no_channel_closes_a_living_demande_without_its_notice(deposit: Deposit, substitution: rpc.Client) -> None:
    """By telephone or counter, from another préfecture, by the programme desk: refused, and it goes on living."""
    person = a_person(deposit)
    living = person.file(titre_code="etudiant", prefecture="13")
    here = person.file(titre_code="visiteur")
    agent = deposit.agent("instructeur", "superviseur")
    programme = deposit.agent("bureau_national", prefectures=("*",), agent_id="agent-programme")
    by_telephone = deposit_pb2.DebloquerRequest(
        request_id=clock.new_id(),
        acte=deposit_pb2.ACTE_CLORE_DEMANDE_FANTOME,
        usager_id=person.usager_id,
        demande_id=living["demande_id"],
        motif="Demandé au téléphone.",
    )
    reasons = {"motif": "x", "texte": "y", "recours": "z"}
    case = {"objet": "demande_fantome", "texte": "Bloque le dépôt.", "ancienne": living["reference"]}

    with pytest.raises(Refused) as refused:
        substitution.call("deposit", f"{NAME}/Debloquer", by_telephone, deposit_pb2.DebloquerResponse)
    past = {"reference": living["reference"], "motif": "oubliée"}
    others = [
        deposit.call("POST", f"/demandes/{here['demande_id']}:fermer-ancienne", agent, json=past),
        deposit.call("POST", f"/demandes/{living['demande_id']}:clore", agent, json=reasons),
        deposit.call("POST", f"/demandes/{living['demande_id']}:clore", programme, json=reasons),
    ]
    sent = deposit.call("POST", f"/demandes/{here['demande_id']}:remonter", agent, json=case).json["remontee_id"]
    closing = {"acte": "fermer", "texte": "Fermée."}
    lifted = deposit.call("POST", f"/remontees/{sent}:lever", programme, json=closing)

    assert refused.value.motif.code == "PAS_UNE_ANCIENNE_DEMANDE"
    assert [answer.status_code for answer in others] == [409, 403, 403]
    assert lifted.json["code"] == "PAS_UNE_ANCIENNE_DEMANDE"
    after = person.read(living["demande_id"])
    assert (after["state"], [d["nature"] for d in after["documents"]]) == ("DEPOSEE", ["AD"])
    assert not {"demande_close"} & set(messages(living["demande_id"]))


def test_a_draft_in_a_disputed_account_is_filed_by_a_counter_under_the_account_of_who_came(
    deposit: Deposit, substitution: rpc.Client
) -> None:
    """Whoever froze the account brought her dossier: it is hers, nothing is filed where it is disputed (DEP-06)."""
    person = a_person(deposit, nom="Disputée", numero_etranger="7300600601")
    draft = person.begin(titre_code="etudiant", fin_titre_date=(clock.today() + timedelta(days=9)).isoformat())
    Usager.objects(id=person.usager_id).update(set__gele=True)
    brought = deposit_pb2.AttacherPiecesRequest(
        request_id="conteste-1",
        demande_id=draft["demande_id"],
        voie=events_pb2.VOIE_GUICHET,
        reception_date=clock.today().isoformat(),
        prefecture="75",
        complet=True,
        parcours_id="parcours-conteste",
    )

    def bring() -> deposit_pb2.AttacherPiecesResponse:
        answer: deposit_pb2.AttacherPiecesResponse = substitution.call(
            "deposit", f"{NAME}/AttacherPieces", brought, deposit_pb2.AttacherPiecesResponse
        )
        return answer

    with pytest.raises(Refused) as refused:
        bring()
    brought.identite.CopyFrom(
        deposit_pb2.Identite(
            nom="Disputée", prenoms="Awa", naissance_date="1990-05-17", numero_etranger="7300600601", nationalite="MA"
        )
    )
    filed, again = bring(), bring()

    there = Demande.objects(id=draft["demande_id"]).first()
    hers = Demande.objects(id=filed.demande_id).first()
    assert refused.value.motif.code == "COMPTE_CONTESTE"
    assert (there.state, filed == again) == ("BROUILLON", True)
    assert hers.usager_id == filed.usager_id != person.usager_id
    assert (hers.state, hers.titre_code, hers.fin_titre_date) == ("DEPOSEE", "etudiant", there.fin_titre_date)
    assert filed.attestation_numero
    assert hers.incoherences == [{"code": "NUMERO_A_RATTACHER", "objet": "7300600601"}]
