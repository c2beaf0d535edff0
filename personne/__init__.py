"""The person as every service meets her: her name, how she is reached, the reference that she keeps.

Not in the chassis, because it is a noun of the domain; not in a service, because what one compares or keeps in another
way than its neighbour loses her at the seam.
"""
