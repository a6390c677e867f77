#!/bin/sh
# Whole processes against kubectl, as ratios, and by themselves. Needs the
# demo's cluster. Then the same commands on clusters of 3 and of 20 nodes that
# are in the test's own process.
set -eu
bench() { go run ./test/bench -n "${RUNS:-15}" "$@"; }
bench 'kubectl-nifi init prod --dir demo/prod' 'kubectl kustomize demo/prod'
bench 'kubectl-nifi status prod -n nifi' 'kubectl get pods -n nifi'
bench 'kubectl-nifi diagnose prod -n nifi' 'kubectl get pods -n nifi'
for command in status diagnose; do
  go run ./test/bench -n "${RUNS:-60}" "kubectl-nifi $command prod -n nifi"
done
go test ./plugin -run '^$' -bench Commands -benchtime "${RUNS:-60}x"
