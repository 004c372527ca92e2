#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes sure that this machine can build Weft: a Swift toolchain, a C++ toolchain's libraries, git,
# oneDNN, OpenBLAS, which brings LAPACK, zlib, libpng and libjpeg-turbo for images, and FFTW, which is loaded when a
# program first transforms. Does nothing when all is there. Installs what is missing with apt-get (as root or with sudo); where it may not, says what is missing
# and ends with an error.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Compiles and links what Weft's C targets need: the C library, oneDNN, LAPACK, zlib, libpng, libjpeg and, on Linux,
# libgomp.
can_use_libraries() {
    local folder status=0
    local -a flags=(-ldnnl -lz -lpng -ljpeg)
    folder="$(mktemp -d)"
    printf '%s\n' '#include <stdio.h>' '#include <dnnl.h>' '#include <jpeglib.h>' '#include <png.h>' '#include <zlib.h>' \
        'extern double dlapy2_(const double *, const double *);' \
        'int main(void) {' \
        '    double x = 3;' \
        '    struct jpeg_error_mgr errors;' \
        '    return !dnnl_version() || !zlibVersion() || !png_access_version_number() || !jpeg_std_error(&errors)' \
        '        || dlapy2_(&x, &x) < 4;' \
        '}' >"$folder/probe.c"
    if [ "$(uname -s)" = Darwin ]; then
        local prefix
        for prefix in /opt/homebrew /usr/local; do
            if [ -d "$prefix/include" ]; then flags+=("-I$prefix/include" "-L$prefix/lib"); fi
        done
        flags+=(-framework Accelerate)
    else
        flags+=(-lopenblas -lgomp -lpthread)
    fi
    "$(toolchain_clang)" "$folder/probe.c" -o "$folder/probe" "${flags[@]}" >"$folder/log" 2>&1 ||
        status=$?
    if [ "$status" -ne 0 ] && [ "${1:-}" = verbose ]; then sed 's/^/    /' "$folder/log" >&2; fi
    rm -rf "$folder"
    return "$status"
}

# Whether FFTW's two libraries are there. Nothing is linked with them, so that a build does without.
has_fftw() {
    if [ "$(uname -s)" = Darwin ]; then
        compgen -G '/opt/homebrew/lib/libfftw3*.dylib' >/dev/null ||
            compgen -G '/usr/local/lib/libfftw3*.dylib' >/dev/null
        return
    fi
    local libraries
    libraries="$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)" || return 0
    case "$libraries" in *libfftw3.so.3*) ;; *) return 1 ;; esac
    case "$libraries" in *libfftw3f.so.3*) ;; *) return 1 ;; esac
}

# Whether the toolchain's own programs start: an unpacked archive brings no libcurl and the like.
swift_runs() {
    swift build --version >/dev/null 2>&1
}

# What brings libjpeg-turbo's headers: its name on Ubuntu is not that on Debian.
jpeg_package() {
    local system=''
    # shellcheck source=/dev/null
    if [ -r /etc/os-release ]; then system="$(. /etc/os-release && printf '%s %s' "${ID:-}" "${ID_LIKE:-}")"; fi
    case " $system " in
        *' ubuntu '*) printf 'libjpeg-turbo8-dev' ;;
        *) printf 'libjpeg62-turbo-dev' ;;
    esac
}

# The Debian or Ubuntu packages that are missing, one a line.
missing_packages() {
    local package
    local -a wanted=(g++ git libdnnl-dev libfftw3-double3 libfftw3-single3 libopenblas-openmp-dev libpng-dev make
        zlib1g-dev)
    wanted+=("$(jpeg_package)")
    if ! swift_runs; then wanted+=(libcurl4 libncurses6 libsqlite3-0 libxml2 tzdata); fi
    for package in "${wanted[@]}"; do
        if [ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" != "install ok installed" ]
        then
            printf '%s\n' "$package"
        fi
    done
}

# Runs apt-get with the rights it needs.
apt() {
    local -a as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
}

apt_install() {
    # A fresh container has no package lists; an old machine may have stale ones (the retry).
    if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then apt update; fi
    apt install -y --no-install-recommends "$@" && return
    warn "apt-get install failed; updating the package lists and trying once more"
    sleep 2
    apt update || warn "apt-get update failed"
    apt install -y --no-install-recommends "$@"
}

install_with_apt() {
    local -a packages
    mapfile -t packages < <(missing_packages)
    if [ "${#packages[@]}" -eq 0 ]; then
        # Everything is said to be installed, and yet the probe fails: show why.
        swift build --version >/dev/null || die "Swift does not start (see above)."
        can_use_libraries verbose && return
        die "all packages are installed, but a program with oneDNN, OpenBLAS, zlib, libpng and libjpeg does not build (see above)."
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
        die "missing: ${packages[*]}. This account may not install packages (not root, no sudo);
    have an administrator run:  apt-get install ${packages[*]}"
    fi
    say "weft: installing ${packages[*]} (Debian packages)"
    apt_install "${packages[@]}" || die "could not install: ${packages[*]}.
    Install them by hand (apt-get install ${packages[*]}) and try again."
}

main() {
    need_swift
    if swift_runs && can_use_libraries && has_fftw && command -v git >/dev/null 2>&1; then return; fi
    if ! swift_runs && ! command -v apt-get >/dev/null 2>&1; then
        swift build --version || die "Swift does not start (see above)."
    fi
    case "$(uname -s)" in
        Darwin)
            if can_use_libraries; then return; fi
            die "oneDNN, libpng or libjpeg-turbo is missing. Install them with:  brew install onednn fftw libpng jpeg-turbo" ;;
        Linux)
            if ! command -v apt-get >/dev/null 2>&1; then
                if can_use_libraries; then
                    say "weft: without FFTW (libfftw3f.so.3, libfftw3.so.3) there are no Fourier transforms"
                    return
                fi
                can_use_libraries verbose || true
                die "missing: git, a C++ compiler's libraries, oneDNN (dnnl.h, libdnnl), OpenBLAS
    (libopenblas), zlib (zlib.h, libz), libpng (png.h) or libjpeg-turbo (jpeglib.h). Install them with this system's
    package manager: the packages are called libdnnl-dev, libopenblas-openmp-dev, zlib1g-dev, libpng-dev,
    libjpeg62-turbo-dev, g++ and git on Debian, onednn-devel or onednn, openblas-devel or openblas, zlib-devel or zlib,
    libpng-devel or libpng, and libjpeg-turbo-devel or libjpeg-turbo elsewhere."
            fi
            install_with_apt ;;
        *)
            die "Weft builds on Linux and macOS; this is $(uname -s)." ;;
    esac
    swift build --version >/dev/null || die "Swift does not start (see above)."
    can_use_libraries verbose ||
        die "oneDNN, OpenBLAS, zlib, libpng or libjpeg still cannot be used (see above)."
}

main "$@"
