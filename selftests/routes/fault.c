/* SPDX-License-Identifier: MIT */
/* Routes through userfaultfd: a process that handles faults for itself. */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "selftests/routes/attacker.h"

#ifndef UFFD_USER_MODE_ONLY	/* Linux 5.11 */
#define UFFD_USER_MODE_ONLY	1
#endif

/* Not yet in every kernel's headers. */
#define FEATURE_WP_SHMEM	(1u << 12)	/* Linux 5.19 */
#define FEATURE_POISON		(1u << 14)	/* Linux 6.6 */
#define FEATURE_WP_ASYNC	(1u << 15)	/* Linux 6.7 */
#define FEATURE_MINOR_SHMEM	(1u << 10)	/* Linux 5.14 */
#define MODE_MISSING		UFFDIO_REGISTER_MODE_MISSING
#define MODE_WP			UFFDIO_REGISTER_MODE_WP
#define MODE_MINOR		((uint64_t)1 << 2)

struct fault_move {
	uint64_t to, from, size, mode;
	int64_t moved;
};

struct fault_fill {
	struct uffdio_range range;
	uint64_t mode;
	int64_t done;
};

#define DO_CONTINUE	_IOWR(UFFDIO, 0x07, struct fault_fill)
#define DO_MOVE		_IOWR(UFFDIO, 0x05, struct fault_move)
#define DO_POISON	_IOWR(UFFDIO, 0x08, struct fault_fill)

static char page[65536]; /* the largest page there is */

static int open_userfaultfd(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	long fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd >= 0 && ioctl((int)fd, UFFDIO_API, &api) < 0)
		return -1;
	return (int)fd;
}

static int enroll(struct attacker *attacker, int fd, void *addr, uint64_t mode)
{
	struct uffdio_register range = {
		.range = { (uintptr_t)addr, attacker->page },
		.mode = mode,
	};

	return route_said(ioctl(fd, UFFDIO_REGISTER, &range));
}

static int fill(struct attacker *attacker, int fd, void *addr)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)addr,
		.src = (uintptr_t)page,
		.len = attacker->page,
	};

	route_store(page);
	return route_said(ioctl(fd, UFFDIO_COPY, &copy));
}

/* Fills a hole, so it makes one where it is allowed to. */
static int try_copy(struct attacker *attacker)
{
	int fd = open_userfaultfd(0);
	int ret;

	if (fd < 0)
		return route_absent(attacker, "userfaultfd");
	attacker_punch(attacker);
	ret = enroll(attacker, fd, attacker->map, MODE_MISSING);
	return ret ? ret : fill(attacker, fd, attacker->map);
}

/* What can be asked for, and what the kernel must have for it. */
enum enrolment { MISSING, WRITE_PROTECT, MINOR, WRITE_PROTECT_ASYNC };

static const struct {
	uint64_t mode, features;
} enrolments[] = {
	[MISSING] = { MODE_MISSING, 0 },
	[WRITE_PROTECT] = { MODE_WP, FEATURE_WP_SHMEM },
	[MINOR] = { MODE_MINOR, FEATURE_MINOR_SHMEM },
	[WRITE_PROTECT_ASYNC] = { MODE_WP,
				  FEATURE_WP_SHMEM | FEATURE_WP_ASYNC },
};

static int try_register(struct attacker *attacker)
{
	int fd = open_userfaultfd(enrolments[attacker->argument].features);

	if (fd < 0)
		return route_absent(attacker, "userfaultfd");
	return enroll(attacker, fd, attacker->map,
		      enrolments[attacker->argument].mode);
}

static int try_unregistered(struct attacker *attacker)
{
	int fd = open_userfaultfd(0);

	if (fd < 0)
		return route_absent(attacker, "userfaultfd");
	return fill(attacker, fd, attacker->map);
}

/* A private mapping that is registered: a userfaultfd, or route_absent(). */
static int open_private(struct attacker *attacker, uint64_t features,
			uint64_t mode, void **ret_addr)
{
	int fd = open_userfaultfd(features);

	*ret_addr = attacker_map_private(attacker, PROT_READ | PROT_WRITE);
	if (fd < 0 || !*ret_addr || enroll(attacker, fd, *ret_addr, mode) < 0) {
		route_absent(attacker, "userfaultfd");
		return -1;
	}
	return fd;
}

static int try_private_copy(struct attacker *attacker)
{
	void *addr;
	int fd = open_private(attacker, 0, MODE_MISSING, &addr);

	return fd < 0 ? ROUTE_CANNOT : fill(attacker, fd, addr);
}

