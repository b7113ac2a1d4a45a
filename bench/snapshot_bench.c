/* SPDX-License-Identifier: MIT */
/*
 * What a snapshot costs beside memcpy of its bytes and beside other designs, and
 * whether it is ever torn; see bench/README.md.
 *
 *   snapshot_bench              all rows, and the goals at the end
 *   snapshot_bench --verify N   only: N snapshots of which every word is looked at
 */
/* Many short windows: on a busy machine most have no pause in them. */
#define BENCH_ROUNDS	301
#define BENCH_WINDOW_NS 50000

#include "snapshot_alone.h"
#include "snapshot_pair.h"
#include "stopped.h"
#include "verify.h"

/* Some, in every run. */
#define VERIFIED 400000

static void bench_alone(struct bench *b)
{
	bench_unchanged(b);
	bench_hot(b);
	bench_publish(b);
}

static void bench_pair(struct bench *b)
{
	partner_start(&b->partner, b->cpus[1]);
	bench_cold(b);
	bench_publish_shared(b);
	bench_storm(b);
	partner_stop(&b->partner);
}

static void skip_pair(void)
{
	static const char why[] = "one CPU";

	printf("# Two CPUs are needed for first_read, publish_after_read, storm "
	       "and verified\n");
	goal_missing("first read after one pad of four was published",
		     "memcpy of the whole", 0.65, why);
	goal_missing("publish of one pad with an event, after a reader",
		     "memcpy of the whole", 0.75, why);
	goal_missing("read against a writer publishing flat out",
		     "memcpy in the same", 2, why);
	goal_missing("torn reads", "", 0, why);
}

static int usage(void)
{
	fprintf(stderr, "Usage: snapshot_bench [--verify SNAPSHOTS]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static struct bench b;
	unsigned long long count = VERIFIED;
	char *end;

	if (argc == 3 && strcmp(argv[1], "--verify") == 0) {
		count = strtoull(argv[2], &end, 10);
		if (argv[2][0] < '0' || argv[2][0] > '9' || *end || !count)
			return usage();
	} else if (argc != 1) {
		return usage();
	}
	b.cpu_count = usable_cpus(b.cpus, 2);
	pin_to(b.cpus[0]);
	bench_header("snapshot_bench");
	if (argc == 1) {
		measure_clocks(&b);
		open_all(&b);
		bench_alone(&b);
		if (b.cpu_count == 2)
			bench_pair(&b);
		else
			skip_pair();
		close_all(&b);
		bench_stopped(b.cpus[b.cpu_count - 1]);
	}
	if (b.cpu_count == 2)
		bench_verify(b.cpus[1], count);
	else if (argc == 3)
		printf("# Two CPUs are needed: nothing was verified\n");
	if (argc == 1)
		goal_missing("wake of one blocked reader", "a bare futex", 1.1,
			     "wait_bench has it");
	goals_print();
	return 0;
}
