"""Credit: dunning, interest, limits and holds on what a party owes."""
