#!/usr/bin/env bash
# Writes completions and manual pages of the built command into .build/share.
set -euo pipefail
cd "$(dirname "$0")/.."

command=.build/release/intrafusion
share=.build/share
# Whole or not at all: an interrupted run leaves the old folder.
new="$(mktemp -d .build/share.XXXXXX)"
trap 'rm -rf "$new"' EXIT
for shell in bash zsh fish; do "$command" --generate-completion-script "$shell" >"$new/intrafusion.$shell"; done
swiftc -o .build/make-manuals Scripts/make-manuals.swift
"$command" --experimental-dump-help | .build/make-manuals "$new" "$("$command" --version)" docs/command.md
chmod 755 "$new"
rm -rf "$share"
mv "$new" "$share"
