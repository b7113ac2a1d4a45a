/* SPDX-License-Identifier: MIT */
/* Latencies as a table, and as bars that stand for powers of two. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/text.h"
#include "tools/gamepad/latency.h"

#define BAR	30

static void print_row(const char *name, const struct histogram *histogram)
{
	static const unsigned int permilles[] = { 500, 900, 990 };
	char text[TEXT_TIME_SIZE];

	printf("%-16s %9" PRIu64, name, histogram->count);
	printf(" %9s", text_time(histogram->min, text));
	for (size_t i = 0; i < 3; i++)
		printf(" %9s", text_time(histogram_quantile(histogram,
							    permilles[i]),
					 text));
	printf(" %9s\n", text_time(histogram->max, text));
}

static void print_bar(uint64_t count, uint64_t all)
{
	static const char bar[] = "##############################";
	uint64_t length = count ? 1 + count * (BAR - 1) / all : 0;

	printf(" %8" PRIu64 " %.*s", count, (int)length, bar);
	printf("%*s", BAR - (int)length, "");
}

/* From the first power of two that has any to the last one. */
static void print_bars(const struct latency *latency)
{
	const struct histogram *publish = &latency->from_publish;
	const struct histogram *event = &latency->from_event;
	uint64_t max = event->max > publish->max ? event->max : publish->max;
	uint64_t min = event->min < publish->min ? event->min : publish->min;
	char text[TEXT_TIME_SIZE];

	printf("\n%9s %-39s  %s\n", "from", " publish to seen",
	       " event to seen");
	for (uint64_t start = 0, end = 1; start <= max && start >> 40 == 0;
	     start = end, end *= 2) {
		if (end <= min)
			continue;
		printf("%9s", text_time(start, text));
		print_bar(histogram_between(publish, start, end),
			  publish->count);
		print_bar(histogram_between(event, start, end), event->count);
		putchar('\n');
	}
}

void latency_print(const struct latency *latency)
{
	printf("waiting by %s", latency->wait);
	if (latency->rate_hz)
		printf(" at %" PRIu64 " Hz", latency->rate_hz);
	printf(" for %.1f s: %" PRIu64 " states seen, %" PRIu64
	       " were over before that\n\n",
	       latency->seconds, latency->from_publish.count,
	       latency->missed);
	printf("%-16s %9s %9s %9s %9s %9s %9s\n", "", "count", "min", "p50",
	       "p90", "p99", "max");
	print_row("publish to seen", &latency->from_publish);
	print_row("event to seen", &latency->from_event);
	print_bars(latency);
}
