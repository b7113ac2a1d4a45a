/* SPDX-License-Identifier: MIT */
/*
 * One JSON object a line on stdout. Callers have asked tool_has_json() before:
 * without jansson nothing here is ever called.
 */
#ifndef SEALMEM_TOOLS_JSON_OUTPUT_H
#define SEALMEM_TOOLS_JSON_OUTPUT_H

#include <stdint.h>

#include <sealmem/sealmem.h>

struct latency;
struct listed;

#ifdef HAVE_JANSSON
/* False without memory. */
bool json_features_print(uint32_t features);
bool json_gamepad_print(uint32_t index, const struct sealmem_gamepad *pad);
bool json_latency_print(const struct latency *latency);
bool json_listed_print(const struct listed *listed);
#else
static inline bool json_features_print(uint32_t features)
{
	(void)features;
	return false;
}

static inline bool json_gamepad_print(uint32_t index,
				      const struct sealmem_gamepad *pad)
{
	(void)index;
	(void)pad;
	return false;
}

static inline bool json_latency_print(const struct latency *latency)
{
	(void)latency;
	return false;
}

static inline bool json_listed_print(const struct listed *listed)
{
	(void)listed;
	return false;
}
#endif

#endif
