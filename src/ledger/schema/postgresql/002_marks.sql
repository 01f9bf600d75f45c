-- SPDX-License-Identifier: Apache-2.0
-- Version 2: which versions of rows a group wrote.

ALTER TABLE wherry.segment ADD COLUMN mark text; -- in the destination's own words; NULL: it has none
