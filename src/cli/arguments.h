/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Command lines, parsed by the verbs' option tables: --name value, --name=value, switches, `--`
 * before arguments that begin with a dash. Beside a verb's own options every command has --json,
 * --no-color and -h, --help.
 */
#ifndef WH_CLI_ARGUMENTS_H
#define WH_CLI_ARGUMENTS_H

#include <stdbool.h>

#include <wherry/wherry.h>

struct cli_arguments {
    const char *verb; /* NULL: none */
    const char *file; /* the migration file, where the verb has one */
    bool wants_json;
    bool no_color;
    bool wants_help;
    bool wants_version;
    struct wherry_job *job; /* set up; NULL with wants_help, wants_version */
};

/**
 * Parses the command line into @p ret, whose job the caller frees. Help wins over everything that
 * is wrong behind it; otherwise WH_INVALID and WH_UNSUPPORTED say which argument is wrong.
 */
WH_MUST_CHECK wh_code cli_parse(int argc, char **argv, struct cli_arguments *ret,
                                struct wh_error *err);

#endif
