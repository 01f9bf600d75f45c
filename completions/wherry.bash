# SPDX-License-Identifier: Apache-2.0
# bash completion for wherry

_wherry()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local verbs='plan run status log functions schema help'
    local common='--json --no-color --help'
    COMPREPLY=()

    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$verbs --help --version" -- "$current")
        return
    fi

    local options=$common words=''
    case ${COMP_WORDS[1]} in
    run)
        options+=' --id --trace --limit --where --only --from --trust-ledger --compare-all --restart --dry-run --rehearse'
        options+=' --workers --max-failures'
        ;;
    log) options+=' --id --failed --rejected --missing --rule --run --export' ;;
    help) words=$verbs ;;
    esac

    case $previous in
    --only) words='failed rejected' ;;
    --export) words='ndjson csv' ;;
    --from)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --id | --limit | --where | --workers | --max-failures | --rule | --run) return ;;
    esac

    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [ "$COMP_CWORD" -eq 2 ] && [[ ${COMP_WORDS[1]} != @(functions|schema) ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -X '!*.@(yaml|yml)' -- "$current"; compgen -d -- "$current")
    fi
}
complete -F _wherry wherry
