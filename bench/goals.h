/* SPDX-License-Identifier: MIT */
/* What was to be reached, and whether it was, in this run. */
#ifndef BENCH_GOALS_H
#define BENCH_GOALS_H

#include <stdbool.h>

#include "bench.h"

#define GOALS_MAX 24

struct goal {
	const char *what;
	const char *beside;
	double limit;
	bool is_at_least;
	/* NULL, or why there is no value. */
	const char *missing;
	double median, low, high, min, max;
};

static struct goal goals[GOALS_MAX];
static size_t goal_count;

static struct goal *goal_add(const char *what, const char *beside, double limit)
{
	struct goal *goal = &goals[goal_count++];

	BENCH_CHECK(goal_count <= GOALS_MAX);
	*goal = (struct goal){
		.what = what, .beside = beside, .limit = limit,
	};
	return goal;
}

/* Case @of beside case @to, in the group that was just run. */
static void goal_ratio(const char *what, const char *beside, double limit,
		       size_t of, size_t to)
{
	struct goal *goal = goal_add(what, beside, limit);
	double ratios[BENCH_ROUNDS];

	bench_ratios(of, to, ratios);
	qsort(ratios, BENCH_ROUNDS, sizeof(ratios[0]), bench_compare);
	goal->median = ratios[BENCH_ROUNDS / 2];
	goal->low = ratios[BENCH_ROUNDS / 4];
	goal->high = ratios[BENCH_ROUNDS * 3 / 4];
	goal->min = ratios[0];
	goal->max = ratios[BENCH_ROUNDS - 1];
}

static void goal_count_of(const char *what, double limit, double count)
{
	struct goal *goal = goal_add(what, "", limit);

	goal->median = goal->low = goal->high = goal->min = goal->max = count;
}

static void goal_missing(const char *what, const char *beside, double limit,
			 const char *why)
{
	goal_add(what, beside, limit)->missing = why;
}

static bool goal_is_held(const struct goal *goal, double value)
{
	return goal->is_at_least ? value >= goal->limit : value <= goal->limit;
}

static void goal_print(const struct goal *goal)
{
	printf("# %-50s %-22s %s %7.4g ", goal->what, goal->beside,
	       goal->is_at_least ? ">=" : "<=", goal->limit);
	if (goal->missing) {
		printf("not measured: %s\n", goal->missing);
		return;
	}
	printf("%7.4g %s", goal->median,
	       goal_is_held(goal, goal->median) ? "held" : "NOT HELD");
	if (goal_is_held(goal, goal->low) != goal_is_held(goal, goal->high))
		printf(", by a part of the rounds: quartiles %.3g and %.3g",
		       goal->low, goal->high);
	if (goal->min < goal->max)
		printf(" (%.3g to %.3g)", goal->min, goal->max);
	printf("\n");
}

static void goals_print(void)
{
	char load[64] = "";
	FILE *file = fopen("/proc/loadavg", "r");

	if (!file || !fgets(load, sizeof(load), file))
		load[0] = '\0';
	if (file)
		fclose(file);
	printf("#\n# %-50s %-22s %10s %7s\n", "goal: median of in-round ratios",
	       "beside", "limit", "here");
	for (size_t i = 0; i < goal_count; i++)
		goal_print(&goals[i]);
	if (strtod(load, NULL) > 2)
		printf("# The machine is busy, load %.4s: rows of two CPUs say "
		       "little.\n", load);
}

#endif
