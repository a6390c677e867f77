# Read by start.sh: the stores that NiFi starts with are those that ca-request
# left. They are kept on the state volume for a start while the certificate
# authority is away; whoever may run a script in NiFi has them anyway.
if [ -s "$tls/keystore.jks" ]; then
	rm -rf state/tls.new state/tls.old
	mkdir -m 700 state/tls.new
	for file in keystore.jks truststore.jks password; do
		cat "$tls/$file" >"state/tls.new/$file"
	done
	[ ! -e state/tls ] || mv state/tls state/tls.old
	mv state/tls.new state/tls
	rm -rf state/tls.old
fi
for file in keystore.jks truststore.jks password; do
	[ -s "state/tls/$file" ] || die "state/tls/$file is missing: see the log of container ca-request"
done
