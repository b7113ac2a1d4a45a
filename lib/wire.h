/* SPDX-License-Identifier: MIT */
/*
 * The message that carries a region, as bytes. Pure: no descriptor, no system
 * call; every message that is accepted has exactly one encoding.
 */
#ifndef LIB_WIRE_H
#define LIB_WIRE_H

#include <sealmem/channel.h>

/* Of @descriptor everything but fd and refusal. */
void wire_encode(const struct sealmem_descriptor *descriptor,
		 uint8_t ret_bytes[SEALMEM_MESSAGE_SIZE]);

/* Fills kind, size and token of @ret_descriptor if nothing is refused. */
enum sealmem_refusal wire_decode(const uint8_t *bytes, size_t size,
				 struct sealmem_descriptor *ret_descriptor);

#endif
