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
 * @source: Where the region came from; NULL if all were our own
 * @brief: A line for a group of routes, not for each
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
	const char *source;
	bool brief;
};

/**
 * struct attack_score - What the routes came to on one kind of memory
 * @changed: Routes that changed anything; the next three may overlap
 * @content: Routes that changed content
 * @size: Routes that changed the size
 * @seals: Routes that changed the seals
 * @broken: Those that the kernel let through against the table, seen or not
 * @held: Routes that were refused
 * @harmless: Routes that change nothing on any memory
 * @absent: Routes that could not be tried
 */
struct attack_score {
	unsigned int changed;
	unsigned int content;
	unsigned int size;
	unsigned int seals;
	unsigned int broken;
	unsigned int held;
	unsigned int harmless;
	unsigned int absent;
};

/* "EPERM", "signal 42": what the kernel said, in @to. */
void attack_said(const struct attack_result *result, char *to, size_t size);

void attack_print_list(const char *pattern);
void attack_print_record(const struct attack_record *record);
void attack_print_groups(const struct attack_record *record);
void attack_print_failures(const struct attack_record *record);
void attack_print_designs(const struct attack_record *record);
void attack_print_ktap(const struct attack_record *record);
void attack_print_inspection(const struct attack_inspection *inspection);

struct attack_score attack_score(const struct attack_record *record,
				 enum attack_kind kind);
/* Why, if the route could not be tried on anything; else NULL. */
const char *attack_row_absence(const struct attack_row *row);
/* Something got through that must not, or proves nothing. */
bool attack_row_failed(const struct attack_row *row);

/* TOOL_GOOD, or TOOL_FAILED after a line that says why; @fd stays open. */
int attack_look(int fd, struct attack_inspection *ret_inspection,
		struct attack_target *ret_target);

#ifdef HAVE_JANSSON
/* False without memory. */
bool json_attack_list_print(const char *pattern);
bool json_attack_print(const struct attack_record *record);
bool json_attack_designs_print(const struct attack_record *record);
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

static inline bool
json_attack_designs_print(const struct attack_record *record)
{
	(void)record;
	return false;
}
#endif

#endif
