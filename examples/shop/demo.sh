#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Migrates the small, ugly shop beside this script and looks at what happened to every item. Works on
# copies in out/, which it makes anew; needs the built program and sqlite3, nothing else.
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

say() { printf '\n%s# %s%s\n' "$bold" "$1" "$plain"; }
typed() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; }

# Runs a command of wherry's; an exit code that is not the expected one ends the demo.
show() {
    local expected=$1 code=0
    shift
    typed wherry "$*"
    "$program" "$@" || code=$?
    if [ "$code" -ne "$expected" ]; then
        echo "demo: exit code $code, not $expected: please report this" >&2
        exit 70
    fi
}

# The same, up to the closing sum.
show_sum() { show "$@" | sed '/the sum closes/q'; }

rm -rf "$out"
mkdir -p "$out"
cp "$here"/{shop.yaml,schema.sql,customers.csv,products.csv} "$out"
cd "$out"
export SHOP_DB=shop.db
sqlite3 shop.db <schema.sql

say 'What would a run do? Nothing is written yet.'
show 0 plan shop.yaml product

say 'Migrate. Exit code 1 says: finished, and some items were refused, each for a reason.'
show 1 run shop.yaml

say 'Every refused item, with its place in the export.'
show 0 log shop.yaml product --rejected
show 0 log shop.yaml customer --failed

say 'One of them, step by step.'
show 1 run shop.yaml product --id K-0038 --trace --dry-run

say 'One that arrived: the record as it was, and the row that it became.'
show 0 log shop.yaml customer --id 1005

say 'Run again: every item is compared with the destination, and nothing is written twice.'
show_sum 1 run shop.yaml

say 'Mend a record, and run what was rejected.'
typed "sed -i '/^K-0038/s/;3,5\$/;3/' products.csv"
sed -i '/^K-0038/s/;3,5\r*$/;3/' products.csv
show_sum 1 run shop.yaml product --only rejected

say 'What the runs came to.'
show 0 status shop.yaml

where=${out#"$PWD"/}
cat <<END

${bold}# What to try next${plain}, in ${where/#$HOME/\~}
  export SHOP_DB=shop.db PATH=$(cd "$(dirname "$program")" && pwd):\$PATH
  sqlite3 shop.db 'SELECT * FROM customers LIMIT 5'
  wherry log shop.yaml --rule 'no phone'        what a clean rule touched
  wherry log shop.yaml --export csv             all of the log, for something else to read
  sqlite3 shop.db "UPDATE customers SET phone = '112' WHERE id = 1005"
  wherry run shop.yaml customer --id 1005       somebody's edit is left alone, and told
END
