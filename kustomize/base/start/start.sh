#!/bin/sh
# Prepares the image's conf/ for this node, then becomes NiFi. It runs at every
# start of the container and finds conf/ as the image made it each time.
set -eu
trap 'exit 143' TERM INT # a shell that is process 1 ignores TERM otherwise
umask 027
export LC_ALL=C

start=/etc/nifi/start
seed=/etc/nifi/seed
tls=/etc/nifi/tls
NIFI_HOME="${NIFI_HOME:-/opt/nifi/nifi-current}"
POD_FQDN="$POD_NAME.$HEADLESS_DOMAIN"
export NIFI_HOME POD_FQDN
cd "$NIFI_HOME"

die() {
	echo "kubectl-nifi: $*" >&2
	exit 1
}

[ -w conf/nifi.properties ] || die "conf/nifi.properties is missing or read-only: the container engine mounted an empty volume over the image's conf/ (CRI-O: image_volumes must not be bind)"
[ -w state ] || die "the state volume can't be written by uid $(id -u): its driver ignores fsGroup; give the volume's root to gid 1000"
. "$start/stores.sh"

# Python processors, where the image has what they need.
: >conf/python.properties
if ls lib/nifi-py4j-nar-*.nar >/dev/null 2>&1 && command -v python3 >/dev/null; then
	echo "nifi.python.command=python3" >conf/python.properties
fi

# The image's defaults differ between releases, so ours are laid over them.
awk -f "$start/merge-properties.awk" conf/nifi.properties conf/python.properties "$start"/*.properties >conf/nifi.properties.new
mv conf/nifi.properties.new conf/nifi.properties
for file in authorizers.xml state-management.xml logback.xml login-identity-providers.xml; do
	[ ! -e "$start/$file" ] || cat "$start/$file" >"conf/$file"
done

# One more -Xmx would be a gamble on the order of arguments: replace the lines.
sed -i -e "s|^java\.arg\.2=.*|java.arg.2=-Xms$JVM_HEAP|" -e "s|^java\.arg\.3=.*|java.arg.3=-Xmx$JVM_HEAP|" conf/bootstrap.conf
cat >>conf/bootstrap.conf <<-EOF

	management.server.address=http://127.0.0.1:52020
	java.arg.exitOnOutOfMemory=-XX:+ExitOnOutOfMemoryError
	java.arg.logbackShutdown=-DlogbackDisableServletContainerInitializer=true
EOF

# The first flow and the first users, on a virgin volume only: NiFi itself
# deletes flow.json.gz for a moment at each save. The flow comes last, so that
# a crash in between seeds again.
if [ ! -e state/flow.json.gz ] && [ ! -e state/local ]; then
	for file in users.xml authorizations.xml; do
		cat "$seed/$file" >"state/$file.new"
		mv "state/$file.new" "state/$file"
	done
	gzip -nc "$seed/flow.json" >state/flow.json.gz.new
	mv state/flow.json.gz.new state/flow.json.gz
fi

exec bin/nifi.sh run
