"""Governance: indicators with numerator and denominator, and the report that shows them."""

from xrm_core.declare import Context
from xrm_core.plugins import Plugin, hookimpl
from xrm_governance import seeding

plugin = Plugin(
    id="governance",
    title={"en": "Governance", "fr": "Gouvernance"},
    summary={
        "en": "Attrition, abandonment, ABC and concentration with numerator and denominator, and a decision report.",
        "fr": "Attrition, abandon, ABC et concentration avec numérateur et dénominateur, et un rapport de décision.",
    },
    version="0.1.0",
    package="xrm_governance",
    requires=["workflows"],
)


@hookimpl
async def seed(ctx: Context) -> None:
    """The shipped reports."""
    await seeding.seed_reports(ctx)
