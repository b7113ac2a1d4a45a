/* SPDX-License-Identifier: MIT */
/* Figures of the last seconds: how many states, and how old they were. */
#ifndef SEALMEM_TOOLS_FIGURES_H
#define SEALMEM_TOOLS_FIGURES_H

#include <sealmem/gamepad.h>

#include "tools/gamepad/histogram.h"

/* Figures are of one to two of these. */
#define FIGURES_WINDOW_US	2000000

/**
 * struct figures - Zero is the empty one
 * @begin_us: When the window began that is being filled
 * @before_us: How long the one before was; 0 if there was none
 * @from_publish: Since states were published, in this window and the last
 * @from_event: Since their events
 */
struct figures {
	uint64_t begin_us;
	uint64_t before_us;
	struct histogram from_publish[2];
	struct histogram from_event[2];
};

/* A state that was seen @now_us. */
void figures_add(struct figures *figures, uint64_t now_us,
		 const struct sealmem_gamepad *pad);

/* Forgets what is too old. */
void figures_advance(struct figures *figures, uint64_t now_us);

/* States a second. */
double figures_rate(const struct figures *figures, uint64_t now_us);

#endif
