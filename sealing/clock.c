/* SPDX-License-Identifier: MIT */
/* The clock that deadlines are kept by. */
#include <time.h>

#include "sealing/sealing.h"

uint64_t sealing_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t sealing_now_ms(void)
{
	return sealing_now_ns() / 1000000;
}
