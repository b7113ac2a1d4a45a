/* SPDX-License-Identifier: MIT */
/* Requests to a broker, and its answers, as bytes. Pure. */
#include "lib/request.h"

#include <string.h>

#include "lib/bytes.h"

#define VERSION 1

/* Offsets, as in <sealmem/broker.h>: first what both messages have. */
#define AT_VERSION 8
#define AT_OPERATION 12
#define AT_ERROR 12
#define AT_ID 16
/* Then the rest of a request. */
#define AT_SIZE 24
#define AT_FLAGS 32
#define AT_RESERVED 36
#define AT_NAME 40

_Static_assert(AT_ID + 8 == SEALMEM_ANSWER_SIZE, "no byte left over");
_Static_assert(AT_NAME + SEALMEM_NAME_MAX + 7 == SEALMEM_REQUEST_SIZE,
	       "no byte left over");

#define NAME_ROOM ((size_t)(SEALMEM_REQUEST_SIZE - AT_NAME))
/* What the kernel uses for errors. */
#define ERROR_MAX 4095

static const uint8_t request_magic[AT_VERSION] = "sealmrq";
static const uint8_t answer_magic[AT_VERSION] = "sealman";

static enum sealmem_refusal check_frame(const uint8_t *bytes, size_t size,
					size_t wanted_size,
					const uint8_t magic[AT_VERSION])
{
	if (size != wanted_size)
		return SEALMEM_REFUSAL_MESSAGE_SIZE;
	if (memcmp(bytes, magic, AT_VERSION) != 0)
		return SEALMEM_REFUSAL_MESSAGE_MAGIC;
	if (bytes_get(bytes + AT_VERSION, 4) != VERSION)
		return SEALMEM_REFUSAL_MESSAGE_VERSION;
	return SEALMEM_REFUSAL_NONE;
}

/* --- requests ------------------------------------------------------------- */

void request_encode(const struct request *request,
		    uint8_t ret_bytes[SEALMEM_REQUEST_SIZE])
{
	memset(ret_bytes, 0, SEALMEM_REQUEST_SIZE);
	memcpy(ret_bytes, request_magic, sizeof(request_magic));
	bytes_put(ret_bytes + AT_VERSION, VERSION, 4);
	bytes_put(ret_bytes + AT_OPERATION, request->operation, 4);
	bytes_put(ret_bytes + AT_ID, request->id, 8);
	bytes_put(ret_bytes + AT_SIZE, request->size, 8);
	bytes_put(ret_bytes + AT_FLAGS, request->flags, 4);
	memcpy(ret_bytes + AT_NAME, request->name,
	       strnlen(request->name, SEALMEM_NAME_MAX));
}

/* It ends, and behind its end is nothing. */
static bool is_name_valid(const uint8_t *name)
{
	size_t length = strnlen((const char *)name, NAME_ROOM);

	for (size_t i = length; i < NAME_ROOM; i++)
		if (name[i] != 0)
			return false;
	return length <= SEALMEM_NAME_MAX;
}

static bool makes_sense(const uint8_t *bytes)
{
	uint64_t operation = bytes_get(bytes + AT_OPERATION, 4);
	uint64_t flags = bytes_get(bytes + AT_FLAGS, 4);

	if (bytes_get(bytes + AT_RESERVED, 4) != 0)
		return false;
	if (operation == REQUEST_CREATE)
		return !(flags & ~(uint64_t)REQUEST_FLAGS) &&
		       is_name_valid(bytes + AT_NAME);
	return operation >= REQUEST_TO_READONLY &&
	       operation <= REQUEST_FREEZE && flags == 0 &&
	       bytes[AT_NAME] == 0 && is_name_valid(bytes + AT_NAME);
}

enum sealmem_refusal request_decode(const uint8_t *bytes, size_t size,
				    struct request *ret_request)
{
	enum sealmem_refusal refusal =
		check_frame(bytes, size, SEALMEM_REQUEST_SIZE, request_magic);

	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	if (!makes_sense(bytes))
		return SEALMEM_REFUSAL_REQUEST;
	ret_request->operation =
		(enum request_operation)bytes_get(bytes + AT_OPERATION, 4);
	ret_request->flags = (uint32_t)bytes_get(bytes + AT_FLAGS, 4);
	ret_request->id = bytes_get(bytes + AT_ID, 8);
	ret_request->size = bytes_get(bytes + AT_SIZE, 8);
	memcpy(ret_request->name, bytes + AT_NAME, sizeof(ret_request->name));
	return SEALMEM_REFUSAL_NONE;
}

/* --- answers -------------------------------------------------------------- */

void answer_encode(const struct answer *answer,
		   uint8_t ret_bytes[SEALMEM_ANSWER_SIZE])
{
	memcpy(ret_bytes, answer_magic, sizeof(answer_magic));
	bytes_put(ret_bytes + AT_VERSION, VERSION, 4);
	bytes_put(ret_bytes + AT_ERROR, (uint64_t)answer->error, 4);
	bytes_put(ret_bytes + AT_ID, answer->id, 8);
}

enum sealmem_refusal answer_decode(const uint8_t *bytes, size_t size,
				   struct answer *ret_answer)
{
	enum sealmem_refusal refusal =
		check_frame(bytes, size, SEALMEM_ANSWER_SIZE, answer_magic);
	uint64_t error;

	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	error = bytes_get(bytes + AT_ERROR, 4);
	if (error > ERROR_MAX)
		return SEALMEM_REFUSAL_REQUEST;
	ret_answer->error = (int)error;
	ret_answer->id = bytes_get(bytes + AT_ID, 8);
	return SEALMEM_REFUSAL_NONE;
}
