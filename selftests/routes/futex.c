/* SPDX-License-Identifier: MIT */
/*
 * Routes through futexes, and through what the kernel writes for threads when
 * they begin and end.
 */
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "selftests/routes/attacker.h"

#define WAIT_NS		1000000

static long futex(void *word, int op, long value, const void *timeout,
		  void *other, long compare)
{
	return syscall(SYS_futex, word, op, value, timeout, other, compare);
}

static int try_wake_op(struct attacker *attacker)
{
	uint32_t word = 0;

	return route_said(futex(&word, FUTEX_WAKE_OP, 1, NULL, attacker->map,
				FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
}

/* A futex is free while it is 0: the attacker frees the page if it may. */
static int try_lock(struct attacker *attacker)
{
	attacker_punch(attacker);
	return route_said(futex(attacker->map, FUTEX_LOCK_PI, 0, NULL, NULL,
				0));
}

static int try_wake(struct attacker *attacker)
{
	return route_said(futex(attacker->map, FUTEX_WAKE, 1, NULL, NULL, 0));
}

static int try_requeue(struct attacker *attacker)
{
	uint32_t word = 0;

	return route_said(futex(attacker->map, FUTEX_REQUEUE, 1, NULL, &word,
				0));
}

/* As the kernel has it in this system call, whatever time_t is. */
static int wait_on(void *addr)
{
	const long timeout[] = { 0, WAIT_NS };
	uint32_t value = *(volatile uint32_t *)addr;

	return route_said(futex(addr, FUTEX_WAIT, (long)value, timeout, NULL,
				0));
}

static int try_wait(struct attacker *attacker)
{
	return wait_on(attacker->map);
}

static int try_wait_private(struct attacker *attacker)
{
	void *addr = attacker_map_private(attacker, PROT_READ);

	return addr ? wait_on(addr) : -errno;
}

static int wait_for(struct attacker *attacker, pid_t pid)
{
	int status = 0;

	if (pid < 0)
		return route_absent(attacker, "fork");
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return status ? -EIO : 0;
}

/* The kernel goes through the list when its thread ends. */
static int try_robust_list(struct attacker *attacker)
{
	static struct robust_list_head head;
	static struct robust_list entry;
	pid_t pid = fork();

	if (pid != 0)
		return wait_for(attacker, pid);
	head.list.next = &entry;
	entry.next = &head.list;
	head.futex_offset = (long)((uintptr_t)attacker->map -
				   (uintptr_t)&entry);
	syscall(SYS_set_robust_list, &head, sizeof(head));
	_exit(0);
}

/* ThreadSanitizer makes a fork of vfork, and then nothing is shared. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_NO_VFORK 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define HAS_NO_VFORK 1
#endif
#ifndef HAS_NO_VFORK
#define HAS_NO_VFORK 0
#endif

/* The kernel writes 0 there when one of several users of a memory ends. */
static int try_clear_on_exit(struct attacker *attacker)
{
	pid_t pid;

	if (HAS_NO_VFORK)
		return route_absent(attacker, "vfork under ThreadSanitizer");
	pid = vfork();
	if (pid == 0) {
		syscall(SYS_set_tid_address, attacker->map);
		_exit(0);
	}
	return wait_for(attacker, pid);
}

/* As the kernel has it; not every libc does. */
struct start {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	uint64_t stack, stack_size, tls;
};

static int start_process(struct attacker *attacker, struct start *start)
{
	long pid;

	start->exit_signal = SIGCHLD;
	pid = syscall(SYS_clone3, start, sizeof(*start));
	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return wait_for(attacker, (pid_t)pid);
}

static int try_child_tid(struct attacker *attacker)
{
	struct start start = {
		.flags = CLONE_CHILD_SETTID,
		.child_tid = (uintptr_t)attacker->map,
	};

	return start_process(attacker, &start);
}

static int try_parent_tid(struct attacker *attacker)
{
	struct start start = {
		.flags = CLONE_PARENT_SETTID,
		.parent_tid = (uintptr_t)attacker->map,
	};

	return start_process(attacker, &start);
}

/* Nobody is told where the kernel could not write: the answer is "ok". */
#define SILENT	.writer = SAYS(OK), .reader = SAYS(OK)

static const struct route routes[] = {
	{ .id = "F32", .name = "futex-wake-op", .goal = ROUTE_CONTENT,
	  .what = "have a number stored by FUTEX_WAKE_OP",
	  .attempt = try_wake_op,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F33", .name = "futex-lock", .goal = ROUTE_CONTENT,
	  .what = "take a futex, which stores a thread number",
	  .attempt = try_lock,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F34", .name = "futex-wake", .goal = ROUTE_ANSWER,
	  .what = "wake up who waits on a futex in the mapping",
	  .attempt = try_wake, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F35", .name = "futex-requeue", .goal = ROUTE_ANSWER,
	  .what = "have who waits there wait somewhere else",
	  .attempt = try_requeue, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F36", .name = "futex-wait", .goal = ROUTE_ANSWER,
	  .what = "wait for a millisecond on a futex in the mapping",
	  .attempt = try_wait, SAYS_ALWAYS(SAYS(ETIMEDOUT)) },
	{ .id = "F37", .name = "futex-wait-private", .goal = ROUTE_ANSWER,
	  .what = "wait for a millisecond on one in a private mapping",
	  .attempt = try_wait_private, SAYS_ALWAYS(SAYS(ETIMEDOUT)) },
	{ .id = "F38", .name = "robust-list", .goal = ROUTE_ANSWER,
	  .what = "end a process whose list of futexes leads there",
	  .attempt = try_robust_list, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F39", .name = "clear-tid", .goal = ROUTE_CONTENT,
	  .what = "have the end of a thread noted in the mapping",
	  .attempt = try_clear_on_exit, SILENT },
	{ .id = "F40", .name = "child-settid", .goal = ROUTE_CONTENT,
	  .what = "have a new process note its number in the mapping",
	  .attempt = try_child_tid, SILENT },
	{ .id = "F41", .name = "parent-settid", .goal = ROUTE_CONTENT,
	  .what = "have a new process's number noted in the mapping",
	  .attempt = try_parent_tid, SILENT },
};

const struct route_group futex_routes =
	ROUTE_GROUP("futexes and threads", routes);
