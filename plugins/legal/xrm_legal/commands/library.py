"""The clause library and the templates: nothing in it changes, a change is a new version (rules.md C3)."""

from typing import Any, Literal

from pydantic import Field

from xrm_core.declare import Context, Input, command
from xrm_legal import repository
from xrm_legal.models import Clause, ContractTemplate
from xrm_legal.rules import ClausePosition, declaration_refusals
from xrm_legal.rules.declarations import GIVEN_NAMES, read_declarations
from xrm_legal.writing import names_in

_KEY = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
Language = Literal["fr", "en"]


class CreateClause(Input):
    """A clause, or the next version of one."""

    key: str = Field(pattern=_KEY, max_length=80)
    language: Language
    category: str = Field(min_length=1, max_length=80)
    title: str = Field(min_length=1, max_length=300)
    text: str = Field(min_length=1, max_length=100_000)
    variables: list[Any] = Field(default_factory=list, description="Its variables: name, kind and so on.")
    position: ClausePosition = ClausePosition.STANDARD
    is_mandatory: bool = False
    applicable_types: list[str] = Field(default_factory=list)
    risk: int = Field(default=0, ge=0, le=5)


@command("legal.clause.create")
async def create_clause(ctx: Context, given: CreateClause) -> Clause:
    """Add a clause to the library; one of that key, position and language gets its next version."""
    await _check_text(ctx, given.text, given.variables)
    same = {"key": given.key, "language": given.language, "position": str(given.position)}
    before = await repository.latest(ctx, Clause, **same)
    if before is not None:
        before.is_current = False
    clause = Clause(
        **given.model_dump(exclude={"position"}),
        position=str(given.position),
        version_no=1 if before is None else before.version_no + 1,
    )
    ctx.add(clause)
    return clause


class CreateContractTemplate(Input):
    """A template, or the next version of one."""

    key: str = Field(pattern=_KEY, max_length=80)
    language: Language
    contract_type: str = Field(pattern=r"^[A-Z][A-Z_]*$", max_length=40)
    title: str = Field(min_length=1, max_length=300)
    body: str = Field(min_length=1, max_length=100_000)
    variables: list[Any] = Field(default_factory=list, description="Its variables: name, kind and so on.")
    clause_keys: list[str] = Field(default_factory=list, description="The clauses, in order.")


@command("legal.contract_template.create")
async def create_contract_template(ctx: Context, given: CreateContractTemplate) -> ContractTemplate:
    """Add a template; one of that key and language gets its next version, contracts keep the one they have."""
    await _check_text(ctx, given.body, given.variables)
    before = await repository.latest(ctx, ContractTemplate, key=given.key, language=given.language)
    if before is not None:
        before.is_current = False
    template = ContractTemplate(
        **given.model_dump(), version_no=1 if before is None else before.version_no + 1
    )
    ctx.add(template)
    return template


async def _check_text(ctx: Context, text: str, variables: list[Any]) -> None:
    used = await names_in(text) - GIVEN_NAMES
    ctx.refuse(declaration_refusals(read_declarations(variables), used=used))
