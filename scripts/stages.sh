# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts that run in stages: runs each, prints its seconds, remembers failures.

failed_stages=()

# stage NAME COMMAND...: a stage that fails stops nothing; see stages_end.
stage() {
    local name=$1 start=$SECONDS outcome=ok
    shift
    printf '\n==> %s\n' "$name"
    if ! "$@"; then
        outcome=FAILED
        failed_stages+=("$name")
    fi
    printf '<== %s: %s, %d s\n' "$name" "$outcome" "$((SECONDS - start))"
    [ "$outcome" = ok ]
}

# True where every stage was well; otherwise names the others.
stages_end() {
    [ "${#failed_stages[@]}" -eq 0 ] && return 0
    printf 'failed: %s\n' "${failed_stages[@]}"
    return 1
}
