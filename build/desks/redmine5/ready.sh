#!/usr/bin/env bash
# Unticks all events under Administration, Settings, Email notifications: what an
# administrator does for the time of a migration.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); . "$here/env.sh"
sql -d "$REDMINE5_DB" -c "delete from settings where name='notified_events'" \
  -c "insert into settings (name, value, updated_on) values ('notified_events', E'--- []\n', now() at time zone 'utc' + interval '1 second')"
say "mails nobody"
