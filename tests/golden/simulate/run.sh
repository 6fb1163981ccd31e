#!/bin/sh
# run.sh KUBESTEP FOLDER - `kubestep simulate` on the folder's cluster*.yaml and workload.yaml, with its compare.yaml and the
# words of its file args if there are any, must print expected.txt: stdout, stderr, exit code.   UPDATE=1 writes it anew.
kubestep=$1
cd "$2" || exit 2
got=$(mktemp) || exit 2
trap 'rm -f "$got"' EXIT
set -- -f workload.yaml
for file in cluster*; do set -- "$@" --cluster "$file"; done
[ -f config.yaml ] && set -- "$@" --config config.yaml
[ -f compare.yaml ] && set -- "$@" --compare compare.yaml
[ -f args ] && set -- "$@" $(cat args)
COLUMNS=80 "$kubestep" simulate "$@" >"$got" 2>&1 </dev/null
echo "exit code $?" >>"$got"
if [ -n "$UPDATE" ]; then
    cp "$got" expected.txt
else
    diff -u expected.txt "$got"
fi
