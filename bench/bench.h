/* SPDX-License-Identifier: MIT */
/*
 * Times things beside each other: in each round every case runs once, so that
 * what the machine is up to meets all of them, and ratios are taken inside a
 * round. Prints "name value unit", decides nothing.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#ifndef BENCH_ROUNDS
#define BENCH_ROUNDS 51
#endif
#define BENCH_CASES_MAX 8
/* Long enough that the clock's steps do not count. */
#ifndef BENCH_WINDOW_NS
#define BENCH_WINDOW_NS 1000000
#endif

/* A library that does not work has no speed. */
#define BENCH_CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "%s:%d: failed: %s\n", __FILE__,\
				__LINE__, #condition);			\
			exit(1);					\
		}							\
	} while (0)

struct bench_case {
	const char *name;
	/* Does it so many times, and returns the nanoseconds that took. */
	double (*run)(void *context, unsigned int times);
};

static inline double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Keeps what is only computed to be timed. */
static inline void bench_keep(const void *result)
{
	__asm__ volatile("" : : "r"(result) : "memory");
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* @what is "" or "_ratio". */
static inline void bench_print(const char *group, const char *name,
			       const char *what, const double *values,
			       const char *unit)
{
	double sorted[BENCH_ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, BENCH_ROUNDS, sizeof(sorted[0]), bench_compare);
	printf("%s_%s%s_median %.2f %s\n", group, name, what,
	       sorted[BENCH_ROUNDS / 2], unit);
	printf("%s_%s%s_min %.2f %s\n", group, name, what, sorted[0], unit);
	printf("%s_%s%s_max %.2f %s\n", group, name, what,
	       sorted[BENCH_ROUNDS - 1], unit);
}

/* How often fills a window; what is first needed is found on the way. */
static inline unsigned int bench_calibrate(const struct bench_case *c,
					   void *context)
{
	unsigned int times = 1;

	while (times < 1u << 24 && c->run(context, times) < BENCH_WINDOW_NS)
		times *= 2;
	return times;
}

/* Nanoseconds of the last group, by case and round. */
static double bench_ns[BENCH_CASES_MAX][BENCH_ROUNDS];

/* Of the last group: how many times as long as case @to takes case @of? */
static inline void bench_ratios(size_t of, size_t to, double *ret_ratios)
{
	for (size_t round = 0; round < BENCH_ROUNDS; round++)
		ret_ratios[round] = bench_ns[of][round] / bench_ns[to][round];
}

/* As bench_run(), with so many times each. */
static inline void bench_run_times(const char *group,
				   const struct bench_case *cases, size_t count,
				   void *context, const unsigned int *times)
{
	double ratios[BENCH_ROUNDS];

	for (size_t round = 0; round < BENCH_ROUNDS; round++)
		for (size_t i = 0; i < count; i++)
			bench_ns[i][round] = cases[i].run(context, times[i]) /
					     times[i];
	for (size_t i = 0; i < count; i++) {
		bench_print(group, cases[i].name, "", bench_ns[i], "ns");
		if (i == 0)
			continue;
		bench_ratios(i, 0, ratios);
		bench_print(group, cases[i].name, "_ratio", ratios, "x");
	}
}

/* The first case is what the others are compared with. */
static inline void bench_run(const char *group, const struct bench_case *cases,
			     size_t count, void *context)
{
	unsigned int times[BENCH_CASES_MAX];

	BENCH_CHECK(count <= BENCH_CASES_MAX);
	for (size_t i = 0; i < count; i++)
		times[i] = bench_calibrate(&cases[i], context);
	bench_run_times(group, cases, count, context, times);
}

/* Where the numbers come from; they mean nothing anywhere else. */
static inline void bench_header(const char *name)
{
	struct utsname system;

	if (uname(&system) == 0)
		printf("# %s on %s %s %s, %d rounds\n", name, system.sysname,
		       system.release, system.machine, BENCH_ROUNDS);
}

#endif
