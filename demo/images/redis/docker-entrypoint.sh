#!/bin/sh
# What the official entrypoint does: options alone mean redis-server, and the
# server runs as the user redis, who owns /data. Debian builds with protected
# mode on; the official image leaves closing the port to whoever publishes it.
set -eu
case ${1:-} in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ]; then
  shift
  set -- redis-server "$@" --protected-mode no
  if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    set -- setpriv --reuid=redis --regid=redis --init-groups "$@"
  fi
fi
exec "$@"
