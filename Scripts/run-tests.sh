#!/usr/bin/env bash
# Runs the built suite and repeats at the end what failed, as a log of thousands of lines is read from its end.
set -uo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test -c release --skip-build "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
    printf '\nWhat failed:\n'
    # An issue's own line and its details, which are marked by an arrow, at most as many as a screen holds.
    grep -aE -A 2 '✘ Test .* recorded an issue|error: ' "$log" | grep -avE '^--$|[◇✔] ' | cut -c 1-600 | tail -n 40
fi
exit "$status"
