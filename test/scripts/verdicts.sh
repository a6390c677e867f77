#!/bin/sh
# verdicts.sh LOG COMMIT: keeps the verdicts and figures of each fault scenario
# in the log of a `go test -v` of that commit in test/faults/.
set -eu
log=$1
where="$(date -u +%F), $2, $(nproc) CPUs, $(go version | cut -d' ' -f3)"
for name in $(sed -n 's/^--- [A-Z]*: \(TestFault[A-Za-z]*\) .*/\1/p' "$log"); do
	{
		echo "# $name"
		echo
		echo "The last run of \`make test-faults RUN=$name\`: $where."
		echo
		sed -n "/^=== RUN   $name\$/,/^--- [A-Z]*: $name /p" "$log" | sed -n 's/^ *[a-z_]*\.go:[0-9]*: figure: /- /p'
		echo
		sed -n "s/^ *--- \([A-Z]*\): \($name[^ ]*\) (\(.*\))\$/- \1 \2 (\3)/p" "$log"
	} >"test/faults/$name.md"
done
