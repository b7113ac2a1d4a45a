/* SPDX-License-Identifier: MIT */
/* Routes that map the memory for writing, or make a mapping writable. */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "selftests/routes/attacker.h"

static int try_map_writable(struct attacker *attacker)
{
	void *addr = mmap(NULL, attacker->page, attacker->argument, MAP_SHARED,
			  attacker->best, 0);

	return addr == MAP_FAILED ? -errno : route_store(addr);
}

static int unlock_new_map(struct attacker *attacker, int fd)
{
	void *addr = attacker_map_page(attacker, fd, attacker->argument);

	return addr ? route_unlock(addr, attacker->page) : -errno;
}

static int try_unlock_best(struct attacker *attacker)
{
	return unlock_new_map(attacker, attacker->best);
}

static int try_unlock_received(struct attacker *attacker)
{
	return unlock_new_map(attacker, attacker->received);
}

/* With an old size of 0, mremap makes a second mapping of shared memory. */
static int try_duplicate_map(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);
	void *copy;

	if (!addr)
		return -errno;
	copy = mremap(addr, 0, attacker->page, MREMAP_MAYMOVE);
	return copy == MAP_FAILED ? -errno : route_unlock(copy, attacker->page);
}

static int try_remap_file_pages(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	if (remap_file_pages(addr, attacker->page, 0, 0, 0) < 0)
		return -errno;
	return route_unlock(addr, attacker->page);
}

static int try_store(struct attacker *attacker)
{
	return attacker->map ? route_store(attacker->map) : -ENOMEM;
}

/* Not mprotect: the same with a protection key, and -1 is none. */
static int try_pkey(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	if (syscall(SYS_pkey_mprotect, addr, attacker->page,
		    PROT_READ | PROT_WRITE, -1) < 0)
		return -errno;
	return route_store(addr);
}

static int try_write_only(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	if (mprotect(addr, attacker->page, PROT_WRITE) < 0)
		return -errno;
	return route_store(addr);
}

static int try_dontunmap(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);
	void *copy;

	if (!addr)
		return -errno;
	copy = mremap(addr, attacker->page, attacker->page,
		      MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	return copy == MAP_FAILED ? -errno : route_unlock(copy, attacker->page);
}

/* What a child says, or the signal that it died of, is the answer. */
static int try_in_child(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);
	int status = 0;
	pid_t pid;

	if (!addr)
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(-route_unlock(addr, attacker->page));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return route_absent(attacker, "fork");
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int try_reader_writable(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);
	void *addr;

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	addr = attacker_map_page(attacker, fd, PROT_READ | PROT_WRITE);
	return addr ? route_store(addr) : -errno;
}

static int try_grows_down(struct attacker *attacker)
{
	void *addr = mmap(NULL, attacker->page, PROT_READ,
			  MAP_SHARED | MAP_GROWSDOWN, attacker->best, 0);

	return addr == MAP_FAILED ? -errno : 0;
}

static int try_sync(struct attacker *attacker)
{
	void *addr = mmap(NULL, attacker->page, PROT_READ,
			  MAP_SHARED_VALIDATE | MAP_SYNC, attacker->received,
			  0);

	return addr == MAP_FAILED ? -errno : 0;
}

static int try_validate(struct attacker *attacker)
{
	void *addr = mmap(NULL, attacker->page, PROT_READ | PROT_WRITE,
			  MAP_SHARED_VALIDATE, attacker->best, 0);

	return addr == MAP_FAILED ? -errno : route_store(addr);
}

static const struct route routes[] = {
	{ .id = "D01", .name = "mmap-rw", .goal = ROUTE_CONTENT,
	  .what = "map it for reading and writing",
	  .attempt = try_map_writable, .argument = PROT_READ | PROT_WRITE,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "D02", .name = "mmap-w", .goal = ROUTE_CONTENT,
	  .what = "map it for writing alone",
	  .attempt = try_map_writable, .argument = PROT_WRITE,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	/* EPERM: before 6.7 a frozen O_RDWR descriptor cannot be mapped. */
	{ .id = "D10", .name = "mprotect-best", .goal = ROUTE_CONTENT,
	  .what = "map the best descriptor for reading, then mprotect",
	  .attempt = try_unlock_best, .argument = PROT_READ,
	  .writer = SAYS(EACCES) | SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "D09", .name = "mprotect-received", .goal = ROUTE_CONTENT,
	  .what = "map the descriptor as received for reading, then mprotect",
	  .attempt = try_unlock_received, .argument = PROT_READ,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
	{ .id = "D13", .name = "mprotect-none", .goal = ROUTE_CONTENT,
	  .what = "map the best descriptor without any right, then mprotect",
	  .attempt = try_unlock_best, .argument = PROT_NONE,
	  .writer = SAYS(EACCES) | SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "D14", .name = "mremap-copy", .goal = ROUTE_CONTENT,
	  .what = "make a second mapping out of a readable one, then mprotect",
	  .attempt = try_duplicate_map,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
	/* EINVAL: a mapping of an O_RDONLY descriptor is not "shared" here. */
	{ .id = "D17", .name = "remap_file_pages", .goal = ROUTE_CONTENT,
	  .what = "rearrange the pages of a readable mapping, then mprotect",
	  .attempt = try_remap_file_pages,
	  .writer = SAYS(EACCES) | SAYS(EINVAL), .reader = SAYS(EINVAL) },
	{ .id = "D18", .name = "store", .goal = ROUTE_CONTENT,
	  .what = "store through the best mapping that could be had",
	  .attempt = try_store,
	  .writer = SAYS(SIGSEGV), .reader = SAYS(SIGSEGV) },
	{ .id = "D03", .name = "mmap-validate", .goal = ROUTE_CONTENT,
	  .what = "map it for writing, with flags that are validated",
	  .attempt = try_validate,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "D04", .name = "mmap-sync", .goal = ROUTE_ANSWER,
	  .what = "map it as persistent memory, which it is not",
	  .attempt = try_sync,
	  .harmless = true, SAYS_ALWAYS(SAYS(EOPNOTSUPP)) },
	{ .id = "D08", .name = "mmap-rw-reader", .goal = ROUTE_ANSWER,
	  .what = "map an O_RDONLY descriptor for writing",
	  .attempt = try_reader_writable, SAYS_ALWAYS(SAYS(EACCES)) },
	{ .id = "D11", .name = "mprotect-w", .goal = ROUTE_CONTENT,
	  .what = "map it for reading, then mprotect for writing alone",
	  .attempt = try_write_only,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
	{ .id = "D12", .name = "pkey_mprotect", .goal = ROUTE_CONTENT,
	  .what = "map it for reading, then pkey_mprotect",
	  .attempt = try_pkey,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
	{ .id = "D16", .name = "mremap-dontunmap", .goal = ROUTE_CONTENT,
	  .what = "move the pages of a readable mapping, then mprotect",
	  .attempt = try_dontunmap,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.13" },
	{ .id = "D21", .name = "mmap-growsdown", .goal = ROUTE_ANSWER,
	  .what = "map it as a stack: not for shared memory",
	  .attempt = try_grows_down, .harmless = true, .control = SAYS(EINVAL),
	  .writer = SAYS(EINVAL) | SAYS(EPERM), .reader = SAYS(EINVAL) },
	{ .id = "D23", .name = "mprotect-in-child", .goal = ROUTE_CONTENT,
	  .what = "map it for reading, fork, then mprotect in the child",
	  .attempt = try_in_child,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
};

const struct route_group remap_routes =
	ROUTE_GROUP("mapping and remapping", routes);
