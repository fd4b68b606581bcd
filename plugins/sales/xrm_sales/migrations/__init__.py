"""Migrations of the tables of sales."""
