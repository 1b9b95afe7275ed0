"""Everything that differs between a laptop, a test and production, read from the environment once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from acme_time.defects import parse_defects

GUSTO_DEMO = "https://api.gusto-demo.com"


class ConfigError(Exception):
    """The environment does not hold what Acme Time needs; the message names every missing variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One frozen value, handed to whoever needs it; nothing else reads the environment."""

    client_id: str
    client_secret: str = field(repr=False)
    secret_key: str = field(repr=False)
    data_dir: Path
    api_base: str = GUSTO_DEMO
    port: int = 4010
    base_url: str = "http://127.0.0.1:4010"
    qa_token: str = field(default="", repr=False)
    http_timeout: float = 10.0
    defects: frozenset[str] = frozenset()

    @property
    def redirect_uri(self) -> str:
        """The callback as registered with the application in Gusto's Developer Portal."""
        return f"{self.base_url}/gusto/callback"

    @property
    def webhook_url(self) -> str:
        """Where Gusto delivers events."""
        return f"{self.base_url}/gusto/webhooks"


def load_config(environ: Mapping[str, str]) -> Config:
    """Read the configuration from environment variables; raise `ConfigError` when one is missing."""
    required = ("GUSTO_CLIENT_ID", "GUSTO_CLIENT_SECRET", "ACME_SECRET_KEY", "ACME_DATA_DIR")
    missing = [name for name in required if not environ.get(name)]
    if missing:
        raise ConfigError(f"set {', '.join(missing)}; README.md explains each")
    try:
        Fernet(environ["ACME_SECRET_KEY"])
    except ValueError as error:
        raise ConfigError("ACME_SECRET_KEY is not a key; `python -m acme_time new-key` makes one") from error
    port = int(environ.get("ACME_PORT", "4010"))
    return Config(
        client_id=environ["GUSTO_CLIENT_ID"],
        client_secret=environ["GUSTO_CLIENT_SECRET"],
        secret_key=environ["ACME_SECRET_KEY"],
        data_dir=Path(environ["ACME_DATA_DIR"]).resolve(),
        api_base=environ.get("GUSTO_API_BASE", GUSTO_DEMO).rstrip("/"),
        port=port,
        base_url=environ.get("ACME_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        qa_token=environ.get("QA_TOKEN", ""),
        http_timeout=float(environ.get("ACME_HTTP_TIMEOUT", "10")),
        defects=parse_defects(environ.get("ACME_DEFECTS", "")),
    )
