"""How an act of an agent unfolds on a page: form, preview, act."""
