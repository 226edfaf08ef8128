# shellcheck shell=bash
# Sourced by the desks' install.sh: installs Debian packages that are not there yet, and
# starts none of the services that come with them (each desk runs a PostgreSQL of its own).
install_packages() {
  local p try missing=()
  for p in "$@"; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  printf '%s\n' 'request-tracker5 request-tracker5/install-cronjobs boolean false' \
    'redmine redmine/instances/default/dbconfig-install boolean false' | debconf-set-selections || true
  # What asks whether a service may start is told no; one that somebody set up stays.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  # a plain retry: package mirrors do fail now and then
  for try in 1 2 3; do
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && break
    [ "$try" = 3 ] && { say "apt-get failed"; exit 1; }
    sleep 5
  done
}
