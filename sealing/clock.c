/* SPDX-License-Identifier: MIT */
/* The clock for deadlines. */
#include "sealing/sealing.h"

#include <time.h>

uint64_t sealing_now_ms(void)
{
	struct timespec now;

	/* Cannot fail: the clock exists, and so does the struct. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
