/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels between texts and bytes: digests, and bytes written as text. */
#ifndef WH_CONVERT_KERNEL_ENCODE_H
#define WH_CONVERT_KERNEL_ENCODE_H

#include "convert/kernel.h"

/* Digests (kernel_digest.c). */
wh_kernel wh_text_md5; /* as hexadecimal text; the others give bytes */
wh_kernel wh_bytes_sha224;
wh_kernel wh_bytes_sha256;
wh_kernel wh_bytes_sha384;
wh_kernel wh_bytes_sha512;
wh_kernel wh_text_uuid5;
wh_kernel wh_uuid_random;

/* Bytes as text, and back (kernel_encode.c). */
wh_kernel wh_bytes_encode;
wh_kernel wh_bytes_decode;
wh_kernel wh_int_to_hex;
wh_kernel wh_text_convert_to;    /* to UTF-8: the bytes that the text has */
wh_kernel wh_bytes_convert_from; /* from UTF-8 */

/* Parts of bytes (kernel_bytes.c). */
wh_kernel wh_bytes_substring;
wh_kernel wh_bytes_trim_both;
wh_kernel wh_bytes_trim_left;
wh_kernel wh_bytes_trim_right;
wh_kernel wh_bytes_position;
wh_kernel wh_bytes_overlay;
wh_kernel wh_bytes_get_byte;
wh_kernel wh_bytes_set_byte;
wh_kernel wh_bytes_get_bit;
wh_kernel wh_bytes_set_bit;
wh_kernel wh_bytes_bit_count;

#endif
