"""Each policy bites: what somebody might take away by mistake makes the check fail, and the fault names the object."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from chassis.settings import SERVICES
from deploy import needs
from deploy.check import OVERLAYS, cluster_checks, report
from deploy.cluster import PROCESSES, Cluster
from deploy.policies import POLICIES
from deploy.render import ROOT, schema_faults
from tests.deploy.conftest import Broken, Objects

Change = Callable[[Objects], None]


def thing(objects: Objects, named: str) -> dict[str, Any]:
    kind, name = named.split("/")
    return next(found for found in objects if (found["kind"], found["metadata"]["name"]) == (kind, name))


def container(objects: Objects, named: str) -> dict[str, Any]:
    found: dict[str, Any] = thing(objects, named)["spec"]["template"]["spec"]["containers"][0]
    return found


def pod(objects: Objects, named: str) -> dict[str, Any]:
    found: dict[str, Any] = thing(objects, named)["spec"]["template"]["spec"]
    return found


def without(named: str) -> Change:
    return lambda objects: objects.remove(thing(objects, named))


def unset(named: str, *path: str) -> Change:
    """Takes away one field of the object; `container` at the head of the path starts at its first container."""

    def change(objects: Objects) -> None:
        place = container(objects, named) if path[0] == "container" else thing(objects, named)
        for step in path[path[0] == "container" : -1]:
            place = place[step]
        del place[path[-1]]

    return change


def put(named: str, value: object, *path: str) -> Change:
    """Sets one field of the object; same paths as `unset`."""

    def change(objects: Objects) -> None:
        place = container(objects, named) if path[0] == "container" else thing(objects, named)
        for step in path[path[0] == "container" : -1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value

    return change


def without_variable(named: str, variable: str) -> Change:
    def change(objects: Objects) -> None:
        found = container(objects, named)
        found["env"] = [entry for entry in found["env"] if entry["name"] != variable]

    return change


def with_variable(named: str, variable: str, value: str) -> Change:
    return lambda objects: container(objects, named)["env"].append({"name": variable, "value": value})


def without_spread(named: str, key: str) -> Change:
    def change(objects: Objects) -> None:
        rules = pod(objects, named)["topologySpreadConstraints"]
        pod(objects, named)["topologySpreadConstraints"] = [rule for rule in rules if rule["topologyKey"] != key]

    return change


def keyed_spread(*keys: str) -> Change:
    """The keys that every Deployment's constraints compare pods by."""

    def change(objects: Objects) -> None:
        for found in objects:
            if found["kind"] == "Deployment":
                for rule in found["spec"]["template"]["spec"]["topologySpreadConstraints"]:
                    rule["matchLabelKeys"] = list(keys)

    return change


def again(named: str, *path: str) -> Change:
    """Says the last entry of a list of the first container, or of its pod, a second time."""

    def change(objects: Objects) -> None:
        place = container(objects, named) if path[0] == "container" else pod(objects, named)
        place[path[-1]].append(place[path[-1]][-1])

    return change


def with_volume(named: str, name: str, source: dict[str, object]) -> Change:
    """Puts another source under a volume that exists."""

    def change(objects: Objects) -> None:
        volumes = pod(objects, named)["volumes"]
        pod(objects, named)["volumes"] = [v for v in volumes if v["name"] != name] + [{"name": name, **source}]

    return change


WEB, RPC, WORKER, JOB = "Deployment/deposit-web", "Deployment/pan-rpc", "Deployment/notify-worker", "Job/ccc-prepare"
POD = ("spec", "template", "spec")
CONTEXT = ("container", "securityContext")

NAME, HASH = "app.kubernetes.io/name", "pod-template-hash"

