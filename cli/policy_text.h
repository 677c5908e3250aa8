/* SPDX-License-Identifier: GPL-2.0-only */
/* policy_text.h - what pgtopd says of levers and decisions, for people */
#ifndef PGTOP_POLICY_TEXT_H
#define PGTOP_POLICY_TEXT_H

#include <stdbool.h>
#include <stdio.h>

struct json_object;

/*
 * The objects are those of pgtop/control.h.  What a member lacks, or has in another type, is
 * left out.  Lines fit 80 columns; text from outside cannot steer the terminal.
 */

/** policy_print_daemon - which pgtopd, its mode and how its windows went: member "status" */
void policy_print_daemon(FILE *out, struct json_object *status);
/** policy_print_levers - a line for each, and why it is so: an array */
void policy_print_levers(FILE *out, struct json_object *levers);
/** policy_print_last_window - objectives and guards of member "status" */
void policy_print_last_window(FILE *out, bool color, struct json_object *status);
/** policy_print_decisions - two lines or more for each: an array; the newest @max */
void policy_print_decisions(FILE *out, struct json_object *decisions, size_t max);
/** policy_print_decision - all of one, a line for each number */
void policy_print_decision(FILE *out, struct json_object *decision);

#endif
