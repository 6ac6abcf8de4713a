"""The SQL and psql scripts of backups and restores, as text.

Object names go through `identifier` and `literal`, or through the server's own
``format``; nothing else is put into a statement.
"""

from __future__ import annotations

#: Tables that a dump holds the rows of. Those of an extension come with it.
_TABLES = """
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname <> 'information_schema'
    and n.nspname !~ '^pg_'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
      and d.objid = c.oid and d.deptype = 'e')
"""

#: Answers one JSON object a line for each table, then for each revision.
COUNTS = f"""
select format('select json_build_object(''schema'', %L, ''table'', %L,
  ''rows'', (select count(*) from only %I.%I))',
  n.nspname, c.relname, n.nspname, c.relname)
{_TABLES} order by n.nspname, c.relname
\\gexec
select 'select json_build_object(''revision'', version_num) from alembic_version'
  where to_regclass('alembic_version') is not null
\\gexec
"""  # noqa: S608 - names are put in by the server's format()

FACTS = """
select json_build_object('facts', json_build_object(
  'server', current_setting('server_version'),
  'owner', pg_get_userbyid(d.datdba),
  'encoding', pg_encoding_to_char(d.encoding),
  'collate', d.datcollate, 'ctype', d.datctype,
  'settings', coalesce((select json_agg(s) from pg_db_role_setting r,
     unnest(r.setconfig) s where r.setdatabase = d.oid and r.setrole = 0), '[]'),
  'roles', coalesce((select json_agg(distinct a.rolname)
     from pg_shdepend p join pg_roles a on a.oid = p.refobjid
     where p.refclassid = 'pg_authid'::regclass and p.dbid = d.oid), '[]')))
from pg_database d where d.datname = current_database();
"""

_PG_DUMP = (
    "pg_dump --format=custom --no-password --lock-wait-timeout=60000 "
    '--snapshot="$SNAPSHOT"'
)

#: Counts and dumps in one transaction: what psql prints goes to stderr, the
#: dump to stdout. ``\!`` does not tell psql how its command ended, so that says
#: it itself.
DUMP = rf"""
\set ON_ERROR_STOP on
\o |cat >&2
begin isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \gset
\setenv SNAPSHOT :snapshot
{FACTS}
{COUNTS}
\! {_PG_DUMP}; echo "{{\"dumped\": $?}}" >&2
commit;
"""

COUNT = rf"""
\set ON_ERROR_STOP on
begin isolation level repeatable read read only;
{COUNTS}
commit;
"""

#: Databases that hold something: the maintenance database only if it does.
DATABASES = """
select datname from pg_database
where not datistemplate and datallowconn order by datname
"""
IS_EMPTY = f"select count(*) {_TABLES}"


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a string; a backslash counts for nothing special."""
    return "'" + text.replace("'", "''") + "'"


def create(name: str, owner: str, encoding: str, collate: str, ctype: str) -> str:
    """Return the statement that makes an empty database; empty ones are default."""
    parts = [f"create database {identifier(name)} template template0"]
    parts += [f"owner {identifier(owner)}"] if owner else []
    parts += [f"encoding {literal(encoding)}"] if encoding else []
    parts += [f"lc_collate {literal(collate)}"] if collate else []
    parts += [f"lc_ctype {literal(ctype)}"] if ctype else []
    return " ".join(parts)


def setting(database: str, said: str) -> str:
    """Return the statement for one ``key=value`` of a database's settings."""
    key, _, value = said.partition("=")
    # A list of schemas is stored with each one quoted already.
    shown = value if key == "search_path" else literal(value)
    return f"alter database {identifier(database)} set {identifier(key)} to {shown}"


def missing_roles(roles: tuple[str, ...]) -> str:
    """Return the query for those of some roles that the server lacks."""
    listed = ", ".join(f"({literal(role)})" for role in roles)
    return (
        f"select r from (values {listed}) v(r) "  # noqa: S608 - quoted above
        "where not exists (select from pg_roles where rolname = r)"
    )


def rename(database: str, old: str, fresh: str) -> str:
    """Return the statements that swap two databases at once, or not at all."""
    parts = ["begin"]
    if old:
        parts.append(
            f"alter database {identifier(database)} rename to {identifier(old)}"
        )
    parts.append(f"alter database {identifier(fresh)} rename to {identifier(database)}")
    return "; ".join([*parts, "commit"])


def terminate(database: str) -> str:
    """Return the query that ends every session of a database but its own."""
    return (
        "select pg_terminate_backend(pid) from pg_stat_activity "  # noqa: S608 - quoted
        f"where datname = {literal(database)} and pid <> pg_backend_pid()"
    )


def end_blocker(pid: int) -> str:
    """Return the query that ends one session, if it still keeps others waiting."""
    return (
        "select pg_terminate_backend(pid) from (select distinct "  # noqa: S608 - a number
        "unnest(pg_blocking_pids(pid)) as pid from pg_stat_activity) as blocking "
        f"where pid = {int(pid)}"
    )
