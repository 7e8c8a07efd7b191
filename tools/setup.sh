#!/bin/sh
# Makes what Fonte runs on, and nothing twice:  sh tools/setup.sh [packages] [dev] [bench] [model]
#
# POSIX sh and no more, because it must also say what is missing where no usable Python is installed. PYTHON names the
# interpreter; pip's own settings (its environment variables and files) say where packages come from.
set -eu
cd "$(dirname "$0")/.."

SUPPORTED='3.11, 3.12 or 3.13'
VENV=.venv
PACKAGES_STAMP=$VENV/.fonte-packages
DEV_STAMP=$VENV/.fonte-dev
BENCH_STAMP=$VENV/.fonte-bench

say() { printf '%s\n' "[setup] $*"; }

stop() { # reason, line to type
    printf 'fonte: %s\n' "$1" >&2
    [ -z "$2" ] || printf 'fonte: type:  %s\n' "$2" >&2
    exit 1
}

install_line() { # Debian's packages, Fedora's, Homebrew's
    if command -v apt-get >/dev/null 2>&1; then printf 'sudo apt-get install %s' "$1"
    elif command -v dnf >/dev/null 2>&1; then printf 'sudo dnf install %s' "$2"
    elif command -v brew >/dev/null 2>&1; then printf 'brew install %s' "$3"
    fi
}

version_of() { # "3.11" if it is supported; a name on the PATH may stand for nothing (pyenv's shims), so it is run
    "$1" -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit(1); print("%d.%d" % v)' 2>/dev/null
}

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        VERSION=$(version_of "$PYTHON") ||
            stop "PYTHON=$PYTHON is not a Python $SUPPORTED." "PYTHON=python3.11 make run"
    else
        for PYTHON in python3 python3.13 python3.12 python3.11 ''; do
            [ -z "$PYTHON" ] || ! VERSION=$(version_of "$PYTHON") || break
        done
        [ -n "$PYTHON" ] || no_python
    fi
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "$PYTHON (Python $VERSION) lacks the venv module." \
            "$(install_line "python$VERSION-venv" "python$VERSION" "python@$VERSION")"
}

no_python() {
    if found=$(python3 --version 2>&1); then packages='python3.11 python3.11-venv'
    else found='no Python 3'; packages='python3 python3-venv'
    fi
    stop "Fonte needs Python $SUPPORTED; found $found." "$(install_line "$packages" python3.12 python@3.12)"
}

identity() { printf '%s\n' "$PWD, Python $VERSION"; } # a folder that moved, or another Python, takes a new .venv

pins() { # the settings of tools, at the end of pyproject.toml, install nothing
    sed '/^\[tool/,$d' pyproject.toml | cat - requirements.lock requirements-torch.txt | cksum
}

keeps_venv() { # false for one that is missing, half made, moved, or made by another Python than PYTHON names
    [ -x "$VENV/bin/python" ] && [ -f "$PACKAGES_STAMP" ] || return 1
    VERSION=$(version_of "${PYTHON:-$VENV/bin/python}") && [ "$(head -n 1 "$PACKAGES_STAMP")" = "$(identity)" ]
}

pip_install() { "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input "$@"; }

packages() {
    if keeps_venv; then
        [ "$(tail -n +2 "$PACKAGES_STAMP")" != "$(pins)" ] || return 0
    else
        choose_python
        say "making $VENV with $PYTHON (Python $VERSION)"
        rm -rf "$VENV"
        "$PYTHON" -m venv "$VENV"
    fi
    rm -f "$PACKAGES_STAMP" "$DEV_STAMP" "$BENCH_STAMP" # until all is installed, the next run starts over
    started=$(date +%s)
    say 'installing the pinned packages (1 of 3)'
    pip_install --require-hashes --no-deps -r requirements.lock
    say 'installing torch (2 of 3): 0.2 GB in a CPU build, 3 GB with CUDA (docs/operations.md says how to choose)'
    # With its dependencies: a CPU build finds them all installed, a CUDA build does not load without its own.
    pip_install -r requirements-torch.txt
    say 'installing the command fonte (3 of 3)'
    pip_install --quiet --no-deps --no-build-isolation --editable .
    { identity; pins; } >"$PACKAGES_STAMP"
    say "packages installed in $(($(date +%s) - started)) s"
}

further() { # what for, the lock, its stamp
    [ "$(cat "$3" 2>/dev/null)" != "$(cksum "$2")" ] || return 0
    say "installing the packages for $1"
    mv "$PACKAGES_STAMP" "$PACKAGES_STAMP.held" # interrupted here, the next run starts over as well
    pip_install --require-hashes --no-deps -r "$2"
    cksum "$2" >"$3"
    mv "$PACKAGES_STAMP.held" "$PACKAGES_STAMP"
}

dev() { further 'tests and checks' requirements-dev.lock "$DEV_STAMP"; }

bench() { further 'the bench' requirements-bench.lock "$BENCH_STAMP"; }

model() { "$VENV/bin/python" -m rag.embedding.weights; }

for step in "$@"; do
    case $step in
        packages | dev | bench | model) "$step" ;;
        *) stop "unknown step: $step" 'make help' ;;
    esac
done
