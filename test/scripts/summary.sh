#!/bin/sh
# summary.sh LOG: the least one must see of a failed `go test -v`, for readers
# who get no more than the last lines: what failed after how long, why, and
# where a test that ran out of time was waiting.
set -eu
log=$1
echo "--- what failed"
grep -E '^ *--- FAIL|^FAIL' "$log" | cut -c1-120 || true
awk '/Error Trace:/ { print substr($0, 1, 160) } /Error:  / { show = 3 } show > 0 { print substr($0, 1, 300); show-- }' "$log" | head -8
awk '/^panic: / { print substr($0, 1, 200) } /running tests:/ { show = 4 } show > 0 { print; show-- }' "$log"
grep -E '^	.*/test/e2e/[a-z_]+\.go:[0-9]+' "$log" | sed 's/.*\/test/	test/' | head -8 || true
