/* SPDX-License-Identifier: MIT */
/* A thread on another CPU that does what it is told, once or without a pause. */
#ifndef BENCH_PARTNER_H
#define BENCH_PARTNER_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "bench.h"

struct partner {
	pthread_t thread;
	int cpu;
	/* Numbers of runs: a flag could be seen late, and mean the next one. */
	_Atomic uint32_t wanted;
	_Atomic uint32_t done;
	_Atomic bool has_enough;
	bool is_storm;
	void (*work)(void *context);
	void *context;
};

static inline void pause_briefly(unsigned int turns)
{
	/* Somebody else may need this CPU to get anywhere. */
	if (turns % 4096 == 4095)
		sched_yield();
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static inline void partner_await(const _Atomic uint32_t *word, uint32_t value)
{
	unsigned int turns = 0;

	while (atomic_load_explicit(word, memory_order_acquire) != value)
		pause_briefly(turns++);
}

static inline void pin_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	BENCH_CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

/* The CPUs that this process may use, at most @max; how many they are. */
static inline int usable_cpus(int *cpus, int max)
{
	cpu_set_t set;
	int count = 0;

	BENCH_CHECK(sched_getaffinity(0, sizeof(set), &set) == 0);
	for (int cpu = 0; cpu < CPU_SETSIZE && count < max; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[count++] = cpu;
	return count;
}

static inline void *partner_main(void *argument)
{
	struct partner *p = argument;

	pin_to(p->cpu);
	for (uint32_t run = 1;; run++) {
		partner_await(&p->wanted, run);
		if (!p->work)
			return NULL;
		do
			p->work(p->context);
		while (p->is_storm && !atomic_load_explicit(
					      &p->has_enough,
					      memory_order_relaxed));
		atomic_store_explicit(&p->done, run, memory_order_release);
	}
}

static inline void partner_start(struct partner *p, int cpu)
{
	*p = (struct partner){ .cpu = cpu };
	BENCH_CHECK(pthread_create(&p->thread, NULL, partner_main, p) == 0);
}

static inline void partner_begin(struct partner *p, void (*work)(void *),
				 void *context, bool is_storm)
{
	p->work = work;
	p->context = context;
	p->is_storm = is_storm;
	atomic_store_explicit(&p->has_enough, false, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->wanted, 1, memory_order_release);
}

static inline void partner_end(struct partner *p)
{
	atomic_store_explicit(&p->has_enough, true, memory_order_relaxed);
	partner_await(&p->done, atomic_load(&p->wanted));
}

/* Once, and waits for it. */
static inline void partner_do(struct partner *p, void (*work)(void *),
			      void *context)
{
	partner_begin(p, work, context, false);
	partner_end(p);
}

static inline void partner_stop(struct partner *p)
{
	partner_begin(p, NULL, NULL, false);
	BENCH_CHECK(pthread_join(p->thread, NULL) == 0);
}

#endif
