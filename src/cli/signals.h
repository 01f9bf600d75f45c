/* SPDX-License-Identifier: Apache-2.0 */
/** Ctrl-C and its like: the first stops the job after the group in flight, the second at once. */
#ifndef WH_CLI_SIGNALS_H
#define WH_CLI_SIGNALS_H

#include <wherry/wherry.h>

/** SIGINT, SIGTERM and SIGHUP cancel @p job from now on; SIGPIPE becomes an error of write(). After
 *  the second, a third kills as if there were no handler. */
void cli_signals_watch(struct wherry_job *job);

/** Items are read and written from now on: what is in hand is finished first. */
void cli_signals_at_work(void);

/** The job is about to be freed: a signal no longer reaches it. */
void cli_signals_forget(void);

#endif
