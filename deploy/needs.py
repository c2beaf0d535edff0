"""Which variable each process needs (docs/architecture.md, section 1), and what an operator brings from outside Git."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from chassis import keys
from chassis.settings import SERVICES
from deploy.cluster import PROCESSES

PORTS = {"web": ("WEB_PORT", 8080), "rpc": ("RPC_PORT", 50051)}
EVERY = frozenset({"SEJOUR_ENV", "REGLES", "MONGODB_URI", "CLES_DIR", "PUBLIC_URL"})
# Each process has its service's folder of files: deposit's rpc copies what a command brings.
SERVING = frozenset({"HOST", "OPS_PORT", "PIECES_DIR"}) | {
    f"{name.upper()}_{way}" for name in SERVICES for way in ("RPC", "WEB")
}
BROKER = frozenset({"NATS_URL"})
# The same broker, as a user that may wake the workers of its service and nothing else.
WAKER = frozenset({"REVEIL_URL"})
OWN: Mapping[tuple[str, str], frozenset[str]] = {
    ("ccc", "worker"): frozenset({"SMTP_INBOUND_PORT"}),
    ("deposit", "worker"): frozenset({"DEPOSIT_OPS"}),
    ("substitution", "worker"): frozenset({"DEPOSIT_OPS", "SMTP_INBOUND_PORT"}),
    ("notify", "web"): frozenset({"SMS_SECRET"}),
    ("notify", "worker"): frozenset({"SMTP_URL", "SMS_URL", "SMTP_INBOUND_PORT"}),
}
# Behind one front of ours (chassis/web/options.py): otherwise every person has the front's address.
BEHIND_FRONT = frozenset({"FRONT_PROXIES"})
# Set by the operator (ConfigMap `exploitant`, Secrets `agents-oidc` and `usagers-oidc`) or by the prod overlay where
# they make sense.
OPTIONAL = frozenset(
    {
        "CLOCK_FILE",
        "AGENTS_FILE",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "STREAM_REPLICAS",
        "TLS_DIR",
        "WEB_HOSTS",
        "MAX_BODY_BYTES",
        "SESSION_IDLE_MINUTES",
        "SESSION_MAX_HOURS",
        "LIMITE_REQUETES_MINUTE",
        "LIMITE_FORMULAIRES_MINUTE",
        "LIMITE_FICHIERS_PERSONNE",
        "LIMITE_FICHIERS_IP",
        "ANALYSE_CLAMD",
        "LIMITE_CONNEXION_LOGIN",
        "LIMITE_CONNEXION_IP",
        "LIMITE_CONNEXION_ESSAIS",
        "LIMITE_CONNEXION_ATTENTE",
        "LIMITE_CONNEXION_ATTENTE_MAX",
        "LIMITE_CONNEXION_DOUTE",
        "APPAREIL_CONNU_JOURS",
        "AGENTS_IDLE_MINUTES",
        "LIMITE_RECLAMATIONS_IP",
        "AGENTS_OIDC_ISSUER",
        "AGENTS_OIDC_CLIENT_ID",
        "AGENTS_OIDC_CLIENT_SECRET",
        "USAGERS_OIDC_ISSUER",
        "USAGERS_OIDC_CLIENT_ID",
        "USAGERS_OIDC_CLIENT_SECRET",
        "USAGERS_OIDC_ACR",
        "USAGERS_OIDC_NOM",
        "CCC_ADRESSES",
        "SONDE_SECONDES",
        "SONDE_SILENCE_SECONDES",
        "SONDE_ABSENCE_HEURES",
        "ANNONCES_PAR_SECONDE",
        "WEB_THREADS",
        "WEB_ATTENTE_SECONDES",
        "PAIEMENT_URL",
        "PAIEMENT_JETON",
        "TELEPHONIE_SECRET",
        "NOTIFY_DOMAINE",
        "NOTIFY_DOMAINE_RETOUR",
        "NOTIFY_ESPACE_URL",
        "NOTIFY_REPONSE_CCC",
        "NOTIFY_EXPEDITEUR",
        "NOTIFY_EXPEDITEUR_NOM",
        "NOTIFY_EXPEDITEUR_NEUTRE",
        "NOTIFY_REPLI_COURRIEL_JOURS",
        "NOTIFY_REPLI_SMS_JOURS",
        "NOTIFY_RETENUE_SECONDES",
        "NOTIFY_BAIL_SECONDES",
        "NOTIFY_ATTENTE_MAX_SECONDES",
        "NOTIFY_APPELS_MAX",
        "NOTIFY_PIECE_MAX_OCTETS",
        "NOTIFY_REMISES_PARALLELES",
    }
)
# The prod overlay must choose these: R1 streams and a directory of nobody are for trying. A web of production that
# names nobody who helps free of charge does not start (XCT-14).
PRODUCTION: Mapping[str, frozenset[str]] = {
    "prepare": frozenset({"AGENTS_FILE", "STREAM_REPLICAS"}),
    "web": frozenset({"ASSOCIATIONS"}),
}
# A process that has no use of an address, or of a right, has none to misuse.
NEVER: Mapping[str, frozenset[str]] = {"web": BROKER, "rpc": BROKER}


def needed(service: str, process: str, production: bool) -> frozenset[str]:
    """The variables that this process must get."""
    found = EVERY | OWN.get((service, process), frozenset())
    if process in PROCESSES:
        found |= SERVING
    if process in PORTS:
        found |= {PORTS[process][0]} | WAKER
    if process == "web":
        found |= BEHIND_FRONT
    if process in ("worker", "prepare"):
        found |= BROKER
    if production:
        found |= PRODUCTION.get(process, frozenset())
    return found


def documented(*texts: str) -> frozenset[str]:
    """The variables that the tables of these texts name; `DEPOSIT_RPC, …` stands for the five."""
    rows = [line.split("|")[1] for text in texts for line in text.splitlines() if re.match(r"\| `[A-Z]", line)]
    return frozenset(name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row))


def read_by(source: str) -> frozenset[str]:
    """The variables that a module reads: its constants in capitals but keys of its tables; none without environ.

    The environ of a request is another thing.
    """
    if not re.search(r"(?<!request\.)\benviron\b", source):
        return frozenset()
    nodes = list(ast.walk(ast.parse(source)))
    keys = {id(key) for node in nodes if isinstance(node, ast.Dict) for key in node.keys}
    texts = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in keys]
    return frozenset(text for text in texts if re.fullmatch(r"[A-Z][A-Z0-9_]+", text))


def known() -> frozenset[str]:
    """Every variable that some table of this file decides on."""
    needs = [needed(service, process, True) for service in SERVICES for process in (*PROCESSES, "prepare")]
    return OPTIONAL.union(*needs)


def _brought(production: bool) -> dict[tuple[str, str], frozenset[str]]:
    brought: dict[tuple[str, str], frozenset[str]] = {}
    for service in SERVICES:
        gateways = {"SMTP_URL", "SMS_URL", "SMS_SECRET"} if service == "notify" else set()
        brought["Secret", service] = frozenset({"MONGODB_URI", "NATS_URL", "REVEIL_URL"} | gateways)
        brought["Secret", f"{service}-cles"] = frozenset({keys.PUBLIC, "secret", *keys.private_names(service)})
        own = {f"{service}.der", f"{service}.pem"}
        brought["Secret", f"{service}-documents"] = frozenset({"autorite.der", "types.json"} | own)
    if production:
        brought["ConfigMap", "exploitant"] = frozenset({"REGLES", "PUBLIC_URL", "ASSOCIATIONS"})
        brought["Secret", "agents"] = frozenset({"agents.toml"})
        brought["Secret", "front-tls"] = frozenset({"tls.crt", "tls.key"})
    else:
        brought["Secret", "mongodb"] = frozenset({"password", "keyfile", "users.js"})
        brought["Secret", "nats"] = frozenset({"nats.conf"})
    return brought


# By overlay, what is made outside Git: `python -m deploy.sample` for dev, the operator's vault for prod.
EXTERNAL = {"dev": _brought(production=False), "prod": _brought(production=True)}
