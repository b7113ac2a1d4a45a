/* SPDX-License-Identifier: MIT */
/* The message that carries a region, as bytes. Pure. */
#include "lib/wire.h"

#include <string.h>

#define VERSION 1

/* Offsets, as in <sealmem/channel.h>. */
#define AT_VERSION 8
#define AT_KIND 12
#define AT_SIZE 16
#define AT_TOKEN_HIGH 24
#define AT_TOKEN_LOW 32
#define AT_RESERVED 40

_Static_assert(AT_RESERVED + 8 == SEALMEM_MESSAGE_SIZE, "no byte left over");

static const uint8_t magic[AT_VERSION] = "sealmem";

static void put(uint8_t *bytes, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++, value >>= 8)
		bytes[i] = (uint8_t)value;
}

static uint64_t get(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | bytes[size];
	return value;
}

void wire_encode(const struct sealmem_descriptor *descriptor,
		 uint8_t ret_bytes[SEALMEM_MESSAGE_SIZE])
{
	memcpy(ret_bytes, magic, sizeof(magic));
	put(ret_bytes + AT_VERSION, VERSION, 4);
	put(ret_bytes + AT_KIND, descriptor->kind, 4);
	put(ret_bytes + AT_SIZE, descriptor->size, 8);
	put(ret_bytes + AT_TOKEN_HIGH, descriptor->token.high, 8);
	put(ret_bytes + AT_TOKEN_LOW, descriptor->token.low, 8);
	put(ret_bytes + AT_RESERVED, 0, 8);
}

static enum sealmem_refusal check_frame(const uint8_t *bytes, size_t size)
{
	if (size != SEALMEM_MESSAGE_SIZE)
		return SEALMEM_REFUSAL_MESSAGE_SIZE;
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return SEALMEM_REFUSAL_MESSAGE_MAGIC;
	if (get(bytes + AT_VERSION, 4) != VERSION)
		return SEALMEM_REFUSAL_MESSAGE_VERSION;
	if (get(bytes + AT_RESERVED, 8) != 0)
		return SEALMEM_REFUSAL_MESSAGE_RESERVED;
	return SEALMEM_REFUSAL_NONE;
}

enum sealmem_refusal wire_decode(const uint8_t *bytes, size_t size,
				 struct sealmem_descriptor *ret_descriptor)
{
	struct sealmem_descriptor d = { .fd = -1 };
	enum sealmem_refusal refusal = check_frame(bytes, size);

	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	d.kind = (uint32_t)get(bytes + AT_KIND, 4);
	d.size = get(bytes + AT_SIZE, 8);
	d.token.high = get(bytes + AT_TOKEN_HIGH, 8);
	d.token.low = get(bytes + AT_TOKEN_LOW, 8);

	if (d.kind < SEALMEM_KIND_READONLY || d.kind > SEALMEM_KIND_UNSAFE)
		return SEALMEM_REFUSAL_KIND;
	if (d.size == 0)
		return SEALMEM_REFUSAL_SIZE_ZERO;
	if (sealmem_token_is_empty(d.token))
		return SEALMEM_REFUSAL_TOKEN;
	*ret_descriptor = d;
	return SEALMEM_REFUSAL_NONE;
}
