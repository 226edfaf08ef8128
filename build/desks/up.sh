#!/usr/bin/env bash
# Installs, fills and starts the real desks. Safe to repeat: what is there stays, and then
# it takes seconds. Afterwards each has two states to go back to, "seeded" and "target".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SEED_TICKETS="${SEED_TICKETS:-60}" # all special cases are among the first 57

# One after the other: both use the system's package manager.
for desk in rt5 redmine5; do
  "$here/$desk/install.sh"
done

states() {
  local at="/var/lib/desks/$1"
  if [ ! -f "$at/states" ] || ! cmp -s "$at/states" <(cat "$here/$1"/seed.* "$here/dataset/generate.py" | sha256sum); then
    "$here/$1/stop.sh" --web-only
    "$here/$1/reset.sh"
    "$here/$1/seed.sh" --structure-only
    "$here/$1/reset.sh" --save target
    "$here/$1/reset.sh"
    "$here/$1/seed.sh"
    "$here/$1/reset.sh" --save seeded
    cat "$here/$1"/seed.* "$here/dataset/generate.py" | sha256sum > "$at/states"
  fi
  "$here/$1/start.sh"
}

states rt5 &
first=$!
states redmine5 &
second=$!
# Both are waited for, whatever becomes of the other: nothing starts after this has ended.
failed=0
wait "$first" || failed=1
wait "$second" || failed=1
exit "$failed"
