/* SPDX-License-Identifier: MIT */
/*
 * Reaches sealmem_gamepad_effect_encode and sealmem_gamepad_effect_decode.
 *
 * Input: an even first byte is followed by a message as it is. An odd one is
 * followed by type, index (1 byte each), duration and start delay (2 bytes
 * each) and four strengths (1 byte, that picks one of those below, or 4 bytes
 * more), of which the library makes a message, and by deviations: where (1
 * byte) and which bits are others (1 byte).
 *
 * Oracles: a message is accepted if and only if it follows the rules of
 * <sealmem/gamepad_effect.h>, transcribed here for the bits of its numbers; a
 * refusal writes nothing; what is accepted has one form, and what may be sent
 * is what is accepted.
 */
#include <errno.h>
#include <sealmem/gamepad_effect.h>

#include "fuzz.h"

#define SIZE SEALMEM_GAMEPAD_EFFECT_SIZE

static uint32_t word_at(const uint8_t *bytes, int word)
{
	const uint8_t *at = bytes + 4 * word;

	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* 0 to 1, and the other zero. */
static bool is_strength(uint32_t bits)
{
	return bits <= 0x3f800000 || bits == 0x80000000;
}

static bool is_zero(uint32_t bits)
{
	return (bits & 0x7fffffff) == 0;
}

/* The words of a message from the fourth on. */
static bool follow_rules(const uint32_t *words)
{
	uint32_t type = words[0];
	bool triggers = !is_zero(words[6]) || !is_zero(words[7]);
	bool rest = words[2] != 0 || words[3] != 0 || !is_zero(words[4]) ||
		    !is_zero(words[5]);

	if (type < 1 || type > 3 || words[1] > 31 || words[2] > 5000 ||
	    words[3] > 5000)
		return false;
	for (int i = 4; i < 8; i++)
		if (!is_strength(words[i]))
			return false;
	return type == 2 || (!triggers && (type == 1 || !rest));
}

static bool is_message(const uint8_t *bytes, size_t size)
{
	uint32_t words[8];

	if (size != SIZE)
		return false;
	for (int i = 0; i < 8; i++)
		words[i] = word_at(bytes, 3 + i);
	return word_at(bytes, 0) == 0x6c616573 &&
	       word_at(bytes, 1) == 0x0078666d && word_at(bytes, 2) == 1 &&
	       word_at(bytes, 11) == 0 && follow_rules(words);
}

static void check_message(const uint8_t *bytes, size_t size)
{
	struct sealmem_gamepad_effect effect, before;
	uint8_t again[SIZE];
	int ret;

	memset(&before, 0x5a, sizeof(before));
	effect = before;
	ret = sealmem_gamepad_effect_decode(bytes, size, &effect);
	FUZZ_CHECK(ret == (is_message(bytes, size) ? 0 : -EBADMSG));
	if (ret < 0) {
		FUZZ_CHECK(memcmp(&effect, &before, sizeof(effect)) == 0);
		return;
	}
	FUZZ_CHECK(sealmem_gamepad_effect_encode(&effect, again) == 0);
	FUZZ_CHECK(memcmp(again, bytes, SIZE) == 0);
}

/* --- messages that the library makes -------------------------------------- */

static uint32_t take_strength(struct fuzz_input *input)
{
	static const uint32_t picked[] = {
		0, 0x80000000, 1, 0x80000001, 0x3f000000, 0x3f800000,
		0x3f800001, 0xbf800000, 0x7f800000, 0x7fc00000, 0x7f800001,
	};
	uint64_t which = fuzz_take(input, 1);

	if (which < sizeof(picked) / sizeof(picked[0]))
		return picked[which];
	return (uint32_t)fuzz_take(input, 4);
}

static float as_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void take_words(struct fuzz_input *input, uint32_t *words)
{
	words[0] = (uint32_t)fuzz_take(input, 1);
	words[1] = (uint32_t)fuzz_take(input, 1);
	words[2] = (uint32_t)fuzz_take(input, 2);
	words[3] = (uint32_t)fuzz_take(input, 2);
	for (int i = 4; i < 8; i++)
		words[i] = take_strength(input);
}

static void make_message(struct fuzz_input *input)
{
	uint32_t words[8];
	struct sealmem_gamepad_effect effect;
	uint8_t bytes[SIZE];
	int ret;

	take_words(input, words);
	effect = (struct sealmem_gamepad_effect){
		.struct_size = sizeof(effect),
		.type = words[0],
		.index = words[1],
		.duration_ms = words[2],
		.start_delay_ms = words[3],
		.strong = as_float(words[4]),
		.weak = as_float(words[5]),
		.left_trigger = as_float(words[6]),
		.right_trigger = as_float(words[7]),
	};
	ret = sealmem_gamepad_effect_encode(&effect, bytes);
	FUZZ_CHECK(ret == (follow_rules(words) ? 0 : -EINVAL));
	if (ret < 0)
		return;
	check_message(bytes, SIZE);
	while (input->size > 0) {
		uint64_t at = fuzz_take(input, 1);

		bytes[at % SIZE] ^= (uint8_t)fuzz_take(input, 1);
		check_message(bytes, SIZE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	if (fuzz_take(&input, 1) & 1)
		make_message(&input);
	else
		check_message(input.data, input.size);
	return 0;
}
