/* SPDX-License-Identifier: MIT */
/*
 * The identity of a region: 128 random bits, kept across every conversion,
 * copy and passing. It serves accounting. It is not a capability: who knows a
 * token has no access, and a peer may send any token it likes.
 */
#ifndef SEALMEM_TOKEN_H
#define SEALMEM_TOKEN_H

#include <sealmem/base.h>

/* 32 hexadecimal digits and the terminating zero. */
#define SEALMEM_TOKEN_TEXT_SIZE 33

/**
 * struct sealmem_token - Identity of a region
 * @high: Upper 64 bits
 * @low: Lower 64 bits
 *
 * All zero is the empty token, which no region has.
 */
struct sealmem_token {
	uint64_t high;
	uint64_t low;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_token_generate() - Make a fresh token
 * @ret_token: Receives 128 random bits, never all zero
 *
 * Context: Any thread. May wait for the kernel's random pool early at boot.
 * Kernel: getrandom (3.17).
 * Return: 0, or -ENOSYS where the kernel has no getrandom.
 */
SEALMEM_FALLIBLE int sealmem_token_generate(struct sealmem_token *ret_token);

/**
 * sealmem_token_is_empty() - Is this the all-zero token?
 * @token: Token to look at
 *
 * Context: Any thread; async-signal-safe.
 * Return: True for the empty token.
 */
SEALMEM_API bool sealmem_token_is_empty(struct sealmem_token token);

/**
 * sealmem_token_equal() - Compare two tokens
 * @a: One token
 * @b: The other
 *
 * Takes the same time whatever the tokens are, so that it cannot be used to
 * guess one piece by piece.
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if all 128 bits are equal.
 */
SEALMEM_API bool sealmem_token_equal(struct sealmem_token a,
				     struct sealmem_token b);

/**
 * sealmem_token_format() - Write a token as text
 * @token: Token to write
 * @ret_text: Receives 32 upper-case hexadecimal digits and a zero
 *
 * Context: Any thread; async-signal-safe.
 */
SEALMEM_API void sealmem_token_format(struct sealmem_token token,
				      char ret_text[SEALMEM_TOKEN_TEXT_SIZE]);

/**
 * sealmem_token_parse() - Read a token from text
 * @text: Exactly 32 digits 0-9 A-F, zero-terminated; not all zero
 * @ret_token: Receives the token
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EINVAL for anything else than the above: another length,
 * lower case, signs, spaces, the empty token.
 */
SEALMEM_FALLIBLE int sealmem_token_parse(const char *text,
					 struct sealmem_token *ret_token);

#ifdef __cplusplus
}
#endif

#endif
