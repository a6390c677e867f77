#!/bin/sh
# with-lab.sh COMMAND…: runs a command against the lab, which is brought up for
# it and taken down again unless it was up before.
set -eu
lab=bin/lab
was=down
if "$lab" kubeconfig >/dev/null 2>&1; then was=up; fi # a busy one may miss the deadline of status
finish() {
	code=$?
	trap - EXIT
	[ "$was" = up ] || "$lab" down
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$lab" up
KUBECONFIG=$("$lab" kubeconfig)
KUBECTL_NIFI=$PWD/bin/kubectl-nifi
PATH=$PWD/bin:$(dirname "$(dirname "$KUBECONFIG")")/bin:$PATH
export KUBECONFIG KUBECTL_NIFI PATH
"$@"
