"""Governance: indicators with numerator and denominator, and the reports that show them."""
