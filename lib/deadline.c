/* SPDX-License-Identifier: MIT */
/* The timeouts of public functions as moments. */
#include "lib/deadline.h"

#include <limits.h>

#include "sealing/sealing.h"

uint64_t deadline_after(int timeout_ms)
{
	return timeout_ms < 0 ? DEADLINE_NEVER :
				sealing_now_ms() + (uint64_t)timeout_ms;
}

int deadline_left(uint64_t deadline)
{
	uint64_t now;

	if (deadline == DEADLINE_NEVER)
		return -1;
	now = sealing_now_ms();
	if (now >= deadline)
		return 0;
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}
