"""The JSON API of ccc: the same acts as the pages, one route each."""

from services.ccc.api import agents, public

BLUEPRINTS = [public.api, agents.api]