BREAKS: dict[str, tuple[str, Change, str]] = {
    "repeated key": ("admission", keyed_spread(NAME, HASH), f"{WEB}: matchLabelKeys repeats {NAME}"),
    "key of nothing": (
        "admission",
        lambda objects: pod(objects, RPC)["topologySpreadConstraints"][0].pop("labelSelector"),
        f"{RPC}: matchLabelKeys without a labelSelector",
    ),
    "twice the same spread": ("admission", again(WEB, "topologySpreadConstraints"), f"{WEB}: two topologySpread"),
    "other pods": (
        "admission",
        put(WEB, "x", "spec", "selector", "matchLabels", NAME),
        f"{WEB}: its selector does not take its own pods",
    ),
    "job for ever": ("admission", put(JOB, "Always", *POD, "restartPolicy"), f"{JOB}: restartPolicy Always"),
    "two of a name": (
        "admission",
        lambda objects: objects.append(thing(objects, "Service/pan-rpc")),
        "Service/pan-rpc: rendered twice",
    ),
    "two volumes of a name": ("admission", again(WEB, "volumes"), f"{WEB}: two volumes are called"),
    "two mounts of a path": ("admission", again(WEB, "container", "volumeMounts"), f"{WEB}: two volumes on"),
    "mount of nothing": ("admission", unset(WEB, *POD, "volumes"), f"{WEB}: no volume is called"),
    "ports without names": (
        "admission",
        put("Service/pan-rpc", [{"port": 1}, {"port": 2}], "spec", "ports"),
        "Service/pan-rpc: several ports",
    ),
    "long port": (
        "admission",
        put(WEB, [{"containerPort": 1, "name": "a-name-of-sixteen"}], "container", "ports"),
        f"{WEB}: the port a-name-of-sixteen",
    ),
    "two values": (
        "admission",
        put(WEB, [{"name": "A", "value": "x", "valueFrom": {}}], "container", "env"),
        f"{WEB}: A has a value and a source",
    ),
    "probe of nothing": ("admission", put(WEB, {}, "container", "livenessProbe"), f"{WEB}: livenessProbe asks"),
    "probe that hesitates": (
        "admission",
        put(WEB, 2, "container", "livenessProbe", "successThreshold"),
        f"{WEB}: livenessProbe: successThreshold",
    ),
    "request above limit": (
        "admission",
        put(WEB, "2Gi", "container", "resources", "requests", "memory"),
        f"{WEB}: requests of memory are above",
    ),
    "no worker": ("processes", without(WORKER), "services.notify worker"),
    "no preparation": ("processes", without(JOB), "services.ccc prepare"),
    "wrong arguments": ("processes", put(RPC, ["services.pan", "web"], "container", "args"), "services.pan rpc"),
    "root": ("restricted", unset(WEB, *POD, "securityContext", "runAsNonRoot"), f"{WEB}: runAsNonRoot"),
    "uid 0": ("restricted", put(WEB, 0, *POD, "securityContext", "runAsUser"), f"{WEB}: runAsUser"),
    "no seccomp": ("restricted", unset(RPC, *POD, "securityContext", "seccompProfile"), f"{RPC}: seccompProfile"),
    "escalation": ("restricted", unset(JOB, *CONTEXT, "allowPrivilegeEscalation"), f"{JOB}: container sejour"),
    "capabilities": ("restricted", unset(WORKER, *CONTEXT, "capabilities"), "capabilities drop ALL"),
    "more capabilities": ("restricted", put(WEB, ["SYS_ADMIN"], *CONTEXT, "capabilities", "add"), "NET_BIND_SERVICE"),
    "privileged": ("restricted", put(WEB, True, *CONTEXT, "privileged"), "not privileged"),
    "writable root": ("restricted", unset("Deployment/front", *CONTEXT, "readOnlyRootFilesystem"), "Deployment/front"),
    "host network": ("restricted", put(WEB, True, *POD, "hostNetwork"), f"{WEB}: no host namespace"),
    "host path": ("restricted", with_volume(WEB, "tmp", {"hostPath": {"path": "/"}}), f"{WEB}: volumes allowed"),
    "token": ("restricted", unset("ServiceAccount/pan-process", "automountServiceAccountToken"), "pan-process"),
    "open namespace": ("namespace", unset("Namespace/sejour", "metadata", "labels"), "restricted is missing"),
    "elsewhere": ("namespace", put(WEB, "default", "metadata", "namespace"), f"{WEB}: not in the namespace"),
    "no readiness": ("probes", unset(WEB, "container", "readinessProbe"), f"{WEB}: readinessProbe is missing"),
    "no liveness": ("probes", unset(WORKER, "container", "livenessProbe"), f"{WORKER}: livenessProbe is missing"),
    "no start-up": ("probes", unset(RPC, "container", "startupProbe"), f"{RPC}: startupProbe is missing"),
    "readiness that lies": (
        "probes",
        put(WEB, "/livez", "container", "readinessProbe", "httpGet", "path"),
        f"{WEB}: readinessProbe is not GET /readyz",
    ),
    "readiness on traffic": (
        "probes",
        put(WEB, "web", "container", "readinessProbe", "httpGet", "port"),
        f"{WEB}: readinessProbe is not GET /readyz on OPS_PORT",
    ),
    "no preStop": ("stop", unset(RPC, "container", "lifecycle"), f"{RPC}: preStop sleep is missing"),
    "killed early": ("stop", put(WORKER, 30, *POD, "terminationGracePeriodSeconds"), f"{WORKER}: termination"),
    "no limit": ("resources", unset(WEB, "container", "resources", "limits", "memory"), f"{WEB}: limits of memory"),
    "no request": ("resources", unset(JOB, "container", "resources", "requests"), f"{JOB}: requests of cpu"),
    "latest": ("images", put(WEB, "sejour:latest", "container", "image"), f"{WEB}: image sejour:latest"),
    "no tag": ("images", put(RPC, "registry.example:5000/sejour", "container", "image"), f"{RPC}: image"),
    "one zone": ("spread", without_spread(RPC, "topology.kubernetes.io/zone"), f"{RPC}: topologySpreadConstraints"),
    "one node": ("spread", without_spread(WEB, "kubernetes.io/hostname"), f"{WEB}: topologySpreadConstraints"),
    "no budget": ("disruption", without("PodDisruptionBudget/deposit-web"), f"{WEB}: one PodDisruptionBudget"),
    "budget of nothing": ("disruption", unset("PodDisruptionBudget/front", "spec", "selector"), "Deployment/front"),
    "stuck drain": ("disruption", put("PodDisruptionBudget/pan-rpc", 0, "spec", "maxUnavailable"), RPC),
    "sick pod stays": (
        "disruption",
        unset("PodDisruptionBudget/ccc-web", "spec", "unhealthyPodEvictionPolicy"),
        "Deployment/ccc-web: a pod that is not ready",
    ),
    "no autoscaler": ("scaling", without("HorizontalPodAutoscaler/notify-worker"), f"{WORKER}: one Horizontal"),
    "alone": ("scaling", put("HorizontalPodAutoscaler/pan-rpc", 1, "spec", "minReplicas"), f"{RPC}: its autoscaler"),
    "fixed replicas": ("scaling", put(WEB, 2, "spec", "replicas"), f"{WEB}: replicas would fight"),
    "gRPC pinned": ("services", unset("Service/pan-rpc", "spec", "clusterIP"), "Service/pan-rpc: a gRPC Service"),
    "no service": ("services", without("Service/deposit-web"), f"{WEB}: its Service deposit-web"),
    "no way for bounces": ("services", without("Service/notify-smtp"), f"{WORKER}: no Service leads e-mails to it"),
    "service of two": (
        "services",
        unset("Service/ccc-web", "spec", "selector", "app.kubernetes.io/component"),
        "Service/ccc-web: selects",
    ),
    "closed port": ("services", unset(RPC, "container", "ports"), "Service/pan-rpc: Deployment/pan-rpc opens no port"),
    "open by default": ("network", without("NetworkPolicy/default-deny"), "no policy denies everything"),
    "broker cut": ("environment", without_variable(WORKER, "NATS_URL"), f"{WORKER}: NATS_URL is missing"),
    "nobody woken": ("environment", without_variable(WEB, "REVEIL_URL"), f"{WEB}: REVEIL_URL is missing"),
    "broker for web": ("environment", with_variable(WEB, "NATS_URL", "nats://x"), f"{WEB}: NATS_URL must not"),
    "no mail": ("environment", without_variable(WORKER, "SMTP_URL"), f"{WORKER}: SMTP_URL is missing"),
    "no inbound mail": (
        "environment",
        without_variable("Deployment/ccc-worker", "SMTP_INBOUND_PORT"),
        "Deployment/ccc-worker: SMTP_INBOUND_PORT is missing",
    ),
    "no delivery reports": (
        "environment",
        without_variable(WORKER, "SMTP_INBOUND_PORT"),
        f"{WORKER}: SMTP_INBOUND_PORT is missing",
    ),
    "no signature of callbacks": (
        "environment",
        without_variable("Deployment/notify-web", "SMS_SECRET"),
        "Deployment/notify-web: SMS_SECRET is missing",
    ),
    "no files for a desk": (
        "environment",
        without_variable("Deployment/pan-web", "PIECES_DIR"),
        "Deployment/pan-web: PIECES_DIR is missing",
    ),
    "wrong readiness": (
        "environment",
        put("Service/deposit-web", [{"port": 8080, "targetPort": "web"}], "spec", "ports"),
        "Deployment/substitution-worker: DEPOSIT_OPS=http://deposit-web:9090 is no Service",
    ),
    "no directory": ("environment", without_variable(JOB, "AGENTS_FILE"), f"{JOB}: AGENTS_FILE is missing"),
    "other port": ("environment", put(WEB, [{"containerPort": 8081}], "container", "ports"), f"{WEB}: WEB_PORT"),
    "no peer": ("environment", unset("ConfigMap/sejour", "data", "CCC_RPC"), f"{WEB}: CCC_RPC is missing"),
    "wrong peer": ("environment", put("ConfigMap/sejour", "ccc:50051", "data", "CCC_RPC"), "no Service here"),
    "files on a node": ("environment", with_volume(WEB, "pieces", {"emptyDir": {}}), f"{WEB}: PIECES_DIR is on no"),
    "clock": ("environment", with_variable(WEB, "CLOCK_FILE", "/tmp/jour"), f"{WEB}: CLOCK_FILE is refused"),
    "law by default": ("environment", with_variable(WEB, "REGLES", "recommandation"), f"{WEB}: REGLES is the operator"),
    "no law": ("environment", unset(WEB, "container", "envFrom"), f"{WEB}: REGLES is missing"),
    "development": ("environment", put("ConfigMap/sejour", "developpement", "data", "SEJOUR_ENV"), "not production"),
    "unknown secret": (
        "references",
        with_volume(WEB, "cles", {"secret": {"secretName": "cles"}}),
        f"{WEB}: Secret/cles  comes from nowhere",
    ),
    "no account": ("references", without("ServiceAccount/deposit-process"), f"{WEB}: ServiceAccount/deposit-process"),
    "no volume": ("references", without("PersistentVolumeClaim/deposit-pieces"), "deposit-pieces comes from nowhere"),
}


