/* SPDX-License-Identifier: MIT */
/*
 * Routes that let the kernel do the writing, through the best mapping that
 * could be had: writable of the control, read-only of what is sealed.
 */
#include <linux/stat.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "selftests/routes/attacker.h"

static int try_read_into(struct attacker *attacker)
{
	int from = route_marker_pipe();

	if (from < 0)
		return route_absent(attacker, "pipe");
	return route_wrote(read(from, attacker->map, ROUTE_MARKER_SIZE));
}

static int try_recv(struct attacker *attacker)
{
	int from = route_marker_socket();

	if (from < 0)
		return route_absent(attacker, "socketpair");
	return route_wrote(recv(from, attacker->map, ROUTE_MARKER_SIZE, 0));
}

static int try_getrandom(struct attacker *attacker)
{
	return route_wrote(syscall(SYS_getrandom, attacker->map,
				   (size_t)ROUTE_MARKER_SIZE, 0));
}

/* A file without a name, on a disk or wherever files are kept here. */
static int try_direct_read(struct attacker *attacker)
{
	const int flags = O_TMPFILE | O_RDWR | O_CLOEXEC;
	int fd = open("/var/tmp", flags | O_DIRECT, 0600);

	if (fd < 0)
		fd = open("/tmp", flags | O_DIRECT, 0600);
	if (fd < 0)
		return route_absent(attacker, "O_TMPFILE");
	if (ftruncate(fd, (off_t)attacker->page) < 0)
		return route_absent(attacker, "ftruncate");
	return route_said(pread(fd, attacker->map, attacker->page, 0));
}

/* Straight to the kernel: a libc may have a struct of its own in between. */
static int try_statx(struct attacker *attacker)
{
	return route_said(syscall(SYS_statx, attacker->received, "",
				  AT_EMPTY_PATH, STATX_BASIC_STATS,
				  attacker->map));
}

static int try_mincore(struct attacker *attacker)
{
	return route_said(syscall(SYS_mincore, attacker->map, attacker->page,
				  attacker->map));
}

static void on_signal(int sig)
{
	(void)sig;
}

/* The kernel pushes the frame of the signal there. */
static int try_signal_stack(struct attacker *attacker)
{
	const struct sigaction action = {
		.sa_handler = on_signal, .sa_flags = SA_ONSTACK,
	};
	const stack_t stack = {
		.ss_sp = attacker->map, .ss_size = attacker->size,
	};

	if (sigaltstack(&stack, NULL) < 0)
		return route_absent(attacker, "sigaltstack");
	sigaction(SIGUSR1, &action, NULL);
	return route_said(raise(SIGUSR1));
}

static const struct route routes[] = {
	{ .id = "F01", .name = "read-into-map", .goal = ROUTE_CONTENT,
	  .what = "read from a pipe into the mapping",
	  .attempt = try_read_into,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F02", .name = "recv-into-map", .goal = ROUTE_CONTENT,
	  .what = "receive from a socket into the mapping",
	  .attempt = try_recv,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F03", .name = "getrandom", .goal = ROUTE_CONTENT,
	  .what = "have the mapping filled with random bytes",
	  .attempt = try_getrandom,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F04", .name = "direct-read", .goal = ROUTE_CONTENT,
	  .what = "read from a file into the mapping, past the page cache",
	  .attempt = try_direct_read,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F42", .name = "stat-into-map", .goal = ROUTE_CONTENT,
	  .what = "have the state of a file written into the mapping",
	  .attempt = try_statx,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F43", .name = "signal-stack", .goal = ROUTE_CONTENT,
	  .what = "use the mapping as the stack of a signal handler",
	  .attempt = try_signal_stack,
	  .writer = SAYS(SIGSEGV), .reader = SAYS(SIGSEGV) },
	{ .id = "F48", .name = "mincore-into-map", .goal = ROUTE_CONTENT,
	  .what = "have what is in memory written into the mapping",
	  .attempt = try_mincore,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
};

const struct route_group kernel_routes =
	ROUTE_GROUP("the kernel as the writer", routes);
