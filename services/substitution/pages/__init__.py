"""Pages for people and for the desks of the préfectures: request → action → page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint

from blocage.pages import jnap_blueprint
from chassis.web.internal import internal_blueprint
from chassis.web.uploads import tus_blueprint
from consigne import pages as consignes
from pilotage import pages as figures
from services.substitution.actions import fichiers
from services.substitution.actions.papiers import PAPIERS
from services.substitution.pages import acces_interne, bureau, dossiers, national, public, reglages, secours


def blueprints() -> Sequence[Blueprint]:
    """Every blueprint of the service; the first tells where the templates are."""
    return (
        public.pages,
        bureau.pages,
        dossiers.pages,
        reglages.pages,
        national.pages,
        jnap_blueprint(secours.guichet()),
        tus_blueprint(fichiers.store(), dossiers.may_upload, dossiers.on_complete),
        internal_blueprint(PAPIERS.draw),
        acces_interne.pages,
        figures.pages,
        consignes.pages,
    )
