#!/bin/sh
# Runs the tls-toolkit's server. Its root is made once, on an empty volume, and
# never again: the toolkit would make another one under the same name wherever
# it finds none, and it writes its keystore anew at every start, so it works on
# a copy in memory.
set -eu
trap 'exit 143' TERM INT
umask 077
export LC_ALL=C

if [ ! -s /ca/keystore.jks ]; then
	head -c 24 /dev/urandom | base64 | tr '+/' '-_' >/ca/password
	rm -f /ca/keystore.new
	keytool -genkeypair -alias nifi-key -dname "$CA_DN" -validity 3650 \
		-keyalg RSA -keysize 3072 -sigalg SHA256withRSA \
		-ext bc:critical=ca:true -ext ku:critical=digitalSignature,keyEncipherment,keyCertSign,cRLSign -ext "san=dns:$CA_HOST" \
		-storetype JKS -keystore /ca/keystore.new -storepass:file /ca/password -keypass:file /ca/password
	mv /ca/keystore.new /ca/keystore.jks
	sync
fi
cat /ca/keystore.jks >/work/keystore.jks
printf '{"caHostname":"%s","dn":"%s","port":%s,"token":"%s","keyStore":"keystore.jks","keyStoreType":"jks","keyStorePassword":"%s","keyPassword":"%s","days":825}\n' \
	"$CA_HOST" "$CA_DN" "$CA_PORT" "$(cat /etc/nifi/ca/token)" "$(cat /ca/password)" "$(cat /ca/password)" >/work/config.json
cd /work
exec "$NIFI_TOOLKIT_HOME/bin/tls-toolkit.sh" server -F -f config.json
