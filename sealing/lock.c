/* SPDX-License-Identifier: MIT */
/* A lock between threads of this process: a word, and a futex to wait on it. */
#include "sealing/sealing.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FREE, HELD, WAITED_FOR };

static void futex(uint32_t *word, int operation, uint32_t value)
{
	syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL,
		NULL, 0);
}

void sealing_lock(uint32_t *word)
{
	uint32_t state = FREE;

	if (__atomic_compare_exchange_n(word, &state, HELD, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	/* From here on whoever unlocks has to wake somebody, maybe in vain. */
	while (__atomic_exchange_n(word, WAITED_FOR, __ATOMIC_ACQUIRE) != FREE)
		futex(word, FUTEX_WAIT, WAITED_FOR);
}

void sealing_unlock(uint32_t *word)
{
	if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == WAITED_FOR)
		futex(word, FUTEX_WAKE, 1);
}
