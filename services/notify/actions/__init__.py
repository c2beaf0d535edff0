"""The verbs of notify, by noun: contacts, messages, sendings, proofs, returns, desks."""
