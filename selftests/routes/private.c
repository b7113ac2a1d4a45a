/* SPDX-License-Identifier: MIT */
/*
 * Mappings that everybody may have, and what may be done with them: to read, of
 * one's own, or past the end.
 */
#include "selftests/routes/attacker.h"

static int map_only(struct attacker *attacker, int fd, int prot, int flags)
{
	void *addr = mmap(NULL, attacker->page, prot, flags, fd, 0);

	return addr == MAP_FAILED ? -errno : 0;
}

static int try_best(struct attacker *attacker)
{
	return map_only(attacker, attacker->best, PROT_READ,
			attacker->argument);
}

/* No store: even memory without seals stays as it is. */
static int try_best_writable(struct attacker *attacker)
{
	return map_only(attacker, attacker->best, PROT_READ | PROT_WRITE,
			MAP_SHARED);
}

static int try_unlock(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	if (!addr)
		return -errno;
	return route_said(mprotect(addr, attacker->page,
				   PROT_READ | PROT_WRITE));
}

static int try_reader(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	return map_only(attacker, fd, PROT_READ, MAP_SHARED);
}

static int try_private_store(struct attacker *attacker)
{
	void *addr = attacker_map_private(attacker, PROT_READ | PROT_WRITE);

	return addr ? route_store(addr) : -errno;
}

static int try_private_unlock(struct attacker *attacker)
{
	void *addr = attacker_map_private(attacker, PROT_READ);

	return addr ? route_unlock(addr, attacker->page) : -errno;
}

/* Twice as much is mapped as there is. */
static int try_past_end(struct attacker *attacker)
{
	size_t size = 2 * attacker->size;
	volatile unsigned char *addr = mmap(NULL, size, PROT_READ, MAP_SHARED,
					    attacker->received, 0);

	if (addr == MAP_FAILED)
		return -errno;
	(void)addr[size - 1];
	return 0;
}

static int try_longer(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);
	size_t size = 2 * attacker->size;
	volatile unsigned char *longer;

	if (!addr)
		return -errno;
	longer = mremap(addr, attacker->page, size, MREMAP_MAYMOVE);
	if (longer == MAP_FAILED)
		return -errno;
	(void)longer[size - 1];
	return 0;
}

static int try_mlock(struct attacker *attacker)
{
	void *addr = attacker_map_reader(attacker);

	return addr ? route_said(mlock(addr, attacker->page)) : -errno;
}

static const struct route routes[] = {
	/* EPERM: before 6.7 a frozen O_RDWR descriptor cannot be mapped. */
	{ .id = "D05", .name = "mmap-r-best", .goal = ROUTE_ANSWER,
	  .what = "map the best descriptor for reading",
	  .attempt = try_best, .harmless = true, .argument = MAP_SHARED,
	  .writer = SAYS(OK) | SAYS(EPERM), .reader = SAYS(OK) },
	{ .id = "D06", .name = "mmap-private-r", .goal = ROUTE_ANSWER,
	  .what = "map the best descriptor for oneself, for reading",
	  .attempt = try_best, .harmless = true, .argument = MAP_PRIVATE,
	  SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "D07", .name = "mmap-r-reader", .goal = ROUTE_ANSWER,
	  .what = "map an O_RDONLY descriptor for reading",
	  .attempt = try_reader, .harmless = true, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "D15", .name = "mremap-past-end", .goal = ROUTE_ANSWER,
	  .what = "make a mapping longer than the file, then read there",
	  .attempt = try_longer, .harmless = true, SAYS_ALWAYS(SAYS(SIGBUS)) },
	{ .id = "D19", .name = "private-store", .goal = ROUTE_ANSWER,
	  .what = "store to a mapping of one's own",
	  .attempt = try_private_store, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "D20", .name = "private-mprotect", .goal = ROUTE_ANSWER,
	  .what = "mprotect a mapping of one's own, then store",
	  .attempt = try_private_unlock, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "D22", .name = "mmap-past-end", .goal = ROUTE_ANSWER,
	  .what = "map more than the file has, then read there",
	  .attempt = try_past_end,
	  .harmless = true, SAYS_ALWAYS(SAYS(SIGBUS)) },
	{ .id = "D24", .name = "mlock", .goal = ROUTE_ANSWER,
	  .what = "lock the pages of a readable mapping",
	  .attempt = try_mlock, .harmless = true, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM) | SAYS(ENOMEM),
	  .needs = "RLIMIT_MEMLOCK" },
	{ .id = "D25", .name = "mmap-rw-only", .goal = ROUTE_ANSWER,
	  .what = "map it for reading and writing, and store nothing",
	  .attempt = try_best_writable, .harmless = true, .unsafe = SAYS(OK),
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "D26", .name = "mprotect-only", .goal = ROUTE_ANSWER,
	  .what = "map it for reading, then mprotect, and store nothing",
	  .attempt = try_unlock, .harmless = true, .unsafe = SAYS(OK),
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
};

const struct route_group private_routes =
	ROUTE_GROUP("mappings that change nothing", routes);
