/* SPDX-License-Identifier: MIT */
/*
 * The message as bytes: what is said is understood, each message has one form,
 * and everything else is refused for the right reason.
 *
 * Every message is decoded from a heap block of exactly its size, so that
 * AddressSanitizer sees the first byte too many.
 */
#include <string.h>

#include "harness.h"
#include "lib/wire.h"

#define SIZE SEALMEM_MESSAGE_SIZE

/* Where the fields are, transcribed from <sealmem/channel.h>. */
enum {
	MAGIC = 0, VERSION = 8, KIND = 12, BYTES = 16, TOKEN = 24,
	GENERATION = 40, LABEL = 48,
};

static const struct wire_message sample = {
	.kind = SEALMEM_KIND_READONLY,
	.size = 0x0102030405060708,
	.token = { 0x1112131415161718, 0x2122232425262728 },
	.generation = 0x3132333435363738,
	.label = "pad 0 ~",
};

static const uint8_t golden[SIZE] = {
	's',  'e',  'a',  'l',	'm',  'e',  'm',  0,
	1,    0,    0,	  0,	1,    0,    0,	  0,
	0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
	0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
	0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21,
	0x38, 0x37, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31,
	'p',  'a',  'd',  ' ',	'0',  ' ',  '~',  0,
	0,    0,    0,	  0,	0,    0,    0,	  0,
	0,    0,    0,	  0,	0,    0,    0,	  0,
	0,    0,    0,	  0,	0,    0,    0,	  0,
};

/* @d is written only if the message is accepted, which is checked here too. */
static enum sealmem_refusal decode(const uint8_t *bytes, size_t size,
				   struct wire_message *d)
{
	struct wire_message before, got;
	enum sealmem_refusal refusal;
	uint8_t *exact = malloc(size ? size : 1);

	memset(&before, 0x5a, sizeof(before));
	memcpy(&got, &before, sizeof(got));
	memcpy(exact, bytes, size);
	refusal = wire_decode(exact, size, &got);
	EXPECT_MEMEQ(exact, bytes, size);
	free(exact);
	if (refusal == SEALMEM_REFUSAL_NONE)
		*d = got;
	else
		EXPECT_MEMEQ(&got, &before, sizeof(got));
	return refusal;
}

static bool are_equal(const struct wire_message *a,
		      const struct wire_message *b)
{
	return a->kind == b->kind && a->size == b->size &&
	       a->token.high == b->token.high &&
	       a->token.low == b->token.low &&
	       a->generation == b->generation &&
	       memcmp(a->label, b->label, sizeof(a->label)) == 0;
}

/* ---- what is said is understood -------------------------------------- */

TEST(golden_bytes)
{
	struct wire_message d = { 0 };
	uint8_t bytes[SIZE];

	wire_encode(&sample, bytes);
	EXPECT_MEMEQ(bytes, golden, SIZE);
	EXPECT_EQ(decode(golden, SIZE, &d), SEALMEM_REFUSAL_NONE);
	EXPECT_TRUE(are_equal(&d, &sample));
}

static const uint64_t sizes[] = {
	1, 4095, 4096, 4097, INT32_MAX, (uint64_t)1 << 31, UINT32_MAX,
	(uint64_t)1 << 32, INT64_MAX, (uint64_t)1 << 63, UINT64_MAX,
};

