"""How far jobs have come."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from xrm_core.ids import Id
from xrm_core.jobs.models import OVER, Job

if TYPE_CHECKING:
    from xrm_core.app import Application


@dataclass(frozen=True, slots=True)
class Stand:
    """How a job stands: equal as long as there is nothing new to tell."""

    status: str
    version: int
    live_part: float | None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in OVER


async def stands(app: "Application", ids: Collection[str]) -> dict[str, Stand]:
    """How these jobs stand, whoever asks; one that does not exist is left out."""
    query = sa.select(Job.id, Job.status, Job.version).where(Job.id.in_([Id.parse(one) for one in ids]))
    async with app.reading() as session:
        return {
            str(row.id): Stand(row.status, row.version, app.jobs.live_part(str(row.id)))
            for row in await session.execute(query)
        }
