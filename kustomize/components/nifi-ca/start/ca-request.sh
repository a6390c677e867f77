#!/bin/sh
# Asks the certificate authority for this node's stores at every start, so that
# a restart is all it takes to follow a new root. While nobody answers, stores
# that the node has kept and that are still valid are good enough. This
# container reads the state volume for that and never copies from it: it holds
# the token, and NiFi, which writes there, must not get at it.
set -eu
trap 'exit 143' TERM INT
umask 077
export LC_ALL=C

new=/etc/nifi/tls
kept=/state/tls
tries=3       # of a node that has kept its stores; another one waits
leaf_days=825 # what the tls-toolkit gives a leaf (TlsConfig.DEFAULT_DAYS)

say() { echo "kubectl-nifi: $*"; }

# ask writes this node's stores; its configuration, with the token in it, stays
# in memory.
ask() {
	rm -rf /scratch/ask
	mkdir /scratch/ask
	cd /scratch/ask
	head -c 24 /dev/urandom | base64 | tr '+/' '-_' >password
	printf '{"caHostname":"%s","port":%s,"token":"%s","dn":"%s","domainAlternativeNames":%s,"keyStore":"keystore.jks","keyStoreType":"jks","trustStore":"truststore.jks","trustStoreType":"jks","keyStorePassword":"%s","keyPassword":"%s","trustStorePassword":"%s"}\n' \
		"$CA_HOST" "$CA_PORT" "$(cat /etc/nifi/ca/token)" "$NODE_DN" "$NODE_NAMES" "$(cat password)" "$(cat password)" "$(cat password)" >config.json
	timeout 60 "$NIFI_TOOLKIT_HOME/bin/tls-toolkit.sh" client -F -f config.json -C . >&2 || return 1
	[ -s keystore.jks ] && [ -s truststore.jks ]
}

# valid tells that there are stores of an earlier start, not as old as a leaf
# may get.
valid() {
	[ -s "$kept/keystore.jks" ] && [ -s "$kept/truststore.jks" ] && [ -s "$kept/password" ] &&
		[ -n "$(find "$kept/keystore.jks" -mtime "-$leaf_days")" ]
}

try=1
while ! ask; do
	if valid && [ "$try" -ge "$tries" ]; then
		say "$CA_HOST gave no certificate: going on with the stores of an earlier start"
		exit 0
	fi
	say "$CA_HOST gave no certificate (attempt $try): asking again"
	try=$((try + 1))
	sleep 5
done
for file in truststore.jks password keystore.jks; do # the keystore last: it says that all is there
	cat "/scratch/ask/$file" >"$new/$file"
done
rm -rf /scratch/ask
say "new stores for $NODE_DN from $CA_HOST"
