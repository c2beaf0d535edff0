"""Online filing: accounts, demandes, pieces, instruction, and the documents that prove rights."""
