/* SPDX-License-Identifier: MIT */
/*
 * How many system calls something makes: a child does it so many times, and
 * twice as many, and the difference is counted by its tracer.
 */
#ifndef BENCH_EVDEV_CALLS_H
#define BENCH_EVDEV_CALLS_H

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CALLS_TIMES 500

/* Stops at the beginning and at the end of each; -1 if that is not allowed. */
static inline long calls_stops(pid_t child)
{
	long stops = 0;
	int status;

	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return -1;
	ptrace(PTRACE_SETOPTIONS, child, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		ptrace(PTRACE_SYSCALL, child, 0, 0);
		if (waitpid(child, &status, 0) != child)
			return -1;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ?
				       stops :
				       -1;
		stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
	}
}

static inline long calls_of(void (*work)(void *context, unsigned int times),
			    void *context, unsigned int times)
{
	pid_t child = fork();

	BENCH_CHECK(child >= 0);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(1);
		raise(SIGSTOP);
		work(context, times);
		_exit(0);
	}
	return calls_stops(child);
}

/* Calls each time, or -1. */
static inline double calls_each(void (*work)(void *context, unsigned int times),
				void *context)
{
	long once = calls_of(work, context, CALLS_TIMES);
	long twice = calls_of(work, context, 2 * CALLS_TIMES);

	if (once < 0 || twice < 0)
		return -1;
	return (double)(twice - once) / 2 / CALLS_TIMES;
}

#endif
