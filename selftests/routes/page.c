/* SPDX-License-Identifier: MIT */
/* Routes that pass the pages themselves on, by mapping or by pipe. */
#include <sys/syscall.h>
#include <sys/uio.h>

#include "selftests/routes/attacker.h"

#define MOVE_OWN	2	/* MPOL_MF_MOVE */

/* The page goes into a file of one's own, and is written to there. */
static int move_and_write(struct attacker *attacker, int from)
{
	int fd = memfd_create("thief", MFD_CLOEXEC);
	loff_t offset = 0;

	if (fd < 0 || ftruncate(fd, (off_t)attacker->page) < 0)
		return route_absent(attacker, "memfd_create");
	if (splice(from, NULL, fd, &offset, attacker->page, SPLICE_F_MOVE) < 0)
		return -errno;
	return route_wrote(pwrite(fd, ROUTE_MARKER, ROUTE_MARKER_SIZE, 0));
}

static int try_gift(struct attacker *attacker)
{
	struct iovec vector = { attacker->map, attacker->page };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return route_absent(attacker, "pipe");
	if (vmsplice(ends[1], &vector, 1, SPLICE_F_GIFT) < 0)
		return -errno;
	return move_and_write(attacker, ends[0]);
}

static int try_tee_and_move(struct attacker *attacker)
{
	loff_t offset = 0;
	int a[2], b[2];

	if (pipe2(a, O_CLOEXEC) < 0 || pipe2(b, O_CLOEXEC) < 0)
		return route_absent(attacker, "pipe");
	if (splice(attacker->received, &offset, a[1], NULL, attacker->page,
		   0) < 0)
		return -errno;
	if (tee(a[0], b[1], attacker->page, 0) < 0)
		return -errno;
	return move_and_write(attacker, b[0]);
}

static int try_move_pages(struct attacker *attacker)
{
	void *pages[] = { attacker->map };
	int node = 0, status = 0;

	(void)*(volatile unsigned char *)attacker->map;
	return route_said(syscall(SYS_move_pages, 0, 1ul, pages, &node,
				  &status, MOVE_OWN));
}

/* MPOL_BIND to the first node. */
static int try_bind(struct attacker *attacker)
{
	unsigned long nodes = 1;

	return route_said(syscall(SYS_mbind, attacker->map, attacker->page, 2,
				  &nodes, 8ul * sizeof(nodes), MOVE_OWN));
}

static const struct route routes[] = {
	{ .id = "F44", .name = "vmsplice-map", .goal = ROUTE_ANSWER,
	  .what = "give a page of the mapping away, then write to it there",
	  .attempt = try_gift, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F45", .name = "tee-page", .goal = ROUTE_ANSWER,
	  .what = "splice and tee a page into a file, then write to it there",
	  .attempt = try_tee_and_move, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "F49", .name = "move_pages", .goal = ROUTE_ANSWER,
	  .what = "move a page of the mapping to another memory node",
	  .attempt = try_move_pages, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM) | SAYS(ENODEV), .needs = "NUMA" },
	{ .id = "F50", .name = "mbind", .goal = ROUTE_ANSWER,
	  .what = "bind the mapping to a memory node, and move it there",
	  .attempt = try_bind, .lasting = true, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM) | SAYS(EINVAL), .needs = "NUMA" },
};

const struct route_group page_routes =
	ROUTE_GROUP("passing pages on", routes);
