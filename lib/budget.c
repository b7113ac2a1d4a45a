/* SPDX-License-Identifier: MIT */
/* Budgets: sums with a limit, all under the one lock. */
#include "lib/budget.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/lock.h"

struct sealmem_budget {
	struct sealmem_budget_state state;
	/* Of its owner, and of each handle and mapping charged to it. */
	size_t references;
};

static struct sealmem_budget process = {
	.state.limit = SEALMEM_BUDGET_DEFAULT,
};

/* --- sums: the lock is held ----------------------------------------------- */

/* The limit may have been set below what is used. */
static int ask(struct sealmem_budget_state *state, uint64_t size)
{
	if (state->used <= state->limit && size <= state->limit - state->used)
		return 0;
	state->refused++;
	return -EDQUOT;
}

static void add(struct sealmem_budget_state *state, uint64_t size)
{
	state->used += size;
	if (state->used > state->peak)
		state->peak = state->used;
}

int budget_charge(struct sealmem_budget *peer, uint64_t size)
{
	int ret = peer ? ask(&peer->state, size) : 0;

	if (ret == 0)
		ret = ask(&process.state, size);
	if (ret < 0)
		return ret;
	if (peer)
		add(&peer->state, size);
	add(&process.state, size);
	return 0;
}

void budget_release(struct sealmem_budget *peer, uint64_t size)
{
	if (peer)
		peer->state.used -= size;
	process.state.used -= size;
}

int budget_check(uint64_t size)
{
	int ret;

	lock_take();
	ret = ask(&process.state, size);
	lock_give();
	return ret;
}

/* --- lifetime ------------------------------------------------------------- */

int sealmem_budget_create(uint64_t limit, struct sealmem_budget **ret_budget)
{
	struct sealmem_budget *budget = calloc(1, sizeof(*budget));

	if (!budget)
		return -ENOMEM;
	budget->state.limit = limit;
	budget->references = 1;
	*ret_budget = budget;
	return 0;
}

void budget_ref(struct sealmem_budget *budget)
{
	if (budget)
		__atomic_add_fetch(&budget->references, 1, __ATOMIC_RELAXED);
}

void budget_unref(struct sealmem_budget *budget)
{
	/* The last one sees all that the others did before they let go. */
	if (budget &&
	    __atomic_sub_fetch(&budget->references, 1, __ATOMIC_ACQ_REL) == 0)
		free(budget);
}

void sealmem_budget_close(struct sealmem_budget *budget)
{
	budget_unref(budget);
}

/* --- numbers -------------------------------------------------------------- */

void sealmem_budget_set(struct sealmem_budget *budget, uint64_t limit)
{
	struct sealmem_budget *found = budget ? budget : &process;

	lock_take();
	found->state.limit = limit;
	lock_give();
}

void sealmem_budget_get(const struct sealmem_budget *budget,
			struct sealmem_budget_state *ret_state)
{
	const struct sealmem_budget *found = budget ? budget : &process;

	lock_take();
	*ret_state = found->state;
	lock_give();
}
