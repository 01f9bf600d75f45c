/* SPDX-License-Identifier: Apache-2.0 */
/** Memory that is taken to be filled. */
#ifndef WH_BASE_LARGE_H
#define WH_BASE_LARGE_H

#include <stddef.h>

/**
 * As malloc(), for what will be used nearly whole; to be freed by free().
 *
 * New memory costs a fault for each page when it is first touched. Here the system is asked for all
 * pages of a larger piece at once, and for huge ones where a piece holds some. That is advice:
 * where the system does not take it, pages come as they are touched. @p size is in bytes; NULL
 * without memory. Any thread.
 */
void *wh_large_alloc(size_t size);

/** Pieces that are a multiple of this are made of huge pages whole. */
#define WH_LARGE_STEP ((size_t)2 << 20)

/** The same for @p count elements of @p size bytes. */
void *wh_large_array(size_t count, size_t size);

#endif
