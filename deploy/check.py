"""Renders, validates and judges everything under deploy/ offline: `python -m deploy.check` (`make k8s-check`).

One line per check, every fault named; exit code 1 when there is one. No cluster runs anything here, and it says so.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from deploy import machine, needs
from deploy.cluster import Cluster
from deploy.policies import POLICIES
from deploy.render import K8S, KUBERNETES, ROOT, RenderError, render, schema_faults

OVERLAYS = ("dev", "prod")
COMPOSE_SCHEMA = ("--builtin-schema", "vendor.compose-spec")
Check = tuple[str, Iterable[str]]


def overlay(name: str) -> Cluster:
    """One rendered overlay, with what its operator brings."""
    return Cluster(render(K8S / "overlays" / name), production=name == "prod", external=needs.EXTERNAL[name])


def cluster_checks(name: str, cluster: Cluster) -> Iterator[Check]:
    """The schemas, then each policy, on one overlay."""
    yield f"{name}: schemas of Kubernetes {KUBERNETES}, strict", schema_faults(cluster.objects)
    for policy, judge in POLICIES.items():
        yield f"{name}: {policy}", judge(cluster)


def other_checks(clusters: dict[str, Cluster]) -> Iterator[Check]:
    """What is not one overlay: the contract of variables, the versions, the Dockerfile, the compose file."""
    compose = ROOT / "deploy" / "compose.yaml"
    dockerfile = ROOT / "deploy" / "Dockerfile"
    read = yaml.safe_load(compose.read_text())
    documented = needs.documented(*(place.read_text() for place in contracts()))
    yield "variables that the code reads are all documented", code_faults(documented)
    yield "variables that are documented are all decided", contract_faults(documented)
    yield "one version of each image everywhere", version_faults(clusters, read["services"])
    yield "Dockerfile: hadolint", machine.lint("hadolint", str(dockerfile))
    yield "Dockerfile: image", machine.dockerfile_faults(dockerfile.read_text())
    packages = [place.parent.name for place in ROOT.glob("*/__init__.py")]
    ignored = dockerfile.with_name("Dockerfile.dockerignore").read_text()
    yield "Dockerfile: what the image holds", machine.context_faults(ignored, packages)
    yield "compose.yaml: schema", machine.lint("check-jsonschema", *COMPOSE_SCHEMA, str(compose))
    yield "compose.yaml: processes", machine.compose_faults(read)


def contracts() -> list[Path]:
    """Where variables are documented: the common table, and that of a service whose settings are many."""
    return [ROOT / "docs" / "architecture.md", *sorted(ROOT.glob("services/*/README.md"))]


def code_faults(documented: frozenset[str]) -> Iterator[str]:
    """A variable that a module of the image reads and no table tells the operator."""
    for package in (
        "blocage",
        "chassis",
        "consigne",
        "documents",
        "droit",
        "papier",
        "personne",
        "pilotage",
        "prefecture",
        "promesse",
        "services",
    ):
        for module in sorted((ROOT / package).rglob("*.py")):
            for name in sorted(needs.read_by(module.read_text()) - documented):
                yield f"{module.relative_to(ROOT)} reads {name}, which no table documents"


def contract_faults(documented: frozenset[str]) -> Iterator[str]:
    """A variable that the contract gained and nobody here decided on."""
    for name in sorted(documented - needs.known()):
        yield f"{name} is documented and in no table of deploy/needs.py"


def version_faults(clusters: dict[str, Cluster], services: dict[str, dict[str, object]]) -> Iterator[str]:
    """Two overlays and compose run the same images, and ours is at the version of pyproject.toml."""
    places = [(str(service["image"]), "compose.yaml") for service in services.values()]
    for name, cluster in clusters.items():
        places += [(str(c["image"]), f"overlay {name}") for w in cluster.workloads() for c in w.containers]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    tags: dict[str, set[str]] = {"sejour": {version}}
    for image, _ in places:
        name, _, tag = image.partition(":")
        tags.setdefault(name, set()).add(tag)
    for name, found in tags.items():
        if len(found) > 1:
            yield f"{name}: {', '.join(sorted(found))} (in {', '.join(sorted({place for _, place in places}))})"


def report(checks: Iterable[Check]) -> int:
    """Prints one line per check and one per fault; returns how many checks failed."""
    failed = 0
    for name, judged in checks:
        faults = list(judged)
        failed += bool(faults)
        print(f"{'FAIL' if faults else 'ok  '}  {name}")
        for fault in faults:
            print(f"        {fault}")
    return failed


def main() -> int:
    """Everything, in order; 1 when a check failed."""
    clusters: dict[str, Cluster] = {}
    failed = 0
    for name in OVERLAYS:
        try:
            clusters[name] = overlay(name)
        except RenderError as error:
            failed += report([(f"{name}: kustomize renders it", [str(error)])])
            continue
        made = clusters[name]
        print(f"ok    {name}: kustomize renders {len(made.objects)} objects, {len(made.workloads())} workloads")
        failed += report(cluster_checks(name, made))
    failed += report(other_checks(clusters))
    print(f"{failed} failed. Rendered and read offline: no cluster ran these objects, no image was built or pulled.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
