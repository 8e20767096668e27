"""Rows from a PostGIS database: read in one go, nothing written there, nothing secret told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from siteplanner.errors import nearest_names
from siteplanner.fetched.addresses import TroubleError, host
from siteplanner.fetched.changes import hashed
from siteplanner.fetched.values import plain
from siteplanner.model.statements import refusal

if TYPE_CHECKING:
    import psycopg

Rows = Callable[[int, int | None], None]
CONNECT_S, STATEMENT_S = 10, 600
BATCH = 20_000
_LOOK = "look at the query; it has to be one SELECT"


def read_database(
    address: str,
    *,
    table: str | None,
    query: str | None,
    limit_bytes: int,
    progress: Rows,
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Read a table, or what a query gives.

    The transaction is read-only, ends without a trace, and a statement is stopped after ten
    minutes.

    Parameters
    ----------
    address
        ``postgresql://…``, with everything filled in; what it does not say, the usual
        variables do (``PGHOST``, ``PGUSER``, ``PGPASSWORD``, …).
    table
        ``schema.table`` or ``table``.
    query
        One SELECT; in place of ``table``.
    limit_bytes
        The most that may come.
    progress
        Called with rows read.

    Returns
    -------
    The rows in an order that depends on their content alone; a GeoDataFrame where there is
    a geometry.

    Raises
    ------
    TroubleError
        If they cannot be had, in words.
    """
    if not (table or query):
        todo = 'write table = "schema.table", or query = "SELECT …"'
        raise TroubleError("it does not say which table of the database", todo, "table")
    wrong = refusal(query) if query else ""
    if wrong:
        why, _, todo = f"the query {wrong}".rpartition("; ")
        raise TroubleError(why, todo, "query")
    with _connected(address) as connection:
        inner = _select(connection, table, query)
        columns, shapes = _columns(connection, inner)
        if len(shapes) > 1:
            names = " and ".join(f"'{name}'" for name in shapes)
            todo = 'choose one: query = "SELECT id, …, one_of_them FROM …"'
            raise TroubleError(f"the rows have {len(shapes)} geometries: {names}", todo, "table")
        found = _fetched(connection, inner, columns, shapes, limit_bytes, progress)
        if not shapes:
            return found.iloc[np.argsort(hashed(found), kind="stable")].reset_index(drop=True)
        return _placed(connection, found, shapes[0])


