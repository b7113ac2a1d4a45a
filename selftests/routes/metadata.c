/* SPDX-License-Identifier: MIT */
/*
 * Routes to what no seal covers: modes, owners, times, attributes. They change
 * no byte, but whoever trusts them should know who can.
 */
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "selftests/routes/attacker.h"

static int try_mode(struct attacker *attacker)
{
	return route_said(fchmod(attacker->received,
				 (mode_t)attacker->argument));
}

static int try_owner(struct attacker *attacker)
{
	return route_said(fchown(attacker->received,
				 (uid_t)attacker->argument, (gid_t)-1));
}

static int try_times(struct attacker *attacker)
{
	const struct timespec times[] = { { 1, 0 }, { 2, 0 } };

	return route_said(futimens(attacker->received, times));
}

/* Whether its mode lets one write is found out by opening: through procfs. */
static int try_touch(struct attacker *attacker)
{
	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	return route_said(futimens(attacker->received, NULL));
}

static int set_attribute(int fd, const char *name, const void *value,
			 size_t size)
{
	return route_said(fsetxattr(fd, name, value, size, 0));
}

static int try_user_attribute(struct attacker *attacker)
{
	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	return set_attribute(attacker->best, "user.sealmem", "x", 1);
}

static int try_user_attribute_reader(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	return set_attribute(fd, "user.sealmem", "x", 1);
}

static int try_trusted_attribute(struct attacker *attacker)
{
	return set_attribute(attacker->best, "trusted.sealmem", "x", 1);
}

static int try_security_attribute(struct attacker *attacker)
{
	return set_attribute(attacker->best, "security.sealmem", "x", 1);
}

/* Owner, group and others may read and write: no more than the mode says. */
static int try_acl(struct attacker *attacker)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permission;
			uint32_t id;
		} entries[3];
	} acl = { 2, { { 0x01, 6, (uint32_t)-1 },
		       { 0x04, 6, (uint32_t)-1 },
		       { 0x20, 6, (uint32_t)-1 } } };

	return set_attribute(attacker->best, "system.posix_acl_access", &acl,
			     sizeof(acl));
}

static int try_inode_flag(struct attacker *attacker)
{
	int flags = 0;

	if (ioctl(attacker->received, FS_IOC_GETFLAGS, &flags) < 0)
		return route_absent(attacker, "FS_IOC_GETFLAGS");
	flags |= attacker->argument;
	return route_said(ioctl(attacker->received, FS_IOC_SETFLAGS, &flags));
}

#define BY_OWNER							\
	.goal = ROUTE_ANSWER, .by_owner = true,				\
	.writer = SAYS(OK), .reader = SAYS(EPERM)

static const struct route routes[] = {
	/* EPERM: an execute bit, and F_SEAL_EXEC is there. */
	{ .id = "G01", .name = "chmod-777", .goal = ROUTE_ANSWER,
	  .what = "let everybody do everything with it, execution as well",
	  .attempt = try_mode, .argument = 0777, .by_owner = true,
	  .control = SAYS(OK) | SAYS(EPERM),
	  .writer = SAYS(OK) | SAYS(EPERM), .reader = SAYS(EPERM) },
	{ .id = "G02", .name = "chmod-666",
	  .what = "let everybody open it for writing",
	  .attempt = try_mode, .argument = 0666, BY_OWNER },
	{ .id = "G03", .name = "chmod-0",
	  .what = "let nobody open it",
	  .attempt = try_mode, .argument = 0, BY_OWNER },
	{ .id = "G04", .name = "chmod-suid",
	  .what = "make it run as its owner, if it could be run",
	  .attempt = try_mode, .argument = 04666, BY_OWNER },
	{ .id = "G05", .name = "chown", .goal = ROUTE_ANSWER,
	  .what = "give it to another user",
	  .attempt = try_owner, .argument = 1, .lasting = true,
	  .by_owner = true,
	  .writer = SAYS(OK) | SAYS(EPERM), .reader = SAYS(EPERM),
	  .missing = SAYS(EPERM) | SAYS(EINVAL),
	  .needs = "CAP_CHOWN over that user" },
	{ .id = "G06", .name = "set-times",
	  .what = "say when it was written to",
	  .attempt = try_times, .lasting = true, BY_OWNER },
	/* The mode lets those write who may; the times follow from it. */
	{ .id = "G07", .name = "touch", .goal = ROUTE_ANSWER,
	  .what = "say that it was written to now",
	  .attempt = try_touch, .lasting = true, .by_path = true,
	  .writer = SAYS(OK), .reader = SAYS(EACCES) },
	{ .id = "G09", .name = "xattr-user", .goal = ROUTE_ANSWER,
	  .what = "attach a user attribute",
	  .attempt = try_user_attribute, .lasting = true, .by_path = true,
	  .writer = SAYS(OK), .reader = SAYS(EACCES),
	  .missing = SAYS(EOPNOTSUPP), .needs = "Linux 6.6" },
	{ .id = "G10", .name = "xattr-user-reader", .goal = ROUTE_ANSWER,
	  .what = "attach a user attribute through an O_RDONLY descriptor",
	  .attempt = try_user_attribute_reader, .lasting = true,
	  .by_path = true,
	  .writer = SAYS(OK), .reader = SAYS(EACCES),
	  .missing = SAYS(EOPNOTSUPP), .needs = "Linux 6.6" },
	{ .id = "G11", .name = "xattr-trusted", .goal = ROUTE_ANSWER,
	  .what = "attach an attribute that only root can see",
	  .attempt = try_trusted_attribute, .lasting = true,
	  SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM) | SAYS(EOPNOTSUPP),
	  .needs = "CAP_SYS_ADMIN" },
	{ .id = "G12", .name = "xattr-security", .goal = ROUTE_ANSWER,
	  .what = "attach a security attribute",
	  .attempt = try_security_attribute, .lasting = true,
	  SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM) | SAYS(EOPNOTSUPP),
	  .needs = "CAP_SYS_ADMIN" },
	{ .id = "G13", .name = "acl", .lasting = true,
	  .what = "attach an access control list",
	  .attempt = try_acl, BY_OWNER,
	  .missing = SAYS(EOPNOTSUPP), .needs = "CONFIG_TMPFS_POSIX_ACL" },
	{ .id = "G15", .name = "flag-nodump", .lasting = true,
	  .what = "leave it out of backups",
	  .attempt = try_inode_flag, .argument = FS_NODUMP_FL, BY_OWNER },
	{ .id = "G16", .name = "flag-append", .goal = ROUTE_ANSWER,
	  .what = "let it be written to at its end alone",
	  .attempt = try_inode_flag, .argument = FS_APPEND_FL,
	  .lasting = true, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM), .needs = "CAP_LINUX_IMMUTABLE" },
	{ .id = "G17", .name = "flag-immutable", .goal = ROUTE_ANSWER,
	  .what = "let it never be opened for writing again",
	  .attempt = try_inode_flag, .argument = FS_IMMUTABLE_FL,
	  .lasting = true, SAYS_ALWAYS(SAYS(OK)),
	  .missing = SAYS(EPERM), .needs = "CAP_LINUX_IMMUTABLE" },
};

const struct route_group metadata_routes =
	ROUTE_GROUP("what no seal covers", routes);
