/* SPDX-License-Identifier: GPL-2.0-only */
/* json_add.h - members of JSON objects that are being made */
#ifndef PGTOP_JSON_ADD_H
#define PGTOP_JSON_ADD_H

#include <stdint.h>

struct json_object;

/**
 * json_new_text - @text, which need not be UTF-8 as JSON has to be (RFC 8259, 8.1)
 *
 * Names of processes and files are any bytes: U+FFFD stands for those that are no characters.
 */
struct json_object *json_new_text(const char *text);
/** json_add_text - json_new_text(), unless @text is NULL or empty */
void json_add_text(struct json_object *o, const char *name, const char *text);
void json_add_u64(struct json_object *o, const char *name, uint64_t n);
/** json_add_hex - an address: the text "0x..." */
void json_add_hex(struct json_object *o, const char *name, uint64_t n);
/** json_add_double - unless @n is no number or infinite, for which JSON has no word */
void json_add_double(struct json_object *o, const char *name, double n);
/** json_unavailable - what stands for a number that is not known: {"unavailable": why} */
struct json_object *json_unavailable(const char *why);

#endif
