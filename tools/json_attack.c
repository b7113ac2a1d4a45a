/* SPDX-License-Identifier: MIT */
/* `sealmem attack --json`. */
#include <jansson.h>
#include <stdio.h>

#include "tools/attack.h"

/* Takes @root, and prints it if there was memory for it. */
static bool print_line(json_t *root)
{
	bool printed = root && json_dumpf(root, stdout, JSON_COMPACT) == 0 &&
		       putchar('\n') != EOF;

	json_decref(root);
	return printed;
}

static json_t *result_object(const struct attack_result *result)
{
	const char *reason = result->reason[0] ? result->reason : NULL;
	char said[32];

	attack_said(result, said, sizeof(said));
	return json_pack("{s:s, s:s, s:b, s:b, s:s?}", "outcome",
			 attack_outcome_text(result->outcome), "said", said,
			 "expected", result->expected, "mode_changed",
			 result->mode_changed, "reason", reason);
}

static json_t *results_object(const struct attack_row *row)
{
	json_t *results = json_object();

	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		const struct attack_result *result = &row->results[kind];

		if (result->outcome != ATTACK_NOT_ASKED)
			json_object_set_new(results, attack_kind_name(kind),
					    result_object(result));
	}
	return results;
}

static json_t *rows_array(const struct attack_record *record)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < record->count; i++) {
		const struct attack_row *row = &record->rows[i];

		json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "id",
						      row->route->id, "name",
						      row->route->name,
						      "results",
						      results_object(row)));
	}
	return rows;
}

bool json_attack_print(const struct attack_record *record)
{
	const struct attack_tally *tally = &record->tally;

	return print_line(json_pack(
		"{s:s, s:b, s:I, s:s?, s:i, s:i, s:i, s:i, s:i, s:o}",
		"sealmem", sealmem_version(), "passed", record->passed, "uid",
		(json_int_t)record->uid, "socket", record->source, "tried",
		(int)tally->tried, "broken",
		(int)tally->outcomes[ATTACK_BROKEN], "proves_nothing",
		(int)tally->outcomes[ATTACK_PROVES_NOTHING], "not_here",
		(int)tally->outcomes[ATTACK_ABSENT], "unexpected",
		(int)tally->unexpected, "routes", rows_array(record)));
}

static json_t *score_object(const struct attack_record *record,
			    enum attack_kind kind)
{
	struct attack_score score = attack_score(record, kind);

	return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
			 "name", attack_kind_name(kind), "changed",
			 (int)score.changed, "content", (int)score.content,
			 "size", (int)score.size, "seals", (int)score.seals,
			 "broken", (int)score.broken, "held", (int)score.held,
			 "harmless", (int)score.harmless, "not_here",
			 (int)score.absent);
}

bool json_attack_designs_print(const struct attack_record *record)
{
	json_t *designs = json_array();

	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++)
		if (record->plan.kinds & 1u << kind)
			json_array_append_new(designs,
					      score_object(record, kind));
	return print_line(json_pack("{s:s, s:b, s:I, s:i, s:i, s:o}", "sealmem",
				    sealmem_version(), "passed", record->passed,
				    "uid", (json_int_t)record->uid, "routes",
				    (int)record->tally.routes, "tried",
				    (int)record->tally.tried, "designs",
				    designs));
}

static json_t *route_object(const struct route_group *group,
			    const struct route *route)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "id", route->id, "name",
			 route->name, "group", group->name, "what",
			 route->what);
}

bool json_attack_list_print(const char *pattern)
{
	json_t *routes = json_array();

	for (size_t i = 0; route_groups[i]; i++) {
		const struct route_group *group = route_groups[i];

		for (size_t j = 0; j < group->count; j++)
			if (!pattern ||
			    route_matches(&group->routes[j], pattern))
				json_array_append_new(
					routes,
					route_object(group, &group->routes[j]));
	}
	return print_line(json_pack("{s:s, s:o}", "sealmem", sealmem_version(),
				    "routes", routes));
}
