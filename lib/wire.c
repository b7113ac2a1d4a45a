/* SPDX-License-Identifier: MIT */
/* The message that carries a region, as bytes. Pure. */
#include "lib/wire.h"

#include <errno.h>
#include <string.h>

#include "lib/bytes.h"

#define VERSION 1
#define LABEL_SIZE (SEALMEM_LABEL_MAX + 1)

/* Offsets, as in <sealmem/channel.h>. */
#define AT_VERSION 8
#define AT_KIND 12
#define AT_SIZE 16
#define AT_TOKEN_HIGH 24
#define AT_TOKEN_LOW 32
#define AT_GENERATION 40
#define AT_LABEL 48

_Static_assert(AT_LABEL + LABEL_SIZE == SEALMEM_MESSAGE_SIZE,
	       "no byte left over");

static const uint8_t magic[AT_VERSION] = "sealmem";

/* Printable, then zeros, of which there is at least one. */
static bool is_label_valid(const char label[LABEL_SIZE])
{
	size_t i = 0;

	while (i < LABEL_SIZE && label[i] >= 0x20 && label[i] <= 0x7e)
		i++;
	if (i == LABEL_SIZE)
		return false;
	while (i < LABEL_SIZE)
		if (label[i++] != '\0')
			return false;
	return true;
}

int wire_read_label(const char *label, char ret_label[LABEL_SIZE])
{
	char copy[LABEL_SIZE] = { 0 };

	if (label) {
		if (strnlen(label, LABEL_SIZE) == LABEL_SIZE)
			return -EINVAL;
		memcpy(copy, label, strlen(label));
	}
	if (!is_label_valid(copy))
		return -EINVAL;
	memcpy(ret_label, copy, LABEL_SIZE);
	return 0;
}

void wire_encode(const struct wire_message *message,
		 uint8_t ret_bytes[SEALMEM_MESSAGE_SIZE])
{
	memcpy(ret_bytes, magic, sizeof(magic));
	bytes_put(ret_bytes + AT_VERSION, VERSION, 4);
	bytes_put(ret_bytes + AT_KIND, (uint64_t)message->kind, 4);
	bytes_put(ret_bytes + AT_SIZE, message->size, 8);
	bytes_put(ret_bytes + AT_TOKEN_HIGH, message->token.high, 8);
	bytes_put(ret_bytes + AT_TOKEN_LOW, message->token.low, 8);
	bytes_put(ret_bytes + AT_GENERATION, message->generation, 8);
	memcpy(ret_bytes + AT_LABEL, message->label, LABEL_SIZE);
}

static enum sealmem_refusal check_frame(const uint8_t *bytes, size_t size)
{
	if (size != SEALMEM_MESSAGE_SIZE)
		return SEALMEM_REFUSAL_MESSAGE_SIZE;
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return SEALMEM_REFUSAL_MESSAGE_MAGIC;
	if (bytes_get(bytes + AT_VERSION, 4) != VERSION)
		return SEALMEM_REFUSAL_MESSAGE_VERSION;
	return SEALMEM_REFUSAL_NONE;
}

static enum sealmem_refusal check_fields(uint64_t kind,
					 const struct wire_message *message)
{
	if (kind < SEALMEM_KIND_READONLY || kind > SEALMEM_KIND_UNSAFE)
		return SEALMEM_REFUSAL_KIND;
	if (message->size == 0)
		return SEALMEM_REFUSAL_SIZE_ZERO;
	if (sealmem_token_is_empty(message->token))
		return SEALMEM_REFUSAL_TOKEN;
	if (!is_label_valid(message->label))
		return SEALMEM_REFUSAL_MESSAGE_LABEL;
	return SEALMEM_REFUSAL_NONE;
}

enum sealmem_refusal wire_decode(const uint8_t *bytes, size_t size,
				 struct wire_message *ret_message)
{
	struct wire_message message;
	enum sealmem_refusal refusal = check_frame(bytes, size);
	uint64_t kind;

	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	kind = bytes_get(bytes + AT_KIND, 4);
	message.size = bytes_get(bytes + AT_SIZE, 8);
	message.token.high = bytes_get(bytes + AT_TOKEN_HIGH, 8);
	message.token.low = bytes_get(bytes + AT_TOKEN_LOW, 8);
	message.generation = bytes_get(bytes + AT_GENERATION, 8);
	memcpy(message.label, bytes + AT_LABEL, LABEL_SIZE);

	refusal = check_fields(kind, &message);
	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	message.kind = (enum sealmem_kind)kind;
	*ret_message = message;
	return SEALMEM_REFUSAL_NONE;
}
