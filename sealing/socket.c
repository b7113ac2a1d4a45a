/* SPDX-License-Identifier: MIT */
/*
 * Unix seqpacket sockets that pass one descriptor a message. Receiving hands
 * over every descriptor that came, wanted or not, so that the caller can close
 * each of them.
 */
#include "sealing/sealing.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_TYPE (SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK)
#define LISTEN_QUEUE 16

int sealing_socket_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCKET_TYPE, 0, ret_fds) < 0 ? -errno : 0;
}

typedef int with_address(int fd, const struct sockaddr *address,
			 socklen_t length);

static int open_at(const char *path, with_address *action)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	int fd, ret;

	if (length == 0 || length >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, path, length);

	fd = socket(AF_UNIX, SOCKET_TYPE, 0);
	if (fd < 0)
		return -errno;
	ret = action(fd, (const struct sockaddr *)&address, sizeof(address));
	if (ret < 0) {
		ret = -errno;
		sealing_close(fd);
		return ret;
	}
	return fd;
}

static int bind_and_listen(int fd, const struct sockaddr *address,
			   socklen_t length)
{
	if (bind(fd, address, length) < 0)
		return -1;
	return listen(fd, LISTEN_QUEUE);
}

int sealing_socket_listen(const char *path)
{
	return open_at(path, bind_and_listen);
}

int sealing_socket_connect(const char *path)
{
	return open_at(path, connect);
}

int sealing_socket_accept(int fd)
{
	int ret = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return ret < 0 ? -errno : ret;
}

int sealing_socket_wait(int fd, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int ret = poll(&pollfd, 1, timeout_ms);

	if (ret < 0)
		return -errno;
	return ret == 0 ? -EAGAIN : 0;
}

int sealing_socket_send(int fd, const void *data, size_t size, int pass_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = pass_fd < 0 ? NULL : &control,
		.msg_controllen = pass_fd < 0 ? 0 : sizeof(control),
	};
	ssize_t sent;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &pass_fd, sizeof(int));

	sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	return sent < 0 ? -errno : 0;
}

int sealing_socket_unread(int fd)
{
	int size;

	return ioctl(fd, SIOCOUTQ, &size) < 0 ? -errno : size;
}

/* Every descriptor of one control message; the kernel wrote its length. */
static void take_fds(const struct cmsghdr *header,
		     struct sealing_message *ret_message)
{
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
		if (ret_message->fd_count < SEALING_RECEIVE_MAX)
			ret_message->fds[ret_message->fd_count++] = fd;
		else
			sealing_discard(fd);
	}
}

static void take_control(struct msghdr *message,
			 struct sealing_message *ret_message)
{
	struct cmsghdr *header;

	for (header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header))
		if (header->cmsg_level == SOL_SOCKET &&
		    header->cmsg_type == SCM_RIGHTS)
			take_fds(header, ret_message);
}

int sealing_socket_receive(int fd, void *data, size_t size,
			   struct sealing_message *ret_message)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(SEALING_RECEIVE_MAX * sizeof(int))];
	} control;
	struct iovec iov = { data, size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (got < 0)
		return -errno;
	*ret_message = (struct sealing_message){ .size = (size_t)got };
	ret_message->is_data_cut = (message.msg_flags & MSG_TRUNC) != 0;
	ret_message->is_control_cut = (message.msg_flags & MSG_CTRUNC) != 0;
	take_control(&message, ret_message);
	/* An empty message without control data and the end look the same. */
	if (got == 0 && ret_message->fd_count == 0 &&
	    !ret_message->is_control_cut)
		return -ENODATA;
	return 0;
}
