/* SPDX-License-Identifier: MIT */
/* The timeouts of public functions as moments, so that waits can be several. */
#ifndef LIB_DEADLINE_H
#define LIB_DEADLINE_H

#include <stdint.h>

#define DEADLINE_NEVER UINT64_MAX

/* The moment so many milliseconds from now; negative is never. */
uint64_t deadline_after(int timeout_ms);
/* Milliseconds until then, as poll counts them: -1 is for ever. */
int deadline_left(uint64_t deadline);

#endif
