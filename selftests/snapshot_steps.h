/* SPDX-License-Identifier: MIT */
/* A child that is stopped at every instruction between two stops of its own. */
#ifndef SELFTESTS_SNAPSHOT_STEPS_H
#define SELFTESTS_SNAPSHOT_STEPS_H

#include <sched.h>
#include <sys/ptrace.h>

#include "harness.h"

static inline void trace_me(void)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(77);
	raise(SIGSTOP);
}

/* Waits for the child's next stop; false if that is its own raise(). */
static inline bool wait_for_trap(pid_t pid)
{
	int status;

	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("no ptrace here");
	ASSERT_TRUE(WIFSTOPPED(status));
	return WSTOPSIG(status) != SIGSTOP;
}

/* One instruction; false if it was the last before the next raise(). */
static inline bool step(pid_t pid)
{
	ASSERT_SYS(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL));
	return wait_for_trap(pid);
}

/* The two take turns: on one CPU nobody has to be woken on another. */
static inline void share_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	ASSERT_SYS(sched_setaffinity(0, sizeof(set), &set));
}

static inline void run_on(pid_t pid)
{
	ASSERT_SYS(ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_FALSE(wait_for_trap(pid));
}

#endif
