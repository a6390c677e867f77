#!/bin/sh
# Whole processes against kubectl, as ratios. Needs the demo's cluster.
set -eu
bench() { go run ./test/bench -n "${RUNS:-15}" "$@"; }
bench 'kubectl-nifi init prod --dir demo/prod' 'kubectl kustomize demo/prod'
bench 'kubectl-nifi status prod -n nifi' 'kubectl get pods -n nifi'
bench 'kubectl-nifi diagnose prod -n nifi' 'kubectl get pods -n nifi'
