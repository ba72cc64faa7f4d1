"""`tidegate migrate`: brings databases up to date."""

import sys
from functools import partial

from tidegate.cli.options import ConfigFile, Services
from tidegate.runtime.config import chosen, load


def migrate(services: Services = None, config: ConfigFile = None) -> None:
    """Brings the databases of services up to date. Several that do so at once take turns."""
    from tidegate.runtime import log
    from tidegate.runtime.db import migrations
    from tidegate.runtime.opening import open_database, reach
    from tidegate.runtime.provision import secrets_of

    settings = load(config)
    log.configure(settings.log, settings.mode)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    for name in chosen(services or ()):
        database = open_database(settings, name)
        try:
            reach(database, name, seconds=settings.start_seconds)
            missing = migrations.pending(database, name)
            migrations.upgrade(database, name, partial(secrets_of, settings))
        finally:
            database.close()
        sys.stdout.write(f"{name}: {', '.join(missing) if missing else 'is up to date'}\n")
