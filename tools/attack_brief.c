/* SPDX-License-Identifier: MIT */
/* `sealmem attack --brief`: a line a group, and in full what did not hold. */
#include <stdio.h>

#include "tools/attack.h"

/* What a row comes to: the first of these that any kind has. */
static const enum attack_outcome ranks[] = {
	ATTACK_BROKEN, ATTACK_PROVES_NOTHING, ATTACK_HELD, ATTACK_OPEN,
	ATTACK_THROUGH, ATTACK_HARMLESS, ATTACK_ABSENT,
};

#define RANKS	(sizeof(ranks) / sizeof(ranks[0]))

static bool has_outcome(const struct attack_row *row, unsigned int kinds,
			enum attack_outcome outcome)
{
	for (int kind = 0; kind < ATTACK_KINDS; kind++)
		if (kinds & 1u << kind && row->results[kind].outcome == outcome)
			return true;
	return false;
}

/* The control has its say where it fails, or where there is nothing else. */
static size_t rank_of(const struct attack_record *record,
		      const struct attack_row *row)
{
	unsigned int kinds = record->plan.kinds;
	size_t rank = 0;

	if (kinds != 1u << ATTACK_CONTROL && !attack_row_failed(row))
		kinds &= ~(1u << ATTACK_CONTROL);
	while (rank < RANKS - 1 && !has_outcome(row, kinds, ranks[rank]))
		rank++;
	return rank;
}

static bool belongs_to(const struct attack_row *row,
		       const struct route_group *group)
{
	return row->route >= group->routes &&
	       row->route < group->routes + group->count;
}

static void print_group(const struct attack_record *record,
			const struct route_group *group)
{
	unsigned int counts[RANKS] = { 0 };
	const char *between = "";
	size_t all = 0;

	for (size_t i = 0; i < record->count; i++) {
		if (!belongs_to(&record->rows[i], group))
			continue;
		counts[rank_of(record, &record->rows[i])]++;
		all++;
	}
	if (!all)
		return;
	printf("%-34s", group->name);
	for (size_t i = 0; i < RANKS; i++) {
		if (!counts[i])
			continue;
		printf("%s%u %s", between, counts[i],
		       attack_outcome_text(ranks[i]));
		between = ", ";
	}
	puts("");
}

void attack_print_groups(const struct attack_record *record)
{
	for (size_t i = 0; route_groups[i]; i++)
		print_group(record, route_groups[i]);
}
