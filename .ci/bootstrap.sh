# shellcheck shell=bash
# Sourced by .ci/demo and .ci/test: brings a bare Debian 12 (Python 3.11 and git) to where they can run.
# Everything of ours goes into .venv of this checkout; apt adds only what is missing, and only as root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH
export UV_PYTHON_DOWNLOADS=never
# A company whose proxy signs with its own authority has told the machine so, not us.
export UV_SYSTEM_CERTS=1 NODE_USE_SYSTEM_CA=1
PATH=$PATH:/usr/sbin:/sbin
missing=()

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if command -v "$candidate" >/dev/null && is_new_enough "$candidate"; then
            python=$candidate
            return
        fi
    done
    stop "XRM needs Python 3.11 or newer; python3 here is: $(python3 --version 2>&1 || true)."
}

need_python() { "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv); }

need_certificates() { [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates); }

need_pdf() { # WeasyPrint loads these when the first document is made.
    local libraries
    libraries=$(ldconfig -p)
    [[ $libraries == *libpango-1.0.so.0* ]] || missing+=(libpango-1.0-0)
    [[ $libraries == *libpangoft2-1.0.so.0* ]] || missing+=(libpangoft2-1.0-0)
    [[ $libraries == *libharfbuzz-subset.so.0* ]] || missing+=(libharfbuzz-subset0)
    command -v fc-list >/dev/null || missing+=(fontconfig)
}

need_postgres() { # The tests start a server of their own; the distribution's need not run.
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
}

need_browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
        || command -v google-chrome >/dev/null || missing+=(chromium)
    [[ $(ldconfig -p) == *libatomic.so.1* ]] || missing+=(libatomic1) # Playwright's driver
}

without_services() { # Runs a command while Debian's packages may start nothing and make no database cluster.
    local policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.d/xrm-tests.conf result=0
    [ -e "$policy" ] && policy=
    if [ -n "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    mkdir -p "${cluster%/*}"
    echo 'create_main_cluster = false' >"$cluster"
    "$@" || result=$?
    rm -f "$cluster" ${policy:+"$policy"}
    return "$result"
}

apt_install() {
    local log
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq -o DPkg::Lock::Timeout=120 || say "apt-get update had errors; going on with the lists there are"
    if ! without_services apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 \
        -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1; then
        cat "$log" >&2
        stop "apt-get could not install: $*"
    fi
    rm -f "$log"
}

install_missing() {
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        stop "Some system packages are missing. Install them as root, then run this again:" "" \
            "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" ""
    fi
    say "Installing from Debian: ${missing[*]}"
    apt_install "${missing[@]}"
}

fingerprint() { cat uv.lock pyproject.toml ./*/pyproject.toml plugins/*/pyproject.toml .ci/bootstrap.sh | sha256sum; }

sync_environment() { # $1: "dev" for all groups, "run" for what the product needs
    local stamp=.venv/xrm-stamp wanted choice=(--locked)
    wanted=$(fingerprint)
    if .venv/bin/python -c '' 2>/dev/null; then
        [[ $(cat "$stamp" 2>/dev/null) == "$1 $wanted" || $(cat "$stamp" 2>/dev/null) == "dev $wanted" ]] && return
    else
        rm -rf .venv
        say "Making .venv with $("$python" --version)"
        "$python" -m venv --prompt xrm .venv
    fi
    .venv/bin/python -c 'import uv' 2>/dev/null || .venv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
    say "Installing XRM and what it stands on into .venv"
    [ "$1" = run ] && choice=(--frozen --no-dev)
    .venv/bin/uv sync --compile-bytecode --quiet "${choice[@]}"
    .venv/bin/python -m compileall -q core workflows plugins
    echo "$1 $wanted" >"$stamp"
}
