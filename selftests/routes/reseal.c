/* SPDX-License-Identifier: MIT */
/*
 * Routes that add seals, which takes rights away from others: a peer that could
 * add F_SEAL_WRITE would end the writer's next mapping.
 */
#include "selftests/routes/attacker.h"

#define SEAL_EXEC	0x20	/* F_SEAL_EXEC, Linux 6.3 */

/* A writable mapping of one's own would forbid F_SEAL_WRITE. */
static int try_add_seal(struct attacker *attacker)
{
	if (attacker->map)
		munmap(attacker->map, attacker->size);
	return route_said(fcntl(attacker->best, F_ADD_SEALS,
				attacker->argument));
}

static int try_add_seal_reader(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	return route_said(fcntl(fd, F_ADD_SEALS, attacker->argument));
}

static int try_get_seals(struct attacker *attacker)
{
	return route_said(fcntl(attacker->best, F_GET_SEALS));
}

static int try_get_seals_reader(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	return route_said(fcntl(fd, F_GET_SEALS));
}

static int try_get_seals_path(struct attacker *attacker)
{
	int fd = open(route_fd_path(attacker->received).text,
		      O_PATH | O_CLOEXEC);

	if (fd < 0)
		return route_absent(attacker, "O_PATH");
	return route_said(fcntl(fd, F_GET_SEALS));
}

static const struct route routes[] = {
	{ .id = "H01", .name = "seal-seal", .goal = ROUTE_SEALS,
	  .what = "add F_SEAL_SEAL: nobody can add a seal any more",
	  .attempt = try_add_seal, .argument = F_SEAL_SEAL,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "H02", .name = "seal-shrink", .goal = ROUTE_SEALS,
	  .what = "add F_SEAL_SHRINK",
	  .attempt = try_add_seal, .argument = F_SEAL_SHRINK,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "H03", .name = "seal-grow", .goal = ROUTE_SEALS,
	  .what = "add F_SEAL_GROW",
	  .attempt = try_add_seal, .argument = F_SEAL_GROW,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "H04", .name = "seal-write", .goal = ROUTE_SEALS,
	  .what = "add F_SEAL_WRITE: nobody can write any more",
	  .attempt = try_add_seal, .argument = F_SEAL_WRITE,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "H05", .name = "seal-future-write", .goal = ROUTE_SEALS,
	  .what = "add F_SEAL_FUTURE_WRITE",
	  .attempt = try_add_seal, .argument = F_SEAL_FUTURE_WRITE,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM),
	  .missing = SAYS(EINVAL), .needs = "Linux 5.1" },
	{ .id = "H06", .name = "seal-exec", .goal = ROUTE_SEALS,
	  .what = "add F_SEAL_EXEC: the execute bits stay as they are",
	  .attempt = try_add_seal, .argument = SEAL_EXEC,
	  .writer = SAYS(EPERM) | SAYS(EINVAL), .reader = SAYS(EPERM),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.3" },
	{ .id = "H07", .name = "seal-nothing", .goal = ROUTE_ANSWER,
	  .what = "add no seal at all: still refused where F_SEAL_SEAL is set",
	  .attempt = try_add_seal, .argument = 0,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "H08", .name = "seal-unknown", .goal = ROUTE_ANSWER,
	  .what = "add a seal that no kernel has",
	  .attempt = try_add_seal, .argument = 0x40000000,
	  .control = SAYS(EINVAL),
	  .writer = SAYS(EINVAL), .reader = SAYS(EPERM) },
	{ .id = "H09", .name = "seal-reader", .goal = ROUTE_ANSWER,
	  .what = "add a seal through an O_RDONLY descriptor",
	  .attempt = try_add_seal_reader, .argument = F_SEAL_WRITE,
	  SAYS_ALWAYS(SAYS(EPERM)) },
	{ .id = "H10", .name = "get-seals-reader", .goal = ROUTE_ANSWER,
	  .what = "read the seals through an O_RDONLY descriptor",
	  .attempt = try_get_seals_reader,
	  .harmless = true, SAYS_ALWAYS(SAYS(OK)) },
	{ .id = "H11", .name = "get-seals-path", .goal = ROUTE_ANSWER,
	  .what = "read the seals through an O_PATH descriptor",
	  .attempt = try_get_seals_path,
	  .harmless = true, SAYS_ALWAYS(SAYS(EBADF)) },
	{ .id = "H12", .name = "get-seals", .goal = ROUTE_ANSWER,
	  .what = "read the seals",
	  .attempt = try_get_seals, .harmless = true, SAYS_ALWAYS(SAYS(OK)) },
};

const struct route_group reseal_routes = ROUTE_GROUP("adding seals", routes);
