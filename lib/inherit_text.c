/* SPDX-License-Identifier: MIT */
/* The text that describes an inherited region, written and read. Pure. */
#include "lib/inherit_text.h"

#include <string.h>

#define COMMAS 4

/* As many digits as a descriptor number, and three 64-bit numbers, can have. */
_Static_assert(SEALMEM_INHERIT_TEXT_SIZE == 10 + 1 + 3 * 20 + COMMAS + 1,
	       "and the i, the commas and the zero");

/* --- write ---------------------------------------------------------------- */

/* The next byte after it. */
static char *put_number(char *at, uint64_t number)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

void inherit_text_format(const struct sealmem_descriptor *descriptor,
			 char ret_text[SEALMEM_INHERIT_TEXT_SIZE])
{
	char *at = put_number(ret_text, (uint64_t)descriptor->fd);

	*at++ = ',';
	*at++ = 'i';
	*at++ = ',';
	at = put_number(at, descriptor->token.high);
	*at++ = ',';
	at = put_number(at, descriptor->token.low);
	*at++ = ',';
	at = put_number(at, descriptor->size);
	*at = '\0';
}

/* --- read ----------------------------------------------------------------- */

static bool has_five_fields(const char *text)
{
	size_t length = strnlen(text, SEALMEM_INHERIT_TEXT_SIZE), commas = 0;

	if (length == SEALMEM_INHERIT_TEXT_SIZE)
		return false;
	for (size_t i = 0; i < length; i++)
		commas += text[i] == ',';
	return commas == COMMAS;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A field that is a number up to @max, and its @end; @at moves behind both. */
static bool take_number(const char **at, char end, uint64_t max,
			uint64_t *ret_number)
{
	const char *c = *at;
	uint64_t number = 0;

	if (!is_digit(c[0]) || (c[0] == '0' && is_digit(c[1])))
		return false;
	for (; is_digit(*c); c++) {
		unsigned int digit = (unsigned int)(*c - '0');

		if (number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (*c != end)
		return false;
	*at = c + 1;
	*ret_number = number;
	return true;
}

static bool take_method(const char **at)
{
	if ((*at)[0] != 'i' || (*at)[1] != ',')
		return false;
	*at += 2;
	return true;
}

enum sealmem_refusal
inherit_text_parse(const char *text, struct sealmem_descriptor *ret_descriptor)
{
	struct sealmem_token token;
	uint64_t fd, size;

	if (!has_five_fields(text))
		return SEALMEM_REFUSAL_TEXT_FIELDS;
	if (!take_number(&text, ',', INT32_MAX, &fd) ||
	    fd < SEALMEM_INHERIT_FD_MIN)
		return SEALMEM_REFUSAL_TEXT_DESCRIPTOR;
	if (!take_method(&text))
		return SEALMEM_REFUSAL_TEXT_METHOD;
	if (!take_number(&text, ',', UINT64_MAX, &token.high) ||
	    !take_number(&text, ',', UINT64_MAX, &token.low))
		return SEALMEM_REFUSAL_TEXT_TOKEN;
	if (!take_number(&text, '\0', UINT64_MAX, &size))
		return SEALMEM_REFUSAL_TEXT_SIZE;
	ret_descriptor->fd = (int)fd;
	ret_descriptor->token = token;
	ret_descriptor->size = size;
	return SEALMEM_REFUSAL_NONE;
}