@contextmanager
def _connected(address: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        import psycopg
    except ImportError:
        todo = "install it: pip install 'siteplanner[postgis]'"
        raise TroubleError("reading a database needs psycopg, which is not here", todo) from None
    try:
        with psycopg.connect(
            address, connect_timeout=CONNECT_S, application_name="siteplanner", autocommit=False
        ) as connection:
            connection.read_only = True
            connection.execute(f"SET LOCAL statement_timeout = '{STATEMENT_S}s'")
            yield connection
            connection.rollback()
    except psycopg.OperationalError as error:
        raise _no_connection(error, address) from None
    except psycopg.ProgrammingError as error:
        if not isinstance(error, psycopg.errors.Error) or error.sqlstate is None:
            todo = "write postgresql://server/database; user and password by PGUSER, PGPASSWORD"
            raise TroubleError("this is no address of a database", todo) from None
        raise _refused(error) from None
    except psycopg.Error as error:
        raise _refused(error) from None


def _no_connection(error: psycopg.OperationalError, address: str) -> TroubleError:
    """Put into words why a database is not to be had; the server's own words stay unsaid."""
    said, name = str(error).lower(), host(address)
    if error.sqlstate == "57014" or "statement timeout" in said:
        found = f"the query took more than {STATEMENT_S // 60} min"
        return TroubleError(found, "ask for fewer rows, or for simpler ones", "query")
    if "password authentication failed" in said or "no password supplied" in said:
        todo = "set PGUSER and PGPASSWORD in the environment, as the database's owner gave them"
        return TroubleError("the database refuses this user or password", todo)
    if "database" in said and "does not exist" in said:
        todo = "look at the name after the last / of the address, or set PGDATABASE"
        return TroubleError("the server has no database of that name", todo)
    if "role" in said and "does not exist" in said:
        return TroubleError("the database does not know this user", "set PGUSER")
    if "pg_hba" in said or "ssl" in said or "gss" in said:
        todo = "ask its owner; it may want another network, user or ?sslmode=require"
        return TroubleError("the database does not let this machine in", todo)
    if "lost" in said or "terminat" in said or "closed the connection" in said:
        return TroubleError("the connection to the database broke", "run siteplanner fetch again")
    todo = "see that it runs, that this machine may reach it, and that PGHOST and PGPORT are right"
    return TroubleError(f"no database answers at {name}", todo)


def _refused(error: psycopg.Error) -> TroubleError:
    """Put into words why a query is refused."""
    code = error.sqlstate or ""
    said = (error.diag.message_primary or "").strip() if error.diag else ""
    if code == "25006" or "data-modifying" in said:
        return TroubleError("the query writes, and only reading is allowed", _LOOK, "query")
    if code == "42501":
        return TroubleError("this user may not read that", "ask the database's owner", "table")
    if code in ("42703", "42P01", "42883", "3F000"):
        return TroubleError(f"the database says: {said:.120}", "mend the query", "query")
    if code.startswith("42"):
        return TroubleError(f"the query cannot be read: {said:.120}", _LOOK, "query")
    return TroubleError(f"the database says: {said:.120} ({code})", "mend the query", "query")


def _select(connection: psycopg.Connection[Any], table: str | None, query: str | None) -> Any:
    """Give what stands after FROM: a table's quoted name, or the query in brackets."""
    from psycopg import sql

    connection.execute("SELECT 1")  # from now on nobody can make the transaction write
    if query:
        return sql.SQL("(\n{}\n) AS asked").format(sql.SQL(_one_statement(query)))
    names = [str(row[0]) for row in connection.execute(_TABLES).fetchall()]
    assert table is not None  # noqa: S101  the caller has seen to it
    known = table if "." in table else f"public.{table}"
    if known not in names:
        near = nearest_names(known, names)
        raise TroubleError(f"the database has no table '{table:.80}'", near, "table")
    return sql.Identifier(*known.split(".", 1))


_TABLES = """
SELECT schemaname || '.' || tablename FROM pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'spatial_ref_sys'
UNION ALL SELECT schemaname || '.' || viewname FROM pg_views
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
   AND viewname NOT IN ('geometry_columns', 'geography_columns', 'raster_columns',
                        'raster_overviews')
UNION ALL SELECT schemaname || '.' || matviewname FROM pg_matviews
ORDER BY 1
"""


def _one_statement(query: str) -> str:
    """Give a query without the semicolon at its end.

    Examples
    --------
    >>> _one_statement("SELECT 1 ; ")
    'SELECT 1'
    """
    return query.strip().rstrip(";").rstrip()


def _columns(connection: psycopg.Connection[Any], inner: Any) -> tuple[list[str], list[str]]:
    """Give the names of all columns, and those that are geometries."""
    from psycopg import sql

    ask = "SELECT oid FROM pg_type WHERE typname IN ('geometry', 'geography')"
    kinds = {int(row[0]) for row in connection.execute(ask).fetchall()}
    empty = sql.SQL("SELECT * FROM {} LIMIT 0").format(inner)
    with connection.cursor(binary=True) as cursor:  # binary: two statements in one are refused
        found = cursor.execute(empty).description or []
    names = [column.name for column in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        todo = "give one another name: SELECT … AS …"
        raise TroubleError(f"two columns are called '{twice[0]}'", todo, "query")
    return names, [column.name for column in found if column.type_code in kinds]


def _fetched(
    connection: psycopg.Connection[Any],
    inner: Any,
    columns: list[str],
    shapes: list[str],
    limit_bytes: int,
    progress: Rows,
) -> pd.DataFrame:
    """Read all rows, batch by batch; geometries come as EWKB, arcs drawn straight."""
    from psycopg import sql

    line = "ST_AsEWKB(CASE WHEN ST_HasArc({0}::geometry) THEN ST_CurveToLine({0}::geometry) "
    line += "ELSE {0}::geometry END) AS {0}"
    chosen = [
        sql.SQL(line).format(sql.Identifier(name)) if name in shapes else sql.Identifier(name)
        for name in columns
    ]
    ask = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(chosen), inner)
    parts, done, size = [pd.DataFrame(columns=columns, dtype=object)], 0, 0
    with connection.cursor("siteplanner") as cursor:
        cursor.itersize = BATCH
        cursor.execute(ask)
        while rows := cursor.fetchmany(BATCH):
            size += sum(len(one) for row in rows for one in row if isinstance(one, bytes | str))
            if size > limit_bytes:
                found = f"the rows have {size / 1e9:.1f} GB or more, and the limit is "
                found += f"{limit_bytes / 1e9:g} GB"
                todo = "ask for fewer rows, or allow more: siteplanner fetch --limit-gb …"
                raise TroubleError(found, todo, "query")
            parts.append(pd.DataFrame(rows, columns=columns, dtype=object))
            done += len(rows)
            progress(done, None)
    if not done:
        raise TroubleError("the database gives no row", "look at the table or the query", "table")
    found_all = pd.concat(parts[1:], ignore_index=True)
    return found_all.assign(
        **{name: plain(found_all[name]) for name in columns if name not in shapes}
    )


def _placed(
    connection: psycopg.Connection[Any], found: pd.DataFrame, name: str
) -> gpd.GeoDataFrame:
    """Make geometries of EWKB, all in the one reference system they say."""
    shapes = shapely.from_wkb(found[name].map(lambda one: None if one is None else bytes(one)))
    numbers = sorted({int(one) for one in np.unique(shapely.get_srid(shapes[shapes != None]))})  # noqa: E711
    if len(numbers) > 1:
        said = ", ".join(str(one) for one in numbers[:5])
        todo = 'bring them into one: query = "SELECT …, ST_Transform(geom, 4326) AS geom FROM …"'
        raise TroubleError(f"the rows have several reference systems: {said}", todo, "table")
    crs = _crs(connection, numbers[0]) if numbers and numbers[0] else None
    others = found.drop(columns=name)
    keyed = others.assign(geometry=shapely.to_wkb(shapes))
    order = np.argsort(hashed(keyed), kind="stable")
    table = gpd.GeoDataFrame(others, geometry=shapely.set_srid(shapes, 0), crs=crs)
    return table.iloc[order].reset_index(drop=True)


def _crs(connection: psycopg.Connection[Any], srid: int) -> CRS | None:
    """Look a reference system up where the database keeps them."""
    ask = "SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s"
    row = connection.execute(ask, [srid]).fetchone()
    for wanted in (f"{row[0]}:{row[1]}", row[2]) if row else (f"EPSG:{srid}",):
        try:
            return CRS.from_user_input(wanted)
        except CRSError:
            continue
    return None


def write_copy(table: gpd.GeoDataFrame | pd.DataFrame, path: Path) -> None:
    """Write rows as GeoParquet: the same rows give the same bytes.

    Parameters
    ----------
    table
        The rows.
    path
        Where to.
    """
    table.to_parquet(path, index=False, compression="zstd")
