/* SPDX-License-Identifier: MIT */
/* Turns: a lock with a deadline, which the library's one lock has not. */
#include "lib/turn.h"

#include <errno.h>
#include <stdbool.h>

#include "sealing/sealing.h"

enum { FREE, TAKEN, WAITED_FOR };

int turn_take(uint32_t *turn, uint64_t deadline_ns)
{
	uint32_t state = FREE;
	int ret = 0;

	if (__atomic_compare_exchange_n(turn, &state, TAKEN, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return 0;
	/* From here on whoever gives it has to wake somebody, maybe in vain. */
	while (__atomic_exchange_n(turn, WAITED_FOR, __ATOMIC_ACQUIRE) !=
	       FREE) {
		if (ret == -ETIMEDOUT)
			return ret;
		ret = sealing_futex_wait(turn, WAITED_FOR, deadline_ns);
	}
	return 0;
}

void turn_give(uint32_t *turn)
{
	if (__atomic_exchange_n(turn, FREE, __ATOMIC_RELEASE) == WAITED_FOR)
		sealing_futex_wake(turn, 1);
}
