"""The shipped clauses and templates, written to the library when the plugin is enabled."""

from collections.abc import Mapping
from typing import Any

from xrm_core.declare import Context
from xrm_core.ids import derived_id
from xrm_legal import repository
from xrm_legal.models import Clause, ContractTemplate
from xrm_legal.shipped import shipped_clauses, shipped_templates


async def write_library(ctx: Context) -> None:
    """Write what the library does not have under that key and language; what is there stays as it is."""
    for model, rows in ((Clause, shipped_clauses()), (ContractTemplate, shipped_templates())):
        known = await repository.shipped_keys(ctx, model)
        ctx.add(*(_made(ctx, model, row) for row in rows if (row["key"], row["language"]) not in known))


def _made(ctx: Context, model: Any, row: Mapping[str, Any]) -> Any:
    texts = {name: value.strip() if name in ("text", "body") else value for name, value in row.items()}
    row_id = derived_id(ctx.tenant_id, model.__resource__, row["key"], row["language"])
    return model(id=row_id, version_no=1, **texts)
