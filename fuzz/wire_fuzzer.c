/* SPDX-License-Identifier: MIT */
/*
 * Reaches wire_read_label, wire_encode, wire_decode and sealmem_refusal_text.
 *
 * Input: an even first byte is followed by the message as it is. An odd one is
 * followed by kind (1 byte), size, both halves of the token and generation
 * (numbers), the label's length (1 byte) and bytes, of which the library makes
 * a message, and by deviations: what to do (1 byte) and where (1 byte).
 *
 * Oracles: a message is accepted if and only if none of the reasons to refuse
 * it, transcribed here from <sealmem/channel.h>, applies, and the reason given
 * is one that does; a refusal writes nothing; what is accepted has one form;
 * what was encoded is decoded to itself; a label that cannot be sent cannot be
 * received.
 */
#include "fuzz.h"
#include "lib/wire.h"

#define SIZE SEALMEM_MESSAGE_SIZE
#define ROOM (SIZE + 16)
#define LABEL (SEALMEM_LABEL_MAX + 1)

static uint64_t number_at(const uint8_t *bytes, int size)
{
	uint64_t value = 0;

	for (int i = 0; i < size; i++)
		value += (uint64_t)bytes[i] << 8 * i;
	return value;
}

static uint32_t bit(enum sealmem_refusal refusal)
{
	return (uint32_t)1 << refusal;
}

/* Backwards: zeros, one at least, and before them printable bytes alone. */
static bool is_label(const uint8_t *bytes)
{
	int end = LABEL;

	while (end > 0 && bytes[end - 1] == 0)
		end--;
	for (int i = 0; i < end; i++)
		if (bytes[i] - 0x20u > 0x7e - 0x20)
			return false;
	return end < LABEL;
}

/* Every reason that applies, as bits. */
static uint32_t find_reasons(const uint8_t *bytes, size_t size)
{
	uint32_t reasons = 0;
	uint64_t kind;

	if (size != SIZE)
		return bit(SEALMEM_REFUSAL_MESSAGE_SIZE);
	kind = number_at(bytes + 12, 4);
	if (number_at(bytes, 8) != 0x006d656d6c616573)
		reasons |= bit(SEALMEM_REFUSAL_MESSAGE_MAGIC);
	if (number_at(bytes + 8, 4) != 1)
		reasons |= bit(SEALMEM_REFUSAL_MESSAGE_VERSION);
	if (kind != 1 && kind != 2 && kind != 3)
		reasons |= bit(SEALMEM_REFUSAL_KIND);
	if (number_at(bytes + 16, 8) == 0)
		reasons |= bit(SEALMEM_REFUSAL_SIZE_ZERO);
	if (number_at(bytes + 24, 8) == 0 && number_at(bytes + 32, 8) == 0)
		reasons |= bit(SEALMEM_REFUSAL_TOKEN);
	if (!is_label(bytes + 48))
		reasons |= bit(SEALMEM_REFUSAL_MESSAGE_LABEL);
	return reasons;
}

static void check_accepted(const uint8_t *bytes,
			   const struct wire_message *d)
{
	uint8_t again[SIZE];

	FUZZ_CHECK(d->kind == number_at(bytes + 12, 4));
	FUZZ_CHECK(d->size == number_at(bytes + 16, 8));
	FUZZ_CHECK(d->token.high == number_at(bytes + 24, 8));
	FUZZ_CHECK(d->token.low == number_at(bytes + 32, 8));
	FUZZ_CHECK(d->generation == number_at(bytes + 40, 8));
	FUZZ_CHECK(memcmp(d->label, bytes + 48, LABEL) == 0);
	wire_encode(d, again);
	FUZZ_CHECK(memcmp(again, bytes, SIZE) == 0);
}

static void check_message(const uint8_t *bytes, size_t size)
{
	uint32_t reasons = find_reasons(bytes, size);
	struct wire_message d, before;
	enum sealmem_refusal refusal;

	memset(&before, 0xa5, sizeof(before));
	memcpy(&d, &before, sizeof(d));
	refusal = wire_decode(bytes, size, &d);
	FUZZ_CHECK(sealmem_refusal_text((uint32_t)refusal)[0] != '\0');
	if (reasons == 0) {
		FUZZ_CHECK(refusal == SEALMEM_REFUSAL_NONE);
		check_accepted(bytes, &d);
		return;
	}
	FUZZ_CHECK(reasons & bit(refusal));
	FUZZ_CHECK(memcmp(&d, &before, sizeof(d)) == 0);
}

static void deviate(struct fuzz_input *input, uint8_t *bytes, size_t *size)
{
	uint64_t what = fuzz_take(input, 1), where = fuzz_take(input, 1);

	switch (what % 4) {
	case 0:
		bytes[where / 8 % SIZE] ^= (uint8_t)(1 << where % 8);
		break;
	case 1:
		bytes[where % SIZE] = (uint8_t)(what / 4);
		break;
	case 2:
		memset(bytes + where % SIZE / 8 * 8, 0, 8);
		break;
	default:
		*size = where % (ROOM + 1);
	}
}

/* From a block of its own size, as the standalone runner does for raw input. */
static void check_exact(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size + !size);

	FUZZ_CHECK(exact);
	memcpy(exact, bytes, size);
	check_message(exact, size);
	free(exact);
}

/* A label that the library does not take is one that it must not send. */
static void take_label(struct fuzz_input *input, char label[LABEL])
{
	char text[LABEL + 2] = { 0 };
	size_t length = fuzz_take(input, 1) % (LABEL + 1);
	uint8_t padded[LABEL + 1] = { 0 };

	for (size_t i = 0; i < length; i++)
		text[i] = (char)fuzz_take(input, 1);
	memcpy(padded, text, strlen(text));
	FUZZ_CHECK((wire_read_label(text, label) == 0) == is_label(padded));
}

static void build(struct fuzz_input *input)
{
	struct wire_message d = { 0 };
	uint8_t bytes[ROOM] = { 0 };
	size_t size = SIZE;

	d.kind = (enum sealmem_kind)fuzz_take(input, 1);
	d.size = fuzz_take_number(input);
	d.token.high = fuzz_take_number(input);
	d.token.low = fuzz_take_number(input);
	d.generation = fuzz_take_number(input);
	take_label(input, d.label);
	wire_encode(&d, bytes);
	check_exact(bytes, size);
	for (int i = 0; i < 6 && input->size > 0; i++)
		deviate(input, bytes, &size);
	check_exact(bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	if (fuzz_take(&input, 1) % 2 == 0)
		check_message(input.data, input.size);
	else
		build(&input);
	return 0;
}
