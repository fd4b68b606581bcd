"""The read path: a GraphQL operation becomes one SQL statement that returns JSON, access rules inside."""
