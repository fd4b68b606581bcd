"""GraphQL over HTTP: the schema derived from declarations, and the one way in."""
