# Read by start.sh: the stores that NiFi starts with are PEM files of tls-sync.
for file in ca.crt tls.key tls.crt; do
	[ -s "$tls/$file" ] || die "$tls/$file is missing: see the log of container tls-sync"
done
