#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Long random tests, by hand before a release: kills at full size, then every fuzz target for a while.
#
#     tests/soak/run.sh            50 kills at 3,000,000 rows, 60 seconds a fuzz target
#     SEED=7 KILLS=5 ROWS=300000 FUZZ_SECONDS=10 tests/soak/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/build release
seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
echo "soak: SEED=$seed repeats this"
/usr/bin/python3 tests/soak/kills.py --seed "$seed" --kills "${KILLS:-50}" --rows "${ROWS:-3000000}"
scripts/fuzz "${FUZZ_SECONDS:-60}"

if compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
    scripts/build dev
    tests/differential/random-expressions build/dev/tests/convert_cases_test
    tests/differential/check-values --random build/dev/tests/data_values_test --count 200000
else
    echo "soak: no PostgreSQL server is installed: random expressions and values are not compared with one"
fi
