/* SPDX-License-Identifier: Apache-2.0 */
/** What expressions are made of, as `wherry functions` tells it:
 *  entries of the catalog by subject. */
#ifndef WH_REPORT_CATALOG_REPORT_H
#define WH_REPORT_CATALOG_REPORT_H

#include "convert/catalog.h"
#include "report/paper.h"

void wh_report_catalog_text(const struct wh_catalog_filter *filter, struct wh_paper *paper);
void wh_report_catalog_json(const struct wh_catalog_filter *filter, struct wh_paper *paper);

#endif
