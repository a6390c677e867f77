#!/bin/sh
# Starts the tls-toolkit as that of a newer release does. Since 1.12 the names in
# a client's configuration are a list; this one wants them as one text, and asks
# for the subject in an order of its own.
set -eu
umask 077
for argument; do
	if [ "$argument" = client ] && [ -s config.json ]; then
		jq 'if (.domainAlternativeNames | type) == "array" then .domainAlternativeNames |= join(",") else . end' config.json >config.json.new
		mv config.json.new config.json
	fi
done
# shellcheck disable=SC2086 # several options
exec java -cp "$NIFI_TOOLKIT_HOME/lib/*" ${JAVA_OPTS:--Xms128m -Xmx256m} org.apache.nifi.toolkit.tls.TlsToolkitMain "$@"
