#!/bin/sh
# Installs webchat into a folder, with its pages built, so that it runs without Node:
#
#     deploy/install.sh /opt/webchat
#
# Run it again after an update. The Dockerfile does the same. It needs Python 3.11 or newer and uv.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
target=${1:?"usage: deploy/install.sh FOLDER"}

mkdir -p "$target"
for part in webchat assets reflex.lock rxconfig.py pyproject.toml uv.lock README.md LICENSE; do
    rm -rf "${target:?}/$part"
    cp -R "$source/$part" "$target/$part"
done

# Pages that were already built here from the same sources need not be built again.
[ ! -d "$source/.build/releases" ] || { mkdir -p "$target/.build"; cp -R "$source/.build/releases" "$target/.build/"; }

cd "$target"
export UV_PROJECT_ENVIRONMENT="$PWD/.venv" UV_LINK_MODE=copy
# A Python that every user may run: the system's, or one inside the folder.
export UV_PYTHON_INSTALL_DIR="$PWD/.python"
if [ -z "${UV_PYTHON:-}" ] && /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    export UV_PYTHON=/usr/bin/python3
fi
uv sync --quiet --locked --no-default-groups --group build
built=$(.venv/bin/webchat build | tee /dev/stderr | sed -n 's/.*(\(.*\))\.$/\1/p')
find .build/releases -mindepth 1 -maxdepth 1 ! -name "$built" -exec rm -rf {} +
uv sync --quiet --locked --no-default-groups --compile-bytecode
rm -rf .web .build/reflex .build/build.log
echo "webchat is installed: $(du -sh . | cut -f1) in $PWD, of which $(du -sh .build | cut -f1) are its pages."
