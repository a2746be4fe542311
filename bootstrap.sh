#!/bin/sh
# Make .venv with the newest Python that really runs, and install the pinned packages; a second call does nothing.
# Usage: bootstrap.sh run|dev|which      PYTHON=/path/to/python chooses the interpreter; `which` only names it.
set -eu
cd "$(dirname "$0")"

purpose=${1:-run}
venv=.venv
case $purpose in
    run) lock=requirements.txt ;;
    dev) lock=requirements-dev.txt ;;
    which) lock= ;;
    *) echo "bootstrap.sh: say run, dev or which." >&2; exit 2 ;;
esac

# A name on PATH proves nothing: a version manager's shim may fail, and a system Python may lack venv.
runs() {
    "$1" -c 'import sys, ctypes, ssl, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

candidates() {
    for minor in 14 13 12 11; do
        echo "python3.$minor"
        for folder in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.$minor.* "$HOME"/.local/share/uv/python/cpython-3.$minor.* \
            /opt/homebrew/opt/python@3.$minor /usr/local/opt/python@3.$minor /opt/python/3.$minor*; do
            echo "$folder/bin/python3.$minor"
        done | sort -r -V
    done
    echo python3
    echo python
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        if runs "$PYTHON"; then echo "$PYTHON"; return; fi
        echo "PYTHON=$PYTHON does not run, is older than 3.11, or lacks one of the modules venv, ssl and ctypes." >&2
        return 1
    fi
    for candidate in $(candidates); do
        if runs "$candidate"; then echo "$candidate"; return; fi
    done
    echo "No Python 3.11 or newer with venv, ssl and ctypes was found: install one (on Debian and Ubuntu also the" \
        "package python3-venv), or name it: make run PYTHON=/path/to/python3" >&2
    return 1
}

[ "$purpose" = which ] && { find_python; exit; }

real() { "$1" -c 'import sys; print(sys.base_prefix)'; }

if [ -n "${PYTHON:-}" ] && [ -x $venv/bin/python ]; then
    chosen=$(find_python)
    [ "$(real "$chosen")" = "$(real $venv/bin/python 2>/dev/null || true)" ] || rm -rf $venv
fi
if ! runs $venv/bin/python; then
    python=$(find_python)
    rm -rf $venv
    echo "Making $venv with $("$python" --version) ..."
    "$python" -m venv $venv
fi

checksum=$(cat $lock | cksum)
stamp=$venv/.installed-$purpose
[ "$(cat "$stamp" 2>/dev/null || true)" = "$checksum" ] && exit 0

echo "Installing the packages of $lock ..."
export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1
# uv is only an accelerator: where it cannot be had, pip installs the same pins with the same hashes.
if $venv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.txt >/dev/null 2>&1 \
    && $venv/bin/uv pip install --quiet --python $venv/bin/python --require-hashes -r $lock; then :; else
    $venv/bin/python -m pip install --quiet --require-hashes -r $lock
fi
echo "$checksum" >"$stamp"
