"""A plugin that is wrong is not shown, and takes nothing down with it."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.app import Application
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Conflict, NotFound
from xrm_core.events.models import OutboxRow
from xrm_core.plugins.host import BadPlugin, PluginHost, PluginState
from xrm_core.plugins.manifest import Plugin
from xrm_core.plugins.models import PluginRow
from xrm_core.plugins.testing import Installation

MODEL = '''
"""What it declares."""
from sqlalchemy.orm import Mapped
from xrm_core.declare import Resource, field


class {type}(Resource):
    """A thing."""

    __resource__ = "{name}"
    text: Mapped[str] = field()
'''


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a plugin's files and gives its manifest."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(plugin_id: str, *, requires: tuple[str, ...] = (), **files: str) -> Plugin:
        package = f"written_{plugin_id}"
        folder = tmp_path / package
        folder.mkdir()
        for name, text in {"__init__": "", "plugin": "", **files}.items():
            file = name if "." in name else f"{name}.py"
            (folder / file.replace("policies.py", "policies.csv")).write_text(text, encoding="utf-8")
        words = {"en": plugin_id, "fr": plugin_id}
        return Plugin(plugin_id, words, words, "1", package, requires)

    yield write
    for info in [info for info in REGISTRY if info.model.__module__.startswith("written_")]:
        del REGISTRY._by_name[info.name]
        info.model.metadata.remove(info.table)
        COMMANDS.withdraw(info.model.__module__)
        for action in info.crud:
            COMMANDS._by_name.pop(f"{info.name}.{action}", None)
    for name in [name for name in sys.modules if name.startswith("written_")]:
        del sys.modules[name]


def loaded(*plugins: Plugin) -> PluginHost:
    """A host with these beside what is installed."""
    host = PluginHost()
    host.load(plugins)
    return host


@pytest.mark.parametrize(
    "file",
    ["raise RuntimeError('boom')", "raise SystemExit(3)", "import not_there_at_all", "def broken(:"],
)
def test_code_that_cannot_be_imported_is_quarantined_and_half_of_it_forgotten(
    written: Any, file: str
) -> None:
    plugin = written("torn", models=MODEL.format(type="Torn", name="torn.thing"), commands=file)

    host = loaded(plugin)

    assert host.state("torn") is PluginState.QUARANTINED
    assert "torn.thing" not in REGISTRY and "torn.thing.create" not in COMMANDS
    assert host.state("legal") is not PluginState.QUARANTINED
    with pytest.raises(Conflict):
        host.check_enable("torn")


def test_a_name_of_the_core_or_of_another_plugin_is_not_a_plugins_to_take(written: Any) -> None:
    resource = written("thief", models=MODEL.format(type="Stolen", name="core.stolen"))
    command = written(
        "robber",
        commands=(
            "from xrm_core.declare import Context, command\n"
            '@command("legal.contract.steal")\n'
            "async def steal(ctx: Context) -> bool:\n"
            '    """Take it."""\n'
            "    return True\n"
        ),
    )

    host = loaded(resource, command)

    assert {host.state("thief"), host.state("robber")} == {PluginState.QUARANTINED}
    assert "core.stolen" not in REGISTRY and "legal.contract.steal" not in COMMANDS


def test_plugins_that_require_each_other_are_left_out_and_the_others_load(written: Any) -> None:
    host = loaded(
        written("hen", requires=("egg",)),
        written("egg", requires=("hen",)),
        written("nest", requires=("egg",)),
    )

    assert {host.state(name) for name in ("hen", "egg", "nest")} == {PluginState.QUARANTINED}
    assert host.state("legal") is PluginState.AVAILABLE


@pytest.mark.parametrize(
    "hook",
    [
        "@hookimpl\ndef no_such_hook(ctx):\n    pass\n",
        "@hookimpl\ndef seed(ctx, more_than_given):\n    pass\n",
    ],
)
def test_a_hook_nobody_calls_or_that_wants_more_than_it_gets_is_found_when_loading(
    written: Any, hook: str
) -> None:
    host = loaded(written("odd", plugin=f"from xrm_core.plugins.hookspecs import hookimpl\n{hook}"))

    assert host.state("odd") is PluginState.QUARANTINED


HEADER = "role,unit,object,action,effect,rule,fields\n"


@pytest.mark.parametrize(("name", "object_"), [("grabbing", "core.user"), ("greedy", "*")])
def test_with_rights_on_what_is_not_its_own_it_is_not_enabled_and_they_are_not_in_force(
    written: Any, name: str, object_: str
) -> None:
    policies = f'{HEADER}sales,all,{object_},*,allow,"{{}}",*\n'
    host = loaded(written(name, policies=policies))

    with pytest.raises(BadPlugin):
        host.check_enable(name)
    assert host.rights(name) == []


def test_without_policies_it_is_not_enabled(written: Any) -> None:
    host = loaded(written("bare", models=MODEL.format(type="Bare", name="bare.thing")))

    with pytest.raises(BadPlugin):
        host.check_enable("bare")


def test_what_requires_a_plugin_that_is_not_there_is_not_shown(written: Any) -> None:
    host = loaded(written("orphan", requires=("never_installed",)), written("child", requires=("orphan",)))

    host.show({"orphan", "child"}, {"orphan", "child"})

    assert not {"orphan", "child"} & host.enabled
    with pytest.raises(Conflict):
        host.check_enable("orphan")


async def started(xrm: Installation, *plugins: Plugin) -> Application:
    """A second process on the same database that knows these plugins too."""
    app = Application(xrm.app.settings, loaded(*plugins))
    await app.start()
    return app


FAILING_SEED = (
    "from xrm_core.plugins.hookspecs import hookimpl\n"
    "from xrm_core.graph.party import Party, PartyKind\n"
    "@hookimpl\n"
    "async def seed(ctx):\n"
    "    ctx.add(Party(name='half a seed', kind=PartyKind.ORGANISATION))\n"
    "    await ctx.session.flush()\n"
    "    raise RuntimeError('no seed')\n"
)


async def test_a_seed_that_fails_leaves_the_plugin_disabled_and_nothing_written(
    xrm: Installation, written: Any
) -> None:
    app = await started(xrm, written("barren", plugin=FAILING_SEED))

    with pytest.raises(RuntimeError):
        await app.enable_plugin("barren")

    assert app.host.state("barren") is PluginState.DISABLED
    found = await xrm.ask('{ parties(where: {name: {eq: "half a seed"}}) { totalCount } }')
    assert found["parties"]["totalCount"] == 0
    await app.close()


async def test_a_plugin_that_breaks_the_schema_does_not_keep_the_platform_from_starting(
    xrm: Installation, written: Any
) -> None:
    # Another plugin has a type of this name already.
    clashing = written("clash", models=MODEL.format(type="Party", name="clash.party"))
    async with xrm.app.work() as ctx:
        ctx.session.add(PluginRow(id="clash", version="1", is_enabled=True, changed_at=ctx.now))

    app = await started(xrm, clashing)

    assert app.host.state("clash") is PluginState.QUARANTINED
    assert "workflows" in app.snapshot.plugins and "clash" not in app.snapshot.plugins
    await app.close()


@pytest.mark.plugins("legal")
async def test_enabling_twice_is_enabling_once(xrm: Installation) -> None:
    async def told() -> int:
        async with xrm.app.reading() as session:
            events = (await session.scalars(sa.select(OutboxRow.event))).all()
        return events.count("core.plugin.enabled")

    before = await told()

    await asyncio.gather(xrm.app.enable_plugin("legal"), xrm.app.enable_plugin("legal"))

    assert await told() == before


async def test_what_others_require_and_what_is_not_there_is_not_disabled(xrm: Installation) -> None:
    with pytest.raises(Conflict):
        await xrm.app.disable_plugin("workflows")
    with pytest.raises(NotFound):
        await xrm.app.disable_plugin("no_such_plugin")


@pytest.mark.parametrize("mutation", ["enablePlugin", "disablePlugin"])
async def test_only_an_administrator_switches_plugins(xrm: Installation, mutation: str) -> None:
    answer = await xrm.answer(f'mutation {{ {mutation}(id: "legal") {{ id }} }}', role="sales")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.plugins("legal")
async def test_what_another_process_switches_is_followed(xrm: Installation) -> None:
    other = await started(xrm)
    await other.disable_plugin("legal")

    await xrm.app.follow()

    assert "legal" not in xrm.app.snapshot.plugins
    await other.close()


@pytest.mark.plugins("legal")
async def test_questions_asked_while_a_plugin_is_switched_never_fail_on_our_side(xrm: Installation) -> None:
    is_over = False
    seen: list[str] = []

    async def ask() -> None:
        while not is_over:
            answer = await xrm.answer("{ parties { nodes { name legal { nextNotice } } } }")
            seen.extend(
                error["extensions"]["code"]
                for error in answer.get("errors", [{"extensions": {"code": "OK"}}])
            )
            await asyncio.sleep(0)

    asking = [asyncio.create_task(ask()) for _ in range(3)]
    for _ in range(5):
        await xrm.app.disable_plugin("legal")
        await xrm.app.enable_plugin("legal")
    is_over = True
    await asyncio.gather(*asking)

    assert {"OK", "VALIDATION"} == set(seen)
