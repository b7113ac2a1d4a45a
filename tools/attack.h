/* SPDX-License-Identifier: MIT */
/* What the files of `sealmem attack` share. */
#ifndef SEALMEM_TOOLS_ATTACK_H
#define SEALMEM_TOOLS_ATTACK_H

#include "selftests/routes/routes.h"

/**
 * struct attack_record - A finished run
 * @plan: Who attacked what
 * @rows: One for each route
 * @count: How many
 * @tally: Their sum
 * @unmade: Kinds that could not be made here, of those asked for
 * @passed: It held, and enough was tried to say so
 * @enough: Enough routes were tried
 * @uid: The attacker's
 * @socket: Where the region came from; NULL if all were our own
 */
struct attack_record {
	struct attack_plan plan;
	struct attack_row *rows;
	size_t count;
	struct attack_tally tally;
	unsigned int unmade;
	bool passed;
	bool enough;
	uid_t uid;
	const char *socket;
};

/* "EPERM", "signal 42": what the kernel said, in @to. */
void attack_said(const struct attack_result *result, char *to, size_t size);

void attack_print_list(const char *pattern);
void attack_print_record(const struct attack_record *record);

#ifdef HAVE_JANSSON
/* False without memory. */
bool json_attack_list_print(const char *pattern);
bool json_attack_print(const struct attack_record *record);
#else
static inline bool json_attack_list_print(const char *pattern)
{
	(void)pattern;
	return false;
}

static inline bool json_attack_print(const struct attack_record *record)
{
	(void)record;
	return false;
}
#endif

#endif
