"""The tables of histories and proposals."""
