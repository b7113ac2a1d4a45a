/* SPDX-License-Identifier: MIT */
/* `sealmem gamepad latency --json`. */
#include <jansson.h>
#include <stdio.h>

#include "tools/json_output.h"
#include "tools/gamepad/latency.h"

/* Pairs: where a bucket starts, and how many are in it; empty ones left out. */
static json_t *buckets_array(const struct histogram *histogram)
{
	json_t *array = json_array();

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (histogram->buckets[i])
			json_array_append_new(array, json_pack(
				"[I, I]", (json_int_t)histogram_start(i),
				(json_int_t)histogram->buckets[i]));
	return array;
}

static json_int_t quantile(const struct histogram *histogram,
			   unsigned int permille)
{
	return (json_int_t)histogram_quantile(histogram, permille);
}

static json_t *histogram_object(const struct histogram *histogram)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			 "count", (json_int_t)histogram->count,
			 "min", (json_int_t)histogram->min,
			 "p50", quantile(histogram, 500),
			 "p90", quantile(histogram, 900),
			 "p99", quantile(histogram, 990),
			 "max", (json_int_t)histogram->max,
			 "histogram", buckets_array(histogram));
}

bool json_latency_print(const struct latency *latency)
{
	json_t *object = json_pack(
		"{s:s, s:I, s:f, s:I, s:o, s:o}",
		"wait", latency->wait,
		"rate_hz", (json_int_t)latency->rate_hz,
		"seconds", latency->seconds,
		"missed", (json_int_t)latency->missed,
		"publish_to_seen_us", histogram_object(&latency->from_publish),
		"event_to_seen_us", histogram_object(&latency->from_event));
	bool printed = object &&
		       json_dumpf(object, stdout, JSON_COMPACT |
				  JSON_REAL_PRECISION(7)) == 0;

	json_decref(object);
	if (printed)
		putchar('\n');
	return printed;
}
