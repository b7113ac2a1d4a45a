/* SPDX-License-Identifier: MIT */
/* What `sealmem gamepad latency` measured, and how it is shown. */
#ifndef SEALMEM_TOOLS_LATENCY_H
#define SEALMEM_TOOLS_LATENCY_H

#include <stdbool.h>

#include "tools/gamepad/histogram.h"

/**
 * struct latency - Times until a state was seen, in microseconds
 * @wait: How the reader waited: "futex", "spin" or "poll"
 * @rate_hz: Looks a second, of "poll"; else 0
 * @seconds: How long it took
 * @missed: Publications that were over before the reader looked
 * @from_publish: Since the producer published it
 * @from_event: Since the kernel, or whoever made it, had the event
 */
struct latency {
	const char *wait;
	uint64_t rate_hz;
	double seconds;
	uint64_t missed;
	struct histogram from_publish;
	struct histogram from_event;
};

/* Table and bars on standard output. */
void latency_print(const struct latency *latency);

/* As SVG, by gnuplot. False after a line on stderr. */
bool latency_plot(const struct latency *latency, const char *path);

#endif
