"""Search across resources: what is indexed, how it is kept, how a question finds it (docs/search.md)."""
