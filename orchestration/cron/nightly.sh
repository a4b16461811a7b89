#!/usr/bin/env bash
# Land, build and validate: orchestration/cron/nightly.sh [FOLDER]
# Its last line says how it went. Exit status: that of the step that failed; 75 if another run is under way.
set -euo pipefail

folder=${1:-${TOKENMART_LANDING_FOLDER:-}}
[[ -z $folder ]] || folder=$(realpath --canonicalize-missing -- "$folder")
cd "${TOKENMART_PROJECT_DIR:-$(dirname "$0")/../..}"
tokenmart=${TOKENMART_PROGRAM:-.venv/bin/tokenmart}

# the lock ends with this process and its children, however they end, and leaves no file behind
exec 9< dbt_project.yml
if ! flock --nonblock 9; then
    echo "tokenmart nightly: another run is under way in $PWD; this one did nothing." >&2
    exit 75  # EX_TEMPFAIL
fi

began=$SECONDS
step() {
    local name=$1 status=0
    shift
    "$tokenmart" "$name" "$@" || status=$?
    if ((status)); then
        echo "tokenmart nightly: $name failed with exit status $status after $((SECONDS - began)) s"
        exit "$status"
    fi
}

if [[ -n $folder ]]; then
    step land "$folder"
fi
step build --selector daily
step validate
echo "tokenmart nightly: all is well after $((SECONDS - began)) s"
