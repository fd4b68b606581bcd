"""Migrations of the legal plugin."""
