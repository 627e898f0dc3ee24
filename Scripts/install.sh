#!/usr/bin/env bash
# Installs the built command with its completions and manual pages, or removes what was installed.
#
#     Scripts/install.sh install PREFIX
#     Scripts/install.sh uninstall PREFIX
#
# DESTDIR is put before PREFIX, as packagers want it.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    echo "usage: Scripts/install.sh install|uninstall PREFIX" >&2
    exit 64
}
[ $# -eq 2 ] || usage
[[ "$2" = /* ]] || { echo "install: PREFIX must be an absolute path, got $2" >&2; exit 64; }
prefix="${DESTDIR:-}${2%/}"
list="$prefix/share/intrafusion/installed-files"

place() { # MODE FILE PLACE
    install -D -m "$1" "$2" "$prefix/$3"
    echo "$3" >>"$new_list"
}

remove_listed() { # LIST [LIST OF FILES TO KEEP]
    while IFS= read -r file; do
        case "$file" in
            bin/intrafusion | share/*intrafusion*) ;;
            *) echo "install: $1 names $file, which this script never installs" >&2; exit 1 ;;
        esac
        if [ $# -eq 2 ] && grep -qxF "$file" "$2"; then continue; fi
        rm -f "$prefix/$file"
    done <"$1"
}

case "$1" in
    install)
        [ -x .build/release/intrafusion ] || { echo "install: run make build first" >&2; exit 1; }
        [ -e .build/share/intrafusion.1 ] || { echo "install: run make manuals first" >&2; exit 1; }
        new_list="$(mktemp)"
        trap 'rm -f "$new_list"' EXIT
        place 755 .build/release/intrafusion bin/intrafusion
        place 644 .build/share/intrafusion.bash share/bash-completion/completions/intrafusion
        place 644 .build/share/intrafusion.zsh share/zsh/site-functions/_intrafusion
        place 644 .build/share/intrafusion.fish share/fish/vendor_completions.d/intrafusion.fish
        for page in .build/share/*.1; do place 644 "$page" "share/man/man1/${page##*/}"; done
        # Pages of commands that an earlier version had.
        if [ -e "$list" ]; then remove_listed "$list" "$new_list"; fi
        install -D -m 644 "$new_list" "$list"
        echo "installed $prefix/bin/intrafusion, its manual pages, and completions for bash, zsh and fish"
        ;;
    uninstall)
        [ -e "$list" ] || { echo "install: nothing is installed under $prefix: $list is missing" >&2; exit 1; }
        remove_listed "$list"
        rm -f "$list"
        rmdir --ignore-fail-on-non-empty "$prefix/share/intrafusion"
        echo "removed what was installed under $prefix"
        ;;
    *) usage ;;
esac