@pytest.mark.parametrize("name", OVERLAYS)
def test_each_overlay_passes_every_check(clusters: dict[str, Cluster], name: str) -> None:
    assert {check: list(faults) for check, faults in cluster_checks(name, clusters[name]) if list(faults)} == {}


@pytest.mark.parametrize("case", BREAKS)
def test_a_policy_names_what_was_taken_away(broken: Broken, case: str) -> None:
    policy, change, expected = BREAKS[case]
    found = list(POLICIES[policy](broken(change)))
    assert any(expected in fault for fault in found), found


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_deployment_with_a_repeated_key_is_refused_as_a_server_does(broken: Broken, name: str) -> None:
    keys = ("app.kubernetes.io/name", "app.kubernetes.io/component", "pod-template-hash")
    refused = {fault.partition(":")[0] for fault in POLICIES["admission"](broken(keyed_spread(*keys), name))}
    assert len(refused) == len(SERVICES) * len(PROCESSES) + 1
    assert all(fault.startswith("Deployment/") for fault in refused)


def test_no_policy_is_without_a_test_that_it_bites() -> None:
    assert {policy for policy, _, _ in BREAKS.values()} == set(POLICIES)


def test_the_readme_names_everything_that_an_operator_brings() -> None:
    def generic(name: str) -> str:
        return re.sub(rf"^({'|'.join(SERVICES)})(?=$|[.-])", "<service>", name)

    readme = (ROOT / "deploy" / "README.md").read_text()
    brought = {generic(text) for (_, name), keys in needs.EXTERNAL["prod"].items() for text in (name, *keys)}
    assert sorted(name for name in brought if f"`{name}`" not in readme) == []


def test_a_kind_without_a_schema_fails(broken: Broken) -> None:
    scaled = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "x"}, "spec": {}}
    found = list(schema_faults(broken(lambda objects: objects.append(scaled)).objects))
    assert found == ["ScaledObject/x: keda.sh/v1alpha1 ScaledObject has no schema in Kubernetes 1.34"]


def test_a_field_that_kubernetes_does_not_know_fails(broken: Broken) -> None:
    found = list(schema_faults(broken(put(WEB, 3, "spec", "replica")).objects))
    assert len(found) == 1 and found[0].startswith(WEB) and "replica" in found[0]


def test_a_fault_is_printed_under_its_check_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([("prod: probes", ["Deployment/deposit-web: readinessProbe is missing"]), ("prod: stop", [])]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAIL  prod: probes",
        "        Deployment/deposit-web: readinessProbe is missing",
        "ok    prod: stop",
    ]
