/* SPDX-License-Identifier: MIT */
/*
 * Reaches request_encode, request_decode, answer_encode and answer_decode.
 *
 * Input: a first byte that is 0 modulo 4 is followed by a request as it is, 2
 * by an answer. 1 is followed by operation and flags (1 byte each), id and size
 * (numbers), the length of the name (1 byte), and 3 by the error (2 bytes) and
 * the id (a number), of which the library makes a message, and by deviations:
 * what to do (1 byte) and where (2 bytes).
 *
 * Oracles: a message is accepted if and only if none of the reasons to refuse
 * it, transcribed here from <sealmem/broker.h>, applies, and the reason given
 * is one that does; a refusal writes nothing; what is accepted has one form;
 * what was encoded is decoded to itself.
 */
#include "fuzz.h"
#include "lib/request.h"

#define REQUEST SEALMEM_REQUEST_SIZE
#define ANSWER	SEALMEM_ANSWER_SIZE
#define ROOM	(REQUEST + 16)
#define NAME_AT 40

static uint64_t number_at(const uint8_t *bytes, int size)
{
	uint64_t value = 0;

	for (int i = 0; i < size; i++)
		value += (uint64_t)bytes[i] << 8 * i;
	return value;
}

static uint64_t bit(enum sealmem_refusal refusal)
{
	return (uint64_t)1 << refusal;
}

/* --- every reason that applies, as bits ----------------------------------- */

static uint64_t find_frame_reasons(const uint8_t *bytes, uint64_t magic)
{
	uint64_t reasons = 0;

	if (number_at(bytes, 8) != magic)
		reasons |= bit(SEALMEM_REFUSAL_MESSAGE_MAGIC);
	if (number_at(bytes + 8, 4) != 1)
		reasons |= bit(SEALMEM_REFUSAL_MESSAGE_VERSION);
	return reasons;
}

/* How long the name is, or -1 if it is none. */
static int name_length(const uint8_t *name)
{
	int last = -1, zeros = 0;

	for (int i = 0; i < REQUEST - NAME_AT; i++) {
		if (name[i] != 0) {
			last = i;
			continue;
		}
		zeros++;
	}
	/* All zeros are behind the last byte that is none. */
	return last <= 248 && zeros == 255 - last ? last + 1 : -1;
}

static bool is_sense(const uint8_t *bytes)
{
	uint64_t operation = number_at(bytes + 12, 4);
	uint64_t flags = number_at(bytes + 32, 4);
	int length = name_length(bytes + NAME_AT);

	if (number_at(bytes + 36, 4) != 0)
		return false;
	switch (operation) {
	case 1:
		return (flags == 0 || flags == 2 || flags == 4 || flags == 6) &&
		       length >= 0;
	case 2:
	case 3:
	case 4:
		return flags == 0 && length == 0;
	default:
		return false;
	}
}

static uint64_t find_request_reasons(const uint8_t *bytes, size_t size)
{
	uint64_t reasons;

	if (size != REQUEST)
		return bit(SEALMEM_REFUSAL_MESSAGE_SIZE);
	reasons = find_frame_reasons(bytes, 0x0071726d6c616573);
	if (!is_sense(bytes))
		reasons |= bit(SEALMEM_REFUSAL_REQUEST);
	return reasons;
}

static uint64_t find_answer_reasons(const uint8_t *bytes, size_t size)
{
	uint64_t reasons;

	if (size != ANSWER)
		return bit(SEALMEM_REFUSAL_MESSAGE_SIZE);
	reasons = find_frame_reasons(bytes, 0x006e616d6c616573);
	if (number_at(bytes + 12, 4) >= 4096)
		reasons |= bit(SEALMEM_REFUSAL_REQUEST);
	return reasons;
}

/* --- what the decoders make of it ----------------------------------------- */

