/* SPDX-License-Identifier: Apache-2.0 */
#include "format/dbf_driver.h"

#include <stddef.h>

#include "base/macros.h"

/* The code page marks of Visual FoxPro ("Code Pages Supported by Visual FoxPro") and the language
 * drivers of the Borland Database Engine. 0x68 (895), 0x69 (620), 0x86 (Greek 737 or 437), 0x8E and
 * 0x98 are missing: iconv does not know their code pages, or sources do not agree on them. */
static const struct {
    uint8_t driver;
    const char *encoding;
} drivers[] = {
    {0x01, "CP437"},        {0x02, "CP850"},
    {0x03, "CP1252"},       {0x04, "MACINTOSH"},
    {0x08, "CP865"},        {0x09, "CP437"},
    {0x0A, "CP850"},        {0x0B, "CP437"},
    {0x0D, "CP437"},        {0x0E, "CP850"},
    {0x0F, "CP437"},        {0x10, "CP850"},
    {0x11, "CP437"},        {0x12, "CP850"},
    {0x13, "CP932"},        {0x14, "CP850"},
    {0x15, "CP437"},        {0x16, "CP850"},
    {0x17, "CP865"},        {0x18, "CP437"},
    {0x19, "CP437"},        {0x1A, "CP850"},
    {0x1B, "CP437"},        {0x1C, "CP863"},
    {0x1D, "CP850"},        {0x1F, "CP852"},
    {0x22, "CP852"},        {0x23, "CP852"},
    {0x24, "CP860"},        {0x25, "CP850"},
    {0x26, "CP866"},        {0x37, "CP850"},
    {0x40, "CP852"},        {0x4D, "CP936"},
    {0x4E, "CP949"},        {0x4F, "CP950"},
    {0x50, "CP874"},        {0x57, "CP1252"},
    {0x58, "CP1252"},       {0x59, "CP1252"},
    {0x64, "CP852"},        {0x65, "CP866"},
    {0x66, "CP865"},        {0x67, "CP861"},
    {0x6A, "CP737"},        {0x6B, "CP857"},
    {0x6C, "CP863"},        {0x78, "CP950"},
    {0x79, "CP949"},        {0x7A, "CP936"},
    {0x7B, "CP932"},        {0x7C, "CP874"},
    {0x7D, "CP1255"},       {0x7E, "CP1256"},
    {0x87, "CP852"},        {0x88, "CP857"},
    {0x96, "MAC-CYRILLIC"}, {0x97, "MAC-CENTRALEUROPE"},
    {0xC8, "CP1250"},       {0xC9, "CP1251"},
    {0xCA, "CP1254"},       {0xCB, "CP1253"},
    {0xCC, "CP1257"},
};

/* "DB437US0", "DB850FR0", "DBWINUS0": behind "DB" is the code page. */
static const struct {
    struct wh_str start;
    const char *encoding;
} locales[] = {
    {{"DBWIN", 5}, "CP1252"}, {{"DB437", 5}, "CP437"}, {{"DB850", 5}, "CP850"},
    {{"DB852", 5}, "CP852"},  {{"DB860", 5}, "CP860"}, {{"DB861", 5}, "CP861"},
    {{"DB863", 5}, "CP863"},  {{"DB865", 5}, "CP865"}, {{"DB866", 5}, "CP866"},
    {{"DB857", 5}, "CP857"},  {{"DB874", 5}, "CP874"}, {{"DB932", 5}, "CP932"},
    {{"DB936", 5}, "CP936"},  {{"DB949", 5}, "CP949"}, {{"DB950", 5}, "CP950"},
};

const char *wh_dbf_driver_encoding(uint8_t driver, struct wh_str locale)
{
    for (size_t i = 0; i < WH_COUNT_OF(drivers); i++)
        if (drivers[i].driver == driver)
            return drivers[i].encoding;
    for (size_t i = 0; i < WH_COUNT_OF(locales) && driver == 0; i++)
        if (wh_str_starts_with(locale, locales[i].start))
            return locales[i].encoding;
    return NULL;
}
