/* SPDX-License-Identifier: MIT */
/*
 * What a channel remembers of the regions that came through it, so that none
 * comes again as something else. Pure: values in, values out.
 */
#ifndef LIB_HISTORY_H
#define LIB_HISTORY_H

#include <sealmem/channel.h>

/* @policy_flags are of enum sealmem_policy_flags. */
enum sealmem_refusal history_check(const struct sealmem_history *history,
				   enum sealmem_kind kind,
				   const struct sealmem_delivery *next,
				   uint32_t policy_flags);

/* It was accepted; the oldest of SEALMEM_DELIVERIES is forgotten for it. */
void history_add(struct sealmem_history *history,
		 const struct sealmem_delivery *accepted);

/* A writable region goes back, so it may come again. */
void history_give_back(struct sealmem_history *history,
		       const struct sealmem_delivery *sent);

#endif
