"""The microservice chassis: what has no French noun in it and at least three services use. Importing it does
nothing.
"""
