/* SPDX-License-Identifier: MIT */
/* `sealmem attack` for people: a row a route, a column a kind, a sentence. */
#include <stdio.h>
#include <string.h>

#include "tools/attack.h"

#define CELL_SIZE	40

void attack_said(const struct attack_result *result, char *to, size_t size)
{
	if (result->answer == ROUTE_OTHER)
		snprintf(to, size, "code %d", result->number);
	else
		snprintf(to, size, "%s", route_answer_text(result->answer));
}

void attack_print_list(const char *pattern)
{
	for (size_t i = 0; route_groups[i]; i++) {
		const struct route_group *group = route_groups[i];
		bool titled = false;

		for (size_t j = 0; j < group->count; j++) {
			const struct route *route = &group->routes[j];

			if (pattern && !route_matches(route, pattern))
				continue;
			if (!titled)
				printf("%s\n", group->name);
			titled = true;
			printf("  %s %-18s %s\n", route->id, route->name,
			       route->what);
		}
	}
}

/* ---- cells -------------------------------------------------------------- */

/* Where it is open, it does not matter what else was said. */
static void write_cell(const struct attack_result *result, char *cell)
{
	const char *outcome = attack_outcome_text(result->outcome);
	bool open = result->outcome == ATTACK_OPEN ||
		    result->outcome == ATTACK_THROUGH;
	bool held = result->outcome == ATTACK_HELD ||
		    result->outcome == ATTACK_HARMLESS;
	bool odd = held && !result->expected;
	char said[CELL_SIZE / 2];

	attack_said(result, said, sizeof(said));
	if (result->outcome == ATTACK_HARMLESS)
		snprintf(cell, CELL_SIZE, "%s%s", said, odd ? "?" : "");
	else if (result->outcome == ATTACK_ABSENT || open)
		snprintf(cell, CELL_SIZE, "%s", outcome);
	else
		snprintf(cell, CELL_SIZE, "%s %s%s", said, outcome,
			 odd ? "?" : "");
}

static const char *column_title(const struct attack_record *record,
				enum attack_kind kind)
{
	const struct attack_target *foreign = record->plan.foreign;

	return foreign && foreign->kind == kind ?
		"received" : attack_kind_name(kind);
}

static bool is_asked(const struct attack_record *record, enum attack_kind kind)
{
	return record->plan.kinds & 1u << kind;
}

static int column_width(const struct attack_record *record,
			enum attack_kind kind)
{
	size_t width = strlen(column_title(record, kind));
	char cell[CELL_SIZE];

	for (size_t i = 0; i < record->count; i++) {
		write_cell(&record->rows[i].results[kind], cell);
		if (strlen(cell) > width)
			width = strlen(cell);
	}
	return (int)width;
}

static int name_width(const struct attack_record *record)
{
	size_t width = strlen("route");

	for (size_t i = 0; i < record->count; i++) {
		const struct route *route = record->rows[i].route;
		size_t length = strlen(route->id) + 1 + strlen(route->name);

		if (length > width)
			width = length;
	}
	return (int)width;
}

/* ---- rows --------------------------------------------------------------- */

const char *attack_row_absence(const struct attack_row *row)
{
	const char *reason = NULL;

	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		const struct attack_result *result = &row->results[kind];

		if (result->outcome == ATTACK_NOT_ASKED)
			continue;
		if (result->outcome != ATTACK_ABSENT)
			return NULL;
		if (!reason)
			reason = result->reason;
	}
	return reason;
}

/* The last cell gets no blanks behind it. */
static void end_row(char *line)
{
	size_t length = strlen(line);

	while (length && line[length - 1] == ' ')
		length--;
	line[length] = '\0';
	puts(line);
}

struct widths {
	int name;
	int kinds[ATTACK_KINDS];
};

