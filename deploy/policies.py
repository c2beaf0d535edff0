"""What every workload must have before anybody applies it: one visible table of policies, each a pure function.

A policy yields one sentence per fault, which names the object; nothing yielded means that all objects have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from chassis.settings import SERVICES
from deploy import needs, network
from deploy.admission import admission
from deploy.cluster import PROCESSES, Cluster, Thing, Workload, name_of, selects

# What finishes after SIGTERM, in seconds: gunicorn's graceful timeout, the drains of rpc and worker, Caddy's own grace.
GRACE_S = {"web": 25, "rpc": 25, "worker": 30, "front": 25, "store": 10, "broker": 30}
MIN_REPLICAS = {"dev": 1, "prod": 2}
# Two stores of the dev overlay are one node each; production has none here.
NOT_SCALED = {"StatefulSet/mongodb": "a replica set of one", "StatefulSet/nats": "a JetStream node of one"}
VOLUMES = {"configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected", "downwardAPI", "ephemeral", "csi"}
CAPABILITIES = {"NET_BIND_SERVICE"}
POLICY_NAMESPACE = "pod-security.kubernetes.io/enforce"


def processes(cluster: Cluster) -> Iterator[str]:
    """Each of the fifteen processes is its own Deployment, each service has its prepare Job."""
    wanted = [(s, p, "Deployment") for s in SERVICES for p in PROCESSES] + [(s, "prepare", "Job") for s in SERVICES]
    for service, process, kind in wanted:
        args = [f"services.{service}", process]
        found = [w for w in cluster.workloads(kind) if w.pod["containers"][0].get("args") == args]
        if len(found) != 1:
            yield f"{kind} that runs {' '.join(args)}: {len(found)} instead of 1"
        elif (found[0].service, found[0].process) != (service, process):
            yield f"{found[0].name}: its labels do not say {service} {process}"


def restricted(cluster: Cluster) -> Iterator[str]:
    """Pod Security Standard « restricted », and more: read-only root, no token, no host."""
    for workload in cluster.workloads():
        pod = workload.pod
        context = pod.get("securityContext", {})
        wanted = {
            "runAsNonRoot": context.get("runAsNonRoot") is True,
            "runAsUser above 0": context.get("runAsUser", 0) > 0,
            "seccompProfile RuntimeDefault": context.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "automountServiceAccountToken false": pod.get("automountServiceAccountToken") is False,
            "no host namespace": not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")),
            "volumes allowed": all(set(volume) - {"name"} <= VOLUMES for volume in pod.get("volumes", ())),
        }
        yield from (f"{workload.name}: {name} is missing" for name, holds in wanted.items() if not holds)
        for container in workload.containers:
            yield from (f"{workload.name}: {fault}" for fault in _container_faults(container))
    for account in cluster.of_kind("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount/{name_of(account)}: automountServiceAccountToken false is missing"


def _container_faults(container: Thing) -> Iterator[str]:
    context = container.get("securityContext", {})
    capabilities = context.get("capabilities", {})
    wanted = {
        "allowPrivilegeEscalation false": context.get("allowPrivilegeEscalation") is False,
        "readOnlyRootFilesystem": context.get("readOnlyRootFilesystem") is True,
        "capabilities drop ALL": capabilities.get("drop") == ["ALL"],
        "no capability but NET_BIND_SERVICE": set(capabilities.get("add", ())) <= CAPABILITIES,
        "not privileged": not context.get("privileged"),
        "no runAsUser 0": context.get("runAsUser", 1) > 0 and context.get("runAsNonRoot", True),
        "no hostPort": not any("hostPort" in port for port in container.get("ports", ())),
    }
    yield from (f"container {container['name']}: {name} is missing" for name, holds in wanted.items() if not holds)


def namespace(cluster: Cluster) -> Iterator[str]:
    """One namespace, which enforces « restricted » itself, and everything is in it."""
    made = cluster.of_kind("Namespace")
    if [space["metadata"].get("labels", {}).get(POLICY_NAMESPACE) for space in made] != ["restricted"]:
        yield f"one Namespace with {POLICY_NAMESPACE}: restricted is missing"
        return
    for thing in cluster.objects:
        if thing["kind"] != "Namespace" and thing["metadata"].get("namespace") != name_of(made[0]):
            yield f"{thing['kind']}/{name_of(thing)}: not in the namespace {name_of(made[0])}"


def probes(cluster: Cluster) -> Iterator[str]:
    """Three probes everywhere; those of our processes and of the front ask /livez and /readyz on OPS_PORT."""
    paths = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    for workload in cluster.workloads("Deployment", "StatefulSet"):
        container = workload.pod["containers"][0]
        ops = int(cluster.env_of(container).get("OPS_PORT") or 9090)
        for probe, path in paths.items():
            get = container.get(probe, {}).get("httpGet", {})
            asked = (get.get("path"), workload.port(get.get("port", 0)))
            if probe not in container:
                yield f"{workload.name}: {probe} is missing"
            elif workload.kind == "Deployment" and asked != (path, ops):
                yield f"{workload.name}: {probe} is not GET {path} on OPS_PORT {ops}"


def stop(cluster: Cluster) -> Iterator[str]:
    """A pod is out of the endpoints before SIGTERM, and is not killed before what it does is finished."""
    for workload in cluster.workloads("Deployment", "StatefulSet"):
        sleep = workload.pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if sleep <= 0:
            yield f"{workload.name}: preStop sleep is missing"
        least = sleep + GRACE_S.get(workload.process, 30)
        if workload.pod.get("terminationGracePeriodSeconds", 30) <= least:
            yield f"{workload.name}: terminationGracePeriodSeconds must be more than {least}"


def resources(cluster: Cluster) -> Iterator[str]:
    """Requests and limits of processor and memory on each container."""
    for workload in cluster.workloads():
        for container in workload.containers:
            for bound in ("requests", "limits"):
                for what in ("cpu", "memory"):
                    if what not in container.get("resources", {}).get(bound, {}):
                        yield f"{workload.name}: {bound} of {what} are missing"


def images(cluster: Cluster) -> Iterator[str]:
    """Each image by an exact tag or a digest, never `latest`."""
    for workload in cluster.workloads():
        for container in workload.containers:
            last = str(container["image"]).rsplit("/", 1)[-1]
            tag = last.split(":", 1)[1] if ":" in last else ""
            if "@sha256:" not in last and (not any(letter.isdigit() for letter in tag) or tag.startswith("latest")):
                yield f"{workload.name}: image {container['image']} is not pinned"


def spread(cluster: Cluster) -> Iterator[str]:
    """Replicas go to different nodes and different zones."""
    for workload in cluster.workloads("Deployment"):
        rules = workload.pod.get("topologySpreadConstraints", ())
        mine = {rule["topologyKey"] for rule in rules if selects(rule.get("labelSelector", {}), workload.labels)}
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone"):
            if key not in mine:
                yield f"{workload.name}: topologySpreadConstraints on {key} is missing"


def disruption(cluster: Cluster) -> Iterator[str]:
    """Exactly one PodDisruptionBudget per workload, which lets one pod go: none would stop the drain of a node."""
    for workload in cluster.workloads("Deployment", "StatefulSet"):
        budgets = [b for b in cluster.of_kind("PodDisruptionBudget") if _guards(b, workload)]
        if [budget["spec"].get("maxUnavailable") for budget in budgets] != [1]:
            yield f"{workload.name}: one PodDisruptionBudget with maxUnavailable 1 is missing ({len(budgets)} found)"
        if any(budget["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow" for budget in budgets):
            yield f"{workload.name}: a pod that is not ready would stop the drain of its node"


def _guards(budget: Thing, workload: Workload) -> bool:
    """A budget without selector guards nothing, unlike one whose selector is empty."""
    return "selector" in budget["spec"] and selects(budget["spec"]["selector"], workload.labels)


def scaling(cluster: Cluster) -> Iterator[str]:
    """Each workload has its own HorizontalPodAutoscaler, which alone owns its replicas; or a stated reason for none."""
    least = MIN_REPLICAS["prod" if cluster.production else "dev"]
    for workload in cluster.workloads("Deployment", "StatefulSet"):
        targets = [h for h in cluster.of_kind("HorizontalPodAutoscaler") if _targets(h, workload)]
        if workload.name in NOT_SCALED and not cluster.production:
            continue
        if len(targets) != 1:
            yield f"{workload.name}: one HorizontalPodAutoscaler is missing ({len(targets)} found)"
        elif not least <= targets[0]["spec"].get("minReplicas", 1) < targets[0]["spec"]["maxReplicas"]:
            yield f"{workload.name}: its autoscaler does not go from at least {least} to more"
        if "replicas" in workload.thing["spec"]:
            yield f"{workload.name}: replicas would fight the autoscaler at each apply"


def _targets(scaler: Thing, workload: Workload) -> bool:
    target = scaler["spec"]["scaleTargetRef"]
    return f"{target['kind']}/{target['name']}" == workload.name


def services(cluster: Cluster) -> Iterator[str]:
    """Each Service finds exactly one workload and a port that it opens; gRPC is headless, so that clients balance."""
    for thing in cluster.of_kind("Service"):
        found = [w for w in cluster.workloads() if selects({"matchLabels": thing["spec"]["selector"]}, w.labels)]
        if len(found) != 1:
            yield f"Service/{name_of(thing)}: selects {len(found)} workloads instead of 1"
            continue
        for port in thing["spec"]["ports"]:
            if found[0].port(port.get("targetPort", port["port"])) is None:
                yield f"Service/{name_of(thing)}: {found[0].name} opens no port {port.get('targetPort')}"
        if found[0].process == "rpc" and thing["spec"].get("clusterIP") != "None":
            yield f"Service/{name_of(thing)}: a gRPC Service must be headless (clusterIP: None)"
    for workload in cluster.workloads("Deployment"):
        called = f"{workload.service}-{workload.process}"
        if workload.process in needs.PORTS and cluster.find("Service", called) is None:
            yield f"{workload.name}: its Service {called} is missing"
        if workload.port("smtp") and cluster.find("Service", f"{workload.service}-smtp") is None:
            yield f"{workload.name}: no Service leads e-mails to it"


def environment(cluster: Cluster) -> Iterator[str]:
    """Each process gets every variable that it needs, and none that it must not have."""
    for workload in (w for w in cluster.workloads() if w.service in SERVICES):
        env = cluster.env_of(workload.pod["containers"][0])
        for name in sorted(needs.needed(workload.service, workload.process, cluster.production) - set(env)):
            yield f"{workload.name}: {name} is missing"
        for name in sorted(needs.NEVER.get(workload.process, frozenset()) & set(env)):
            yield f"{workload.name}: {name} must not be given to a {workload.process}"
        if workload.process in needs.PORTS:
            variable, port = needs.PORTS[workload.process]
            if str(env.get(variable)) != str(workload.port(port)):
                yield f"{workload.name}: {variable} is not the port that the container opens"
        for name, kind in (("PIECES_DIR", "persistentVolumeClaim"), ("CLES_DIR", "secret")):
            if name in env and kind not in _volume_at(workload, env[name] or ""):
                yield f"{workload.name}: {name} is on no {kind}"
        yield from _addresses(cluster, workload, env)
        if cluster.production:
            yield from _production(workload, env)


def _addresses(cluster: Cluster, workload: Workload, env: Mapping[str, str | None]) -> Iterator[str]:
    """A peer's address names a Service of this render and a port that it has."""
    for name in sorted(env):
        service, _, way = name.partition("_")
        if way.lower() not in (*needs.PORTS, "ops") or service.lower() not in SERVICES:
            continue
        host, _, port = (env[name] or "").rpartition("/")[2].partition(":")
        target = cluster.find("Service", host)
        if target is None or port not in {str(opened["port"]) for opened in target["spec"]["ports"]}:
            yield f"{workload.name}: {name}={env[name]} is no Service here"


