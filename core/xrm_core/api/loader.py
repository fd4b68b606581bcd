"""Objects that commands and hand-written fields answer with, read back through the read path, in batches."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, get_nullable_type, is_list_type, is_non_null_type

from xrm_core.api.context import ResolveInfo
from xrm_core.api.faults import graft
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import NotFound
from xrm_core.query.plan import ROWS_KEY
from xrm_core.query.roots import ObjectRoot
from xrm_core.query.selection import Selected

if TYPE_CHECKING:
    from xrm_core.api.running import Running


class ObjectLoader:
    """Reads objects for one operation; those wanted at the same moment by the same field in one statement."""

    def __init__(self, running: "Running") -> None:
        self.running = running
        self._waiting: dict[Any, dict[Any, asyncio.Future[Any]]] = {}

    async def load(self, resource: str, object_id: Any, info: ResolveInfo) -> Any:
        """The object as the field selects it; null if the asker may not see it.

        Raises: NotFound where the field cannot be null.
        """
        if object_id is None:
            return None
        found = await self._wait(resource, object_id, info)
        if found is None and is_non_null_type(info.return_type):
            raise NotFound(REGISTRY[resource].type_name, object_id)
        return found

    async def load_all(self, resource: str, ids: Sequence[Any], info: ResolveInfo) -> list[Any]:
        """The objects; of those that the asker may not see there is null, or nothing where an item cannot be null."""
        found = await asyncio.gather(*(self._wait(resource, object_id, info) for object_id in ids))
        listed = get_nullable_type(info.return_type)
        if is_list_type(listed) and not is_non_null_type(listed.of_type):
            return list(found)
        return [item for item in found if item is not None]

    async def _wait(self, resource: str, object_id: Any, info: ResolveInfo) -> Any:
        key = (resource, tuple(node.loc.start for node in info.field_nodes if node.loc))
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = {}
            asyncio.get_running_loop().call_soon(self._start, key, info)
        if str(object_id) not in waiting:
            waiting[str(object_id)] = asyncio.get_running_loop().create_future()
        return await waiting[str(object_id)]

    def _start(self, key: Any, info: ResolveInfo) -> None:
        waiting = self._waiting.pop(key)
        task = asyncio.ensure_future(self._read(key, info, waiting))
        self.running.context.app.background.add(task)
        task.add_done_callback(self.running.context.app.background.discard)

        def forsaken(_future: asyncio.Future[Any]) -> None:
            if all(future.cancelled() for future in waiting.values()):
                task.cancel()

        for future in waiting.values():
            future.add_done_callback(forsaken)

    async def _read(self, key: Any, info: ResolveInfo, waiting: dict[str, asyncio.Future[Any]]) -> None:
        resource = key[0]
        try:
            found = await self._fetch(key, info, list(waiting))
        except Exception as wrong:
            for future in waiting.values():
                if not future.done():
                    future.set_exception(wrong)
            return
        name = REGISTRY[resource].type_name
        for object_id, future in waiting.items():
            item = found.get(object_id)
            if not future.done():
                future.set_result(None if item is None else {**item, "__typename": name})

    async def _fetch(self, key: Any, info: ResolveInfo, ids: list[str]) -> dict[str, Any]:
        root = ObjectRoot(REGISTRY[key[0]])
        found = await self.running.read(key, lambda: [self._selected(key, info)], root_of=root, ids=ids)
        graft(found.faults)
        hidden, prefix = self.running.context.hidden, _path_of(info)
        hidden.update(dict.fromkeys(".".join((*prefix, *path.split(".")[1:])) for path in found.plan.hidden))
        return {row["id"]: row["item"] for row in found.as_tree()[ROWS_KEY]}

    def _selected(self, key: Any, info: ResolveInfo) -> Selected:
        walker = self.running.prepared.walker(self.running.values)
        # The field may promise no more than a Node; what is read is an object of this type.
        definition = GraphQLField(walker.schema.type_map[REGISTRY[key[0]].type_name])  # type: ignore[arg-type]
        return Selected(ROWS_KEY, info.field_name, definition, {}, list(info.field_nodes), walker)


def _path_of(info: ResolveInfo) -> list[str]:
    return [str(step) for step in info.path.as_list() if isinstance(step, str)]
