#!/bin/sh
# e2e.sh COMMAND…: gives the lab's nodes the image of nifi-healer, built from
# this checkout, then runs a command.
set -eu
architecture=$(go env GOARCH)
go run ./test/image -dir bin -arch "$architecture"
bin/lab image load "bin/nifi-healer-$architecture.tar"
exec "$@"