def _production(workload: Workload, env: Mapping[str, str | None]) -> Iterator[str]:
    if env.get("SEJOUR_ENV") != "production":
        yield f"{workload.name}: SEJOUR_ENV is not production"
    if "CLOCK_FILE" in env:
        yield f"{workload.name}: CLOCK_FILE is refused in production"
    if env.get("REGLES") is not None:
        yield f"{workload.name}: REGLES is the operator's choice, not ours (XCT-01)"


def _volume_at(workload: Workload, path: str) -> Thing:
    """The volume that holds this path; an empty one when the root of the container does."""
    volumes = {volume["name"]: volume for volume in workload.pod.get("volumes", ())}
    mounts = {mount["mountPath"]: mount["name"] for mount in workload.pod["containers"][0].get("volumeMounts", ())}
    above = [str(place) for place in (PurePosixPath(path), *PurePosixPath(path).parents)]
    return next((volumes[mounts[place]] for place in above if place in mounts), {})


def references(cluster: Cluster) -> Iterator[str]:
    """What a pod refers to is rendered here, or on the list of what the operator brings."""
    for workload in cluster.workloads():
        for kind, name, key in workload.refers_to():
            if kind in ("ConfigMap", "Secret"):
                keys = cluster.keys_of(kind, name)
                if keys is None or (key and key not in keys):
                    yield f"{workload.name}: {kind}/{name} {key} comes from nowhere"
            elif cluster.find(kind, name) is None:
                yield f"{workload.name}: {kind}/{name} comes from nowhere"


POLICIES: Mapping[str, Callable[[Cluster], Iterator[str]]] = {
    "admission": admission,
    "processes": processes,
    "restricted": restricted,
    "namespace": namespace,
    "probes": probes,
    "stop": stop,
    "resources": resources,
    "images": images,
    "spread": spread,
    "disruption": disruption,
    "scaling": scaling,
    "services": services,
    "network": network.faults,
    "environment": environment,
    "references": references,
}
