"""The page of permissions."""

from itertools import groupby

from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import EXPORT, Policy, read_policies
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.question import QUERIES
from xrm_core.declare.registry import REGISTRY
from xrm_core.plugins.host import PluginHost
from xrm_core.reference.page import code, page, table

_INTRODUCTION = """\
What each shipped role may do. A permission is an object and an action: `read` for each resource, and one for each
command and question; `core.export` is export mode; moves of a state machine that no command makes have permissions of
their own. **own**: where the role is held in the unit the row belongs to, or above it; **all**: wherever. A star
means that the rule narrows the rows, or that some fields are hidden; the rules stand below. What is not here is
denied, and a denial beats what is allowed."""
_NO_RULE = "{}"


def permissions_page(host: PluginHost) -> str:
    """Permissions by plugin, a column for each role."""
    policies = read_policies("xrm_core")
    for plugin in host.installed.values():
        policies += read_policies(plugin.package)
    book = PolicyBook(policies)
    roles = sorted({policy.role for policy in policies})
    blocks = []
    for owner, items in groupby(_permissions(host), key=lambda item: item[0].split(".", 1)[0]):
        rows = [
            [code(f"{name}.{action}"), *[_given(book, role, name, action) for role in roles]]
            for name, action in items
        ]
        blocks.append(f"## {owner}\n\n{table(['permission', *roles], rows)}")
    return page("Permissions", _INTRODUCTION, *blocks, _narrowed(policies))


def _permissions(host: PluginHost) -> list[tuple[str, str]]:
    shown = set(host.enabled)
    found = {EXPORT} | {(info.name, "read") for info in REGISTRY.enabled(shown)}
    found |= {(info.object, info.action) for info in COMMANDS.enabled(shown) if not info.checks_itself}
    found |= {(info.object, info.action) for info in QUERIES.enabled(shown)}
    return sorted(found, key=lambda item: (item[0].split(".", 1)[0] != "core", item))


def _given(book: PolicyBook, role: str, name: str, action: str) -> str:
    found = book.find(role, name, action)
    allowed = [policy for policy in found if policy.is_allow]
    if not allowed:
        return ""
    marks = {f"{policy.unit}{'*' if _is_narrowed(policy) else ''}" for policy in allowed}
    denied = "" if len(allowed) == len(found) else ", denials"
    return " + ".join(sorted(marks)) + denied


def _is_narrowed(policy: Policy) -> bool:
    return policy.rule != _NO_RULE or (policy.fields.startswith("-") and policy.fields != "-")


def _narrowed(policies: list[Policy]) -> str:
    rows = [
        [
            policy.role,
            policy.effect,
            code(f"{policy.object}.{policy.action}"),
            code(policy.rule),
            code(policy.fields),
        ]
        for policy in policies
        if _is_narrowed(policy) or not policy.is_allow
    ]
    return (
        f"## Rules and hidden fields\n\n{table(['role', 'effect', 'permission', 'where', 'fields'], rows)}"
        if rows
        else ""
    )
