/* SPDX-License-Identifier: MIT */
/*
 * What it costs to get events from devices, by epoll and by io_uring, and how
 * long they take to a reader; see bench/README.md. The devices are pipes: see
 * evdev_feed.h for how far they are like event nodes.
 */
#include "evdev_calls.h"
#include "evdev_feed.h"
#include "evdev_press.h"
#include "goals.h"

#define PADS	16
/* So many frames fit into a pipe, with room to spare. */
#define BATCH	256

enum way { EPOLL, RING, EPOLL_EDGE, DIRECT, WAYS };

static bool has_ring;

/**
 * struct bench - Devices that are waited for in one way
 * @loop: NULL if they are just read
 * @feeds: The devices
 * @count: How many there are
 * @active: How many of them have something in each turn
 */
struct bench {
	struct loop *loop;
	struct feed feeds[PADS];
	unsigned int count, active;
};

/* ---- turns ----------------------------------------------------------- */

static void bench_open(struct bench *bench, enum way way, unsigned int count,
		       unsigned int active)
{
	bench->loop = NULL;
	bench->count = count;
	bench->active = active;
	if (way != DIRECT)
		BENCH_CHECK(loop_open(way == RING ? LOOP_URING : LOOP_EPOLL,
				      &bench->loop) == 0);
	for (unsigned int i = 0; i < count; i++) {
		feed_open(&bench->feeds[i], way != EPOLL);
		if (bench->loop)
			BENCH_CHECK(loop_add(bench->loop,
					     &bench->feeds[i].watch) == 0);
	}
}

static void bench_close(struct bench *bench)
{
	for (unsigned int i = 0; i < bench->count; i++) {
		if (bench->loop)
			loop_remove(bench->loop, &bench->feeds[i].watch);
		feed_close(&bench->feeds[i]);
	}
	loop_close(bench->loop);
}

static void write_all(struct bench *bench)
{
	for (unsigned int i = 0; i < bench->active; i++)
		feed_write(&bench->feeds[i]);
}

static void read_all(struct bench *bench)
{
	for (unsigned int i = 0; i < bench->count; i++)
		feed_read(&bench->feeds[i]);
}

/* As in a provider: it would wait, but there is something already. */
static void take_turn(struct bench *bench)
{
	if (bench->loop)
		loop_run_once(bench->loop, UINT64_MAX, NULL);
	else
		read_all(bench);
}

/* ---- what a turn costs ----------------------------------------------- */

/* Of this thread alone: rings may have others. None does here. */
static double cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* What writing costs where nobody waits, which is the device's business. */
static double cost_of_writing(struct bench *bench, unsigned int times)
{
	double start = cpu_now(), cost;

	for (unsigned int i = 0; i < times; i++)
		write_all(bench);
	cost = cpu_now() - start;
	for (unsigned int i = 0; i < bench->count; i++)
		do
			feed_read(&bench->feeds[i]);
		while (bench->feeds[i].watch.again);
	return cost;
}

static double cost_of_turns(struct bench *bench, unsigned int times)
{
	double start = cpu_now();

	for (unsigned int i = 0; i < times; i++) {
		write_all(bench);
		take_turn(bench);
	}
	return cpu_now() - start;
}

static struct bench ways[WAYS];

/* Turns, and what writing costs more because somebody waits. */
static double run_way(enum way way, unsigned int times)
{
	double cost = 0;

	for (unsigned int left = times, now; left > 0; left -= now) {
		now = left < BATCH ? left : BATCH;
		cost += cost_of_turns(&ways[way], now) -
			cost_of_writing(&ways[DIRECT], now);
	}
	return cost;
}

static double run_epoll(void *context, unsigned int times)
{
	(void)context;
	return run_way(EPOLL, times);
}

static double run_ring(void *context, unsigned int times)
{
	(void)context;
	return run_way(RING, times);
}

static double run_epoll_edge(void *context, unsigned int times)
{
	(void)context;
	return run_way(EPOLL_EDGE, times);
}

static double run_direct(void *context, unsigned int times)
{
	(void)context;
	return run_way(DIRECT, times);
}

/* The ring comes last, so that it can be left out. */
static const struct bench_case cases[] = {
	{ "epoll", run_epoll },
	{ "epoll_edge", run_epoll_edge },
	{ "direct_read", run_direct },
	{ "io_uring", run_ring },
};

static void measure_turns(unsigned int count, unsigned int active,
			  const char *what)
{
	size_t case_count = has_ring ? 4 : 3;
	char group[40];

	for (int way = 0; way < WAYS; way++)
		if (way != RING || has_ring)
			bench_open(&ways[way], way, count, active);
	snprintf(group, sizeof(group), "turn_%u_pads_%u_active", count, active);
	bench_run(group, cases, case_count, NULL);
	if (has_ring)
		goal_ratio(what, "epoll", 1.15, 3, 0);
	else
		goal_missing(what, "epoll", 1.15, "no io_uring here");
	for (int way = 0; way < WAYS; way++)
		if (way != RING || has_ring)
			bench_close(&ways[way]);
}

