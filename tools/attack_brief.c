/* SPDX-License-Identifier: MIT */
/*
 * `sealmem attack --brief`: a line a group, with what the kernel answered most,
 * and in full what did not hold.
 */
#include <stdio.h>

#include "tools/attack.h"

/* What a row comes to: the first of these that any kind has. */
static const enum attack_outcome ranks[] = {
	ATTACK_BROKEN, ATTACK_PROVES_NOTHING, ATTACK_HELD, ATTACK_OPEN,
	ATTACK_THROUGH, ATTACK_HARMLESS, ATTACK_ABSENT,
};

#define RANKS	(sizeof(ranks) / sizeof(ranks[0]))

#define LINE_WIDTH	100
#define ANSWERS_MAX	3

/* How often each answer was given by what has come to one rank. */
struct answers {
	unsigned int rows;
	unsigned int counts[ROUTE_OTHER + 1];
};

static bool has_outcome(const struct attack_row *row, unsigned int kinds,
			enum attack_outcome outcome)
{
	for (int kind = 0; kind < ATTACK_KINDS; kind++)
		if (kinds & 1u << kind && row->results[kind].outcome == outcome)
			return true;
	return false;
}

/* The control has its say where it fails, or where there is nothing else. */
static unsigned int kinds_with_a_say(const struct attack_record *record,
				     const struct attack_row *row)
{
	unsigned int kinds = record->plan.kinds;

	if (kinds != 1u << ATTACK_CONTROL && !attack_row_failed(row))
		kinds &= ~(1u << ATTACK_CONTROL);
	return kinds;
}

static void add_row(const struct attack_record *record,
		    const struct attack_row *row, struct answers *groups)
{
	unsigned int kinds = kinds_with_a_say(record, row);
	size_t rank = 0;

	while (rank < RANKS - 1 && !has_outcome(row, kinds, ranks[rank]))
		rank++;
	groups[rank].rows++;
	for (int kind = 0; kind < ATTACK_KINDS; kind++) {
		const struct attack_result *result = &row->results[kind];

		if (kinds & 1u << kind && result->outcome == ranks[rank])
			groups[rank].counts[result->answer]++;
	}
}

static bool belongs_to(const struct attack_row *row,
		       const struct route_group *group)
{
	return row->route >= group->routes &&
	       row->route < group->routes + group->count;
}

/* ---- a line ------------------------------------------------------------- */

struct line {
	char text[1024];
	size_t length;
};

static void add(struct line *line, const char *text)
{
	size_t room = sizeof(line->text) - line->length;
	int length = snprintf(line->text + line->length, room, "%s", text);

	line->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* The most frequent that is left, which then no longer is; 0: none was. */
static unsigned int take_answer(struct answers *answers,
				enum route_answer *ret)
{
	unsigned int most = 0;

	for (int answer = 0; answer <= ROUTE_OTHER; answer++) {
		if (answers->counts[answer] <= most)
			continue;
		most = answers->counts[answer];
		*ret = (enum route_answer)answer;
	}
	if (most)
		answers->counts[*ret] = 0;
	return most;
}

static void add_answers(struct line *line, struct answers answers,
			unsigned int limit)
{
	const char *before = " (";
	enum route_answer answer;

	if (limit == 0)
		return;
	/* That it was not tried has been said. */
	answers.counts[ROUTE_ABSENT] = 0;
	for (unsigned int i = 0; take_answer(&answers, &answer); i++) {
		add(line, before);
		before = ", ";
		if (i == limit) {
			add(line, "...");
			break;
		}
		add(line, route_answer_text(answer));
	}
	if (before[0] == ',')
		add(line, ")");
}

static void write_line(const char *name, const struct answers *groups,
		       unsigned int limit, struct line *line)
{
	const char *between = "";
	char text[64];

	line->length = 0;
	snprintf(text, sizeof(text), "%-34s", name);
	add(line, text);
	for (size_t i = 0; i < RANKS; i++) {
		if (!groups[i].rows)
			continue;
		snprintf(text, sizeof(text), "%s%u %s", between, groups[i].rows,
			 attack_outcome_text(ranks[i]));
		add(line, text);
		add_answers(line, groups[i], limit);
		between = ", ";
	}
}

/* Rather fewer answers than a line that is broken by the terminal. */
static void print_group(const struct attack_record *record,
			const struct route_group *group)
{
	struct answers groups[RANKS] = { 0 };
	unsigned int limit = ANSWERS_MAX;
	struct line line;
	size_t all = 0;

	for (size_t i = 0; i < record->count; i++) {
		if (!belongs_to(&record->rows[i], group))
			continue;
		add_row(record, &record->rows[i], groups);
		all++;
	}
	if (!all)
		return;
	write_line(group->name, groups, limit, &line);
	while (line.length > LINE_WIDTH && limit > 0)
		write_line(group->name, groups, --limit, &line);
	puts(line.text);
}

void attack_print_groups(const struct attack_record *record)
{
	for (size_t i = 0; route_groups[i]; i++)
		print_group(record, route_groups[i]);
}
