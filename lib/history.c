/* SPDX-License-Identifier: MIT */
/* What came through a channel, and may not come again. Pure. */
#include "lib/history.h"

#include <sealmem/token.h>

static bool has_token(const struct sealmem_delivery *past,
		      const struct sealmem_delivery *next)
{
	return sealmem_token_equal(past->token, next->token);
}

/* Places that were never filled have no memory: no inode has number 0. */
static bool has_memory(const struct sealmem_delivery *past,
		       const struct sealmem_delivery *next)
{
	return past->inode != 0 && past->inode == next->inode &&
	       past->device == next->device;
}

static bool is_replayed(const struct sealmem_delivery *past,
			enum sealmem_kind kind,
			const struct sealmem_delivery *next, bool once)
{
	bool is_same = has_memory(past, next);

	/* Whoever can send it again, and did not get it back, has a copy. */
	if (is_same && kind == SEALMEM_KIND_WRITABLE && !past->is_back)
		return true;
	return has_token(past, next) && (once || !is_same);
}

enum sealmem_refusal history_check(const struct sealmem_history *history,
				   enum sealmem_kind kind,
				   const struct sealmem_delivery *next,
				   uint32_t policy_flags)
{
	bool once = policy_flags & SEALMEM_POLICY_ONCE;

	for (size_t i = 0; i < SEALMEM_DELIVERIES; i++)
		if (is_replayed(&history->last[i], kind, next, once))
			return SEALMEM_REFUSAL_TOKEN_REPLAYED;
	return SEALMEM_REFUSAL_NONE;
}

void history_add(struct sealmem_history *history,
		 const struct sealmem_delivery *accepted)
{
	struct sealmem_delivery *place = NULL;

	for (size_t i = 0; i < SEALMEM_DELIVERIES && !place; i++)
		if (has_memory(&history->last[i], accepted) &&
		    has_token(&history->last[i], accepted))
			place = &history->last[i];
	if (!place)
		place = &history->last[history->next++ % SEALMEM_DELIVERIES];
	*place = *accepted;
}

void history_give_back(struct sealmem_history *history,
		       const struct sealmem_delivery *sent)
{
	for (size_t i = 0; i < SEALMEM_DELIVERIES; i++)
		if (has_memory(&history->last[i], sent))
			history->last[i].is_back = true;
}
