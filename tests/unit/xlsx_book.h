/* SPDX-License-Identifier: Apache-2.0 */
/** Small workbooks, written part by part. */
#ifndef WH_TESTS_XLSX_BOOK_H
#define WH_TESTS_XLSX_BOOK_H

#include <stddef.h>

#include "base/buf.h"
#include "connect/connector.h"
#include "connect_file_folder.h"

/** A workbook with the sheet "Data"; what is NULL has nothing odd. */
struct test_book {
    const char *rows;      /* inside <sheetData> */
    const char *behind;    /* it */
    const char *strings;   /* <si> elements; none: no such part */
    const char *formats;   /* <numFmt> elements */
    const char *styles;    /* <xf> elements of cells */
    const char *book;      /* the workbook part, in the place of the usual one */
    const char *relations; /* its relationships, in the place of the usual ones */
    const char *sheet;     /* the whole part of the sheet */
};

void test_book_write(const struct test_folder *folder, const char *name,
                     const struct test_book *book);

#endif
