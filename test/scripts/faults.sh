#!/bin/sh
# Runs the long fault scenarios (all, or those that match $RUN) and keeps their
# verdicts and figures in test/faults.md.
set -eu
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
go test -tags 'e2e faults' -count=1 -timeout 120m -v -run "${RUN:-TestFault}" ./test/e2e >"$log" 2>&1 || code=$?
cat "$log"
{
	echo "# The last run of \`make test-faults\`"
	echo
	echo "$(date -u +%F), $(git describe --always --dirty), $(nproc) CPUs, $(go version | cut -d' ' -f3)."
	echo
	sed -n 's/^ *--- \([A-Z]*\): \([^ ]*\) (\(.*\))$/- \1 \2 (\3)/p; s/^ *[a-z_]*\.go:[0-9]*: figure: /  - /p' "$log"
} >test/faults.md
exit "$code"
