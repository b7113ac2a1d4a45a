/* SPDX-License-Identifier: MIT */
/*
 * Routes that add seals, which takes rights away from others: a peer that could
 * add F_SEAL_WRITE would end the writer's next mapping.
 */
#include "selftests/routes/attacker.h"

/* A writable mapping of one's own would forbid F_SEAL_WRITE. */
static int try_add_seal(struct attacker *attacker)
{
	if (attacker->map)
		munmap(attacker->map, attacker->size);
	return route_said(fcntl(attacker->best, F_ADD_SEALS,
				attacker->argument));
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
	{ .id = "H07", .name = "seal-nothing", .goal = ROUTE_ANSWER,
	  .what = "add no seal at all: still refused where F_SEAL_SEAL is set",
	  .attempt = try_add_seal, .argument = 0,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) },
};

const struct route_group reseal_routes = ROUTE_GROUP("adding seals", routes);
