/* SPDX-License-Identifier: Apache-2.0 */
/** Help, made from the verbs' tables. */
#ifndef WH_CLI_HELP_H
#define WH_CLI_HELP_H

#include <stdio.h>

/** All commands. */
void cli_help(FILE *out);

/** One command: its options and an example. @p name is that of one of wherry_verbs(). */
void cli_help_verb(FILE *out, const char *name);

#endif
