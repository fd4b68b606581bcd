"""What every plugin must keep to. A plugin's tests inherit it: `class TestFleet(PluginConformance, plugin="fleet")`.

It stands on the fixture `xrm`, so each of these runs on both databases.
"""

from typing import Any, ClassVar

from xrm_core.access.check import policy_problems, unmentioned
from xrm_core.access.policies import read_policies
from xrm_core.db.migrate import missing
from xrm_core.declare.command import COMMANDS
from xrm_core.declare.question import QUERIES
from xrm_core.declare.registry import REGISTRY
from xrm_core.documents import template_variables
from xrm_core.documents.templates import template_library
from xrm_core.identity.actor import Actor
from xrm_core.plugins.manifest import Plugin
from xrm_core.plugins.testing import Installation
from xrm_core.reference.errors import errors_of


class PluginConformance:
    """The rules of the house for a plugin, as tests to inherit."""

    plugin_id: ClassVar[str]

    def __init_subclass__(cls, *, plugin: str = "", **options: Any) -> None:
        super().__init_subclass__(**options)
        if plugin:
            cls.plugin_id = plugin

    def plugin(self, xrm: Installation) -> Plugin:
        """The manifest under test."""
        return xrm.app.host.installed[self.plugin_id]

    async def test_it_is_enabled_and_sound(self, xrm: Installation) -> None:
        """Installed, not quarantined, and shown."""
        assert xrm.app.host.quarantined.get(self.plugin_id) is None

        assert self.plugin_id in xrm.app.host.enabled

    async def test_its_names_carry_its_id(self, xrm: Installation) -> None:
        """Resources, tables, commands, questions and error codes start with the plugin's id."""
        package = self.plugin(xrm).package
        names = [info.name for info in REGISTRY if info.model.__module__.startswith(package + ".")]
        tables = [info.table.name for info in REGISTRY if info.model.__module__.startswith(package + ".")]
        commands = [
            info.name
            for info in COMMANDS.enabled({self.plugin_id})
            if info.run.__module__.startswith(package)
        ]
        codes = [error.code for error in errors_of(package)]

        wrong = [name for name in (*names, *commands, *codes) if not name.startswith(f"{self.plugin_id}.")]
        wrong += [name for name in tables if not name.startswith(f"{self.plugin_id}_")]

        assert wrong == []

    async def test_its_migrations_make_what_it_declares(self, xrm: Installation) -> None:
        """After its migrations the tables are as its resources say."""
        async with xrm.app.database.engine.connect() as connection:
            differences = await connection.run_sync(missing, self.plugin_id, self.plugin(xrm).package)
            await connection.rollback()

        assert differences == []

    async def test_its_policies_are_sound_and_complete(self, xrm: Installation) -> None:
        """They speak of what exists, give no rights on others' things, and leave nothing to admins alone."""
        policies = read_policies(self.plugin(xrm).package)

        problems = policy_problems(self.plugin_id, policies, xrm.app.host.enabled)

        assert policies
        assert [problem.message for problem in problems] == []
        assert unmentioned(self.plugin_id, policies) == []

    async def test_its_transitions_are_guarded(self, xrm: Installation) -> None:
        """Every state machine it brings passes the validator of whoever runs state machines."""
        found = xrm.app.host.hooks().conformance_problems(
            plugin_id=self.plugin_id, package=self.plugin(xrm).package
        )

        assert [problem for problems in found for problem in problems] == []

    async def test_its_templates_can_be_read(self, xrm: Installation) -> None:
        """Every template compiles in the sandbox."""
        names = [name for name in template_library().templates if name.startswith(f"{self.plugin_id}/")]

        for name in names:
            if name.endswith(".html"):
                await template_variables(name)

    async def test_it_speaks_english_and_french(self, xrm: Installation) -> None:
        """Its title and summary are there in both languages."""
        plugin = self.plugin(xrm)

        assert {"en", "fr"} <= set(plugin.title)
        assert {"en", "fr"} <= set(plugin.summary)
        assert all(plugin.title[language] and plugin.summary[language] for language in ("en", "fr"))

    async def test_what_it_declares_is_described(self, xrm: Installation) -> None:
        """Resources, commands and questions say what they are."""
        mine = [info for info in REGISTRY if info.plugin == self.plugin_id]
        silent = [info.name for info in mine if not info.description]
        declared: list[Any] = [*COMMANDS.enabled({self.plugin_id}), *QUERIES.enabled({self.plugin_id})]
        silent += [info.name for info in declared if info.plugin == self.plugin_id and not info.description]

        assert silent == []

    async def test_who_has_no_role_sees_nothing_of_it(self, xrm: Installation) -> None:
        """Deny is the default for every resource."""
        nobody = Actor(1, None, "nobody", ())
        lists = [info.many for info in REGISTRY if info.plugin == self.plugin_id and info.root]

        for name in lists:
            data = await xrm.ask(f"{{ {name} {{ totalCount nodes {{ id }} }} }}", actor=nobody)
            assert data[name] == {"totalCount": 0, "nodes": []}

    async def test_it_can_be_disabled_and_comes_back(self, xrm: Installation) -> None:
        """Disabling takes its names out of the schema without a restart; enabling brings them back."""
        if self.plugin(xrm).is_always_on:
            return
        lists = [info.many for info in REGISTRY if info.plugin == self.plugin_id and info.root]

        await xrm.app.disable_plugin(self.plugin_id)
        without = xrm.app.snapshot.schema.query_type.fields  # type: ignore[union-attr]
        await xrm.app.enable_plugin(self.plugin_id)
        again = xrm.app.snapshot.schema.query_type.fields  # type: ignore[union-attr]

        assert not set(lists) & set(without)
        assert set(lists) <= set(again)
