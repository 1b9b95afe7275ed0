"""The commands: `web`, `worker`, `create-account NAME`, `forget-everything`, `new-key`."""

from __future__ import annotations

import os
import shutil
import signal
import sys

import uvicorn
from cryptography.fernet import Fernet

from acme_time.accounts import create_account
from acme_time.config import Config, ConfigError, load_config
from acme_time.log import start_logging
from acme_time.parts import assemble
from acme_time.web import make_app
from acme_time.worker import Worker

USAGE = "usage: python -m acme_time web | worker | create-account NAME | forget-everything | new-key"


def run_web(config: Config) -> None:
    """Serve pages and webhooks on the loopback address; a proxy with TLS stands before it in production."""
    app = make_app(assemble(config))
    uvicorn.run(app, host="127.0.0.1", port=config.port, log_config=None, access_log=False)


def run_worker(config: Config) -> None:
    """Work off jobs until the process is asked to end."""
    worker = Worker(assemble(config))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    command = arguments[0] if arguments else ""
    if command == "new-key":
        print(Fernet.generate_key().decode())
        return 0
    if command not in {"web", "worker", "create-account", "forget-everything"}:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        config = load_config(os.environ)
    except (ConfigError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if command == "forget-everything":
        shutil.rmtree(config.data_dir, ignore_errors=True)
        return 0
    start_logging(config.data_dir)
    if command == "create-account":
        name = arguments[1] if len(arguments) > 1 else "demo"
        print(f"account {name}, passcode {create_account(assemble(config).database, name)}")
    elif command == "web":
        run_web(config)
    else:
        run_worker(config)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
