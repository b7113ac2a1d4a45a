/* SPDX-License-Identifier: MIT */
/* Routes that write into the mapping as into the memory of another process. */
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "selftests/routes/attacker.h"

static int try_process_vm_writev(struct attacker *attacker)
{
	char marker[] = ROUTE_MARKER;
	struct iovec from = { marker, ROUTE_MARKER_SIZE };
	struct iovec to = { attacker->map, ROUTE_MARKER_SIZE };

	return route_wrote(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}

static int try_process_vm_readv(struct attacker *attacker)
{
	char marker[] = ROUTE_MARKER;
	struct iovec from = { marker, ROUTE_MARKER_SIZE };
	struct iovec to = { attacker->map, ROUTE_MARKER_SIZE };

	return route_wrote(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static int write_to_self(struct attacker *attacker, void *to)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return route_absent(attacker, "/proc/self/mem");
	return route_wrote(pwrite(fd, ROUTE_MARKER, ROUTE_MARKER_SIZE,
				  (off_t)(uintptr_t)to));
}

static int try_self_mem_private(struct attacker *attacker)
{
	void *addr = attacker_map_private(attacker, PROT_READ);

	return addr ? write_to_self(attacker, addr) : -errno;
}

/* "4": the kernel forgets which pages were written to. */
static int try_clear_refs(struct attacker *attacker)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return route_absent(attacker, "/proc/self/clear_refs");
	return route_said(write(fd, "4", 1));
}

static int try_self_mem(struct attacker *attacker)
{
	return write_to_self(attacker, attacker->map);
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

static const struct route routes[] = {
	{ .id = "F16", .name = "process_vm_readv", .goal = ROUTE_CONTENT,
	  .what = "read into the mapping as out of another process",
	  .attempt = try_process_vm_readv,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT),
	  .missing = SAYS(EPERM) },
	{ .id = "F17", .name = "process_vm_writev", .goal = ROUTE_CONTENT,
	  .what = "write into the mapping as into another process",
	  .attempt = try_process_vm_writev,
	  .writer = SAYS(EFAULT), .reader = SAYS(EFAULT),
	  .missing = SAYS(EPERM) },
	{ .id = "F18", .name = "proc-self-mem", .goal = ROUTE_CONTENT,
	  .what = "write to the mapping's address in /proc/self/mem",
	  .attempt = try_self_mem,
	  .writer = SAYS(EIO), .reader = SAYS(EIO) },
	/* EIO: where a kernel does not let even a debugger do that. */
	{ .id = "F19", .name = "mem-private", .goal = ROUTE_ANSWER,
	  .what = "write to a private mapping's address in /proc/self/mem",
	  .attempt = try_self_mem_private,
	  SAYS_ALWAYS(SAYS(OK) | SAYS(EIO)) },
	{ .id = "F20", .name = "ptrace-poke", .goal = ROUTE_CONTENT,
	  .what = "poke into the mapping of a traced child",
	  .attempt = try_poke,
	  .writer = SAYS(EIO), .reader = SAYS(EIO) },
	{ .id = "F47", .name = "clear_refs", .goal = ROUTE_ANSWER,
	  .what = "have the kernel forget which pages were written to",
	  .attempt = try_clear_refs, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EINVAL), .needs = "CONFIG_PROC_PAGE_MONITOR" },
};

const struct route_group trace_routes =
	ROUTE_GROUP("the memory of a process", routes);
