#!/bin/sh
# run.sh SCHEMAGEN DIR - every DIR/bad_*.api must be refused with exactly bad_*.expected on stderr and write nothing;
# good.api must give good.expected, twice the same.   UPDATE=1 writes the expected files anew.
schemagen=$1
cd "$2" || exit 2
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
failed=0

compare() { # NAME: $out/got against NAME.expected
    if [ -n "$UPDATE" ]; then
        cp "$out/got" "$1.expected"
    elif ! diff -u "$1.expected" "$out/got"; then
        echo "FAILED: $1"
        failed=1
    fi
}

for file in bad_*.api; do
    mkdir "$out/gen"
    "$schemagen" -o "$out/gen" "$file" >"$out/got" 2>&1
    status=$?
    if [ $status -ne 1 ] || [ -n "$(ls "$out/gen")" ]; then
        echo "FAILED: $file: exit status $status, files: $(ls "$out/gen")"
        failed=1
    fi
    compare "${file%.api}"
    rm -r "$out/gen"
done

for round in 1 2; do
    mkdir -p "$out/gen"
    "$schemagen" -o "$out/gen" good.api || failed=1
    for name in schema_ids.h schema_hooks.h schema_hooks.c schema_convert.h schema_convert.c schema_tables.c; do
        echo "---- $name"
        cat "$out/gen/$name"
    done >"$out/got"
    compare good
done
exit $failed
