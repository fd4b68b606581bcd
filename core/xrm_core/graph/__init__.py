"""The graph: parties, relationships and what happens between them – core's own resources and commands."""
