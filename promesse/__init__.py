"""What is promised to a person, by whatever channel: kept where it was said, a dated task of her préfecture (DEP-63).

Apart for the same reasons as `blocage/`: a noun of the domain that several services share (docs/adr/0010-blocage.md).
"""
