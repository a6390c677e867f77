#!/bin/sh
# Brings a lab up, runs a pod on each node, takes it down, and compares the
# machine with what it was before. Prints what differs and fails if anything
# does. Run as root from the project's folder, with no lab up.
set -eu

before=$(mktemp -d) after=$(mktemp -d) lab=$(mktemp -d)/lab
# A lab whose folder is gone could no longer be taken down.
trap 'go run ./test/lab down >/dev/null && rm -rf "$before" "$after" "$lab"' EXIT

# kernel prints the settings that a kubelet is known to change.
kernel() {
    for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
        kernel/keys/root_maxkeys kernel/keys/root_maxbytes net/ipv4/ip_forward; do
        echo "$name $(cat "/proc/sys/$name")"
    done
}

# processes prints live ones that a lab could have started.
processes() {
    ps -eo stat,args --no-headers | grep -E "$lab|containerd|/pause" | grep -vE '^Z|grep|check-down' || true
}

snapshot() {
    iptables-save >"$1/iptables"
    ip6tables-save >"$1/ip6tables"
    ip -brief link >"$1/interfaces"
    ip route >"$1/routes"
    ip netns >"$1/namespaces"
    awk '{print $5, $9}' /proc/self/mountinfo | sort >"$1/mounts"
    find /sys/fs/cgroup -type d -name '*kubectl-nifi-lab*' | sort >"$1/cgroups"
    ls -d /run/* /var/lib/* /var/log/* /etc/* /opt/* >"$1/folders"
    kernel >"$1/kernel"
    processes >"$1/processes"
}

pods='
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: check, namespace: default}
spec:
  selector: {matchLabels: {app: check}}
  template:
    metadata: {labels: {app: check}}
    spec:
      containers:
      - {name: check, image: "apache/nifi:2.3.0", command: [sleep, "600"], volumeMounts: [{name: memory, mountPath: /memory}]}
      volumes: [{name: memory, emptyDir: {medium: Memory}}]
'

if go run ./test/lab kubeconfig >/dev/null 2>&1; then
    trap - EXIT
    echo "a lab is up: take it down first" >&2
    exit 2
fi
export KUBECTL_NIFI_LAB_DIR="$lab"
snapshot "$before"
go run ./test/lab up
echo "$pods" | go run ./test/lab kubectl apply -f -
go run ./test/lab kubectl rollout status daemonset/check --timeout=60s
go run ./test/lab down
snapshot "$after"
diff -r "$before" "$after" && echo "nothing is left behind"
