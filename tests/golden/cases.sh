#!/bin/sh
# cases.sh PROGRAM FILE.cases - the outcomes in the file must be those that PROGRAM finds.   UPDATE=1 writes the file anew.
got=$(mktemp) || exit 2
trap 'rm -f "$got"' EXIT
"$1" "$2" >"$got" || exit 2
if [ -n "$UPDATE" ]; then
    cp "$got" "$2"
else
    diff -u "$2" "$got"
fi
