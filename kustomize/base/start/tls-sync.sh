#!/bin/sh
# Writes this node's private key, certificate and truststore where NiFi reads
# them, as plain files renamed into place: NiFi's watcher never fires for the
# symbolic links of a Secret volume. `tls-sync.sh wait` only gives the first
# certificate a moment to arrive.
#
# The truststore is the union of every anchor in the cluster's own certificate
# Secrets and <cluster>-trust. An anchor stays ten minutes after it was last
# seen there, so that nobody is forgotten in the middle of a change.
set -eu
trap 'exit 0' TERM INT
umask 027
export LC_ALL=C

source=${TLS_SOURCE:-/etc/nifi/tls-source}
target=${TLS_TARGET:-/etc/nifi/tls}
work=${TLS_WORK:-/work}
keep_minutes=${TLS_KEEP_MINUTES:-10}
own="$source/$POD_NAME"

say() { # LEVEL EVENT REST: one line of JSON; REST starts with a comma or is empty
	printf '{"time":"%s","level":"%s","logger":"tls-sync","pod":"%s","event":"%s"%s}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$POD_NAME" "$2" "$3"
}

# split DIRECTORY: certificates on stdin, each into a file of its own, any
# text between them dropped.
split() {
	rm -rf "$1" && mkdir -p "$1"
	tr -d '\r' | awk -v dir="$1" '
		/^-----BEGIN CERTIFICATE-----$/ { inside = 1; file = sprintf("%s/%04d.pem", dir, ++n) }
		inside { print > file }
		/^-----END CERTIFICATE-----$/ { if (inside) close(file); inside = 0 }'
}

# fingerprint FILE: SHA-256 of the certificate's DER; fails on what isn't one
# whole DER sequence (X.690: 0x30 0x82, two bytes of length, the rest).
fingerprint() {
	sed -n '/^-----BEGIN/,/^-----END/{/^-----/d;p;}' "$1" | base64 -d >"$work/der" 2>/dev/null || return 1
	set -- $(head -c 4 "$work/der" | od -An -tu1)
	[ $# -eq 4 ] && [ "$1 $2" = "48 130" ] && [ "$(wc -c <"$work/der")" -eq $(($3 * 256 + $4 + 4)) ] || return 1
	sha256sum <"$work/der" | cut -c 1-64
}

# json_list: lines on stdin as a JSON list of strings.
json_list() { awk 'BEGIN { printf "[" } { printf "%s\"%s\"", (NR > 1 ? "," : ""), $0 } END { printf "]" }'; }

# gather: renews the stock of anchors, one file each, named by fingerprint and
# dated when last seen.
gather() {
	mkdir -p "$work/anchors"
	for file in "$source"/*/ca.crt "$source"/*.crt "$source"/*.pem; do
		[ -s "$file" ] || continue
		split "$work/incoming" <"$file"
		for certificate in "$work"/incoming/*.pem; do
			[ -e "$certificate" ] || continue
			if name=$(fingerprint "$certificate"); then
				mv -f "$certificate" "$work/anchors/$name.pem"
				touch "$work/anchors/$name.pem"
			else
				say error "anchor-refused" ",\"file\":\"${file#"$source"/}\",\"reason\":\"no well-formed certificate\""
			fi
		done
	done
	find "$work/anchors" -name '*.pem' -mmin "+$keep_minutes" -exec rm -f {} +
}

# sound: is the key one NiFi reads, the chain well-formed, and are they a pair?
sound() {
	case $(head -n 1 "$own/tls.key") in
	"-----BEGIN PRIVATE KEY-----" | "-----BEGIN RSA PRIVATE KEY-----") ;;
	*) reason="the key is neither PKCS#8 nor PKCS#1 (spec.privateKey.encoding)" && return 1 ;;
	esac
	split "$work/chain" <"$own/tls.crt"
	fingerprint "$work/chain/0001.pem" >/dev/null 2>&1 || { reason="tls.crt holds no well-formed certificate" && return 1; }
	command -v openssl >/dev/null || return 0
	[ "$(openssl pkey -in "$own/tls.key" -pubout 2>/dev/null)" = "$(openssl x509 -in "$work/chain/0001.pem" -noout -pubkey 2>/dev/null)" ] ||
		{ reason="key and certificate are of different pairs" && return 1; }
}

# put FROM NAME: replaces a file in one step, if it differs.
put() {
	cmp -s "$1" "$target/$2" && return 0
	cat "$1" >"$target/.$2.new"
	chmod 0440 "$target/.$2.new"
	mv -f "$target/.$2.new" "$target/$2"
	changed=yes
}

# publish: truststore first and certificate last, so that whoever sees a new
# certificate finds what it needs beside it.
publish() {
	changed=no
	gather
	if ls "$work"/anchors/*.pem >/dev/null 2>&1; then
		cat "$work"/anchors/*.pem >"$work/ca.crt"
		put "$work/ca.crt" ca.crt
	fi
	if [ -s "$own/tls.crt" ] && [ -s "$own/tls.key" ] && [ -s "$target/ca.crt" ]; then
		if sound; then
			put "$own/tls.key" tls.key
			put "$own/tls.crt" tls.crt
		elif [ "$reason" != "${last_reason:-}" ]; then
			last_reason=$reason
			say error "certificate-refused" ",\"reason\":\"$reason\""
		fi
	fi
	[ "$changed" = no ] || report
}

report() {
	[ -s "$target/tls.crt" ] || return 0
	anchors=$(ls "$work/anchors" | sed 's/\.pem$//' | json_list)
	split "$work/chain" <"$target/tls.crt"
	chain=$(for file in "$work"/chain/*.pem; do fingerprint "$file"; done | json_list)
	say info "published" ",\"chain\":$chain,\"anchors\":$anchors"
}

mkdir -p "$work"
if [ "${1:-}" = wait ]; then
	for _ in 1 2 3 4; do
		[ ! -s "$own/tls.crt" ] || exit 0
		sleep 1
	done
	exit 0
fi

# The link ..data moves at each change of the volume; anchors age without one.
seen="" age=0
while :; do
	now=$(readlink "$source/..data" || echo none)
	if [ "$now" != "$seen" ] || [ "$age" -ge 30 ]; then
		publish
		seen=$now age=0
	fi
	[ "${1:-}" != once ] || exit 0
	age=$((age + 1))
	sleep 2 &
	wait $!
done
