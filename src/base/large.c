/* SPDX-License-Identifier: Apache-2.0 */
#include "base/large.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/macros.h"
#include "base/size.h"

/* Pages of 4 KiB and 2 MiB are those of x86-64 and most others;
 * elsewhere the advice fits less well. */
enum { PAGE = 4 << 10, HUGE_PAGE = WH_LARGE_STEP, LEAST_ADVISED = 16 * PAGE };

static void *alloc_huge(size_t size)
{
    size_t whole = size / HUGE_PAGE * HUGE_PAGE;
    void *memory = aligned_alloc(HUGE_PAGE, whole == size ? whole : whole + HUGE_PAGE);
    if (memory != NULL)
        WH_IGNORE(madvise(memory, whole, MADV_HUGEPAGE), "it is advice");
    return memory;
}

/* The pages that lie wholly in the piece. */
static void populate(void *memory, size_t size)
{
    uintptr_t first = ((uintptr_t)memory + PAGE - 1) / PAGE * PAGE;
    uintptr_t end = ((uintptr_t)memory + size) / PAGE * PAGE;
    WH_IGNORE(madvise((void *)first, end - first, MADV_POPULATE_WRITE), "it is advice");
}

void *wh_large_alloc(size_t size)
{
    if (size > SIZE_MAX - HUGE_PAGE)
        return NULL;
    void *memory = size >= HUGE_PAGE ? alloc_huge(size) : malloc(size);
    if (memory != NULL && size >= LEAST_ADVISED)
        populate(memory, size);
    return memory;
}

void *wh_large_array(size_t count, size_t size)
{
    size_t total;
    return wh_size_mul(count, size, &total) ? wh_large_alloc(total) : NULL;
}
