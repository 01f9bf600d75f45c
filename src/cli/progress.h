/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Progress on stderr: one line that is drawn again and again on a terminal; elsewhere a plain line
 * when a stage ends.
 */
#ifndef WH_CLI_PROGRESS_H
#define WH_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <wherry/wherry.h>

#include "terminal.h"

enum { CLI_NAME_SIZE = 64 };

struct cli_progress {
    const struct cli_terminal *terminal;
    bool is_drawn;             /* the line on the terminal is the bar */
    char stage[CLI_NAME_SIZE]; /* of the last call; "": none yet */
    char item[CLI_NAME_SIZE];
    struct wherry_progress last; /* its texts are the two above */
};

void cli_progress_init(struct cli_progress *progress, const struct cli_terminal *terminal);
void cli_progress_show(struct cli_progress *progress, const struct wherry_progress *now);

/** Takes the bar away, so that something else can be printed; the next show draws it again. */
void cli_progress_clear(struct cli_progress *progress);

/** Ends the last stage. */
void cli_progress_finish(struct cli_progress *progress);

#endif
