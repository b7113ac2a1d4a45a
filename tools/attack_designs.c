/* SPDX-License-Identifier: MIT */
/*
 * `sealmem attack --designs`: a row for each design, with what the routes have
 * changed. The control is a row, too: no more than that can be expected to get
 * through anything.
 */
#include <stdio.h>

#include "tools/attack.h"

static void add_result(struct attack_score *score,
		       const struct attack_result *result)
{
	score->changed += result->changed != 0;
	score->content += (result->changed & ROUTE_CONTENT) != 0;
	score->size += (result->changed & ROUTE_SIZE) != 0;
	score->seals += (result->changed & ROUTE_SEALS) != 0;
	score->broken += result->outcome == ATTACK_BROKEN;
	score->held += result->outcome == ATTACK_HELD;
	score->harmless += result->outcome == ATTACK_HARMLESS;
	score->absent += result->outcome == ATTACK_ABSENT;
}

struct attack_score attack_score(const struct attack_record *record,
				 enum attack_kind kind)
{
	struct attack_score score = { 0 };

	for (size_t i = 0; i < record->count; i++)
		add_result(&score, &record->rows[i].results[kind]);
	return score;
}

static void print_score(const struct attack_record *record,
			enum attack_kind kind)
{
	struct attack_score score = attack_score(record, kind);

	printf("%-10s  %7u  %4u  %5u  %4u  %8u  %8u\n", attack_kind_name(kind),
	       score.content, score.size, score.seals, score.held,
	       score.harmless, score.absent);
}

static const char *verdict(const struct attack_record *record)
{
	if (!attack_tally_passed(&record->tally))
		return "not all is as it must be";
	if (record->unmade)
		return "not all memory could be made";
	if (!record->enough)
		return "too few to say anything";
	return "none changed a live or frozen region";
}

static void print_sentence(const struct attack_record *record)
{
	const char *between = ";\n";

	printf("%u of %u routes tried as user %u: %s", record->tally.tried,
	       record->tally.routes, (unsigned int)record->uid,
	       verdict(record));
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		if (!(ATTACK_DESIGNS & record->plan.kinds & 1u << kind))
			continue;
		printf("%s%u changed %s", between,
		       attack_score(record, kind).changed,
		       attack_kind_name(kind));
		between = ", ";
	}
	puts(".");
}

void attack_print_designs(const struct attack_record *record)
{
	puts("            changed                not changed");
	puts("design      content  size  seals  held  harmless  not here");
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++)
		if (record->plan.kinds & 1u << kind)
			print_score(record, kind);
	puts("");
	attack_print_failures(record);
	print_sentence(record);
}
