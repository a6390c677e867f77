#!/bin/sh
# Starts NiFi as the official bin/nifi.sh does with `run`: as the process that
# called it, with the class path and arguments that NiFi's bootstrap works out
# (StandardProcessBuilderProvider.java).
set -u

fail() {
    echo "Failed to get run command"
    [ -d "${NIFI_LOG_DIR:-}" ] && echo "$1" >>"$NIFI_LOG_DIR/nifi-bootstrap.log"
    exit 1
}

# bootstrap KEY: a value of conf/bootstrap.conf.
bootstrap() { sed -n "s/^$1=//p" "$NIFI_HOME/conf/bootstrap.conf" | tail -n 1; }

# property KEY: a value of conf/nifi.properties.
property() { sed -n "s/^$1=//p" "$NIFI_HOME/conf/nifi.properties" | tail -n 1; }

# java_args: every java.arg* that isn't blank, sorted by name.
java_args() {
    grep '^java\.arg' "$NIFI_HOME/conf/bootstrap.conf" | LC_ALL=C sort -t= -k1,1 | sed -n 's/^[^=]*=//; /[^[:blank:]]/p'
}

# class_path: conf/ and every jar in lib/.
class_path() {
    printf '%s/conf' "$NIFI_HOME"
    for jar in "$NIFI_HOME"/lib/*.jar; do printf ':%s' "$jar"; done
}

# NiFi's bootstrap generates stores when the default ones are named, their
# passwords are blank and their files absent, and fails at that with type PEM
# (SecurityApplicationPropertyHandler.java).
check_stores() {
    keystore=$(property nifi.security.keystore) truststore=$(property nifi.security.truststore)
    [ -n "$(property nifi.web.https.port)" ] && [ -n "$keystore" ] && [ -n "$truststore" ] || return 0
    [ -z "$(property nifi.security.keystorePasswd)" ] && [ -z "$(property nifi.security.truststorePasswd)" ] || return 0
    [ ! -e "$keystore" ] && [ ! -e "$truststore" ] || return 0
    [ "$(property nifi.security.keystoreType)" != PEM ] || fail "PEM KeyStore not available: nifi.security.keystore must be blank"
}

get_run_command() {
    [ -n "${NIFI_HOME:-}" ] && [ -r "$NIFI_HOME/conf/bootstrap.conf" ] || fail "NIFI_HOME not set"
    check_stores
    address=$(bootstrap management.server.address)
    address=${address#*://}
    echo "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
        --class-path "$(class_path)" \
        -Dorg.apache.nifi.bootstrap.config.log.dir="${NIFI_LOG_DIR:-$NIFI_HOME/logs}" \
        -Dnifi.properties.file.path="$NIFI_HOME/conf/nifi.properties" \
        -Dorg.apache.nifi.management.server.address="${address:-127.0.0.1:52020}" \
        "$(java_args)" \
        org.apache.nifi.NiFi
}

case "${1:-}" in
run)
    RUN_COMMAND=$(get_run_command) || { echo "$RUN_COMMAND"; exit 1; }
    cd "$NIFI_HOME" || exit 1
    # Unquoted like the official one: each argument is split on blanks.
    # shellcheck disable=SC2086
    exec $RUN_COMMAND
    ;;
*)
    echo "Usage nifi.sh run: the lab's image knows no other command" >&2
    exit 1
    ;;
esac
