#!/bin/sh
# e2e.sh COMMAND…: gives the lab's nodes the image of nifi-healer, built from
# this checkout, then runs tests, keeps what they say of faults, and ends with a
# summary if they failed.
set -eu
architecture=$(go env GOARCH)
go run ./test/image -dir bin -arch "$architecture"
bin/lab image load "bin/nifi-healer-$architecture.tar"
log=bin/e2e.log
commit=$(git describe --always --dirty)
code=0
rm -f "$log.code"
{ "$@" 2>&1 || echo "$?" >"$log.code"; } | tee "$log"
test/scripts/verdicts.sh "$log" "$commit"
if [ -f "$log.code" ]; then
	code=$(cat "$log.code")
	test/scripts/summary.sh "$log"
fi
exit "$code"
