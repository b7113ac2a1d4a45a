/* SPDX-License-Identifier: MIT */
/*
 * The verdict. What an attacker says is taken for one thing only: an "ok" that
 * no table foresees is a break, even if nothing seems to have changed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "selftests/routes/judge.h"

/* Beside the goals of routes: the writer can no longer write and be seen. */
#define WRITER_LOST	(1u << 16)

__attribute__((format(printf, 2, 3))) static void
note(struct attack_result *result, const char *format, ...)
{
	size_t used = strlen(result->reason);
	size_t room = sizeof(result->reason) - used;
	va_list args;

	if (used)
		snprintf(result->reason + used, room, "; ");
	used = strlen(result->reason);
	va_start(args, format);
	vsnprintf(result->reason + used, sizeof(result->reason) - used, format,
		  args);
	va_end(args);
}

/* ---- what has changed --------------------------------------------------- */

static size_t first_difference(const struct attack_state *a,
			       const struct attack_state *b)
{
	size_t i = 0;

	while (i < a->count && i < b->count && a->bytes[i] == b->bytes[i])
		i++;
	return i;
}

static bool content_differs(const struct attack_state *a,
			    const struct attack_state *b, size_t at)
{
	if (at < a->count && at < b->count)
		return true;
	/* What was cut off with the size is not counted a second time. */
	return a->count != b->count && a->size == b->size;
}

/* The last byte, so that the header stays as it is. */
static bool writer_is_seen(const struct attack_target *target)
{
	size_t last = target->writer.size - 1;
	volatile unsigned char *at =
		(volatile unsigned char *)target->writer.addr + last;
	unsigned char written = (unsigned char)~*at, seen;

	*at = written;
	return pread(target->fd, &seen, 1, (off_t)last) == 1 && seen == written;
}

static unsigned int changes(const struct attack_target *target,
			    const struct attack_state *before,
			    const struct attack_state *after,
			    struct attack_result *result)
{
	size_t at = first_difference(before, after);
	unsigned int changed = 0;

	if (content_differs(before, after, at)) {
		changed |= ROUTE_CONTENT;
		note(result, "byte %zu changed", at);
	}
	if (before->size != after->size) {
		changed |= ROUTE_SIZE;
		note(result, "size %jd became %jd", (intmax_t)before->size,
		     (intmax_t)after->size);
	}
	if (before->seals != after->seals) {
		changed |= ROUTE_SEALS;
		note(result, "seals 0x%x became 0x%x",
		     (unsigned int)before->seals, (unsigned int)after->seals);
	}
	/* A store past the end of a smaller file would be SIGBUS. */
	if (target->writer.size && !(changed & ROUTE_SIZE) &&
	    !writer_is_seen(target)) {
		changed |= WRITER_LOST;
		note(result, "the writer is no longer seen");
	}
	return changed;
}

/* ---- what it means ------------------------------------------------------ */

static uint64_t bit(enum route_answer answer)
{
	return UINT64_C(1) << answer;
}

/* The table foresees nothing of it. */
static bool is_design(enum attack_kind kind)
{
	return ATTACK_DESIGNS & 1u << kind;
}

static bool has_right(const struct route *route,
		      const struct attack_report *report)
{
	if (route->by_owner)
		return report->owner;
	return route->by_path ? report->reopened : report->writable;
}

static uint64_t expected_answers(const struct route *route,
				 enum attack_kind kind,
				 const struct attack_report *report)
{
	if (is_design(kind))
		return UINT64_MAX;
	if (!has_right(route, report))
		return route->reader;
	if (kind == ATTACK_CONTROL)
		return route->control ? route->control : SAYS(OK);
	if (kind == ATTACK_UNSAFE && route->unsafe)
		return route->unsafe;
	if (kind == ATTACK_UNSAFE && route->goal == ROUTE_CONTENT)
		return SAYS(OK);
	return route->writer;
}

static bool is_missing(const struct route *route,
		       const struct attack_result *result)
{
	if (result->answer == ROUTE_ABSENT)
		return true;
	return bit(result->answer) & (route->missing | SAYS(ENOSYS));
}

/* What needs no seal must not change even the control. */
static enum attack_outcome judge_control(const struct route *route,
					 unsigned int changed,
					 uint64_t expected,
					 const struct attack_result *result)
{
	if (route->goal == ROUTE_ANSWER) {
		if (!changed && bit(result->answer) & expected)
			return ATTACK_HARMLESS;
	/* Both: a route that prepares the ground may change things and fail. */
	} else if (result->answer == ROUTE_OK && changed & route->goal) {
		return ATTACK_THROUGH;
	}
	if (is_missing(route, result))
		return ATTACK_ABSENT;
	return route->optional ? ATTACK_HELD : ATTACK_PROVES_NOTHING;
}

/* Not what seals have refused: without them the answer is another one. */
static bool is_harmless(const struct route *route, uint64_t expected,
			const struct attack_report *report,
			const struct attack_result *result)
{
	uint64_t control = route->control ? route->control : SAYS(OK);

	if (route->by_owner && !report->owner)
		control = route->reader;
	if (result->answer == ROUTE_OK)
		return true;
	return route->goal == ROUTE_ANSWER &&
	       bit(result->answer) & control & expected;
}

