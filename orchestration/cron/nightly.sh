#!/usr/bin/env bash
# Extract, land, build, validate and alert: orchestration/cron/nightly.sh [FOLDER]
# Its last line says how it went. Exit status: that of the first step that failed; 75 if another run is under way.
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
failed="" status=0

# step NAME [ARGUMENT]...: run a command of tokenmart, and remember the first one that fails
step() {
    local ended=0
    "$tokenmart" "$@" || ended=$?
    if ((ended && !status)); then
        failed=$1 status=$ended
    fi
    return "$ended"
}

has_url=""
for source in PROVIDER AGENTS VOICE BILLING; do
    url=TOKENMART_${source}_URL
    has_url+=${!url:-}
done
# a source that is down does not keep the others from being built
[[ -z $has_url ]] || step extract || true
if [[ -z $folder ]] || step land "$folder"; then
    step build --selector daily && step validate || true
fi
# whatever happened: that is what alerts are for
[[ ! -f alerts.yml ]] || step alert ${failed:+--failed "$failed"} || true

if ((status)); then
    echo "tokenmart nightly: $failed failed with exit status $status after $((SECONDS - began)) s"
else
    echo "tokenmart nightly: all is well after $((SECONDS - began)) s"
fi
exit "$status"
