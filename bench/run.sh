#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures the program that `make install` installs against controls in the same run. See bench/README.md.
#
#     bench/run.sh [ROWS]        3,000,000 rows unless told otherwise
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/train wherry
scripts/build dev
missed=0
build/dev/bench/expressions || missed=1
for part in runs formats postgres; do
    /usr/bin/python3 "bench/$part.py" "$@" || missed=1
done
exit "$missed"
