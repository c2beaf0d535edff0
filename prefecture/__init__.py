"""The préfecture, as every service but the one that owns its rules knows it: rules in force, ways in words, hours.

`substitution` owns and publishes the rules; each service projects them into its own database.
"""
