"""The paper that a service gives: immutable data kept by the aggregate whose act gave it, drawn on demand.

Apart for the same reasons as `blocage/`: a noun of the domain that several services share (docs/adr/0010-blocage.md).
"""
