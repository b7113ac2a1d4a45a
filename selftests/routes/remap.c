/* SPDX-License-Identifier: MIT */
/* Routes that map the memory for writing, or make a mapping writable. */
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

/* A read-only mapping of the best descriptor that can be mapped at all. */
static void *map_page_readable(struct attacker *attacker)
{
	void *addr = attacker_map_page(attacker, attacker->best, PROT_READ);

	if (addr)
		return addr;
	return attacker_map_page(attacker, attacker->received, PROT_READ);
}

/* With an old size of 0, mremap makes a second mapping of shared memory. */
static int try_duplicate_map(struct attacker *attacker)
{
	void *addr = map_page_readable(attacker);
	void *copy;

	if (!addr)
		return -errno;
	copy = mremap(addr, 0, attacker->page, MREMAP_MAYMOVE);
	return copy == MAP_FAILED ? -errno : route_unlock(copy, attacker->page);
}

static int try_remap_file_pages(struct attacker *attacker)
{
	void *addr = map_page_readable(attacker);

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

static int try_madvise_remove(struct attacker *attacker)
{
	return route_said(madvise(attacker->map, attacker->page, MADV_REMOVE));
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
	{ .id = "E01", .name = "madvise-remove", .goal = ROUTE_CONTENT,
	  .what = "free the first page through the best mapping",
	  .attempt = try_madvise_remove,
	  .writer = SAYS(EACCES), .reader = SAYS(EACCES) },
};

const struct route_group remap_routes =
	ROUTE_GROUP("mapping and remapping", routes);
