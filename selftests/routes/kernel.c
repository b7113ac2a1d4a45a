/* SPDX-License-Identifier: MIT */
/*
 * Routes that let the kernel do the writing, through the best mapping that
 * could be had: writable of the control, read-only of what is sealed.
 */
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "selftests/routes/attacker.h"

#ifndef UFFD_USER_MODE_ONLY	/* Linux 5.11 */
#define UFFD_USER_MODE_ONLY	1
#endif

static int try_read_into(struct attacker *attacker)
{
	int from = route_marker_pipe();

	if (from < 0)
		return route_absent(attacker, "pipe");
	return route_wrote(read(from, attacker->map, ROUTE_MARKER_SIZE));
}

static int try_process_vm_writev(struct attacker *attacker)
{
	char marker[] = ROUTE_MARKER;
	struct iovec from = { marker, ROUTE_MARKER_SIZE };
	struct iovec to = { attacker->map, ROUTE_MARKER_SIZE };

	return route_wrote(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}

static int try_self_mem(struct attacker *attacker)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return route_absent(attacker, "/proc/self/mem");
	return route_wrote(pwrite(fd, ROUTE_MARKER, ROUTE_MARKER_SIZE,
				  (off_t)(uintptr_t)attacker->map));
}

/* A child with the same mappings that has stopped to be traced; -1 if not. */
static pid_t traced_child(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
		errno = EPERM;
		return -1;
	}
	return pid;
}

static int try_poke(struct attacker *attacker)
{
	pid_t pid = traced_child();
	long word;
	int ret;

	if (pid < 0)
		return route_absent(attacker, "ptrace");
	memcpy(&word, ROUTE_MARKER, sizeof(word));
	ret = route_said(ptrace(PTRACE_POKEDATA, pid, attacker->map, word));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

static int open_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	long fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd >= 0 && ioctl((int)fd, UFFDIO_API, &api) < 0)
		return -1;
	return (int)fd;
}

/* Fills a hole, so it makes one where it is allowed to. */
static int try_userfaultfd(struct attacker *attacker)
{
	static char page[65536]; /* the largest page there is */
	struct uffdio_register range = {
		.range = { (uintptr_t)attacker->map, attacker->page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_copy copy = {
		.dst = (uintptr_t)attacker->map,
		.src = (uintptr_t)page,
		.len = attacker->page,
	};
	int fd = open_userfaultfd();

	if (fd < 0)
		return route_absent(attacker, "userfaultfd");
	route_store(page);
	fallocate(attacker->best, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		  (off_t)attacker->page);
	if (ioctl(fd, UFFDIO_REGISTER, &range) < 0)
		return -errno;
	return route_said(ioctl(fd, UFFDIO_COPY, &copy));
}

static const struct route routes[] = {
	{ .id = "F01", .name = "read-into-map", .goal = ROUTE_CONTENT,
	  .what = "read from a pipe into the mapping",
	  .attempt = try_read_into,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT) },
	{ .id = "F17", .name = "process_vm_writev", .goal = ROUTE_CONTENT,
	  .what = "write into the mapping as into another process",
	  .attempt = try_process_vm_writev,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT),
	  .missing = SAYS(EPERM) },
	{ .id = "F18", .name = "proc-self-mem", .goal = ROUTE_CONTENT,
	  .what = "write to the mapping's address in /proc/self/mem",
	  .attempt = try_self_mem,
	  .writer = SAYS(EIO), .reader = SAYS(EIO) },
	{ .id = "F20", .name = "ptrace-poke", .goal = ROUTE_CONTENT,
	  .what = "poke into the mapping of a traced child",
	  .attempt = try_poke,
	  .writer = SAYS(EIO), .reader = SAYS(EIO) },
	{ .id = "F25", .name = "userfaultfd-copy", .goal = ROUTE_CONTENT,
	  .what = "register the mapping with userfaultfd and fill a page",
	  .attempt = try_userfaultfd,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
};

const struct route_group kernel_routes =
	ROUTE_GROUP("the kernel as the writer", routes);
