"""Who controls whom (rules.md R-B-32): the rule, its fix-point, and the table that keeps it."""
