/* SPDX-License-Identifier: MIT */
/*
 * Text that nobody vouches for. A name that a device or a producer chose must
 * neither drive the terminal that shows it nor make JSON invalid.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/text.h"

struct character {
	uint32_t code;
	size_t size;
};

static size_t claimed_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Longer than needed, half of a UTF-16 pair, or beyond the last character. */
static bool is_forbidden(struct character c)
{
	return (c.size == 3 && c.code < 0x800) ||
	       (c.size == 4 && c.code < 0x10000) ||
	       (c.code >= 0xd800 && c.code <= 0xdfff) || c.code > 0x10ffff;
}

/* The character that @text starts with; its size is 0 if that is no UTF-8. */
static struct character decode(const char *text)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	const struct character invalid = { 0, 0 };
	size_t size = claimed_size((unsigned char)text[0]);
	struct character c = { (unsigned char)text[0] & masks[size], size };

	if (!size)
		return invalid;
	/* The terminating zero is no continuation byte, so this ends there. */
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return invalid;
		c.code = c.code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	return is_forbidden(c) ? invalid : c;
}

/*
 * C0, DEL and C1 drive terminals; the rest hides text, or turns it around, so
 * that what is seen is not what is there.
 */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
	       (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static bool append(char **to, size_t *room, const char *bytes, size_t size)
{
	if (size >= *room)
		return false;
	memcpy(*to, bytes, size);
	*to += size;
	*room -= size;
	return true;
}

static bool append_hex(char **to, size_t *room, const char *bytes, size_t size)
{
	char hex[5];

	for (size_t i = 0; i < size; i++) {
		snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)bytes[i]);
		if (!append(to, room, hex, 4))
			return false;
	}
	return true;
}

void text_escape(const char *from, char *to, size_t size)
{
	bool fits = true;

	while (*from && fits) {
		struct character c = decode(from);
		size_t step = c.size ? c.size : 1;

		if (!c.size || is_control(c.code) || *from == '\\' ||
		    *from == '"')
			fits = append_hex(&to, &size, from, step);
		else
			fits = append(&to, &size, from, step);
		from += step;
	}
	*to = '\0';
}

static void copy_valid(const char *from, char *to, size_t size,
		       bool controls, const char *instead)
{
	bool fits = true;

	while (*from && fits) {
		struct character c = decode(from);

		if (!c.size || (is_control(c.code) && !controls))
			fits = append(&to, &size, instead, strlen(instead));
		else
			fits = append(&to, &size, from, c.size);
		from += c.size ? c.size : 1;
	}
	*to = '\0';
}

void text_clean(const char *from, char *to, size_t size)
{
	copy_valid(from, to, size, false, "?");
}

void text_to_utf8(const char *from, char *to, size_t size)
{
	/* U+FFFD, which means just that. */
	copy_valid(from, to, size, true, "\xef\xbf\xbd");
}

const char *text_time(uint64_t time_us, char to[TEXT_TIME_SIZE])
{
	if (time_us < 1000)
		snprintf(to, TEXT_TIME_SIZE, "%u us", (unsigned int)time_us);
	else if (time_us < 999950)
		snprintf(to, TEXT_TIME_SIZE, "%.*f ms",
			 time_us < 10000 ? 2 : 1, (double)time_us / 1000);
	else
		snprintf(to, TEXT_TIME_SIZE, "%.2f s",
			 (double)time_us / 1000000);
	return to;
}