static double run_idle(enum way way, unsigned int times)
{
	double start = cpu_now();

	for (unsigned int i = 0; i < times; i++)
		loop_run_once(ways[way].loop, 0, NULL);
	return cpu_now() - start;
}

static double run_idle_epoll(void *context, unsigned int times)
{
	(void)context;
	return run_idle(EPOLL, times);
}

static double run_idle_ring(void *context, unsigned int times)
{
	(void)context;
	return run_idle(RING, times);
}

static const struct bench_case idle_cases[] = {
	{ "epoll", run_idle_epoll },
	{ "io_uring", run_idle_ring },
};

/* Nothing is there, and nobody wants to wait for it. */
static void measure_idle(void)
{
	bench_open(&ways[EPOLL], EPOLL, PADS, 0);
	if (has_ring)
		bench_open(&ways[RING], RING, PADS, 0);
	bench_run("idle_turn_16_pads", idle_cases, has_ring ? 2 : 1, NULL);
	bench_close(&ways[EPOLL]);
	if (has_ring)
		bench_close(&ways[RING]);
}

/* ---- system calls ---------------------------------------------------- */

struct turns {
	enum way way;
	unsigned int active;
};

/* In the child: a ring obeys who made it. */
static void make_turns(void *context, unsigned int times)
{
	const struct turns *turns = context;
	static struct bench bench;

	bench_open(&bench, turns->way, PADS, turns->active);
	loop_run_once(bench.loop, 0, NULL);
	for (unsigned int i = 0; i < times; i++) {
		write_all(&bench);
		loop_run_once(bench.loop, turns->active ? UINT64_MAX : 0, NULL);
	}
}

/* Without those that write and read: the loop's own. */
static double count_calls(enum way way, unsigned int active)
{
	struct turns turns = { way, active };
	double calls = calls_each(make_turns, &turns);

	if (calls < 0)
		return -1;
	calls -= 2 * active;
	printf("calls_%s_%u_active %.3f calls\n",
	       way == RING ? "io_uring" : "epoll", active, calls);
	return calls;
}

static void goal_calls(const char *what, unsigned int active, double limit)
{
	double calls = has_ring ? count_calls(RING, active) : -1;

	if (!has_ring)
		goal_missing(what, "", limit, "no io_uring here");
	else if (calls < 0)
		goal_missing(what, "", limit, "may not trace a child");
	else
		goal_count_of(what, limit, calls);
}

static void measure_calls(void)
{
	count_calls(EPOLL, 0);
	count_calls(EPOLL, 1);
	count_calls(EPOLL, PADS);
	goal_calls("io_uring: calls of an idle turn, 16 pads", 0, 0);
	goal_calls("io_uring: calls of a turn, 1 of 16 active", 1, 1);
	goal_calls("io_uring: calls of a turn, 16 of 16 active", PADS, 1);
}

/* ---- from the device to a reader ------------------------------------- */

static int provider_cpu;

static double press_epoll(void *context, unsigned int times)
{
	(void)context, (void)times;
	return press_measure(LOOP_EPOLL, 0, provider_cpu);
}

static double press_ring(void *context, unsigned int times)
{
	(void)context, (void)times;
	return press_measure(LOOP_URING, 0, provider_cpu);
}

static double press_poll(void *context, unsigned int times)
{
	(void)context, (void)times;
	return press_measure(LOOP_EPOLL, POLL_US, provider_cpu);
}

static const struct bench_case press_cases[] = {
	{ "poll_4ms", press_poll },
	{ "epoll", press_epoll },
	{ "io_uring", press_ring },
};

static void measure_presses(void)
{
	static const unsigned int times[] = { 1, 1, 1 };
	int cpus[2];

	if (usable_cpus(cpus, 2) < 2) {
		goal_missing("device to spinning reader, p50", "4 ms poll",
			     1. / 30, "there is one CPU");
		return;
	}
	pin_to(cpus[0]);
	provider_cpu = cpus[1];
	bench_run_times("write_to_visible", press_cases, has_ring ? 3 : 2, NULL,
			times);
	goal_ratio("device to spinning reader, p50, by epoll", "4 ms poll",
		   1. / 30, 1, 0);
	if (has_ring)
		goal_ratio("device to spinning reader, p50, by io_uring",
			   "4 ms poll", 1. / 30, 2, 0);
}

static bool find_ring(void)
{
	struct loop *loop;

	if (loop_open(LOOP_URING, &loop) < 0)
		return false;
	loop_close(loop);
	return true;
}

int main(void)
{
	bench_header("evdev_acquire_bench");
	printf("# devices: pipes with struct input_event, %d records a frame\n",
	       FRAME);
	has_ring = find_ring();
	measure_turns(1, 1, "CPU of acquisition, 1 pad");
	measure_turns(4, 4, "CPU of acquisition, 4 pads");
	measure_turns(16, 16, "CPU of acquisition, 16 pads");
	measure_turns(16, 1, "CPU of acquisition, 16 pads, 1 of them active");
	measure_idle();
	measure_calls();
	measure_presses();
	goals_print();
	return 0;
}
