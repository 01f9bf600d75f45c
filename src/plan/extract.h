/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A corrected extract in the place of an item type's source: a file that `log --rejected --export`
 * wrote and somebody corrected. It has the source's columns, as texts, and is read as if it were
 * the source: with the source's types.
 */
#ifndef WH_PLAN_EXTRACT_H
#define WH_PLAN_EXTRACT_H

#include "plan/item.h"

/** Columns of an extract that are for people, and not read. */
#define WH_EXTRACT_PLACE "wherry_place"
#define WH_EXTRACT_REASON "wherry_reason"

/** The functions that read files; WH_UNSUPPORTED where this version has none. */
WH_MUST_CHECK wh_code wh_plan_file_functions(const struct wh_plan *plan,
                                             const struct wh_source_functions **ret,
                                             struct wh_error *err);

/**
 * Puts the file at @p path, relative to the working directory, in the place of the source that
 * @p item has open and described. WH_INVALID where its columns are not the source's. The source is
 * closed with what takes its place.
 */
WH_MUST_CHECK wh_code wh_extract_open(const struct wh_plan *plan, struct wh_item_plan *item,
                                      struct wh_str path, struct wh_error *err);

#endif
