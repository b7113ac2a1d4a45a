/* SPDX-License-Identifier: MIT */
/*
 * An unsafe region does not pass for a read-only one when it is sent.
 * Message: incompatible-pointer-types
 */
#include <sealmem/sealmem.h>

int compile_fail(struct sealmem_channel *channel,
		 struct sealmem_readonly_region *readonly,
		 struct sealmem_unsafe_region *unsafe)
{
#ifdef CORRECT
	(void)unsafe;
	return sealmem_channel_send_readonly(channel, readonly, NULL);
#else
	(void)readonly;
	return sealmem_channel_send_readonly(channel, unsafe, NULL);
#endif
}
