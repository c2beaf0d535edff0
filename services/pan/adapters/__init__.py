"""Appointment systems of préfectures, each behind one small class; ours is not here: it is `actions/agenda.py`."""
