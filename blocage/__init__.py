"""The blocage, shared by the four services that can observe one: same states, same facts, same commands.

Not in the chassis, because it is a noun of the domain; not in a service, because no service imports another
(docs/adr/0010-blocage.md).
"""
