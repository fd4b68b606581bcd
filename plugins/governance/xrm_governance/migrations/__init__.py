"""Migrations of the tables of governance."""
