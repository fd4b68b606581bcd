"""What a command is given, checked: every wrong field at once, every link visible to the giver."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Invalid, Refusal
from xrm_core.ids import Id
from xrm_core.text import camel


def checked(model: type[BaseModel], values: Mapping[str, Any]) -> Any:
    """The input as its model. Raises: Invalid, one problem per wrong field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as wrong:
        problems = [_problem(error) for error in wrong.errors()]
        raise Invalid(
            "; ".join(problem.message for problem in problems), field=problems[0].field, problems=problems
        ) from wrong


def _problem(error: Any) -> Refusal:
    field = ".".join(str(step) for step in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return Refusal("core.invalid_field", f"{field}: {message}", field)


async def check_links(ctx: Context, given: BaseModel) -> None:
    """What the input refers to, lists and inputs inside it too, exists for the actor.

    Raises: Invalid, naming every field that does not.
    """
    wanted: dict[str, list[tuple[str, Any]]] = {}
    for resource, field, value in _links(given, ""):
        wanted.setdefault(resource, []).append((field, value))
    problems = []
    for resource, pairs in wanted.items():
        info = REGISTRY[resource]
        seen = await ctx.visible(info.model, [value for _, value in pairs])
        problems += [
            Refusal("core.not_found", f"There is no {info.type_name} with id {value}.", field)
            for field, value in pairs
            if value not in seen
        ]
    if problems:
        raise Invalid(
            "; ".join(problem.message for problem in problems), field=problems[0].field, problems=problems
        )


def _links(given: BaseModel, prefix: str) -> Iterator[tuple[str, str, Any]]:
    for name, part in type(given).model_fields.items():
        yield from _links_in(getattr(given, name), part.annotation, prefix + camel(name))


def _links_in(value: Any, annotation: Any, field: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, BaseModel):
        yield from _links(value, f"{field}.")
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from _links_in(item, annotation, f"{field}.{position}")
    elif isinstance(value, Id) and (resource := _linked(annotation)) is not None:
        yield resource, field, value


def _linked(annotation: Any) -> str | None:
    """The resource an annotation's ids are of. An Id[Any] may be anything's: the command looks for it itself."""
    if get_origin(annotation) is Id:
        return getattr(get_args(annotation)[0], "__resource__", None)
    found = (_linked(option) for option in get_args(annotation))
    return next((resource for resource in found if resource is not None), None)
