"""A PostgreSQL server of the tests' own: made in a temporary folder, on loopback, gone when they end."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rag.web.serve import bind

MISSING = "NO POSTGRESQL: `apt-get install postgresql`; the shared database is NOT tested"


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the path, or where Debian keeps them."""
    named = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = [Path(named).resolve()] if named else debian
    return found[-1].parent if found else None


def ordinary_user() -> dict[str, Any]:
    """What makes a command run as somebody else: PostgreSQL refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name for user in pwd.getpwall()}
    return {"user": "postgres" if "postgres" in names else "nobody", "group": None, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a fresh server's database."""
    programs = find_programs()
    if programs is None:
        warnings.warn(MISSING, stacklevel=1)
        pytest.skip(MISSING)
    who = ordinary_user()
    folder = Path(tempfile.mkdtemp(prefix="fonte-postgres-"))
    if who:
        shutil.chown(folder, who["user"])
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        log = folder / "commands.log"
        with log.open("ab") as out:  # a server that keeps a pipe open would never let it end
            subprocess.run(command, check=True, cwd="/", stdout=out, stderr=out, **who)

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("initdb", "-U", "fonte", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
    run("pg_ctl", "-w", "-t", "90", "-l", str(folder / "server.log"), "-o", options, "start")
    try:
        yield f"postgresql://fonte@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_database(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes databases: each call gives the URL of an empty one, dropped when the test ends."""
    engine = sa.create_engine(
        sa.make_url(postgres_server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    made: list[str] = []

    def new() -> str:
        name = f"fonte_{secrets.token_hex(6)}"
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        made.append(name)
        return sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)

    yield new
    with engine.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()
