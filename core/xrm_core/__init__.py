"""XRM: one graph of parties and relationships, and the professions that work on it."""

__version__ = "0.1.0"
