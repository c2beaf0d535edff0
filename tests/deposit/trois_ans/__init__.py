"""Three years of a life: what may happen in them, room by room, each act in any order."""
