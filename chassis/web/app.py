"""One Flask application per service: pages at `/<service>`, JSON API at `/<service>/api/v1`, one set of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint
from flask_openapi import APIBlueprint, Info, OpenAPI
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader
from pymongo.database import Database
from werkzeug.middleware.proxy_fix import ProxyFix

from chassis.settings import PRODUCTION, Settings
from chassis.web import (
    admission,
    bearers,
    csrf,
    headers,
    idempotency,
    identity,
    languages,
    layout,
    limits,
    long_bodies,
    observe,
    openapi,
    problems,
    sessions,
    signon,
    team,
    tokens_api,
    unsent,
    uploads,
)
from chassis.web.identity import WhoOfSession
from chassis.web.json_bodies import BoundedJson
from chassis.web.options import WebOptions

TEMPLATES = Path(__file__).parent / "templates"


def create_app(
    settings: Settings,
    *,
    pages: Sequence[Blueprint],
    api: Sequence[Blueprint],
    who_of_session: WhoOfSession,
    title: str = "",
    sign_in: Mapping[str, str] | None = None,
    options: WebOptions | None = None,
) -> OpenAPI:
    """The web process of a service, ready for gunicorn; `mongo.connect(settings)` is the caller's.

    `who_of_session` turns a session (or an API token) that is not an agent's into a Who; None when it has ended.
    `title` is what people read above each page. `sign_in` is the endpoint where each kind of people signs in;
    whoever is in none signs in as agents do.
    """
    options = (options or WebOptions.from_env()).naming(production=settings.env == PRODUCTION)
    service, folder = settings.service, service_folder(pages)
    app = OpenAPI(
        "chassis.web",
        info=Info(title=f"Séjour : {service}", version="1"),
        doc_ui=False,
        validation_error_model=openapi.Problem,
        validation_error_callback=problems.validation_problem,
        static_url_path=f"/{service}/static",
    )
    app.openapi_version = "3.1.0"
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    app.config.update(
        SETTINGS=settings,
        OPTIONS=options,
        WHO_OF_SESSION=who_of_session,
        # Where these people are kept, to be read with their session: a service that has such accounts sets it.
        ACCOUNTS=None,
        SIGN_IN=sign_in or {},
        API_PREFIX=f"/{service}/api/",
        MAX_CONTENT_LENGTH=options.max_body_bytes,
        TRUSTED_HOSTS=headers.trusted_hosts(settings, options),
    )
    app.json = BoundedJson(app)
    app.jinja_loader = ChoiceLoader([*_templates(folder), FileSystemLoader(TEMPLATES)])
    _edges(app, settings, options, folder)
    layout.register(app, settings, options, title or service)
    _routes(app, service, [*pages, signon.blueprint(), team.blueprint()], [*api, tokens_api.blueprint()])
    openapi.register(app, service)
    admission.find_forms(app)
    if options.oidc:
        # Authlib costs 0.3 s of import: only where an identity provider is set.
        from chassis.web.proconnect import register

        register(app, options)
    if options.front_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=options.front_proxies, x_proto=options.front_proxies, x_host=0
        )
    return app


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """Every index the web process relies on; run by `prepare`."""
    for module in (sessions, bearers, idempotency, limits, unsent, uploads):
        module.prepare_indexes(db)


def service_folder(pages: Sequence[Blueprint]) -> Path:
    """The folder of the service, the outermost with templates: `pages` is a file, a package, or in a room of it."""
    root = Path(pages[0].root_path)
    with_templates = [folder for folder in (root, *root.parents) if (folder / "templates").is_dir()]
    return with_templates[-1] if with_templates else root


def _templates(folder: Path) -> list[BaseLoader]:
    """The templates of the service, and those of each of its rooms and of each shared noun under its name."""
    named = [*languages.ROOT.glob("*/templates"), *folder.glob("*/templates")]
    return [
        FileSystemLoader(folder / "templates"),
        PrefixLoader({path.parent.name: FileSystemLoader(path) for path in named}),
    ]


def _edges(app: OpenAPI, settings: Settings, options: WebOptions, folder: Path) -> None:
    """Registers the hooks in the order in which they run: observe, shed, identify, limit, turn away, then claim."""
    observe.register(app)
    headers.register(app)
    admission.register(app, options)
    identity.register(app)
    long_bodies.register(app)
    limits.register(app, options)
    languages.register(app, folder)
    identity.register_gate(app)
    app.extensions["csrf_protect"] = csrf.register(app, settings)
    unsent.register(app)
    idempotency.register(app)
    problems.register(app)


def _routes(app: OpenAPI, service: str, pages: Sequence[Blueprint], api: Sequence[Blueprint]) -> None:
    for blueprint in pages:
        app.register_blueprint(blueprint, url_prefix=f"/{service}{blueprint.url_prefix or ''}")
    base = f"/{service}/api/v1"
    for blueprint in api:
        own = (blueprint.url_prefix or "").removeprefix(base)
        app.extensions["csrf_protect"].exempt(blueprint)
        if isinstance(blueprint, APIBlueprint):
            app.register_api(blueprint, url_prefix=base + own)
        else:
            app.register_blueprint(blueprint, url_prefix=base + own)
