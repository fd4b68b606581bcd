"""The names that clients rely on: what `promised.graphql` says is in the schema, with exactly these types."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    TypeDefinitionNode,
    parse,
    print_ast,
)

from tests.command_line import xrm_process

HasFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode
PROMISED = Path(__file__).with_name("promised.graphql").read_text(encoding="utf-8")


def facts(text: str) -> set[str]:
    """What a schema says, one fact a line: `type Party`, `Party.name: String!`, `Query.party(id: ID!)`."""
    document: DocumentNode = parse(text, no_location=True)
    return {
        fact
        for definition in document.definitions
        if isinstance(definition, TypeDefinitionNode)
        for fact in facts_of(definition)
    }


def facts_of(definition: TypeDefinitionNode) -> Iterator[str]:
    """What one definition says."""
    name = definition.name.value
    yield f"{definition.kind.removesuffix('_type_definition')} {name}"
    if isinstance(definition, EnumTypeDefinitionNode):
        yield from (f"{name} {value.name.value}" for value in definition.values or ())
    if isinstance(definition, ObjectTypeDefinitionNode):
        yield from (f"{name} implements {interface.name.value}" for interface in definition.interfaces or ())
    if isinstance(definition, HasFields):
        for field in definition.fields or ():
            yield f"{name}.{field.name.value}: {print_ast(field.type)}"
            for argument in getattr(field, "arguments", None) or ():
                yield f"{name}.{field.name.value}({argument.name.value}: {print_ast(argument.type)})"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The schema as `xrm schema` prints it, with every shipped plugin."""
    answered = xrm_process("schema", folder=tmp_path_factory.mktemp("schema"))
    assert answered.returncode == 0, answered.stderr
    return answered.stdout


def test_every_promised_name_is_in_the_schema(schema: str) -> None:
    broken = sorted(facts(PROMISED) - facts(schema))

    assert broken == []


def test_a_promise_is_about_types_that_exist_arguments_included() -> None:
    said = facts(
        "type Query { party(id: ID!): Party } enum Kind { A } type Party implements Node { id: ID! }"
    )

    assert said == {
        "object Query", "Query.party: Party", "Query.party(id: ID!)", "enum Kind", "Kind A",
        "object Party", "Party implements Node", "Party.id: ID!",
    }  # fmt: skip
