"""What a plugin author writes: resources, fields, links, lifecycles, commands."""

from xrm_core.declare.command import Input, command
from xrm_core.declare.context import Context
from xrm_core.declare.expressions import LANGUAGE, TODAY, days, linked
from xrm_core.declare.ref import Ref
from xrm_core.declare.resource import Resource
from xrm_core.declare.specs import computed, field, lifecycle, link, other_end, virtual
from xrm_core.ids import Id
from xrm_core.money import Money

__all__ = [
    "LANGUAGE",
    "TODAY",
    "Context",
    "Id",
    "Input",
    "Money",
    "Ref",
    "Resource",
    "command",
    "computed",
    "days",
    "field",
    "lifecycle",
    "link",
    "linked",
    "other_end",
    "virtual",
]
