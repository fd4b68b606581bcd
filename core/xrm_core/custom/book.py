"""The custom fields of all tenants as this process knows them; replaced whole when they change."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.custom.definitions import NO_FIELDS, Definitions
from xrm_core.custom.store import all_definitions


class CustomFieldBook:
    """What is known of each tenant's custom fields. It may be a moment old: statements see to it themselves that
    they are not run for others than they were written for."""

    def __init__(self) -> None:
        self._tenants: Mapping[int, Definitions] = {}

    def of(self, tenant_id: int) -> Definitions:
        """The definitions of a tenant; the same object until they change."""
        return self._tenants.get(tenant_id, NO_FIELDS)

    def is_current(self, stamps: str) -> bool:
        """Whether these are the stamps of what is known, written `tenant:stamp` with commas between."""
        return set(filter(None, stamps.split(","))) == {
            f"{tenant_id}:{known.stamp}" for tenant_id, known in self._tenants.items()
        }

    async def load(self, session: AsyncSession) -> None:
        """Read all definitions; those of a tenant that did not change stay the same object."""
        found = await all_definitions(session)
        self._tenants = {
            tenant_id: self._tenants[tenant_id] if self.of(tenant_id).stamp == known.stamp else known
            for tenant_id, known in found.items()
        }
