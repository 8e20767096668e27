"""A web server and a database on this machine alone, and a town whose layers lie there."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from siteplanner import Project, init


@dataclass
class Page:
    """What the server answers at one address; the test may change it between two requests."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    etag: str = ""
    breaks_after: int | None = None
    length_said: int | None = None
    chunked: bool = False
    waits_s: float = 0.0
    head: int = 200


class Quiet(ThreadingHTTPServer):
    """A client that hangs up is no news."""

    def handle_error(self, *arguments: object) -> None:
        pass


class Server:
    """Answers on loopback; keeps what was asked and how many bytes went out."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.answer(self)

            def do_HEAD(self) -> None:
                server.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        self.asked.append((to.path, {key.lower(): value for key, value in to.headers.items()}))
        page = self.pages.get(to.path.partition("?")[0], Page(b"nothing here", 404))
        time.sleep(page.waits_s)
        body, status, headers = page.body, page.status, dict(page.headers)
        if page.etag:
            headers["ETag"] = page.etag
            if to.headers.get("If-None-Match") == page.etag:
                body, status = b"", 304
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", to.headers.get("Range", ""))
        stale = to.headers.get("If-Range", page.etag) != page.etag
        if wanted and page.ranges and status == 200 and not stale:
            first, last = int(wanted[1]), int(wanted[2] or len(body) - 1)
            total, status = len(body), 206
            if first >= total:
                body, status = b"", 416
            else:
                body = body[first : last + 1]
                headers["Content-Range"] = f"bytes {first}-{first + len(body) - 1}/{total}"
        if to.command == "HEAD" and page.head != 200:
            status, headers = page.head, {}
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name, value)
        said = len(body) if page.length_said is None else page.length_said
        to.send_header(
            *(("Transfer-Encoding", "chunked") if page.chunked else ("Content-Length", str(said)))
        )
        if page.breaks_after is not None:
            to.send_header("Connection", "close")
            body = body[: page.breaks_after]
        to.end_headers()
        if to.command == "GET":
            self.send(to, body, page)
        if page.breaks_after is not None or len(body) != said:
            to.close_connection = True

    def send(self, to: BaseHTTPRequestHandler, body: bytes, page: Page) -> None:
        try:
            if page.chunked:
                end = b"" if page.breaks_after is not None else b"0\r\n\r\n"
                body = b"%x\r\n" % len(body) + body + b"\r\n" + end
            for start in range(0, len(body), 1 << 14):
                to.wfile.write(body[start : start + (1 << 14)])
                self.sent += len(body[start : start + (1 << 14)])
        except OSError:
            pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.fixture(scope="session")
def pristine_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return init(tmp_path_factory.mktemp("town") / "town").root


@pytest.fixture
def town(pristine_town: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine_town, tmp_path / "town"))


@pytest.fixture
def moved(town: Path, server: Server) -> Callable[..., Page]:
    """Move the file of a layer to the server: its source is an address from now on."""

    def move(name: str, **page: object) -> Page:
        toml = town / "layers" / f"{name}.toml"
        text = toml.read_text(encoding="utf-8")
        (file,) = re.findall(r'^source = "(.+?)"', text, flags=re.M)
        path = town / "layers" / file
        made = server.pages[f"/{file}"] = Page(path.read_bytes(), **page)  # type: ignore[arg-type]
        path.unlink()
        toml.write_text(text.replace(f'"{file}"', f'"{server.url}/{file}"'), encoding="utf-8")
        return made

    return move


@pytest.fixture
def fetch(town: Path) -> Callable[..., dict]:
    """Fetch, and give the outcomes by layer."""
    return lambda *names, **how: {one.layer: one for one in Project(town).fetch(*names, **how)}


@dataclass(frozen=True)
class Postgres:
    """A database server with PostGIS, of this test run alone."""

    port: int
    password: str

    def run(self, sql: str, database: str = "city") -> None:
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="planner", password=self.password,
            dbname=database, autocommit=True,
        ) as connection:  # fmt: skip
            connection.execute(sql)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    here = [path.parent for path in found] + ([Path(on_path).resolve().parent] if on_path else [])
    return next((one for one in here if (one / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def postgres(missing: Callable[[str, str], None]) -> Iterator[Postgres]:
    """Start a real PostgreSQL with PostGIS on loopback, and stop it afterwards."""
    programs = _programs()
    if programs is None:
        missing("postgis", "no PostgreSQL on this machine: apt-get install postgresql-15-postgis-3")
    assert programs is not None
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        missing("postgis", "no PostGIS on this machine: apt-get install postgresql-15-postgis-3")
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="siteplanner-pg-"))
    password = "s3cr3t-Wörd/@:"
    words = folder / "words"
    words.write_text(password, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if as_other:
        shutil.chown(folder, "postgres")
        shutil.chown(words, "postgres")
    start = [*as_other, str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w"]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    run(
        [*as_other, str(programs / "initdb"), "-D", str(folder / "data"), "-U", "planner",
         "--auth=scram-sha-256", f"--pwfile={words}", "--encoding=UTF8", "--no-sync"], folder,
    )  # fmt: skip
    words.unlink()
    run([*start, "-l", str(folder / "log"), "-o", options, "start"], folder)
    try:
        made = Postgres(port, password)
        made.run("CREATE DATABASE city", "postgres")
        made.run("CREATE EXTENSION postgis")
        yield made
    finally:
        run([*start, "-m", "immediate", "stop"], folder)
        shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str], folder: Path) -> None:
    with (folder / "said").open("w") as said:  # the server would keep a pipe open
        done = subprocess.run(command, cwd=folder, stdout=said, stderr=said, timeout=120)
    assert done.returncode == 0, (folder / "said").read_text()
