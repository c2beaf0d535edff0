"""What channels are told to follow, and what helps people: texts beside the law, open to all in each service (XCT-23).

Apart for the same reasons as `blocage/`: a noun of the domain that several services share (docs/adr/0010-blocage.md).
"""
