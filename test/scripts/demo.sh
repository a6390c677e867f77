#!/bin/sh
# The main job on real parts: render, apply, wait, look.
set -eu
lab=bin/lab
"$lab" up
KUBECONFIG=$("$lab" kubeconfig)
PATH=$PWD/bin:$(dirname "$(dirname "$KUBECONFIG")")/bin:$PATH
export KUBECONFIG PATH

step() { printf '\n$ %s\n' "$1"; }

step 'kubectl apply -k "$(kubectl nifi init prod -f test/demo/nificluster.yaml --create-namespace)"'
kubectl apply -k "$(kubectl nifi init prod -f test/demo/nificluster.yaml --dir demo/prod --create-namespace)"

step 'kubectl rollout status statefulset/prod -n nifi'
start=$(date +%s)
kubectl rollout status statefulset/prod -n nifi --timeout 10m
echo "three nodes joined in $(($(date +%s) - start)) s"

step 'kubectl nifi status prod -n nifi'
kubectl nifi status prod -n nifi

cat <<EOF

Look around yourself:
  export KUBECONFIG=$KUBECONFIG PATH=$PWD/bin:$(dirname "$(dirname "$KUBECONFIG")")/bin:\$PATH
  kubectl nifi status prod -n nifi -o wide
  kubectl port-forward -n nifi service/prod-ui 8443   # then https://localhost:8443/nifi with the certificate in Secret prod-admin-tls
Take it down again:
  make demo-down
EOF
