"""What Docker alone needs: the Dockerfile and the compose file, by their linters and by the needs of the processes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chassis.settings import SERVICES
from deploy import needs
from deploy.cluster import PROCESSES, Thing

# Packages of the repository that run beside the service, never in it.
TOOLS = frozenset({"deploy", "dev", "loadtests", "tests"})
# And what stands beside the packages in the image.
FILES = frozenset({"LICENSE", "pyproject.toml", "requirements-dev.lock", "requirements.lock"})
OWNER = "${SEJOUR_UID:?"
STATE = "${SEJOUR_STATE:?}/env/"
# What the environment files that deploy/sample.py writes hold, by how their name ends.
ENV_FILES: Mapping[str, frozenset[str]] = {
    ".broker.env": frozenset({"NATS_URL"}),
    ".reveil.env": frozenset({"REVEIL_URL"}),
    ".gateways.env": frozenset({"SMTP_URL", "SMS_URL"}),
    ".sms.env": frozenset({"SMS_SECRET"}),
    # What the operator chooses to set: nothing may rely on it.
    "/exploitant.env": frozenset(),
    ".env": frozenset({"MONGODB_URI"}),
}


def lint(tool: str, *arguments: str) -> Iterator[str]:
    """What a linter installed beside this Python says when it is not content."""
    program = Path(sys.executable).parent / tool
    run = subprocess.run([program, *arguments], check=False, capture_output=True, text=True, timeout=120)
    if run.returncode:
        yield from (line for line in (run.stdout + run.stderr).splitlines() if line.strip())


def dockerfile_faults(text: str) -> Iterator[str]:
    """One image: exact base, locked dependencies, a user that is not root, a command without shell."""
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))
    for stage in stages:
        image = re.sub(r"\$\{(\w+)\}", lambda found: arguments.get(found[1], ""), stage)
        if not re.search(r":\d+\.\d+\.\d+", image):
            yield f"base image {image} is not pinned to an exact version"
    installs = [line for line in text.splitlines() if "pip install" in line]
    if not installs or any("--require-hashes" not in line for line in installs):
        yield "a pip install does not --require-hashes"
    last = text.rsplit("\nFROM ", 1)[-1]
    user = re.search(r"^USER (\d+)", last, re.MULTILINE)
    if user is None or int(user[1]) == 0:
        yield "the last stage does not run as a numeric user other than root"
    if 'ENTRYPOINT ["python", "-m"]' not in last:
        yield "the entry point is not python -m, which lets the arguments choose service and process"


def context_faults(ignored: str, packages: Iterable[str]) -> Iterator[str]:
    """The image holds every package that a process may import, none of the tools around them, and no history."""
    kept = set(re.findall(r"^!(\w+)/\*\*$", ignored, re.MULTILINE))
    entries = [line for line in ignored.splitlines() if line and not line.startswith("#")]
    if entries[:1] != ["**"]:
        yield "Dockerfile.dockerignore does not begin by leaving everything out"
    for entry in entries:
        if entry.startswith("!") and entry.removesuffix("/**")[1:] not in kept | FILES:
            yield f"{entry[1:]} is in the image, and is neither a package nor one of {', '.join(sorted(FILES))}"
    for package in sorted({*packages, "proto", "services"} - TOOLS - kept):
        yield f"{package}/ is not in the image: Dockerfile.dockerignore leaves it out"
    for tool in sorted(kept & TOOLS):
        yield f"{tool}/ is in the image, and no process needs it"


def compose_faults(compose: Thing) -> Iterator[str]:
    """The fifteen processes and five preparations, closed like the pods, each with what it needs."""
    services = compose["services"]
    for service in SERVICES:
        for process in (*PROCESSES, "prepare"):
            name = f"{service}-{process}"
            if services.get(name, {}).get("command") != [f"services.{service}", process]:
                yield f"{name}: no service runs services.{service} {process}"
                continue
            yield from _process_faults(name, services[name], service, process)
    for name, found in services.items():
        yield from (f"{name}: {fault}" for fault in _container_faults(found))


def _process_faults(name: str, found: Thing, service: str, process: str) -> Iterator[str]:
    env = set(found.get("environment", {}))
    for file in found.get("env_file", ()):
        ending = next((ending for ending in ENV_FILES if str(file).endswith(ending)), "")
        if not str(file).startswith(STATE) or not ending:
            yield f"{name}: {file} is written by nobody"
        env |= ENV_FILES.get(ending, frozenset())
    yield from (f"{name}: {variable} is missing" for variable in sorted(needs.needed(service, process, False) - env))
    forbidden = needs.NEVER.get(process, frozenset()) & env
    yield from (f"{name}: {variable} must not be given to a {process}" for variable in sorted(forbidden))
    if process == "prepare" and not str(found.get("restart")).startswith("on-failure"):
        yield f"{name}: must try again (restart: on-failure): the others prepare the same broker at the same time"
    before: Mapping[str, Any] = found.get("depends_on", {})
    first = {"mongodb", "nats"} if process == "prepare" else {f"{service}-prepare"}
    if set(before) != first:
        yield f"{name}: waits for {sorted(before)} instead of {sorted(first)}: no channel depends on another"


def _container_faults(found: Thing) -> Iterator[str]:
    image = str(found.get("image", ""))
    wanted = {
        "an image pinned by version": bool(re.search(r":\d+\.\d+\.\d+", image)),
        "read_only": found.get("read_only") is True,
        "cap_drop ALL": found.get("cap_drop") == ["ALL"],
        "no-new-privileges": "no-new-privileges:true" in found.get("security_opt", ()),
        "a user that is not root": str(found.get("user", "")).startswith(OWNER),
        "mem_limit": "mem_limit" in found,
        "healthcheck": "healthcheck" in found,
        "stop_grace_period": "stop_grace_period" in found,
        "ports on loopback only": all(str(port).startswith("127.0.0.1:") for port in found.get("ports", ())),
    }
    yield from (f"{name} is missing" for name, holds in wanted.items() if not holds)
