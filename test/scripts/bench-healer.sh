#!/bin/sh
# nifi-healer beside a kopf operator that asks NiFi the same: memory and CPU time
# of both in one run. Needs root on Linux, and Python with venv for the peer,
# which is installed once into the user's cache.
set -eu
kopf=1.45.2
aiohttp=3.14.5
if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ]; then
	echo "bench-healer needs Linux and root, for a mount namespace of its own; nothing was measured" >&2
	exit 1
fi
venv=${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-nifi-bench/kopf-$kopf-aiohttp-$aiohttp-$(python3 -c 'import platform; print(platform.python_version())')
if [ ! -e "$venv/complete" ]; then
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet "kopf==$kopf" "aiohttp==$aiohttp"
	touch "$venv/complete"
fi
go build -o bin/bench-healer ./test/bench/healer
exec nice -n 10 bin/bench-healer -python "$venv/bin/python" "$@"
