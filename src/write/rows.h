/* SPDX-License-Identifier: Apache-2.0 */
/** Rows of a group into the destination: one kind of write at a time, refusals set aside. */
#ifndef WH_WRITE_ROWS_H
#define WH_WRITE_ROWS_H

#include "write/group.h"

/** Rows of one kind of write, as columns, and whose they are. */
struct wh_row_write {
    struct wh_writing *writing;
    struct wh_group *group;
    enum wh_write_kind kind;
    const struct wh_column *columns;
    const struct wh_found *found; /* UPDATE: as they were read */
    struct wh_selection rows;
    uint8_t *results;
    bool puts_off; /* updates may be put off: the caller writes what is contested then */
    struct wh_group_batch *batch;         /* rows are this batch's; or NULL: */
    const struct wh_insert_row *gathered; /* each row's batch and row there */
};

/** Writes the rows through the group's channel. A row that the destination refuses is a failed
 *  item, noted as contested where it is an update that a unique value stands against, as is one
 *  that it puts off; rows that were not as expected are noted as missed. Those that wait for
 *  another row of the table are failed, too, unless rows of several batches were brought together:
 *  then the caller sees it in their results. */
WH_MUST_CHECK wh_code wh_write_rows(struct wh_row_write *write, struct wh_error *err);

/** Fails a row that waits. What it waits for may have come when it is tried again: then the
 *  destination has its say. */
WH_MUST_CHECK wh_code wh_fail_waiting(const struct wh_writing *writing, struct wh_group *group,
                                      struct wh_group_batch *batch, uint16_t row,
                                      struct wh_error *err);

/** The writer's request for @p rows. */
struct wh_write_request wh_row_write_request(const struct wh_row_write *write,
                                             const struct wh_selection *rows);

#endif