static int try_private_zero(struct attacker *attacker)
{
	void *addr;
	int fd = open_private(attacker, 0, MODE_MISSING, &addr);
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)addr, attacker->page },
	};

	return fd < 0 ? ROUTE_CANNOT :
			route_said(ioctl(fd, UFFDIO_ZEROPAGE, &zero));
}

static int try_private_continue(struct attacker *attacker)
{
	void *addr;
	int fd = open_private(attacker, FEATURE_MINOR_SHMEM, MODE_MINOR, &addr);
	struct fault_fill fill = {
		.range = { (uintptr_t)addr, attacker->page },
	};

	if (fd < 0)
		return ROUTE_CANNOT;
	if (ioctl(fd, DO_CONTINUE, &fill) < 0)
		return -errno;
	return route_store(addr);
}

/* "Poison" is a mark in the attacker's own page table, and no more. */
static int try_private_poison(struct attacker *attacker)
{
	void *addr;
	int fd = open_private(attacker, FEATURE_POISON, MODE_MISSING, &addr);
	struct fault_fill fill = {
		.range = { (uintptr_t)addr, attacker->page },
	};

	if (fd < 0)
		return ROUTE_CANNOT;
	if (ioctl(fd, DO_POISON, &fill) < 0)
		return -errno;
	(void)*(volatile unsigned char *)addr;
	return 0;
}

static int try_private_move(struct attacker *attacker)
{
	void *addr;
	int fd = open_private(attacker, 0, MODE_MISSING, &addr);
	struct fault_move move = {
		.to = (uintptr_t)addr,
		.from = (uintptr_t)attacker->map,
		.size = attacker->page,
	};

	return fd < 0 ? ROUTE_CANNOT : route_said(ioctl(fd, DO_MOVE, &move));
}

#define REGISTERED	.unsafe = SAYS(OK), .writer = SAYS(EPERM), \
			.reader = SAYS(EPERM)

static const struct route routes[] = {
	{ .id = "F21", .name = "uffd-missing", .goal = ROUTE_ANSWER,
	  .what = "have faults on missing pages of the mapping reported",
	  .attempt = try_register, .argument = MISSING, REGISTERED },
	{ .id = "F22", .name = "uffd-protect", .goal = ROUTE_ANSWER,
	  .what = "have stores to pages of the mapping reported",
	  .attempt = try_register, .argument = WRITE_PROTECT, REGISTERED,
	  .missing = SAYS(EINVAL), .needs = "write protection of memfds" },
	{ .id = "F23", .name = "uffd-minor", .goal = ROUTE_ANSWER,
	  .what = "have faults on pages that are there reported",
	  .attempt = try_register, .argument = MINOR, REGISTERED,
	  .missing = SAYS(EINVAL), .needs = "minor faults of memfds" },
	{ .id = "F24", .name = "uffd-protect-async", .goal = ROUTE_ANSWER,
	  .what = "have stores to pages of the mapping noted",
	  .attempt = try_register, .argument = WRITE_PROTECT_ASYNC,
	  REGISTERED,
	  .missing = SAYS(EINVAL), .needs = "write protection of memfds" },
	{ .id = "F25", .name = "userfaultfd-copy", .goal = ROUTE_CONTENT,
	  .what = "register the mapping with userfaultfd and fill a page",
	  .attempt = try_copy,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "F26", .name = "uffd-unregistered", .goal = ROUTE_ANSWER,
	  .what = "fill a page of a mapping that is not registered",
	  .attempt = try_unregistered, SAYS_ALWAYS(SAYS(ENOENT)) },
	{ .id = "F27", .name = "uffd-private-copy", .goal = ROUTE_ANSWER,
	  .what = "fill a page of a private mapping",
	  .attempt = try_private_copy, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F28", .name = "uffd-private-zero", .goal = ROUTE_ANSWER,
	  .what = "fill a page of a private mapping with zeroes",
	  .attempt = try_private_zero, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F29", .name = "uffd-continue", .goal = ROUTE_ANSWER,
	  .what = "map the page itself privately, then store",
	  .attempt = try_private_continue, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F30", .name = "uffd-poison", .goal = ROUTE_ANSWER,
	  .what = "mark a page of a private mapping as lost, then read it",
	  .attempt = try_private_poison, SAYS_ALWAYS(SAYS(SIGBUS)) },
	{ .id = "F31", .name = "uffd-move", .goal = ROUTE_ANSWER,
	  .what = "move a page of the mapping to a private one",
	  .attempt = try_private_move, SAYS_ALWAYS(SAYS(EINVAL)) },
};

const struct route_group fault_routes = ROUTE_GROUP("userfaultfd", routes);
