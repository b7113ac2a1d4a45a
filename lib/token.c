/* SPDX-License-Identifier: MIT */
/* Tokens: 128 random bits and their one textual form. */
#include <errno.h>
#include <sealmem/token.h>

#include "sealing/sealing.h"

#define DIGITS 16

int sealmem_token_generate(struct sealmem_token *ret_token)
{
	struct sealmem_token token;
	int ret;

	/* All zero has a chance of 2^-128 and a meaning. */
	do {
		ret = sealing_random(&token, sizeof(token));
		if (ret < 0)
			return ret;
	} while (sealmem_token_is_empty(token));
	*ret_token = token;
	return 0;
}

bool sealmem_token_is_empty(struct sealmem_token token)
{
	return (token.high | token.low) == 0;
}

bool sealmem_token_equal(struct sealmem_token a, struct sealmem_token b)
{
	return ((a.high ^ b.high) | (a.low ^ b.low)) == 0;
}

static void format_half(uint64_t half, char *ret_text)
{
	for (int i = DIGITS - 1; i >= 0; i--, half >>= 4)
		ret_text[i] = "0123456789ABCDEF"[half & 0xf];
}

void sealmem_token_format(struct sealmem_token token,
			  char ret_text[SEALMEM_TOKEN_TEXT_SIZE])
{
	format_half(token.high, ret_text);
	format_half(token.low, ret_text + DIGITS);
	ret_text[2 * DIGITS] = '\0';
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Stops at the first character that is no digit, so at the end of the text. */
static int parse_half(const char *text, uint64_t *ret_half)
{
	uint64_t half = 0;

	for (int i = 0; i < DIGITS; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return -EINVAL;
		half = half << 4 | (unsigned int)value;
	}
	*ret_half = half;
	return 0;
}

int sealmem_token_parse(const char *text, struct sealmem_token *ret_token)
{
	struct sealmem_token token;

	if (parse_half(text, &token.high) < 0 ||
	    parse_half(text + DIGITS, &token.low) < 0)
		return -EINVAL;
	if (text[2 * DIGITS] != '\0' || sealmem_token_is_empty(token))
		return -EINVAL;
	*ret_token = token;
	return 0;
}
