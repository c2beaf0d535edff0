"""Accounts: open, sign in, recover, prove, link, correct."""
