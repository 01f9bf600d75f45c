#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Migrates the small, ugly shop beside this script and looks at what happened to every item. Works
# in out/, which it makes anew; needs the built program and sqlite3, nothing else.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${WHERRY:-$here/../../build/release/wherry}
out=${SHOP_OUT:-$here/out}

for needed in "$program" sqlite3; do
    if ! command -v "$needed" >/dev/null; then
        echo "demo: '$needed' is missing; 'make demo' builds and installs what is needed" >&2
        exit 3
    fi
done

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1;36m' dim=$'\e[2m' plain=$'\e[0m'
fi

# What is typed, and what came of it; an exit code that is not the expected one ends the demo.
say() { printf '\n%s# %s%s\n' "$bold" "$1" "$plain"; }
show() {
    local expected=$1 code=0
    shift
    printf '%s$ wherry %s%s\n' "$dim" "$*" "$plain"
    "$program" "$@" || code=$?
    if [ "$code" -ne "$expected" ]; then
        echo "demo: exit code $code, not $expected: please report this" >&2
        exit 70
    fi
}

cd "$here"
rm -rf "$out"
mkdir -p "$out"
export SHOP_DB=$out/shop.db
sqlite3 "$SHOP_DB" <schema.sql

say 'What would a run do? Nothing is written yet.'
show 0 plan shop.yaml customer

say 'Migrate. Exit code 1 means: finished, and some items were refused, each with its reason.'
show 1 run shop.yaml

say 'Every refused item, with its place in the export and what is wrong with it.'
show 0 log shop.yaml --rejected
show 0 log shop.yaml --failed

say 'One item, every step.'
show 0 run shop.yaml customer --id 1003 --trace --dry-run

say 'What the log keeps of it: the record as it was, and what became of it.'
show 0 log shop.yaml customer --id 1003

say 'Run again: every item is compared with the destination, nothing is written twice.'
show 1 run shop.yaml

say 'What the runs came to.'
show 0 status shop.yaml

cat <<END

${bold}# What to try next${plain}
  sqlite3 $SHOP_DB 'SELECT * FROM customers LIMIT 5'
  edit customers.csv (give 1002 a date that exists), then: wherry run shop.yaml --only rejected
  edit a row of the database, change its record too, run again: your edit is safe
  wherry log shop.yaml --rule 'no phone'      the items that a clean rule touched
  wherry log shop.yaml --export csv           all of the log, to be read by something else
END
