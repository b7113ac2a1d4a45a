/* SPDX-License-Identifier: MIT */
/*
 * The message that carries a region, as bytes. Pure: no descriptor, no system
 * call; every message that is accepted has exactly one encoding.
 */
#ifndef LIB_WIRE_H
#define LIB_WIRE_H

#include <sealmem/channel.h>

/* What a message says. */
struct wire_message {
	enum sealmem_kind kind;
	uint64_t size;
	struct sealmem_token token;
	uint64_t generation;
	char label[SEALMEM_LABEL_MAX + 1];
};

/* NULL is the empty label; -EINVAL for one that no message can have. */
int wire_read_label(const char *label, char ret_label[SEALMEM_LABEL_MAX + 1]);

void wire_encode(const struct wire_message *message,
		 uint8_t ret_bytes[SEALMEM_MESSAGE_SIZE]);

/* Writes @ret_message only if nothing is refused. */
enum sealmem_refusal wire_decode(const uint8_t *bytes, size_t size,
				 struct wire_message *ret_message);

#endif
