/* SPDX-License-Identifier: Apache-2.0 */
/** The connections of workers, which outlive the item types that they work on. */
#ifndef WH_RUN_WORKER_CONNECTION_H
#define WH_RUN_WORKER_CONNECTION_H

#include "run/worker.h"

/** Gives the worker a connection with its ledger: one that the worker of its number had for an item
 *  type before this one, or a new one. */
WH_MUST_CHECK wh_code wh_worker_connect(struct wh_worker *worker, struct wh_error *err);

/** After @p rc in *why from opening the worker: true where the destination or the source has no
 *  room for its connections and others, who have or may yet get theirs, do its work. The user is
 *  told. */
bool wh_worker_can_leave(struct wh_worker *worker, wh_code rc, const struct wh_error *why);

/** Keeps it for the next item type where @p is_sound and it takes time to make, closes it
 *  otherwise. */
void wh_worker_disconnect(struct wh_worker *worker, bool is_sound);

/** What a single worker's two threads commit through, where the run's own connection is to be free:
 *  *ret has none (destination NULL) where the destination has no room for it. */
WH_MUST_CHECK wh_code wh_channel_connect(struct wh_run_context *run, struct wh_kept_connection *ret,
                                         struct wh_error *err);
void wh_channel_disconnect(struct wh_run_context *run, struct wh_kept_connection *channel,
                           bool is_sound);

/** Closes the connections that workers left for the next item type. */
void wh_run_close_kept(struct wh_run_context *run);

#endif
