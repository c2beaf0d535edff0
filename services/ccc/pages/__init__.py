"""Pages of ccc: request → action → page."""

from services.ccc.pages import acces_interne, appels, blocage, bulletins, bureau, public, registre, saisine

BLUEPRINTS = [
    public.pages,
    bureau.pages,
    saisine.pages,
    appels.pages,
    registre.pages,
    bulletins.pages,
    acces_interne.pages,
]

__all__ = ["BLUEPRINTS", "blocage"]
