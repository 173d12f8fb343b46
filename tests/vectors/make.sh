#!/usr/bin/env bash
# Makes every test vector in this directory again, with php, openssl and node alone; see README.md.
# Keys, and what is signed or encrypted with them, are new each time. The php_*.json files come out the same.
set -euo pipefail
cd "$(dirname "$0")"
for tool in php openssl node; do
  command -v "$tool" > /dev/null || { echo "make.sh needs $tool" >&2; exit 1; }
done
WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT
# An ini file of the machine must not decide what the vectors say.
php() { command php -d serialize_precision=-1 -d precision=14 -d display_errors=stderr "$@"; }
export -f php

php make/versions.php
php make/json.php
php make/json_errors.php
php make/strings.php
bash make/keys.sh          # needs no network; the 8192-bit key takes most of the time
php make/manifest.php
bash make/refused.sh
php make/refused.php
bash make/public.sh
php make/public.php
php make/mangled.php
php make/signatures.php
node make/node-signatures.mjs
php make/notifications.php
node make/node-notifications.mjs
node make/check.mjs
