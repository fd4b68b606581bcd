"""Legal: contracts, clauses and notices with a party."""
