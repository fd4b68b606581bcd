"""A second plugin of the tests: a 1:1 part of a party, and another resource with a computed list."""
