#!/bin/sh
# run.sh ROUNDTRIP KUBESTEP WORK [SEEDS]: what kubestep convert prints of made-up objects, against upstream's serializers.
# Reads: the two programs, Go's module proxy or cache.   Writes: WORK.   Exit codes: 0 equal, 1 not, 77 skipped.
set -eu
roundtrip=$1 kubestep=$2 work=$3 seeds=${4:-3}
cd "$(dirname "$0")"

skip() {
    echo "skipped: $*"
    exit 77
}
command -v go >/dev/null || skip "no go"
case $(go env GOVERSION) in go1.1* | go1.20*) skip "go is older than 1.21" ;; esac

mkdir -p "$work"
if ! go build -buildvcs=false -o "$work/compare" . 2>"$work/build.log"; then
    cat "$work/build.log"
    if grep -qE 'dial tcp|no such host|i/o timeout|connection re|TLS handshake|proxyconnect|toolchain not available|module lookup disabled' \
        "$work/build.log"; then
        skip "modules cannot be fetched"
    fi
    exit 1
fi
rm -rf "$work/objects"
mkdir "$work/objects"
"$roundtrip" --seeds "$seeds" --write "$work/objects"
exec "$work/compare" "$kubestep" "$work/objects" refused.jsonl
