"""The database of an installation: engines that write and read, a reader that runs compiled statements."""

from collections.abc import Callable

from sqlalchemy.engine import Dialect, make_url

from xrm_core.db.connecting import reading_engine, writing_engine
from xrm_core.db.reading import Reader
from xrm_core.db.reading_postgres import PostgresReader
from xrm_core.db.reading_sqlite import SqliteReader
from xrm_core.db.rewriting import watch
from xrm_core.db.turns import Turns
from xrm_core.settings import Settings


class Database:
    """One installation's data: `engine` to write, `read_engine` to read by hand, `reader` for compiled statements.

    `dialect` is what they are compiled for.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = make_url(settings.sqlalchemy_url())
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = writing_engine(self.url, settings, is_sqlite=self.is_sqlite)
        self.read_engine = reading_engine(self.url, settings, is_sqlite=self.is_sqlite)
        watch(self.engine.sync_engine)
        self.dialect: Dialect = self.engine.dialect
        self.exports = Turns(settings.max_exports, settings.pool_wait_s)
        # Called with the id of the outbox row after each unit of work that this process committed.
        self.after_commit: list[Callable[[str], None]] = []
        self.reader: Reader = (
            SqliteReader(settings, str(self.url.database))
            if self.is_sqlite
            else PostgresReader(
                settings, self.url.set(drivername="postgresql").render_as_string(hide_password=False)
            )
        )

    def tell_committed(self, row_id: str) -> None:
        """Call those who wait for a commit of this process, which wrote this row of the outbox."""
        for called in self.after_commit:
            called(row_id)

    async def close(self) -> None:
        """Give everything back."""
        await self.reader.close()
        await self.read_engine.dispose()
        await self.engine.dispose()
