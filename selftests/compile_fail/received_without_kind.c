/* SPDX-License-Identifier: MIT */
/*
 * The sender chooses the kind, so a receiver has to look at it.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_channel *channel,
		 struct sealmem_received_region *ret_received,
		 struct sealmem_readonly_region *ret_region)
{
#ifdef CORRECT
	(void)ret_region;
	return sealmem_channel_receive(channel, NULL, -1, ret_received, NULL);
#else
	(void)ret_received;
	return sealmem_channel_receive(channel, NULL, -1, ret_region, NULL);
#endif
}
