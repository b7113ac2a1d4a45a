/* SPDX-License-Identifier: MIT */
/* Routes through locks, leases and notification: a nuisance, not a change. */
#include <signal.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "selftests/routes/attacker.h"

static int try_flock(struct attacker *attacker)
{
	return route_said(flock(attacker->best, LOCK_EX | LOCK_NB));
}

static int try_flock_reader(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	return route_said(flock(fd, LOCK_EX | LOCK_NB));
}

static int try_lock(struct attacker *attacker)
{
	struct flock lock = { .l_type = F_WRLCK };

	return route_said(fcntl(attacker->best, F_OFD_SETLK, &lock));
}

/* The argument: of which kind. */
static int try_lease(struct attacker *attacker)
{
	return route_said(fcntl(attacker->received, F_SETLEASE,
				attacker->argument));
}

static int try_signals(struct attacker *attacker)
{
	return route_said(fcntl(attacker->received, F_SETOWN, getpid()));
}

static int try_async(struct attacker *attacker)
{
	return route_said(ioctl(attacker->received, FIOASYNC, &(int){ 1 }));
}

static int try_notify(struct attacker *attacker)
{
	return route_said(fcntl(attacker->received, F_NOTIFY, DN_MODIFY));
}

static int try_inotify(struct attacker *attacker)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0)
		return route_absent(attacker, "inotify_init1");
	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	return route_said(inotify_add_watch(
		fd, route_fd_path(attacker->received).text, IN_ACCESS));
}

static int try_seek(struct attacker *attacker)
{
	return lseek(attacker->received, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int try_hint(struct attacker *attacker)
{
	uint64_t hint = RWH_WRITE_LIFE_SHORT;

	return route_said(fcntl(attacker->received, F_SET_RW_HINT, &hint));
}

#define ALLOWED	.goal = ROUTE_ANSWER, .lasting = true, SAYS_ALWAYS(SAYS(OK))

static const struct route routes[] = {
	{ .id = "J01", .name = "flock",
	  .what = "lock it by flock",
	  .attempt = try_flock, ALLOWED },
	{ .id = "J02", .name = "flock-reader",
	  .what = "lock it by flock, through an O_RDONLY descriptor",
	  .attempt = try_flock_reader, ALLOWED },
	{ .id = "J03", .name = "lock-for-writing", .goal = ROUTE_ANSWER,
	  .what = "lock it for writing, as the open file",
	  .attempt = try_lock, .lasting = true,
	  .writer = SAYS(OK), .reader = SAYS(EBADF) },
	/* EAGAIN: somebody has it open, in a way that is in the way. */
	{ .id = "J04", .name = "lease-for-reading", .goal = ROUTE_ANSWER,
	  .what = "ask to be told before somebody opens it for writing",
	  .attempt = try_lease, .argument = F_RDLCK, .by_owner = true,
	  .lasting = true, .control = SAYS(OK) | SAYS(EAGAIN),
	  .writer = SAYS(OK) | SAYS(EAGAIN), .reader = SAYS(EACCES) },
	{ .id = "J05", .name = "lease-for-writing", .goal = ROUTE_ANSWER,
	  .what = "ask to be told before somebody opens it at all",
	  .attempt = try_lease, .argument = F_WRLCK, .by_owner = true,
	  .lasting = true, .control = SAYS(OK) | SAYS(EAGAIN),
	  .writer = SAYS(OK) | SAYS(EAGAIN), .reader = SAYS(EACCES) },
	{ .id = "J06", .name = "setown",
	  .what = "have oneself told of signals",
	  .attempt = try_signals, ALLOWED },
	{ .id = "J07", .name = "async", .goal = ROUTE_ANSWER,
	  .what = "ask for signals when it changes: memory sends none",
	  .attempt = try_async, SAYS_ALWAYS(SAYS(ENOTTY)) },
	{ .id = "J08", .name = "notify", .goal = ROUTE_ANSWER,
	  .what = "watch it as a directory, which it is not",
	  .missing = SAYS(EINVAL), .needs = "CONFIG_DNOTIFY",
	  .attempt = try_notify, .harmless = true, SAYS_ALWAYS(SAYS(ENOTDIR)) },
	{ .id = "J09", .name = "inotify", .goal = ROUTE_ANSWER,
	  .what = "watch who reads it",
	  .attempt = try_inotify, .by_path = true,
	  .writer = SAYS(OK), .reader = SAYS(OK) | SAYS(EACCES) },
	{ .id = "J10", .name = "seek",
	  .what = "move the position of the open file",
	  .attempt = try_seek, ALLOWED },
	/* Newer kernels leave it to the owner. */
	{ .id = "J11", .name = "write-hint", .goal = ROUTE_ANSWER,
	  .what = "say how long its content will live",
	  .attempt = try_hint, .by_owner = true, .lasting = true,
	  .writer = SAYS(OK), .reader = SAYS(OK) | SAYS(EPERM) },
};

const struct route_group lock_routes =
	ROUTE_GROUP("locks, leases, notification", routes);
