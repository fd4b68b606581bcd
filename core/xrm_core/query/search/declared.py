"""What declarations put in search: each searched field, and the object that its text finds."""

from collections.abc import Iterable
from dataclasses import dataclass

from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.specs import FieldSpec, LinkSpec


@dataclass(frozen=True, slots=True)
class Searched:
    """A field whose text is searched: of the resource `source`, finding an object of `target`.

    `link` leads there; None where the row itself, or the row it is a 1:1 part of, is found.
    """

    source: ResourceInfo
    field: FieldSpec
    target: ResourceInfo
    link: LinkSpec | None

    @property
    def kind(self) -> str:
        """The name of the field among all: core.identifier.value."""
        return f"{self.source.name}.{self.field.name}"

    @property
    def object_column(self) -> str:
        """The column of the row that holds the id of what is found."""
        return "id" if self.link is None else self.link.column


def searched_in(info: ResourceInfo) -> list[Searched]:
    """The searched fields of a resource, in order of declaration."""
    found = []
    for spec in info.fields.values():
        if not spec.search:
            continue
        link = info.links[spec.search] if isinstance(spec.search, str) else None
        target = link.target if link is not None else info.extends or info.name
        found.append(Searched(info, spec, REGISTRY[target], link))
    return found


def searched_by(infos: Iterable[ResourceInfo]) -> list[Searched]:
    """The searched fields of these resources."""
    return [searched for info in infos for searched in searched_in(info)]


def title_of(info: ResourceInfo) -> FieldSpec | None:
    """The field that names an object: the first that puts the object itself in search."""
    return next((spec for spec in info.fields.values() if spec.search is True), None)