static void check_request(const uint8_t *bytes, size_t size)
{
	uint64_t reasons = find_request_reasons(bytes, size);
	struct request request, before;
	enum sealmem_refusal refusal;
	uint8_t again[REQUEST];

	memset(&before, 0xa5, sizeof(before));
	memcpy(&request, &before, sizeof(request));
	refusal = request_decode(bytes, size, &request);
	if (reasons != 0) {
		FUZZ_CHECK(reasons & bit(refusal));
		FUZZ_CHECK(memcmp(&request, &before, sizeof(before)) == 0);
		return;
	}
	FUZZ_CHECK(refusal == SEALMEM_REFUSAL_NONE);
	FUZZ_CHECK(request.operation == number_at(bytes + 12, 4));
	FUZZ_CHECK(request.id == number_at(bytes + 16, 8));
	FUZZ_CHECK(request.size == number_at(bytes + 24, 8));
	FUZZ_CHECK(request.flags == number_at(bytes + 32, 4));
	FUZZ_CHECK(strlen(request.name) ==
		   (size_t)name_length(bytes + NAME_AT));
	request_encode(&request, again);
	FUZZ_CHECK(memcmp(again, bytes, REQUEST) == 0);
}

static void check_answer(const uint8_t *bytes, size_t size)
{
	uint64_t reasons = find_answer_reasons(bytes, size);
	struct answer answer, before;
	enum sealmem_refusal refusal;
	uint8_t again[ANSWER];

	memset(&before, 0xa5, sizeof(before));
	memcpy(&answer, &before, sizeof(answer));
	refusal = answer_decode(bytes, size, &answer);
	if (reasons != 0) {
		FUZZ_CHECK(reasons & bit(refusal));
		FUZZ_CHECK(memcmp(&answer, &before, sizeof(before)) == 0);
		return;
	}
	FUZZ_CHECK(refusal == SEALMEM_REFUSAL_NONE);
	FUZZ_CHECK((uint64_t)answer.error == number_at(bytes + 12, 4));
	FUZZ_CHECK(answer.id == number_at(bytes + 16, 8));
	answer_encode(&answer, again);
	FUZZ_CHECK(memcmp(again, bytes, ANSWER) == 0);
}

/* --- messages that the library made --------------------------------------- */

typedef void check(const uint8_t *bytes, size_t size);

/* From a block of its own size, as the standalone runner does for raw input. */
static void check_exact(check *check_it, const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size + !size);

	FUZZ_CHECK(exact);
	memcpy(exact, bytes, size);
	check_it(exact, size);
	free(exact);
}

static void deviate(struct fuzz_input *input, uint8_t *bytes, size_t *size)
{
	uint64_t what = fuzz_take(input, 1), where = fuzz_take(input, 2);

	switch (what % 4) {
	case 0:
		bytes[where / 8 % ROOM] ^= (uint8_t)(1 << where % 8);
		break;
	case 1:
		bytes[where % ROOM] = (uint8_t)(what / 4);
		break;
	case 2:
		memset(bytes + where % ROOM / 8 * 8, 0, 8);
		break;
	default:
		*size = where % (ROOM + 1);
	}
}

static void check_deviations(struct fuzz_input *input, check *check_it,
			     uint8_t *bytes, size_t size)
{
	check_exact(check_it, bytes, size);
	for (int i = 0; i < 6 && input->size > 0; i++)
		deviate(input, bytes, &size);
	check_exact(check_it, bytes, size);
}

static void build_request(struct fuzz_input *input)
{
	struct request request = { 0 };
	uint8_t bytes[ROOM] = { 0 };

	request.operation = (enum request_operation)fuzz_take(input, 1);
	request.flags = (uint32_t)fuzz_take(input, 1);
	request.id = fuzz_take_number(input);
	request.size = fuzz_take_number(input);
	memset(request.name, 'n', fuzz_take(input, 1) % sizeof(request.name));
	request_encode(&request, bytes);
	check_deviations(input, check_request, bytes, REQUEST);
}

static void build_answer(struct fuzz_input *input)
{
	struct answer answer = { 0 };
	uint8_t bytes[ROOM] = { 0 };

	answer.error = (int)fuzz_take(input, 2);
	answer.id = fuzz_take_number(input);
	answer_encode(&answer, bytes);
	check_deviations(input, check_answer, bytes, ANSWER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	switch (fuzz_take(&input, 1) % 4) {
	case 0:
		check_request(input.data, input.size);
		break;
	case 1:
		build_request(&input);
		break;
	case 2:
		check_answer(input.data, input.size);
		break;
	default:
		build_answer(&input);
	}
	return 0;
}
