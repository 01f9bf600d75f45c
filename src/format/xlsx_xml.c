/* SPDX-License-Identifier: Apache-2.0 */
#include "format/xlsx_xml.h"

#include <inttypes.h>

#include <expat.h>

#include "base/error.h"
#include "format/xlsx_names.h"

/* Between a namespace and a name; no URI has it. */
#define SEPARATOR '|'

struct xml {
    XML_Parser expat;
    const struct wh_xlsx_handlers *handlers;
    void *ctx;
    uint64_t given; /* bytes */
    unsigned depth;
    struct wh_xlsx_names names;
    wh_code rc; /* of a handler */
    struct wh_error *err;
};

/* SpreadsheetML, its relationships and packages: the usual and the strict edition. */
static const char *const namespaces[] = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/package/2006/relationships",
};
static const char *const relation_namespaces[] = {
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
};

static bool is_one_of(struct wh_str text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (wh_str_is(text, list[i]))
            return true;
    return false;
}

static const char *local_name(const char *name)
{
    const char *separator = strrchr(name, SEPARATOR);
    if (separator == NULL)
        return "";
    struct wh_str space = wh_str_make(name, (size_t)(separator - name));
    return is_one_of(space, namespaces, WH_COUNT_OF(namespaces)) ? separator + 1 : "";
}

/* ---- handlers -------------------------------------------------------------------------------- */

static void stop(struct xml *xml, wh_code rc)
{
    if (rc == WH_OK || xml->rc != WH_OK)
        return;
    xml->rc = rc;
    (void)XML_StopParser(xml->expat, XML_FALSE);
}

static void note_name(struct xml *xml, const char *name)
{
    stop(xml, wh_xlsx_names_note(&xml->names, wh_str_from(name), xml->err));
}

/* The declarations of namespaces in a tag, which are no attributes of it. */
static void XMLCALL on_namespace(void *ctx, const XML_Char *prefix, const XML_Char *uri)
{
    struct xml *xml = ctx;
    if (xml->rc == WH_OK && prefix != NULL)
        note_name(xml, prefix);
    if (xml->rc == WH_OK && uri != NULL)
        note_name(xml, uri);
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct xml *xml = ctx;
    if (xml->rc == WH_OK)
        note_name(xml, name);
    for (size_t i = 0; attributes[i] != NULL && xml->rc == WH_OK; i += 2)
        note_name(xml, attributes[i]);
    if (xml->rc != WH_OK)
        return;
    if (++xml->depth > WH_XLSX_MAX_DEPTH)
        stop(xml,
             wh_error_set(xml->err, WH_LIMIT, "elements nest deeper than %d", WH_XLSX_MAX_DEPTH));
    else if (xml->handlers->start != NULL)
        stop(xml, xml->handlers->start(xml->ctx, local_name(name), (const char *const *)attributes,
                                       xml->err));
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct xml *xml = ctx;
    xml->depth--;
    if (xml->rc == WH_OK && xml->handlers->end != NULL)
        stop(xml, xml->handlers->end(xml->ctx, local_name(name), xml->err));
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len)
{
    struct xml *xml = ctx;
    if (xml->rc == WH_OK && xml->handlers->text != NULL)
        stop(xml, xml->handlers->text(xml->ctx, wh_str_make(text, (size_t)len), xml->err));
}

static void XMLCALL on_document_type(void *ctx, const XML_Char *name, const XML_Char *system_id,
                                     const XML_Char *public_id, int has_internal)
{
    struct xml *xml = ctx;
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal;
    stop(xml, wh_error_set(xml->err, WH_UNSUPPORTED,
                           "a document type (DTD) is declared, which no workbook has; it is not "
                           "read"));
}

/* ---- reading --------------------------------------------------------------------------------- */

static wh_code parse(struct xml *xml, struct wh_str bytes, bool is_last, struct wh_error *err)
{
    xml->err = err;
    enum XML_Status status = XML_Parse(xml->expat, bytes.ptr, (int)bytes.len, is_last);
    if (xml->rc != WH_OK)
        return xml->rc;
    if (status != XML_STATUS_OK)
        return wh_error_set(err, WH_INVALID, "no well-formed XML in line %lu: %s",
                            (unsigned long)XML_GetCurrentLineNumber(xml->expat),
                            XML_ErrorString(XML_GetErrorCode(xml->expat)));
    xml->given += bytes.len;
    XML_Index reached = XML_GetCurrentByteIndex(xml->expat);
    if (!is_last && (reached < 0 ? 0 : (uint64_t)reached) + WH_XLSX_MAX_TOKEN < xml->given)
        return wh_error_set(err, WH_LIMIT, "a tag or comment has more than %" PRIu64 " bytes",
                            WH_XLSX_MAX_TOKEN);
    return WH_OK;
}

/* Pieces are small, so that a large tag is noticed before it is large. */
static wh_code take(void *ctx, struct wh_str bytes, struct wh_error *err)
{
    static const size_t piece = (size_t)64 << 10;
    for (size_t at = 0; at < bytes.len; at += piece)
        WH_TRY(parse(ctx, wh_str_make(bytes.ptr + at, WH_MIN(piece, bytes.len - at)), false, err));
    return WH_OK;
}

static wh_code read_whole(struct xml *xml, const struct wh_parts *parts, struct wh_str name,
                          struct wh_error *err)
{
    WH_TRY(parts->read(parts->ctx, name, take, xml, err));
    if (xml->rc == WH_END)
        return WH_OK;
    wh_code rc = parse(xml, WH_STR_NONE, true, err);
    return rc == WH_END ? WH_OK : rc;
}

wh_code wh_xlsx_read_part(const struct wh_parts *parts, struct wh_str name,
                          const struct wh_xlsx_handlers *handlers, void *ctx, struct wh_error *err)
{
    struct xml xml = {.handlers = handlers, .ctx = ctx, .err = err};
    xml.expat = XML_ParserCreateNS(NULL, SEPARATOR);
    if (xml.expat == NULL)
        return wh_error_no_memory(err, 0);
    XML_SetUserData(xml.expat, &xml);
    XML_SetElementHandler(xml.expat, on_start, on_end);
    XML_SetStartNamespaceDeclHandler(xml.expat, on_namespace);
    XML_SetCharacterDataHandler(xml.expat, on_text);
    XML_SetStartDoctypeDeclHandler(xml.expat, on_document_type);
    wh_code rc = read_whole(&xml, parts, name, err);
    XML_ParserFree(xml.expat);
    if (rc != WH_OK && rc != WH_END)
        return wh_error_prefix(err, rc, "part '%.*s'", WH_FMT(name));
    return rc;
}

/* ---- attributes ------------------------------------------------------------------------------ */

const char *wh_xlsx_attribute(const char *const *attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

const char *wh_xlsx_relation(const char *const *attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2) {
        const char *separator = strrchr(attributes[0], SEPARATOR);
        if (separator == NULL || strcmp(separator + 1, name) != 0)
            continue;
        struct wh_str space = wh_str_make(attributes[0], (size_t)(separator - attributes[0]));
        if (is_one_of(space, relation_namespaces, WH_COUNT_OF(relation_namespaces)))
            return attributes[1];
    }
    return NULL;
}

bool wh_xlsx_is_true(const char *value)
{
    return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}
