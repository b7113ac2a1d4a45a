/* SPDX-License-Identifier: MIT */
/* The clock that deadlines are kept by. */
#include <time.h>

#include "sealing/sealing.h"

uint64_t sealing_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
