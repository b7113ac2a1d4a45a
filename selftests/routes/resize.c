/* SPDX-License-Identifier: MIT */
/* Routes that change the size of the file. */
#include "selftests/routes/attacker.h"

/* What the argument of the size routes stands for. */
enum new_size { HALF, NOTHING, ONE_BYTE_LESS, AS_IT_IS, ONE_PAGE_MORE };

static off_t new_size(const struct attacker *attacker)
{
	switch ((enum new_size)attacker->argument) {
	case HALF:
		return (off_t)(attacker->size / 2);
	case NOTHING:
		return 0;
	case ONE_BYTE_LESS:
		return (off_t)attacker->size - 1;
	case AS_IT_IS:
		return (off_t)attacker->size;
	case ONE_PAGE_MORE:
		break;
	}
	return (off_t)(attacker->size + attacker->page);
}

static int try_ftruncate(struct attacker *attacker)
{
	return route_said(ftruncate(attacker->best, new_size(attacker)));
}

static int try_truncate(struct attacker *attacker)
{
	struct route_path path = route_fd_path(attacker->received);

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	return route_said(truncate(path.text, new_size(attacker)));
}

static int try_open_truncating(struct attacker *attacker)
{
	struct route_path path = route_fd_path(attacker->received);

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	return route_said(open(path.text, attacker->argument | O_TRUNC));
}

static const struct route routes[] = {
	{ .id = "C01", .name = "ftruncate-half", .goal = ROUTE_SIZE,
	  .what = "cut the file in half: SIGBUS for whoever reads the rest",
	  .attempt = try_ftruncate, .argument = HALF,
	  .writer = SAYS(EPERM), .reader = SAYS(EINVAL) },
	{ .id = "C02", .name = "ftruncate-0", .goal = ROUTE_SIZE,
	  .what = "cut all of the file off",
	  .attempt = try_ftruncate, .argument = NOTHING,
	  .writer = SAYS(EPERM), .reader = SAYS(EINVAL) },
	{ .id = "C03", .name = "ftruncate-byte", .goal = ROUTE_SIZE,
	  .what = "cut one byte off",
	  .attempt = try_ftruncate, .argument = ONE_BYTE_LESS,
	  .writer = SAYS(EPERM), .reader = SAYS(EINVAL) },
	{ .id = "C04", .name = "ftruncate-grow", .goal = ROUTE_SIZE,
	  .what = "make the file a page longer",
	  .attempt = try_ftruncate, .argument = ONE_PAGE_MORE,
	  .writer = SAYS(EPERM), .reader = SAYS(EINVAL) },
	{ .id = "C05", .name = "ftruncate-same", .goal = ROUTE_ANSWER,
	  .what = "make the file as long as it is",
	  .attempt = try_ftruncate, .argument = AS_IT_IS,
	  .writer = SAYS(OK), .reader = SAYS(EINVAL) },
	{ .id = "C06", .name = "truncate-path", .goal = ROUTE_SIZE,
	  .what = "cut the file in half by its path in procfs",
	  .attempt = try_truncate, .argument = HALF, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O04", .name = "open-trunc-rw", .goal = ROUTE_SIZE,
	  .what = "open it again with O_RDWR and O_TRUNC",
	  .attempt = try_open_truncating, .argument = O_RDWR, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O05", .name = "open-trunc-ro", .goal = ROUTE_SIZE,
	  .what = "open it again with O_RDONLY and O_TRUNC",
	  .attempt = try_open_truncating, .argument = O_RDONLY, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
};

const struct route_group resize_routes =
	ROUTE_GROUP("changing the size", routes);
