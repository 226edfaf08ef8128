#!/usr/bin/env bash
# Stops the real desks. Safe to repeat.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for desk in rt5 redmine5; do
  "$here/$desk/stop.sh"
done
