"""A small third-party plugin: cars of ours, lent to partners."""
