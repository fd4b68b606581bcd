"""What somebody who has not signed in may know of the schema where it is not open to everybody: the door itself.

Their documents are read against this first. It is the same in every installation, so what is wrong with a document
tells nothing of the rest.
"""

from graphql import (
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)


def door(schema: GraphQLSchema) -> GraphQLSchema:
    """Signing in, who that is in plain values, and nothing else."""
    assert schema.mutation_type is not None
    login = schema.mutation_type.fields["login"]
    session = get_named_type(login.type)
    assert isinstance(session, GraphQLObjectType)
    user = get_named_type(session.fields["user"].type)
    assert isinstance(user, GraphQLObjectType)
    fields = _plain(session) | {"user": GraphQLField(GraphQLNonNull(GraphQLObjectType("User", _plain(user))))}
    opened = GraphQLNonNull(GraphQLObjectType(session.name, fields))
    return GraphQLSchema(
        query=GraphQLObjectType("Query", {"_": GraphQLField(opened)}),
        mutation=GraphQLObjectType("Mutation", {"login": GraphQLField(opened, args=login.args)}),
    )


def _plain(type_: GraphQLObjectType) -> dict[str, GraphQLField]:
    return {
        name: GraphQLField(field.type)
        for name, field in type_.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not field.args
    }
