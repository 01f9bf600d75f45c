/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every source holds, whatever it is: it speaks through the contract of connect/connector.h
 * only.
 */
#ifndef WH_TESTS_CONNECT_SOURCE_CONFORMANCE_H
#define WH_TESTS_CONNECT_SOURCE_CONFORMANCE_H

#include "connect/connector.h"

/**
 * Opens @p request with batches of few and of many rows, and fails the test unless
 *
 * - chunks of any size, read one after another, give the same rows and bad records at the same
 *   places;
 * - a chunk holds as many records as its spec says, where it says so;
 * - offsets rise, and a batch ends behind its last record;
 * - going on at the end of any batch gives the rest, and the same digests;
 * - the digest of a finished part is found again, by another reader, too.
 *
 * The number of records is returned. @p request's batch_rows is not used.
 */
uint64_t source_conformance(const struct wh_connector *connector,
                            const struct wh_source_request *request);

#endif
