"""Migrations of the credit plugin."""
