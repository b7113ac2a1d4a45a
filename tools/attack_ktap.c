/* SPDX-License-Identifier: MIT */
/* `sealmem attack --ktap`: KTAP 1, a test a route. */
#include <stdio.h>

#include "tools/attack.h"

static void print_diagnosis(const struct attack_row *row)
{
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		const struct attack_result *result = &row->results[kind];
		char said[32];

		if (result->outcome == ATTACK_NOT_ASKED)
			continue;
		attack_said(result, said, sizeof(said));
		printf("# %s: %s, %s%s%s%s\n", attack_kind_name(kind), said,
		       attack_outcome_text(result->outcome),
		       result->expected ? "" : ", not foreseen",
		       result->reason[0] ? ": " : "", result->reason);
	}
}

static void print_test(size_t number, const struct attack_row *row)
{
	const char *absence = attack_row_absence(row);
	bool failed = attack_row_failed(row);

	if (failed)
		print_diagnosis(row);
	printf("%s %zu %s_%s", failed ? "not ok" : "ok", number,
	       row->route->id, row->route->name);
	if (absence)
		printf(" # SKIP %s", absence);
	puts("");
}

/* A run in which too little was tried has failed, whatever its tests say. */
void attack_print_ktap(const struct attack_record *record)
{
	printf("KTAP version 1\n1..%zu\n", record->count + 1);
	for (size_t i = 0; i < record->count; i++)
		print_test(i + 1, &record->rows[i]);
	printf("# %u of %u routes tried as user %u\n", record->tally.tried,
	       record->tally.routes, (unsigned int)record->uid);
	printf("%s %zu enough_to_say_so\n",
	       record->enough && !record->unmade ? "ok" : "not ok",
	       record->count + 1);
}