static enum attack_outcome judge_sealed(const struct route *route,
					enum attack_kind kind,
					unsigned int changed, uint64_t expected,
					const struct attack_report *report,
					const struct attack_result *result)
{
	unsigned int allowed = kind == ATTACK_UNSAFE ? ROUTE_CONTENT : 0;
	bool ok = result->answer == ROUTE_OK;

	if (changed & ~allowed)
		return ATTACK_BROKEN;
	if (ok && !(expected & SAYS(OK)))
		return ATTACK_BROKEN;
	if (result->answer == ROUTE_ABSENT)
		return ATTACK_ABSENT;
	if (kind == ATTACK_UNSAFE &&
	    (changed || (ok && route->goal == ROUTE_CONTENT)))
		return ATTACK_OPEN;
	if (is_harmless(route, expected, report, result))
		return ATTACK_HARMLESS;
	return ATTACK_HELD;
}

/* Nothing is required of it: what counts is what has changed. */
static enum attack_outcome judge_design(const struct route *route,
					unsigned int changed, uint64_t expected,
					const struct attack_report *report,
					const struct attack_result *result)
{
	if (changed)
		return ATTACK_THROUGH;
	if (result->answer == ROUTE_ABSENT)
		return ATTACK_ABSENT;
	if (is_harmless(route, expected, report, result))
		return ATTACK_HARMLESS;
	return ATTACK_HELD;
}

/* Changes have said their reason already; the rest does here. */
static void explain(struct attack_result *result, const struct route *route,
		    const struct attack_report *report)
{
	const char *said = route_answer_text(result->answer);

	switch (result->outcome) {
	case ATTACK_BROKEN:
		if (!result->reason[0])
			note(result, "the kernel did not refuse it");
		break;
	case ATTACK_PROVES_NOTHING:
		if (!result->reason[0])
			note(result, "the control was not changed");
		note(result, "it said %s", said);
		break;
	case ATTACK_ABSENT:
		result->reason[0] = '\0';
		note(result, "%s", report->why[0] ? report->why : said);
		if (route->needs && !report->why[0])
			note(result, "needs %s", route->needs);
		break;
	default:
		result->reason[0] = '\0';
	}
}

void attack_judge(const struct route *route, const struct attack_target *target,
		  const struct attack_report *report,
		  const struct attack_state *before,
		  const struct attack_state *after,
		  struct attack_result *result)
{
	uint64_t expected = expected_answers(route, target->kind, report);
	unsigned int changed = changes(target, before, after, result);

	if (target->kind == ATTACK_CONTROL)
		result->outcome =
			judge_control(route, changed, expected, result);
	else if (is_design(target->kind))
		result->outcome = judge_design(route, changed, expected, report,
					       result);
	else
		result->outcome = judge_sealed(route, target->kind, changed,
					       expected, report, result);
	result->expected = bit(result->answer) & expected ||
			   result->outcome == ATTACK_ABSENT;
	result->changed = changed;
	result->mode_changed = before->mode != after->mode;
	explain(result, route, report);
}

/* ---- counting ----------------------------------------------------------- */

const char *attack_outcome_text(enum attack_outcome outcome)
{
	static const char *const texts[] = {
		[ATTACK_NOT_ASKED] = "not asked",
		[ATTACK_HELD] = "held",
		[ATTACK_OPEN] = "open by design",
		[ATTACK_THROUGH] = "got through",
		[ATTACK_HARMLESS] = "harmless",
		[ATTACK_BROKEN] = "BROKEN",
		[ATTACK_PROVES_NOTHING] = "proves nothing",
		[ATTACK_ABSENT] = "not here",
	};

	return texts[outcome];
}

/* The control alone is no attack, unless nothing else was to be attacked. */
static bool was_tried(const struct attack_row *row)
{
	bool asked = false;

	for (int kind = ATTACK_CONTROL + 1; kind < ATTACK_KINDS; kind++) {
		enum attack_outcome outcome = row->results[kind].outcome;

		asked |= outcome != ATTACK_NOT_ASKED;
		if (outcome != ATTACK_NOT_ASKED && outcome != ATTACK_ABSENT)
			return true;
	}
	return !asked && row->results[ATTACK_CONTROL].outcome != ATTACK_ABSENT;
}

void attack_tally_add(struct attack_tally *tally, const struct attack_row *row)
{
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		const struct attack_result *result = &row->results[kind];

		tally->outcomes[result->outcome]++;
		if (result->outcome == ATTACK_NOT_ASKED)
			continue;
		tally->unexpected += !result->expected;
		tally->mode_changed += result->mode_changed;
	}
	tally->routes++;
	tally->tried += was_tried(row);
}

bool attack_tally_passed(const struct attack_tally *tally)
{
	return !tally->outcomes[ATTACK_BROKEN] &&
	       !tally->outcomes[ATTACK_PROVES_NOTHING];
}
