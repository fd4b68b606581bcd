"""Settings, from the environment (`XRM_…`), a `.env` file, or the defaults here."""

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from xrm_core.zones import is_zone

# 20/second; 600/minute: each a number, and a while in which so many are allowed.
_RATE = r" *\d+ */ *(\d+ *)?(second|minute|hour|day)s? *"
_RATES = f"^({_RATE}(;{_RATE})*)?$"


class Settings(BaseSettings):
    """Everything an operator can set; docs/reference/settings.md is written from this class."""

    model_config = SettingsConfigDict(env_prefix="XRM_", env_file=".env", extra="ignore")

    data_dir: Path = Field(
        default=Path("xrm-data"), description="Folder of the embedded database, stored files and keys."
    )
    database_url: str = Field(
        default="", description="postgresql://user@host/name; empty means SQLite inside data_dir."
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    time_zone: str = Field(
        default="Europe/Paris", description="Business time zone: it decides what `today` is."
    )
    language: str = Field(default="en", pattern="^(en|fr)$", description="Language of users who chose none.")
    pool_size: int = Field(
        default=8, ge=1, le=200, description="Database connections a server process keeps for reading."
    )
    pool_wait_s: float = Field(
        default=10, gt=0, description="How long a read waits for a free connection before it is UNAVAILABLE."
    )
    statement_timeout_s: float = Field(
        default=30, gt=0, description="A read that takes longer is stopped, in seconds."
    )
    max_body_bytes: int = Field(default=1_000_000, ge=1_000, description="Largest request body, in bytes.")
    body_timeout_s: float = Field(
        default=30, gt=0, description="How long a request may take to send its body, in seconds."
    )
    max_upload_bytes: int = Field(
        default=100_000_000, ge=1, description="Largest file that may be uploaded, in bytes."
    )
    upload_quota_bytes: int = Field(
        default=500_000_000, ge=1, description="What one user's waiting uploads may take together, in bytes."
    )
    upload_hours: float = Field(
        default=24, gt=0, description="How long an upload waits to be used, in hours; then it is deleted."
    )
    upload_timeout_s: float = Field(
        default=900, gt=0, description="How long an upload may take to arrive, in seconds."
    )
    max_batch: int = Field(
        default=10,
        ge=1,
        le=1_000,
        description="Most operations in one request; 1 refuses lists of operations.",
    )
    max_learnt_documents: int = Field(
        default=2_000,
        ge=0,
        description="Documents a process keeps for clients that send only their hash; 0 keeps none.",
    )
    trusted_documents: str = Field(
        default="",
        description="File of the documents that may be run (`xrm documents trust`); empty means any valid one.",
    )
    introspection: str = Field(
        default="open",
        pattern="^(open|signed_in|closed)$",
        description="Who may look at the schema: open to everybody, signed_in users or closed.",
    )
    public_url: str = Field(
        default="",
        pattern="^(https?://[^/?#]+)?$",
        description="Where people reach the server, such as https://xrm.example; with https cookies are secure.",
    )
    allowed_origins: str = Field(
        default="",
        description="Origins of other sites whose pages may use the server, separated by spaces.",
    )
    max_document_length: int = Field(
        default=100_000, ge=100, description="Most characters a GraphQL document may have."
    )
    max_tokens: int = Field(default=10_000, ge=10, description="Most tokens a GraphQL document may have.")
    max_nesting: int = Field(
        default=100, ge=10, description="Most brackets, or levels of values in variables, inside each other."
    )
    max_depth: int = Field(default=15, ge=1, description="Deepest selection a query may have.")
    max_fields: int = Field(
        default=2_000, ge=1, description="Most fields a query may select once fragments are spread."
    )
    max_aliases: int = Field(
        default=500, ge=0, description="Most aliases a query may have once fragments are spread."
    )
    max_directives: int = Field(
        default=200, ge=0, description="Most directives a query may have once fragments are spread."
    )
    max_root_fields: int = Field(
        default=500, ge=1, description="Most fields an operation may have at its top."
    )
    max_operations: int = Field(default=50, ge=1, description="Most operations a document may hold.")
    max_fragments: int = Field(default=200, ge=0, description="Most fragments a document may define.")
    max_input_values: int = Field(
        default=50_000, ge=100, description="Most values in the variables of a request, each list item one."
    )
    max_input_objects: int = Field(
        default=5_000, ge=10, description="Most objects among the values in the variables of a request."
    )
    max_cost: int = Field(
        default=1_000_000, ge=1, description="Most rows a query may be estimated to cost (docs/limits.md)."
    )
    max_answer_length: int = Field(
        default=50_000_000, ge=1_000, description="Most characters that the database may answer a query with."
    )
    max_export_cost: int = Field(
        default=20_000_000, ge=1, description="The same in export mode, for those who may export."
    )
    max_exports: int = Field(
        default=4, ge=1, description="Answers in export mode that a process writes at the same time."
    )
    export_stall_s: float = Field(
        default=30,
        gt=0,
        description="An export whose reader takes nothing for so many seconds is broken off.",
    )
    export_timeout_s: float = Field(
        default=600, gt=0, description="An export that takes longer is broken off, in seconds."
    )
    rate_per_user: str = Field(
        default="6000/minute",
        pattern=_RATES,
        description="Operations of one user in a process, such as 20/second; 600/minute; empty means any number.",
    )
    rate_per_address: str = Field(
        default="12000/minute",
        pattern=_RATES,
        description="The same for all operations from one address (IPv6: one /64 network), signed in or not.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    plan_cache_size: int = Field(default=1_000, ge=1, description="Compiled plans a process keeps.")
    session_hours: int = Field(default=12, ge=1, description="How long a sign-in lasts, in hours.")
    max_streams: int = Field(
        default=5_000, ge=1, description="Websockets and event streams a server process keeps open."
    )
    max_streams_per_user: int = Field(default=100, ge=1, description="Of these, how many one user may have.")
    max_operations_per_socket: int = Field(
        default=100,
        ge=1,
        description="Operations, subscriptions included, that run on one websocket at a time.",
    )
    stream_buffer: int = Field(
        default=256, ge=8, description="Messages that wait for a slow client; one more and it is dropped."
    )
    socket_init_timeout_s: float = Field(
        default=5, gt=0, description="Within this a websocket must send connection_init, in seconds."
    )
    stream_heartbeat_s: float = Field(
        default=12, gt=0, description="An event stream with nothing to tell says so this often, in seconds."
    )
    max_running_jobs: int = Field(
        default=1,
        ge=1,
        description="Jobs, such as imports, that a server process runs at a time; others wait.",
    )
    secret: SecretStr = Field(
        default=SecretStr(""),
        description="Key that signs cursors; empty means one is made and kept in data_dir.",
    )

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        if not is_zone(name):
            raise ValueError(f"{name!r} is not the name of a time zone such as Europe/Paris or UTC")
        return name

    def origins(self) -> frozenset[str]:
        """The origins whose pages may use the server, beside the address a request itself names."""
        given = (*self.allowed_origins.lower().split(), self.public_url.lower())
        return frozenset(one.rstrip("/") for one in given if one)

    def sqlalchemy_url(self) -> str:
        """The URL in SQLAlchemy's form, with the async driver named."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / 'xrm.db'}"
        if self.database_url.startswith("postgresql://"):
            return self.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
        return self.database_url


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
