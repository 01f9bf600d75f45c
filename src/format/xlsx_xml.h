/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The XML parts of a workbook, read piece by piece by expat.
 *
 * Names are local ones of the namespaces of SpreadsheetML and of packages, in either edition; other
 * elements are named "". Memory is bounded: a document type is refused (so there are no entities
 * but XML's own), and so is what nests too deeply, has a tag above WH_XLSX_MAX_TOKEN bytes, or has
 * too many different names (format/xlsx_names.h).
 */
#ifndef WH_FORMAT_XLSX_XML_H
#define WH_FORMAT_XLSX_XML_H

#include <wherry/error.h>

#include "base/str.h"
#include "format/convert.h"

#define WH_XLSX_MAX_TOKEN ((uint64_t)1 << 20)
#define WH_XLSX_MAX_DEPTH 64

/** What is done with an element or a text; each may be NULL. WH_END: no more is wanted. */
struct wh_xlsx_handlers {
    /** @p attributes: name and value in turn, NULL behind the last. */
    wh_code (*start)(void *ctx, const char *name, const char *const *attributes,
                     struct wh_error *err);
    wh_code (*end)(void *ctx, const char *name, struct wh_error *err);
    wh_code (*text)(void *ctx, struct wh_str text, struct wh_error *err);
};

/** Reads the part @p name. WH_END where the file has no such part;
 *  WH_INVALID where it is no XML. */
WH_MUST_CHECK wh_code wh_xlsx_read_part(const struct wh_parts *parts, struct wh_str name,
                                        const struct wh_xlsx_handlers *handlers, void *ctx,
                                        struct wh_error *err);

/** The value of an attribute; NULL where it is not stated. */
const char *wh_xlsx_attribute(const char *const *attributes, const char *name);

/** The same of one in the namespace of relationships: r:id. */
const char *wh_xlsx_relation(const char *const *attributes, const char *name);

/** True where the attribute states what XML calls true. */
bool wh_xlsx_is_true(const char *value);

#endif
