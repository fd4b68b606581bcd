"""How fast the product answers, against the same SQL by hand: see README.md in this folder."""
