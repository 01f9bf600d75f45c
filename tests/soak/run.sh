#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Long random tests, by hand before a release: kills at full size, damaged files and files through other
# formats and back by the thousand, then every fuzz target for a while.
#
#     tests/soak/run.sh            50 kills at 3,000,000 rows, 60 seconds a fuzz target
#     SEED=7 KILLS=5 EDITS=50 SHAPES=50 FAULTS=5 FAULT_ROWS=100000 ROWS=300000 FUZZ_SECONDS=10 MUTANTS=50 \
#         ROUND_TRIPS=200 TRIALS=2 tests/soak/run.sh
#
# FAULTS is how many faults of a PostgreSQL server, and of the way to it, are tried at random beside one of each
# kind (30), with FAULT_ROWS rows (1,000,000). EDITS is how many rounds of edits, kills and dumps there are between
# and during runs into small tables of PostgreSQL (500), SHAPES how many with tables of random shape (500). MUTANTS
# is how many damaged files of every format the program reads (2,000), ROUND_TRIPS how many random CSV files go
# through NDJSON and SQLite and back (10,000), RULE_ROWS how many rows through twenty clean rules (200,000), TRIALS
# how many times as many random files as in `make test` the readers of text take (10: more than 10,000 of them read
# whole, in chunks, resumed, packed, with and without vectors); above 1, a hundred expressions are given texts of
# 64 MiB.
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/build release
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "soak: SEED=$seed repeats this"
/usr/bin/python3 tests/soak/kills.py --seed "$seed" --kills "${KILLS:-50}" --rows "${ROWS:-3000000}"
scripts/build dev
if [ -d /usr/lib/postgresql/15/bin ]; then
    /usr/bin/python3 tests/soak/postgres_faults.py --seed "$seed" --faults "${FAULTS:-30}" \
        --rows "${FAULT_ROWS:-1000000}"
    /usr/bin/python3 tests/soak/postgres_edits.py --seed "$seed" --rounds "${EDITS:-500}"
    /usr/bin/python3 tests/soak/postgres_shapes.py --seed "$seed" --rounds "${SHAPES:-500}"
else
    echo "soak: PostgreSQL 15 is not installed: no faults of a server are tried"
fi
WHERRY=build/dev/wherry WHERRY_SEED=$seed WHERRY_MUTANTS=${MUTANTS:-2000} LC_ALL=C.UTF-8 \
    /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/e2e/test_mutants.py
WHERRY=build/dev/wherry WHERRY_SEED=$seed WHERRY_ROUND_TRIPS=${ROUND_TRIPS:-10000} LC_ALL=C.UTF-8 \
    /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/e2e/test_round_trip.py
WHERRY=build/dev/wherry WHERRY_RULE_ROWS=${RULE_ROWS:-200000} LC_ALL=C.UTF-8 \
    /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/e2e/test_twenty_rules.py
for test in connect_file_chunks format_csv_scan format_csv_dialect format_csv_detect convert_limits; do
    WHERRY_SEED=$seed WHERRY_TRIALS=${TRIALS:-10} "build/dev/tests/${test}_test"
done
scripts/fuzz "${FUZZ_SECONDS:-60}"

if compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
    tests/differential/check-expressions
    tests/differential/check-expressions --examples build/dev/wherry
    tests/differential/random-expressions --seed "$seed" --count 20000 build/dev/tests/convert_cases_test
    tests/differential/check-values --random build/dev/tests/data_values_test --count 200000
else
    echo "soak: no PostgreSQL server is installed: random expressions and values are not compared with one"
fi
LINT_STATES=225000 scripts/lint
