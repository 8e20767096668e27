"""Files from the web: whole or not at all, told in words when they are not to be had."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import socket

import pytest

from siteplanner import InputError, Project
from siteplanner.cli import main
from siteplanner.fetched import read_record
from siteplanner.fetched.addresses import TroubleError
from siteplanner.fetched.asking import check_hop
from siteplanner.sources import read


def trouble(outcome) -> str:
    assert outcome.kind == "failed", outcome
    return str(outcome.problem)


def schools(town):
    """Read the layer as a run does."""
    return read(Project(town).layer("schools"), town / "layers")


def test_a_layer_is_fetched_kept_and_read(town, moved, fetch):
    before = schools(town)
    page = moved("schools", headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, etag='"1"')
    with pytest.raises(InputError, match="has not been fetched yet, and a run never goes online"):
        schools(town)
    outcome = fetch("schools")["schools"]
    assert outcome.kind == "fetched"
    digest = hashlib.sha256(page.body).hexdigest()
    assert outcome.said == (
        f"{len(before.table):,} rows, of 2015-10-21",
        f'to hold it fast, write in layers/schools.toml: sha256 = "{digest}"',
    )
    copy = town / "layers" / "fetched" / "schools.csv"
    assert copy.read_bytes() == page.body
    record = read_record(town / "layers", "schools")
    assert (record.sha256, record.data_date, record.etag) == (digest, "2015-10-21", '"1"')
    after = schools(town)
    assert after.table.equals(before.table)
    assert after.sha256 == before.sha256
    assert sorted(path.name for path in copy.parent.iterdir()) == ["schools.csv", "schools.json"]


def test_a_layer_that_is_kept_is_not_fetched_again(moved, fetch, server):
    page = moved("schools", etag='"1"')
    fetch()
    said = fetch()["schools"]
    assert said.kind == "kept"
    assert "the server has no newer version" in said.said[0]
    assert server.asked[-1][1]["if-none-match"] == '"1"'
    page.etag = '"2"'
    assert "has another version: --refresh takes it" in fetch()["schools"].said[0]
    page.status = 504
    assert "whether it has changed is not known" in fetch()["schools"].said[0]


def test_a_server_that_names_no_versions(moved, fetch):
    moved("schools")
    fetch()
    assert "the server does not say whether it has changed" in fetch()["schools"].said[0]


def test_what_changed_is_said_in_rows(town, moved, fetch):
    page = moved("schools")
    fetch()
    copy = town / "layers" / "fetched" / "schools.csv"
    lines = page.body.decode().splitlines()
    gone, renamed = lines[1].split(",")[0], lines[2].replace(lines[2].split(",")[1], "New name")
    added = ["x1" + lines[3][lines[3].index(",") :], "x2" + lines[4][lines[4].index(",") :]]
    page.body = "\n".join([lines[0], renamed, *lines[3:], *added, ""]).encode()
    assert fetch()["schools"].kind == "kept"
    assert copy.read_text().splitlines() == lines
    outcome = fetch(refresh=True)["schools"]
    assert outcome.kind == "changed"
    name, level = renamed.split(",")[0], lines[2].split(",")[1]
    assert outcome.said[0] == (
        f"{len(lines)} rows, before {len(lines) - 1}: 2 added (for example x1, x2), "
        f"1 gone (for example {gone}), 1 changed (for example {name}: level {level} → New name)"
    )
    assert copy.read_bytes() == page.body
    assert "the same bytes as on" in fetch(refresh=True)["schools"].said[0]


def test_a_layer_that_says_its_hash(town, moved, fetch):
    page = moved("schools")
    toml = town / "layers" / "schools.toml"
    text = toml.read_text()
    toml.write_text(f'sha256 = "{"0" * 64}"\n{text}')
    digest = hashlib.sha256(page.body).hexdigest()
    assert re.search(rf"sha256: the data .* others than .* write sha256 = \"{digest}\"",
                     trouble(fetch()["schools"]))  # fmt: skip
    assert not (town / "layers" / "fetched" / "schools.csv").exists()
    toml.write_text(f'sha256 = "{digest}"\n{text}')
    assert fetch()["schools"].said == (
        f"{page.body.count(10) - 1} rows, of a day that nobody says",
    )
    page.body += b"\n"
    fetch(refresh=True)
    with pytest.raises(InputError, match=r"sha256: layers/fetched/schools.csv has other bytes"):
        schools(town)


def test_a_local_file_may_have_a_hash_too(town):
    toml = town / "layers" / "schools.toml"
    text = toml.read_text()
    digest = hashlib.sha256((town / "layers" / "schools.csv").read_bytes()).hexdigest()
    toml.write_text(f'sha256 = "{digest}"\n{text}')
    schools(town)
    toml.write_text(f'sha256 = "{digest[:-1]}z"\n{text}')
    with pytest.raises(InputError, match="write the 64 digits and letters"):
        schools(town)
    toml.write_text(f'sha256 = "{"f" * 64}"\n{text}')
    with pytest.raises(InputError, match=r"schools.csv has other bytes than that"):
        schools(town)


@pytest.fixture
def small_chunks(monkeypatch):
    """What is read at once is lost where the line breaks: here 100 bytes at most."""
    monkeypatch.setattr("siteplanner.fetched.downloads._CHUNK", 100)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ({"status": 429, "headers": {"Retry-After": "90"}}, r"is busy and asks to wait for 2 min"),
        ({"status": 504}, r"took too long \(504\); run siteplanner fetch again later"),
        ({"status": 500}, r"has a fault of its own \(500\)"),
        ({"status": 404}, r"has nothing at this address \(404\); look up its new address"),
        ({"status": 403}, r"does not let us in \(403\)"),
        ({"status": 204}, r"answered with 204, not with data"),
        ({"breaks_after": 100}, r"the answer broke off after 100 of [\d,]+ bytes"),
        ({"breaks_after": 100, "chunked": True}, r"the answer broke off after \d+ bytes"),
        ({"body": b""}, r"sent 0 bytes"),
        ({"body": b"<!DOCTYPE html><html>Sign in</html>"}, r"a web page in place of data; open"),
        ({"body": b"\n <html lang=pt>"}, r"a web page in place of data"),
        ({"body": b'{"error": {"code": 400}}'}, r"an error message in place of data"),
        ({"body": b"<?xml version='1.0'?><ows:ExceptionReport>"}, r"an error message in place"),
        ({"body": b"PK\x03\x04 something"}, r"ends in .csv, but the server sent a zip file"),
        ({"body": b'a,b\n"open'}, r"what came is no good: a quotation mark is opened"),
        ({"headers": {"Location": "file:///etc/passwd"}, "status": 302}, r"on to a 'file' address"),
        ({"headers": {"Location": "/schools.csv"}, "status": 302}, r"on more than 5 times"),
    ],
)
def test_trouble_is_told_and_the_others_still_come(town, moved, fetch, page, sentence):
    nurseries = moved("nurseries")
    whole = moved("schools", etag='"1"')
    fetch()
    copies = {path.name: path.read_bytes() for path in (town / "layers" / "fetched").iterdir()}
    for key, value in page.items():
        setattr(whole, key, value)
    outcomes = fetch(refresh=True)
    assert re.search(sentence, trouble(outcomes["schools"]))
    assert outcomes["nurseries"].kind == "changed"
    after = {path.name: path.read_bytes() for path in (town / "layers" / "fetched").iterdir()}
    for name in ("schools.csv", "schools.json"):
        assert after[name] == copies[name]
    assert nurseries.body in after.values()
    schools(town)


def test_a_server_that_is_not_there(town, moved, fetch):
    moved("schools")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    toml = town / "layers" / "schools.toml"
    toml.write_text(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", toml.read_text()))
    assert "127.0.0.1 cannot be reached; look whether this machine is online" in trouble(
        fetch()["schools"]
    )


def test_a_server_that_says_nothing(moved, fetch, monkeypatch):
    moved("schools", waits_s=1.0)
    monkeypatch.setattr("siteplanner.fetched.asking.SILENCE_S", 0.2)
    assert "did not answer within 0.2 s; run siteplanner fetch again" in trouble(fetch()["schools"])


@pytest.mark.usefixtures("small_chunks")
def test_a_download_goes_on_where_it_stopped(town, moved, fetch, server):
    page = moved("schools", etag='"1"', breaks_after=200)
    assert "broke off after 200 of" in trouble(fetch()["schools"])
    page.breaks_after = None
    sent = server.sent
    assert fetch()["schools"].kind == "fetched"
    assert server.asked[-1][1]["range"] == "bytes=200-"
    assert server.sent - sent == len(page.body) - 200
    assert (town / "layers" / "fetched" / "schools.csv").read_bytes() == page.body


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("change", ["another version", "no ranges", "no versions"])
def test_a_download_that_cannot_go_on_starts_anew(town, moved, fetch, change):
    page = moved("schools", etag="" if change == "no versions" else '"1"', breaks_after=200)
    trouble(fetch()["schools"])
    page.breaks_after = None
    page.body = page.body.replace(b"\n", b"\r\n")
    if change == "another version":
        page.etag = '"2"'
    page.ranges = change != "no ranges"
    assert fetch()["schools"].kind == "fetched"
    assert (town / "layers" / "fetched" / "schools.csv").read_bytes() == page.body


def test_ctrl_c_leaves_the_copy_whole_and_goes_on_later(town, moved, fetch, server):
    page = moved("schools", etag='"1"')
    fetch()
    old = page.body
    page.body, page.etag = old + b"\n" * 1_000_000, '"2"'

    def stop(layer, done, total):
        if done > 300_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(refresh=True, progress=stop)
    assert (town / "layers" / "fetched" / "schools.csv").read_bytes() == old
    schools(town)
    assert fetch(refresh=True)["schools"].kind == "changed"
    assert "range" in server.asked[-1][1]
    assert (town / "layers" / "fetched" / "schools.csv").read_bytes() == page.body


@pytest.mark.parametrize("told", [True, False])
def test_too_large(town, moved, fetch, server, told):
    page = moved("schools", chunked=not told)
    page.body += b"\n" * 3_000_000
    sentence = trouble(fetch(limit_bytes=1_000_000)["schools"])
    assert re.search(r"the file has 3.0 MB or more, and the limit is 0.001 GB; .*--limit-gb"
                     if told else r"the file has 1\.\d MB or more", sentence)  # fmt: skip
    assert not any((town / "layers" / "fetched").iterdir())


def test_a_bomb_of_compressed_bytes(moved, fetch):
    page = moved("schools", headers={"Content-Encoding": "gzip"})
    page.body = gzip.compress(page.body + b"\n" * 30_000_000)
    assert len(page.body) < 100_000
    assert "or more, and the limit is" in trouble(fetch(limit_bytes=1_000_000)["schools"])


def test_what_came_without_https_is_told(moved, fetch, monkeypatch):
    moved("schools")
    assert "https" not in "".join(fetch()["schools"].said)
    monkeypatch.setattr("siteplanner.fetched.asking.is_inside", lambda name: False)
    assert "it came without https: somebody" in "".join(fetch(refresh=True)["schools"].said)


def test_a_redirect_is_followed(town, moved, fetch, server):
    page = moved("schools")
    server.pages["/there.csv"] = page
    server.pages["/schools.csv"] = type(page)(b"", 301, {"Location": "/there.csv"})
    assert fetch()["schools"].kind == "fetched"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("https://example.org/a", "http://example.org/a", "an address without https"),
        ("https://example.org/a", "https://127.0.0.1/a", "into this machine or its own network"),
        ("http://example.org/a", "http://192.168.1.1/a", "into this machine or its own network"),
        ("http://example.org/a", "http://[::1]/a", "into this machine or its own network"),
        ("http://example.org/a", "http://169.254.169.254/a", "into this machine"),
        ("https://example.org/a", "ftp://example.org/a", "on to a 'ftp' address"),
    ],
)
def test_redirects_that_are_refused(monkeypatch, old, new, sentence):
    known = {"example.org": "93.184.215.14"}

    def resolve(name, port):
        return [(0, 0, 0, "", (known.get(name, name.strip("[]")), 0))]

    monkeypatch.setattr("siteplanner.fetched.asking.socket.getaddrinfo", resolve)
    with pytest.raises(TroubleError, match=sentence):
        check_hop(old, new)
    check_hop("http://127.0.0.1/a", "http://127.0.0.1/b")
    check_hop("http://example.org/a", "https://example.org/a")


def test_a_word_from_the_environment_is_shown_nowhere(
    town, moved, fetch, server, monkeypatch, capfd
):
    moved("flood_zone")
    monkeypatch.setenv("OUR_WORD", "s3cr3t/ö")
    toml = town / "layers" / "flood_zone.toml"
    toml.write_text(
        re.sub(r'"http://(.*?)"', r'"http://me:${OUR_WORD}@\1?key=${OUR_WORD}"', toml.read_text())
    )
    assert fetch()["flood_zone"].kind == "fetched"
    assert server.asked[-1][1]["authorization"].startswith("Basic ")
    plan = Project(town).run("care_blocks")
    plan.save()
    server.pages["/flood_zone.geojson"].status = 500
    with pytest.raises(SystemExit):
        main(["--root", str(town), "fetch", "--refresh"])
    said = "".join(capfd.readouterr())
    assert "has a fault of its own (500)" in said
    written = b"".join(path.read_bytes() for path in town.rglob("*") if path.is_file())
    for secret in ("s3cr3t", "czNjcjN0"):
        assert secret not in said
        assert secret.encode() not in written
    layer = json.loads((town / "maps" / "care_blocks" / "plan.json").read_text())["layers"][
        "flood_zone"
    ]
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+/flood_zone\.geojson\?key=\$\{OUR_WORD\}", layer["source"]
    )


def test_a_password_in_the_file_is_refused(town, moved, fetch, capsys):
    moved("schools")
    toml = town / "layers" / "schools.toml"
    toml.write_text(toml.read_text().replace("http://", "http://me:s3cr3t@"))
    sentence = trouble(fetch()["schools"])
    assert "a password stands in the address" in sentence
    assert "s3cr3t" not in sentence
    with pytest.raises(InputError) as caught:
        schools(town)
    assert "a password stands in the address" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_a_variable_that_is_not_set(town, moved, fetch):
    moved("schools")
    toml = town / "layers" / "schools.toml"
    toml.write_text(toml.read_text().replace('schools.csv"', 'schools.csv?k=${NOT_SET_AT_ALL}"'))
    assert "the environment variable NOT_SET_AT_ALL is not set; export" in trouble(
        fetch()["schools"]
    )


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda folder: (folder / "schools.csv").unlink(),
            "schools.csv is gone; run: siteplanner fetch",
        ),
        (
            lambda folder: (folder / "schools.csv").write_text("a,b\n"),
            "was changed after it was fetched",
        ),
        (
            lambda folder: (folder / "schools.json").write_text("{"),
            "it is no record of what was fetched",
        ),
        (
            lambda folder: (folder / "schools.json").write_text("[]"),
            "it is no record of what was fetched",
        ),
        (
            lambda folder: (folder / "schools.json").write_text(
                (folder / "schools.json").read_text().replace('"schools.csv"', '"../schools.csv"')
            ),
            "it is no record of what was fetched",
        ),
    ],
)
def test_a_copy_that_is_not_what_was_fetched(town, moved, fetch, spoil, sentence):
    moved("schools")
    fetch()
    spoil(town / "layers" / "fetched")
    with pytest.raises(InputError) as caught:
        schools(town)
    assert sentence in str(caught.value)
    assert fetch()["schools"].kind in ("fetched", "changed")
    schools(town)


def test_another_address_needs_another_copy(town, moved, fetch, server):
    page = moved("schools")
    fetch()
    server.pages["/new.csv"] = page
    toml = town / "layers" / "schools.toml"
    toml.write_text(toml.read_text().replace("/schools.csv", "/new.csv"))
    with pytest.raises(InputError, match="the kept copy came from another address"):
        schools(town)
    fetch()
    schools(town)


def test_a_frozen_project_runs_without_network_and_gives_the_same_bytes(
    town, moved, fetch, monkeypatch
):
    for name in ("schools", "nurseries", "flood_zone", "streets", "town"):
        moved(name)
    assert {one.kind for one in fetch().values()} == {"fetched"}

    def answer() -> dict[str, bytes]:
        folder = Project(town).run("care_blocks").save()
        return {
            path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"
        }

    first = answer()

    def blocked(*arguments, **options):
        raise AssertionError("a run went online")

    monkeypatch.setattr(socket.socket, "connect", blocked)
    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    monkeypatch.setattr(socket, "create_connection", blocked)
    assert answer() == first
    layer = json.loads(first["plan.json"])["layers"]["flood_zone"]
    assert layer["source"].startswith("http://127.0.0.1:")
    assert layer["sha256"] == read_record(town / "layers", "flood_zone").sha256
    assert read_record(town / "layers", "flood_zone").fetched.encode() not in b"".join(
        first.values()
    )


def test_the_command_says_what_it_did(town, moved, capsys):
    moved("schools")
    broken = moved("nurseries")
    broken.status = 429
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town), "fetch"])
    said = capsys.readouterr()
    assert left.value.code == 2
    assert "schools: fetched from 127.0.0.1\n" in said.out
    assert "nurseries: not fetched\n" in said.out
    assert "layers/nurseries.toml: source: 127.0.0.1 is busy and asks to wait (429);" in said.err
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town), "fetch", "scools"])
    assert "layers: scools: no such layer; did you mean 'schools'?" in capsys.readouterr().err


def test_a_name_for_the_copy_of_any_address(town, moved, fetch, server):
    """The server's own name, else its word for the kind, else the bytes themselves."""
    page = moved("flood_zone")
    toml = town / "layers" / "flood_zone.toml"
    toml.write_text(toml.read_text().replace("/flood_zone.geojson", "/download?id=7"))
    server.pages["/download"] = page
    fetched = town / "layers" / "fetched"
    for headers in (
        {"Content-Disposition": 'attachment; filename="áreas.geojson"'.encode().decode("latin-1")},
        {"Content-Type": "application/geo+json; charset=utf-8"},
        {},
    ):
        page.headers = headers
        fetch(refresh=True)
        assert (fetched / "flood_zone.geojson").is_file()
    schools(town)
