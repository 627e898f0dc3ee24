#!/usr/bin/env bash
# Installs the C and C++ libraries that the package builds on, where they are missing (Debian and Ubuntu).
# With LIBTORCH set, that folder is used for libtorch instead of the distribution's package.
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "install-dependencies: Swift 6.1 or newer is needed, see https://www.swift.org/install" >&2
    exit 1
fi

missing=()
if [ -n "${LIBTORCH:-}" ]; then
    if [ ! -e "$LIBTORCH/include/ATen/ATen.h" ]; then
        echo "install-dependencies: LIBTORCH=$LIBTORCH has no include/ATen/ATen.h" >&2
        exit 1
    fi
else
    [ -e /usr/include/ATen/ATen.h ] || missing+=(libtorch-dev)
    # libtorch's matrix products run on whatever BLAS is installed; the default one is a plain reference.
    compgen -G '/usr/lib/*/openblas*/libblas.so.3' >/dev/null || missing+=(libopenblas0-openmp)
fi
[ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
[ -e /usr/include/png.h ] || missing+=(libpng-dev)
# On Debian and Ubuntu alike the library behind it is libjpeg-turbo.
[ -e /usr/include/jpeglib.h ] || missing+=(libjpeg-dev)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "install-dependencies: install these by hand: ${missing[*]}" >&2
    exit 1
fi
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "install-dependencies: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
