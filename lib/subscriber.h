/* SPDX-License-Identifier: MIT */
/* What those who follow a subscriber's regions do beyond receiving them. */
#ifndef LIB_SUBSCRIBER_H
#define LIB_SUBSCRIBER_H

#include <sealmem/subscriber.h>

/*
 * Have the region that sealmem_subscriber_next() returned last come again, if
 * nothing newer does.
 */
void subscriber_keep(struct sealmem_subscriber *subscriber,
		     struct sealmem_readonly_region *take_region);

#endif
