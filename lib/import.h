/* SPDX-License-Identifier: MIT */
/* Arrival, with what is known about it beyond the descriptor. */
#ifndef LIB_IMPORT_H
#define LIB_IMPORT_H

#include <sealmem/channel.h>

#include "lib/handle.h"

/* @peer and @history: NULL if it did not come through a channel. */
struct import_context {
	const char *label;
	uint64_t generation;
	const struct sealmem_peer *peer;
	const struct sealmem_history *history;
};

/*
 * As the public functions, with a policy that policy_read() has read. Empties
 * @descriptor whatever the result.
 */
int import_region(struct sealmem_descriptor *descriptor,
		  const struct sealmem_policy *policy, enum sealmem_kind kind,
		  const struct import_context *context,
		  struct sealmem_handle *ret_handle);

/*
 * For a descriptor that need not be meant for us: it is left alone unless it is
 * accepted, and then it is @ret_handle's. @given is the caller's policy.
 */
int import_in_place(const struct sealmem_descriptor *descriptor,
		    const struct sealmem_policy *given, enum sealmem_kind kind,
		    struct sealmem_handle *ret_handle, uint32_t *ret_refusal);

#endif
