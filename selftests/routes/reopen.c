/* SPDX-License-Identifier: MIT */
/* Routes that get another handle of the memory, then write through that. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "selftests/routes/attacker.h"

static int write_through(int fd)
{
	return route_wrote(pwrite(fd, ROUTE_MARKER, ROUTE_MARKER_SIZE, 0));
}

static int try_reopen(struct attacker *attacker)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open(route_fd_path(attacker->received).text,
		  attacker->argument | O_CLOEXEC);
	return fd < 0 ? -errno : write_through(fd);
}

static int try_reopen_only(struct attacker *attacker)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open(route_fd_path(attacker->received).text,
		  attacker->argument | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

/* The argument: how it is opened first, before it is for writing. */
static int try_reopen_twice(struct attacker *attacker)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open(route_fd_path(attacker->received).text,
		  attacker->argument | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	fd = open(route_fd_path(fd).text, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : write_through(fd);
}

static int try_set_access_mode(struct attacker *attacker)
{
	int fd = attacker_reader(attacker);

	if (fd < 0)
		return route_absent(attacker, "opening it for reading");
	fcntl(fd, F_SETFL, O_RDWR);
	return write_through(fd);
}

static int try_dup(struct attacker *attacker)
{
	return write_through(dup(attacker->best));
}

union descriptor_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static struct msghdr descriptor_message(union descriptor_control *control,
					struct iovec *payload)
{
	return (struct msghdr){
		.msg_iov = payload,
		.msg_iovlen = 1,
		.msg_control = control->bytes,
		.msg_controllen = sizeof(control->bytes),
	};
}

static int send_descriptor(int via, int fd)
{
	union descriptor_control control = { 0 };
	struct iovec payload = { &(char){ 0 }, 1 };
	struct msghdr message = descriptor_message(&control, &payload);
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	return sendmsg(via, &message, 0) < 0 ? -1 : 0;
}

static int receive_descriptor(int via)
{
	union descriptor_control control = { 0 };
	struct iovec payload = { &(char){ 0 }, 1 };
	struct msghdr message = descriptor_message(&control, &payload);
	int fd = -1;

	if (recvmsg(via, &message, MSG_CMSG_CLOEXEC) < 0)
		return -1;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static int try_scm_rights(struct attacker *attacker)
{
	int ends[2];
	int fd;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return route_absent(attacker, "socketpair");
	if (send_descriptor(ends[0], attacker->best) < 0)
		return route_absent(attacker, "sendmsg");
	fd = receive_descriptor(ends[1]);
	return fd < 0 ? route_absent(attacker, "recvmsg") : write_through(fd);
}

static int try_pidfd_getfd(struct attacker *attacker)
{
	long process = syscall(SYS_pidfd_open, getpid(), 0);
	long fd;

	if (process < 0)
		return route_absent(attacker, "pidfd_open");
	fd = syscall(SYS_pidfd_getfd, (int)process, attacker->best, 0);
	if (fd < 0)
		return route_absent(attacker, "pidfd_getfd");
	return write_through((int)fd);
}

/* Only for CAP_CHECKPOINT_RESTORE in the initial user namespace. */
static int open_map_file(struct attacker *attacker)
{
	uintptr_t from = (uintptr_t)attacker->map;
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx",
		 (unsigned long)from, (unsigned long)(from + attacker->size));
	return open(path, O_RDWR | O_CLOEXEC);
}

static int try_map_files(struct attacker *attacker)
{
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open_map_file(attacker);
	return fd < 0 ? -errno : write_through(fd);
}

static int try_map_files_map(struct attacker *attacker)
{
	void *addr;
	int fd;

	if (!route_has_procfs())
		return route_lacks_procfs(attacker);
	fd = open_map_file(attacker);
	if (fd < 0)
		return -errno;
	addr = attacker_map_page(attacker, fd, PROT_READ | PROT_WRITE);
	return addr ? route_store(addr) : -errno;
}

static const struct route routes[] = {
	{ .id = "O06", .name = "reopen-rw", .goal = ROUTE_CONTENT,
	  .what = "open it again for reading and writing, then write",
	  .attempt = try_reopen, .argument = O_RDWR, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O02", .name = "reopen-w", .goal = ROUTE_CONTENT,
	  .what = "open it again for writing alone, then write",
	  .attempt = try_reopen, .argument = O_WRONLY, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O25", .name = "dup", .goal = ROUTE_CONTENT,
	  .what = "duplicate the descriptor, then write",
	  .attempt = try_dup,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "O24", .name = "scm-rights", .goal = ROUTE_CONTENT,
	  .what = "send oneself the descriptor over a socket, then write",
	  .attempt = try_scm_rights,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "O26", .name = "pidfd_getfd", .goal = ROUTE_CONTENT,
	  .what = "take the descriptor out of a process, then write",
	  .attempt = try_pidfd_getfd,
	  .writer = SAYS(EPERM), .reader = SAYS(EBADF) },
	{ .id = "O14", .name = "map_files", .goal = ROUTE_CONTENT,
	  .what = "open the file behind a mapping for writing, then write",
	  .attempt = try_map_files, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) | SAYS(EACCES),
	  .missing = SAYS(EPERM) | SAYS(ENOENT),
	  .needs = "CAP_CHECKPOINT_RESTORE" },
	{ .id = "O15", .name = "map_files-map", .goal = ROUTE_CONTENT,
	  .what = "open the file behind a mapping, and map it for writing",
	  .attempt = try_map_files_map, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EPERM) | SAYS(EACCES),
	  .missing = SAYS(EPERM) | SAYS(ENOENT),
	  .needs = "CAP_CHECKPOINT_RESTORE" },
	{ .id = "O01", .name = "reopen", .goal = ROUTE_ANSWER,
	  .what = "open it again for reading and writing: only a beginning",
	  .attempt = try_reopen_only,
	  .harmless = true, .argument = O_RDWR, .by_path = true,
	  .writer = SAYS(OK), .reader = SAYS(EACCES) },
	{ .id = "O03", .name = "reopen-r", .goal = ROUTE_ANSWER,
	  .what = "open it again for reading",
	  .attempt = try_reopen_only,
	  .harmless = true, .argument = O_RDONLY, .by_path = true,
	  .writer = SAYS(OK), .reader = SAYS(OK) | SAYS(EACCES) },
	{ .id = "O07", .name = "reopen-append", .goal = ROUTE_SIZE,
	  .what = "open it again for appending, then write",
	  .attempt = try_reopen, .argument = O_WRONLY | O_APPEND,
	  .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O11", .name = "reopen-reader", .goal = ROUTE_CONTENT,
	  .what = "open it for reading, open that for writing, then write",
	  .attempt = try_reopen_twice, .argument = O_RDONLY, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O12", .name = "reopen-path", .goal = ROUTE_CONTENT,
	  .what = "open it with O_PATH, open that for writing, then write",
	  .attempt = try_reopen_twice, .argument = O_PATH, .by_path = true,
	  .writer = SAYS(EPERM), .reader = SAYS(EACCES) },
	{ .id = "O19", .name = "setfl-rdwr", .goal = ROUTE_ANSWER,
	  .what = "ask an O_RDONLY descriptor to be O_RDWR, then write",
	  .attempt = try_set_access_mode, SAYS_ALWAYS(SAYS(EBADF)) },
	{ .id = "O08", .name = "reopen-direct", .goal = ROUTE_ANSWER,
	  .what = "open it again with O_DIRECT: only a beginning",
	  .attempt = try_reopen_only,
	  .harmless = true, .argument = O_RDWR | O_DIRECT,
	  .by_path = true, .writer = SAYS(OK), .reader = SAYS(EACCES),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.6" },
	{ .id = "O23", .name = "reopen-direct-w", .goal = ROUTE_CONTENT,
	  .what = "open it again with O_DIRECT, then write",
	  .attempt = try_reopen, .argument = O_RDWR | O_DIRECT,
	  .by_path = true, .writer = SAYS(EPERM), .reader = SAYS(EACCES),
	  .missing = SAYS(EINVAL), .needs = "Linux 6.6" },
};

const struct route_group reopen_routes =
	ROUTE_GROUP("another handle of the memory", routes);
