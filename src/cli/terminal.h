/* SPDX-License-Identifier: Apache-2.0 */
/** What is known of stdout and stderr, and what is written there outside of results. */
#ifndef WH_CLI_TERMINAL_H
#define WH_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include <wherry/wherry.h>

struct cli_terminal {
    bool out_has_colour;
    bool err_has_colour;
    bool err_is_terminal;
    unsigned out_width; /* columns; 0: no terminal */
    unsigned err_width;
};

/** Colours only on a terminal, and neither with --no-color nor NO_COLOR nor TERM=dumb. */
void cli_terminal_look(struct cli_terminal *terminal, bool no_color);

/**
 * Prints @p error on stderr: "wherry: shop.yaml:12:7: message", then, where it has a place in
 * @p file (NULL: none), that line with a mark below the column.
 */
void cli_print_error(const struct cli_terminal *terminal, const char *file,
                     const struct wh_error *error);

#endif
