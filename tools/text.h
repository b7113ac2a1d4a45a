/* SPDX-License-Identifier: MIT */
/* Text from devices and from shared memory: nobody vouches for it. */
#ifndef SEALMEM_TOOLS_TEXT_H
#define SEALMEM_TOOLS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * For terminals and lines: bytes that are no UTF-8, that control a terminal or
 * that end a quoted text come out as \xNN. @size at least 1; always terminated.
 */
void text_escape(const char *from, char *to, size_t size);

/* Valid UTF-8 without control characters: what does not fit becomes '?'. */
void text_clean(const char *from, char *to, size_t size);

/* Valid UTF-8, control characters left in: for JSON, which escapes those. */
void text_to_utf8(const char *from, char *to, size_t size);

#define TEXT_TIME_SIZE	32

/* Microseconds as "850 us", "8.25 ms" or "1.20 s": @to, for printf. */
const char *text_time(uint64_t time_us, char to[TEXT_TIME_SIZE]);

#endif
