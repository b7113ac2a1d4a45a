/* SPDX-License-Identifier: MIT */
/*
 * Routes that run what is in the memory. There is no program in it: ENOEXEC
 * says that the kernel looked for one, and so would have run it.
 */
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "selftests/routes/attacker.h"

/* Not yet in every libc. */
#define SET_MDWE		65	/* PR_SET_MDWE, Linux 6.3 */
#define REFUSE_EXEC_GAIN	1ul
#define EXECVE_CHECK		0x10000	/* AT_EXECVE_CHECK, Linux 6.14 */
#define CALL_MSEAL		462	/* Linux 6.10 */

static char name[] = "sealmem";
static char *const arguments[] = { name, NULL };

static int execute(int fd, int flags)
{
	return route_said(syscall(SYS_execveat, fd, "", arguments,
				  arguments + 1, AT_EMPTY_PATH | flags));
}

static int try_best(struct attacker *attacker)
{
	return execute(attacker->best, attacker->argument);
}

static int try_reader(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	return execute(fd, 0);
}

static int try_path(struct attacker *attacker)
{
	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	return route_said(execve(route_fd_path(attacker->received).text,
				 arguments, arguments + 1));
}

static int try_with_mode(struct attacker *attacker)
{
	(void)!fchmod(attacker->received, 0777);
	return execute(attacker->best, 0);
}

/* The argument: shared or private. */
static int try_map(struct attacker *attacker)
{
	void *addr = mmap(NULL, attacker->page, PROT_READ | PROT_EXEC,
			  attacker->argument, attacker->received, 0);

	return addr == MAP_FAILED ? -errno : 0;
}

static int make_executable(struct attacker *attacker, void *addr)
{
	return route_said(mprotect(addr, attacker->page,
				   PROT_READ | PROT_EXEC));
}

static int try_mprotect(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	return addr ? make_executable(attacker, addr) : -errno;
}

/* A process that allows itself no more executable memory. */
static int deny_exec_gain(struct attacker *attacker)
{
	if (prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0ul, 0ul, 0ul) < 0)
		return route_absent(attacker, "PR_SET_MDWE");
	return 0;
}

static int try_mprotect_denied(struct attacker *attacker)
{
	int ret = deny_exec_gain(attacker);

	return ret ? ret : try_mprotect(attacker);
}

static int try_map_denied(struct attacker *attacker)
{
	int ret = deny_exec_gain(attacker);

	return ret ? ret : try_map(attacker);
}

static int try_mprotect_sealed(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	if (syscall(CALL_MSEAL, addr, attacker->page, 0) < 0)
		return route_absent(attacker, "mseal");
	return make_executable(attacker, addr);
}

static int try_implied(struct attacker *attacker)
{
	void *addr;

	if (personality(READ_IMPLIES_EXEC) < 0)
		return route_absent(attacker, "personality");
	addr = attacker_map_page(attacker, attacker->received, PROT_READ);
	return addr ? 0 : -errno;
}

/* Nobody's mode allows it unless the attacker can change that. */
#define MODE_DENIES	.goal = ROUTE_ANSWER, SAYS_ALWAYS(SAYS(EACCES))
#define ALLOWED		.goal = ROUTE_ANSWER, SAYS_ALWAYS(SAYS(OK))

static const struct route routes[] = {
	{ .id = "I01", .name = "execveat",
	  .what = "run it by its descriptor",
	  .attempt = try_best, MODE_DENIES },
	{ .id = "I02", .name = "execve-path",
	  .what = "run it by its path in procfs",
	  .attempt = try_path, MODE_DENIES },
	/* ETXTBSY: it is open for writing. EACCES: F_SEAL_EXEC is there. */
	{ .id = "I03", .name = "chmod-execveat", .goal = ROUTE_ANSWER,
	  .what = "allow execution by its mode, then run it",
	  .attempt = try_with_mode, .by_owner = true,
	  .control = SAYS(ENOEXEC) | SAYS(ETXTBSY) | SAYS(EACCES),
	  .writer = SAYS(EACCES) | SAYS(ETXTBSY) | SAYS(ENOEXEC),
	  .reader = SAYS(EACCES) },
	{ .id = "I04", .name = "execveat-reader",
	  .what = "run it by an O_RDONLY descriptor",
	  .attempt = try_reader, MODE_DENIES },
	{ .id = "I05", .name = "mmap-exec",
	  .what = "map it for execution",
	  .attempt = try_map,
	  .harmless = true, .argument = MAP_SHARED, ALLOWED },
	{ .id = "I06", .name = "mmap-private-exec",
	  .what = "map it for oneself, for execution",
	  .attempt = try_map,
	  .harmless = true, .argument = MAP_PRIVATE, ALLOWED },
	{ .id = "I07", .name = "mprotect-exec",
	  .what = "make a readable mapping executable",
	  .attempt = try_mprotect, .harmless = true, ALLOWED },
	{ .id = "I08", .name = "mdwe-mprotect",
	  .what = "the same, having denied oneself more to execute",
	  .attempt = try_mprotect_denied, .harmless = true, MODE_DENIES },
	{ .id = "I09", .name = "mdwe-mmap",
	  .what = "map it for execution, having denied oneself more",
	  .attempt = try_map_denied,
	  .harmless = true, .argument = MAP_SHARED, ALLOWED },
	{ .id = "I10", .name = "mseal-exec", .goal = ROUTE_ANSWER,
	  .what = "make a mapping executable that was sealed by mseal",
	  .attempt = try_mprotect_sealed,
	  .harmless = true, SAYS_ALWAYS(SAYS(EPERM)) },
	{ .id = "I11", .name = "read-implies-exec",
	  .what = "map it for reading where that allows execution",
	  .attempt = try_implied, .harmless = true, ALLOWED },
	{ .id = "I13", .name = "execve-check",
	  .what = "ask whether it may be run",
	  .attempt = try_best, .argument = EXECVE_CHECK, MODE_DENIES,
	  .missing = SAYS(EINVAL), .needs = "Linux 6.14" },
};

const struct route_group execute_routes =
	ROUTE_GROUP("running what is in it", routes);
