/* SPDX-License-Identifier: MIT */
/* Sending what the public functions do not. */
#ifndef LIB_CHANNEL_H
#define LIB_CHANNEL_H

#include <sealmem/channel.h>

/*
 * Send a region, which stays the caller's, with a label (NULL: none) and a
 * generation (0: none). Returns as sealmem_channel_send_readonly().
 */
int channel_send(struct sealmem_channel *channel, enum sealmem_kind kind,
		 const struct sealmem_handle *region, const char *label,
		 uint64_t generation);

#endif
