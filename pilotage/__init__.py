"""What a service publishes of its own work: indicators with their definitions, counted from its own facts (XCT-18).

Apart for the same reasons as `blocage/`: a noun of the domain that several services share (docs/adr/0010-blocage.md).
"""
