/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of an insert that refer to a row of their own table which is neither there nor comes with
 * them, and those that refer to such rows.
 *
 * A source may have its rows in any order, and an insert holds a part of it: of a tree in random
 * order nearly all rows wait for others. The server would name them one by one; here each is looked
 * at once, in memory, by the hashes of what it is referred to by and of what it refers to.
 */
#ifndef WH_CONNECT_POSTGRES_WRITER_WAITING_H
#define WH_CONNECT_POSTGRES_WRITER_WAITING_H

#include "connect/postgres/writer/constraint.h"
#include "connect/postgres/writer/known_keys.h"
#include "connect/postgres/writer/writer.h"

/** Room for an insert's rows, in the writer's arena; all zero before it is first used. */
struct wh_postgres_waiting {
    uint64_t *keys;  /* by place: what others refer to the row by, as a hash; 0: by nothing */
    uint16_t *slots; /* of the keys: one more than the place of the row that has it; 0: empty */
    uint8_t *fates;  /* by place */
};

/** Rows to be sent, and what they refer to by a foreign key to their own table. */
struct wh_postgres_referring {
    const struct wh_postgres_constraint *constraint;
    const uint64_t *references;                 /* by place, as hashes; 0: to nothing */
    const struct wh_postgres_known_keys *known; /* which of them the table lacks */
    size_t first;                               /* place */
    size_t end;
};

/** Marks those that wait as @p mark; *ret_count says how many. What is equal and does not have the
 *  same bytes (types with two forms of one value) is taken to wait. */
WH_MUST_CHECK wh_code wh_postgres_mark_waiting(struct wh_writer *writer,
                                               struct wh_postgres_waiting *waiting,
                                               const struct wh_postgres_referring *referring,
                                               enum wh_postgres_place mark, size_t *ret_count,
                                               struct wh_error *err);

#endif
