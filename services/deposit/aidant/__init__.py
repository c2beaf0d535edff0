"""Helping structures, their members and the mandates that they hold."""
