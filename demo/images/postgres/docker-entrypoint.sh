#!/bin/bash
# The parts of the official postgres entrypoint that a Compose stack relies on:
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (and their _FILE forms), PGDATA,
# POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD, /docker-entrypoint-initdb.d,
# no start with an empty password, no second initialisation, not run as root.
# The messages are worded as there, because people search for them.
set -Eeuo pipefail

fail() { printf 'Error: %s\n' "$@" >&2; exit 1; }

from_file() { # NAME: take NAME's value from the file that NAME_FILE names
  local file=${1}_FILE
  [ -z "${!file:-}" ] || export "$1=$(<"${!file}")"
}

run_init_file() {
  case $1 in
    *.sh) echo "$0: running $1"; if [ -x "$1" ]; then "$1"; else . "$1"; fi ;;
    *.sql) echo "$0: running $1"; "${psql[@]}" -f "$1" ;;
    *.sql.gz) echo "$0: running $1"; gunzip -c "$1" | "${psql[@]}" ;;
    *) echo "$0: ignoring $1" ;;
  esac
}

initialise() {
  [ -n "$POSTGRES_PASSWORD" ] || [ "${POSTGRES_HOST_AUTH_METHOD:-}" = trust ] || fail \
    'Database is uninitialized and superuser password is not specified.' \
    'You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.'
  # shellcheck disable=SC2086  # POSTGRES_INITDB_ARGS is a list of options
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  export PGPASSWORD=$POSTGRES_PASSWORD
  psql=(psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB")
  [ "$POSTGRES_DB" = postgres ] || "${psql[@]}" --dbname postgres -v db="$POSTGRES_DB" \
    <<<'CREATE DATABASE :"db";'
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    [ ! -f "$file" ] || run_init_file "$file"
  done
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

case ${1:-} in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  find "$PGDATA" ! -user postgres -exec chown postgres {} +
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do from_file "$name"; done
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_PASSWORD=${POSTGRES_PASSWORD:-}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
if [ -s "$PGDATA/PG_VERSION" ]; then
  printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
else
  initialise
fi
exec "$@"
