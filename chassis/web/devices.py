"""A browser in plain words, as its owner would call it: « Firefox, sur Windows ». No place is guessed."""

from __future__ import annotations

from flask_babel import gettext as _

# In this order: each of the later ones also says that it is one of those above it, for old sites.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def name_of(user_agent: str) -> str:
    """What a request says of its browser, in a few words that are kept; empty when it says nothing that is known."""
    said = [next((name for sign, name in known if sign in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return "/".join(said) if any(said) else ""


def in_words(name: str) -> str:
    """The same for whoever reads it."""
    browser, _slash, system = name.partition("/")
    if browser and system:
        return str(_("%(navigateur)s, sur %(appareil)s", navigateur=browser, appareil=system))
    return browser or system or str(_("Un appareil que nous ne savons pas nommer"))