static void print_titles(const struct attack_record *record,
			 const struct widths *widths)
{
	char line[256];
	int used = snprintf(line, sizeof(line), "%-*s", widths->name, "route");

	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++)
		if (is_asked(record, kind))
			used += snprintf(line + used, sizeof(line) - used,
					 "  %-*s", widths->kinds[kind],
					 column_title(record, kind));
	end_row(line);
}

static void print_row(const struct attack_record *record,
		      const struct attack_row *row, const struct widths *widths)
{
	char line[256], cell[CELL_SIZE];
	int used = snprintf(line, sizeof(line), "%s %-*s", row->route->id,
			    widths->name - (int)strlen(row->route->id) - 1,
			    row->route->name);

	if (attack_row_absence(row)) {
		printf("%s  not here: %s\n", line, attack_row_absence(row));
		return;
	}
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		if (!is_asked(record, kind))
			continue;
		write_cell(&row->results[kind], cell);
		used += snprintf(line + used, sizeof(line) - used, "  %-*s",
				 widths->kinds[kind], cell);
	}
	end_row(line);
}

static bool is_failure(const struct attack_result *result)
{
	return result->outcome == ATTACK_BROKEN ||
	       result->outcome == ATTACK_PROVES_NOTHING;
}

bool attack_row_failed(const struct attack_row *row)
{
	for (int kind = 0; kind < ATTACK_KINDS; kind++)
		if (is_failure(&row->results[kind]))
			return true;
	return false;
}

/* In full even if the rest is brief. */
static bool is_worth_a_row(const struct attack_row *row)
{
	for (int kind = 0; kind < ATTACK_KINDS; kind++)
		if (row->results[kind].outcome != ATTACK_NOT_ASKED &&
		    !row->results[kind].expected)
			return true;
	return attack_row_failed(row);
}

static void print_table(const struct attack_record *record)
{
	struct widths widths = { .name = name_width(record) };

	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++)
		widths.kinds[kind] = column_width(record, kind);
	if (!record->brief)
		print_titles(record, &widths);
	for (size_t i = 0; i < record->count; i++)
		if (!record->brief || is_worth_a_row(&record->rows[i]))
			print_row(record, &record->rows[i], &widths);
}

/* ---- what it comes to --------------------------------------------------- */

void attack_print_failures(const struct attack_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct attack_row *row = &record->rows[i];

		for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++)
			if (is_failure(&row->results[kind]))
				printf("%s %s on %s: %s: %s\n", row->route->id,
				       row->route->name,
				       column_title(record, kind),
				       attack_outcome_text(
					       row->results[kind].outcome),
				       row->results[kind].reason);
	}
}

static void print_good(const struct attack_record *record)
{
	if (record->plan.kinds == 1u << ATTACK_CONTROL)
		puts("all got through the control, as they should.");
	else if (record->plan.foreign)
		printf("none got through to the memory from %s.\n",
		       record->source);
	else
		puts("none got through where it must not.");
	if (!is_asked(record, ATTACK_CONTROL))
		puts("The control, which shows that the routes work, was left "
		     "out.");
}

static void print_bad(const struct attack_record *record)
{
	unsigned int broken = record->tally.outcomes[ATTACK_BROKEN];
	unsigned int empty = record->tally.outcomes[ATTACK_PROVES_NOTHING];

	if (broken)
		printf("%u attempts got through that must not.\n", broken);
	else if (empty)
		printf("%u prove nothing: they did not get through the "
		       "control.\n", empty);
	else if (record->unmade)
		puts("none got through, but not all memory could be made.");
	else
		puts("too few to say anything.");
}

void attack_print_record(const struct attack_record *record)
{
	if (record->brief)
		attack_print_groups(record);
	print_table(record);
	puts("");
	attack_print_failures(record);
	printf("%u of %u routes tried as user %u: ", record->tally.tried,
	       record->tally.routes, (unsigned int)record->uid);
	if (record->passed)
		print_good(record);
	else
		print_bad(record);
}
