"""The state machines that the product ships, as data."""
