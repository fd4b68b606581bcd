"""A plugin of the tests: every kind of field and link, hidden ones, a part of a relationship, commands, questions."""
