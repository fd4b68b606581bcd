"""The tables of core, from the first to today."""
