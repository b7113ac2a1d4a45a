/* SPDX-License-Identifier: MIT */
/*
 * Routes that give the file a name or a place, or reach it by its number. A
 * memfd has no directory, so most of them fail whatever the seals are.
 */
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "selftests/routes/attacker.h"

#define CALL_OPEN_TREE	428	/* Linux 5.2 */
#define TREE_CLONE	1u

/* A file handle with room for what every file system has. */
union handle {
	struct file_handle handle;
	char bytes[sizeof(struct file_handle) + 128];
};

/* For CAP_DAC_READ_SEARCH. */
static int try_handle(struct attacker *attacker)
{
	union handle handle = { .handle = { .handle_bytes = 128 } };
	int mount;
	int fd;

	if (name_to_handle_at(attacker->received, "", &handle.handle, &mount,
			      AT_EMPTY_PATH) < 0)
		return route_absent(attacker, "name_to_handle_at");
	fd = open_by_handle_at(attacker->received, &handle.handle, O_RDWR);
	if (fd < 0)
		return -errno;
	return route_wrote(pwrite(fd, ROUTE_MARKER, ROUTE_MARKER_SIZE, 0));
}

static int try_link(struct attacker *attacker)
{
	char name[64];

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	snprintf(name, sizeof(name), "/tmp/sealmem-attack-%d", (int)getpid());
	if (linkat(AT_FDCWD, route_fd_path(attacker->received).text, AT_FDCWD,
		   name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	return route_said(unlink(name));
}

/* Where that is allowed, in a world of its own, which ends with it. */
static int try_bind_mount(struct attacker *attacker)
{
	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	if (!unshare(CLONE_NEWNS))
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return route_said(mount(route_fd_path(attacker->received).text,
				"/dev/null", NULL, MS_BIND, NULL));
}

static int try_open_tree(struct attacker *attacker)
{
	return route_said(syscall(CALL_OPEN_TREE, attacker->received, "",
				  TREE_CLONE | AT_EMPTY_PATH));
}

static const struct route routes[] = {
	{ .id = "O13", .name = "file-handle", .goal = ROUTE_CONTENT,
	  .what = "open it by the handle of its file, then write",
	  .attempt = try_handle,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) | SAYS(EACCES),
	  .missing = SAYS(EPERM), .needs = "CAP_DAC_READ_SEARCH" },
	{ .id = "O16", .name = "link", .goal = ROUTE_ANSWER,
	  .what = "link it into a directory: it is on no disk",
	  .attempt = try_link,
	  SAYS_ALWAYS(SAYS(EXDEV) | SAYS(EROFS) | SAYS(ENOENT)),
	  .missing = SAYS(EPERM), .needs = "links to files of others" },
	{ .id = "O17", .name = "bind-mount", .goal = ROUTE_ANSWER,
	  .what = "mount it somewhere: it is in no place",
	  .attempt = try_bind_mount, SAYS_ALWAYS(SAYS(EINVAL)),
	  .missing = SAYS(EPERM), .needs = "CAP_SYS_ADMIN" },
	{ .id = "O18", .name = "open_tree", .goal = ROUTE_ANSWER,
	  .what = "make a mount of it: it is in no place",
	  .attempt = try_open_tree, SAYS_ALWAYS(SAYS(EINVAL)),
	  .missing = SAYS(EPERM), .needs = "CAP_SYS_ADMIN" },
};

const struct route_group link_routes =
	ROUTE_GROUP("a name or a place for the file", routes);
