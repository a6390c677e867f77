#!/bin/sh
# ca.sh mint|serve: the tls-toolkit's certificate authority. Its root is minted
# once, on an empty volume, and never again: the toolkit would make another one
# under the same name wherever it finds none, and it writes its keystore anew at
# every start, so it works on a copy in memory.
set -eu
trap 'exit 143' TERM INT
umask 077
export LC_ALL=C

# work goes to an empty folder in memory with the toolkit's configuration:
# work PORT DAYS.
work() {
	rm -rf /scratch/ca
	mkdir /scratch/ca
	cd /scratch/ca
	printf '{"caHostname":"%s","dn":"%s","port":%s,"token":"%s","keyStore":"keystore.jks","keyStoreType":"jks","keyStorePassword":"%s","keyPassword":"%s","days":%s}\n' \
		"$CA_HOST" "$CA_DN" "$1" "$(cat /etc/nifi/ca/token)" "$(cat /ca/password)" "$(cat /ca/password)" "$2" >config.json
}

# mint has the toolkit itself make the root: it writes the name as it will in
# every leaf. keytool encodes it otherwise, which Java forgives and OpenSSL and
# Go do not. It listens where nobody asks, and ends with this container.
mint() {
	[ ! -s /ca/keystore.jks ] || return 0
	head -c 24 /dev/urandom | base64 | tr '+/' '-_' >/ca/password
	work "$((CA_PORT + 1))" 3650
	"$NIFI_TOOLKIT_HOME/bin/tls-toolkit.sh" server -F -f config.json >log 2>&1 &
	until grep -q 'Server Started' log; do # its keystore is written by then
		kill -0 "$!" 2>/dev/null || { cat log >&2; exit 1; }
		sleep 1
	done
	cat keystore.jks >/ca/keystore.new
	sync
	mv /ca/keystore.new /ca/keystore.jks
	sync
	echo "kubectl-nifi: minted a root for $CA_DN"
}

serve() {
	work "$CA_PORT" 825
	cat /ca/keystore.jks >keystore.jks
	exec "$NIFI_TOOLKIT_HOME/bin/tls-toolkit.sh" server -F -f config.json
}

"$1"