static const struct sealmem_token tokens[] = {
	{ 0, 1 }, { 1, 0 }, { 0, UINT64_MAX }, { UINT64_MAX, 0 },
	{ (uint64_t)1 << 63, 0 }, { UINT64_MAX, UINT64_MAX },
	{ 0x0123456789abcdef, 0xfedcba9876543210 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_all_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static void expect_round_trip(const struct wire_message *d)
{
	struct wire_message got = { 0 };
	uint8_t bytes[SIZE];

	memset(bytes, 0xa5, SIZE);
	wire_encode(d, bytes);
	EXPECT_EQ(decode(bytes, SIZE, &got), SEALMEM_REFUSAL_NONE);
	EXPECT_TRUE(are_equal(d, &got));
}

TEST(case_105_round_trip)
{
	struct wire_message d = { 0 };

	for (d.kind = SEALMEM_KIND_READONLY; d.kind <= SEALMEM_KIND_UNSAFE;
	     d.kind++)
		for (size_t i = 0; i < COUNT(sizes) * COUNT(tokens); i++) {
			d.size = sizes[i / COUNT(tokens)];
			d.token = tokens[i % COUNT(tokens)];
			expect_round_trip(&d);
		}
}

TEST(labels)
{
	static const char longest[] = "a label of 31 bytes is the last";
	struct wire_message d = sample;
	char label[SEALMEM_LABEL_MAX + 1];

	ASSERT_EQ(strlen(longest), SEALMEM_LABEL_MAX);
	memset(label, 0x5a, sizeof(label));
	EXPECT_OK(wire_read_label(NULL, label));
	EXPECT_TRUE(is_all_zero(label, sizeof(label)));
	memset(label, 0x5a, sizeof(label));
	EXPECT_OK(wire_read_label("", label));
	EXPECT_TRUE(is_all_zero(label, sizeof(label)));
	EXPECT_OK(wire_read_label(longest, label));
	EXPECT_STREQ(label, longest);
	memcpy(d.label, label, sizeof(label));
	expect_round_trip(&d);

	EXPECT_ERR(EINVAL, wire_read_label("a label of 32 bytes is no label.",
					   label));
	EXPECT_ERR(EINVAL, wire_read_label("tab\t", label));
	EXPECT_ERR(EINVAL, wire_read_label("\x7f", label));
	EXPECT_ERR(EINVAL, wire_read_label("\xc3\xa9", label));
	EXPECT_STREQ(label, longest);
}

/* ---- and nothing else is --------------------------------------------- */

static void put(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++, value >>= 8)
		at[i] = (uint8_t)value;
}

FIXTURE(wrong)
{
	uint8_t bytes[SIZE];
};

FIXTURE_VARIANT(wrong)
{
	size_t at;
	size_t size;
	uint64_t value;
	enum sealmem_refusal refusal;
};

#define WRONG(id, ...) \
	FIXTURE_VARIANT_ADD(wrong, id) { __VA_ARGS__ }

WRONG(empty_magic, MAGIC, 8, 0, SEALMEM_REFUSAL_MESSAGE_MAGIC);
WRONG(first_of_magic, MAGIC, 1, 'S', SEALMEM_REFUSAL_MESSAGE_MAGIC);
WRONG(end_of_magic, MAGIC + 7, 1, '1', SEALMEM_REFUSAL_MESSAGE_MAGIC);
WRONG(version_0, VERSION, 4, 0, SEALMEM_REFUSAL_MESSAGE_VERSION);
WRONG(version_2, VERSION, 4, 2, SEALMEM_REFUSAL_MESSAGE_VERSION);
WRONG(version_of_big_endian, VERSION, 4, 0x01000000,
      SEALMEM_REFUSAL_MESSAGE_VERSION);
WRONG(no_kind, KIND, 4, SEALMEM_KIND_NONE, SEALMEM_REFUSAL_KIND);
WRONG(kind_after_the_last, KIND, 4, SEALMEM_KIND_UNSAFE + 1,
      SEALMEM_REFUSAL_KIND);
WRONG(kind_minus_one, KIND, 4, UINT32_MAX, SEALMEM_REFUSAL_KIND);
WRONG(kind_of_big_endian, KIND, 4, 0x01000000, SEALMEM_REFUSAL_KIND);
WRONG(no_size, BYTES, 8, 0, SEALMEM_REFUSAL_SIZE_ZERO);
WRONG(label_below_printable, LABEL, 1, 0x1f, SEALMEM_REFUSAL_MESSAGE_LABEL);
WRONG(label_above_printable, LABEL, 1, 0x7f, SEALMEM_REFUSAL_MESSAGE_LABEL);
WRONG(label_negative, LABEL, 1, 0xff, SEALMEM_REFUSAL_MESSAGE_LABEL);
WRONG(label_of_two_parts, LABEL + 8, 1, 'x', SEALMEM_REFUSAL_MESSAGE_LABEL);
WRONG(label_then_a_bit, LABEL + 31, 1, 1, SEALMEM_REFUSAL_MESSAGE_LABEL);
WRONG(label_ended_early, LABEL, 1, 0, SEALMEM_REFUSAL_MESSAGE_LABEL);

TEST_F(wrong, field_is_refused)
{
	struct wire_message d = { 0 };

	memcpy(self->bytes, golden, SIZE);
	put(self->bytes + variant->at, variant->value, variant->size);
	EXPECT_EQ(decode(self->bytes, SIZE, &d), variant->refusal);
}

TEST(empty_token)
{
	struct wire_message d = { 0 };
	uint8_t bytes[SIZE];

	memcpy(bytes, golden, SIZE);
	put(bytes + TOKEN, 0, 8);
	EXPECT_EQ(decode(bytes, SIZE, &d), SEALMEM_REFUSAL_NONE);
	put(bytes + TOKEN + 8, 0, 8);
	EXPECT_EQ(decode(bytes, SIZE, &d), SEALMEM_REFUSAL_TOKEN);
	put(bytes + TOKEN, 1, 8);
	EXPECT_EQ(decode(bytes, SIZE, &d), SEALMEM_REFUSAL_NONE);
}

/* What is shorter or longer is no message, whatever it begins with. */
TEST(every_length)
{
	struct wire_message d = { 0 };
	uint8_t bytes[SIZE + 16] = { 0 };

	memcpy(bytes, golden, SIZE);
	for (size_t size = 0; size <= sizeof(bytes); size++)
		EXPECT_EQ(decode(bytes, size, &d),
			  size == SIZE ? SEALMEM_REFUSAL_NONE :
					 SEALMEM_REFUSAL_MESSAGE_SIZE);
}

TEST(any_alignment)
{
	uint8_t *block = malloc(SIZE + 8);
	struct wire_message d = { 0 };

	for (size_t i = 0; i <= 8; i++) {
		memset(block, 0xa5, SIZE + 8);
		wire_encode(&sample, block + i);
		EXPECT_MEMEQ(block + i, golden, SIZE);
		EXPECT_EQ(wire_decode(block + i, SIZE, &d),
			  SEALMEM_REFUSAL_NONE);
		EXPECT_TRUE(are_equal(&d, &sample));
	}
	free(block);
}

/* ---- one bit --------------------------------------------------------- */

/* The golden label has seven characters. */
static enum sealmem_refusal wanted_for_label(size_t at, int byte)
{
	bool is_printable = byte >= ' ' && byte <= '~';

	return at <= 7 && is_printable ? SEALMEM_REFUSAL_NONE :
					 SEALMEM_REFUSAL_MESSAGE_LABEL;
}

/* What one other bit makes of the golden message. */
static enum sealmem_refusal wanted_for_bit(size_t bit)
{
	if (bit / 8 < VERSION)
		return SEALMEM_REFUSAL_MESSAGE_MAGIC;
	if (bit / 8 < KIND)
		return SEALMEM_REFUSAL_MESSAGE_VERSION;
	/* Kind 1 becomes 3, another kind, by bit 1 alone. */
	if (bit / 8 < BYTES)
		return bit == KIND * 8 + 1 ? SEALMEM_REFUSAL_NONE :
					     SEALMEM_REFUSAL_KIND;
	if (bit / 8 < LABEL)
		return SEALMEM_REFUSAL_NONE;
	return wanted_for_label(bit / 8 - LABEL,
				golden[bit / 8] ^ 1 << bit % 8);
}

TEST(every_bit)
{
	struct wire_message d = { 0 };
	uint8_t bytes[SIZE], again[SIZE];
	enum sealmem_refusal refusal;

	for (size_t bit = 0; bit < SIZE * 8; bit++) {
		memcpy(bytes, golden, SIZE);
		bytes[bit / 8] ^= 1 << bit % 8;
		refusal = decode(bytes, SIZE, &d);
		EXPECT_EQ(refusal, wanted_for_bit(bit));
		if (refusal != SEALMEM_REFUSAL_NONE)
			continue;
		EXPECT_FALSE(are_equal(&d, &sample));
		wire_encode(&d, again);
		EXPECT_MEMEQ(again, bytes, SIZE);
	}
}

/* ---- one form -------------------------------------------------------- */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*state >> 32);
}

/* Some bytes of a message replaced, mostly by others that may stand there. */
static void disturb(uint8_t bytes[SIZE], uint64_t *state)
{
	memcpy(bytes, golden, SIZE);
	for (uint32_t i = next_random(state) % 4; i > 0; i--)
		bytes[next_random(state) % SIZE] = next_random(state) % 5;
	for (uint32_t i = next_random(state) % 16; i > 0; i--)
		bytes[BYTES + next_random(state) % 32] = next_random(state);
}

TEST(what_is_accepted_has_one_form)
{
	struct wire_message d = { 0 };
	uint8_t bytes[SIZE], again[SIZE];
	int accepted = 0, refused = 0;
	uint64_t state = 105;

	for (int i = 0; i < 20000; i++) {
		disturb(bytes, &state);
		if (decode(bytes, SIZE, &d) != SEALMEM_REFUSAL_NONE) {
			refused++;
			continue;
		}
		accepted++;
		wire_encode(&d, again);
		ASSERT_MEMEQ(again, bytes, SIZE);
	}
	EXPECT_GT(accepted, 1000);
	EXPECT_GT(refused, 1000);
}

TH_MAIN
