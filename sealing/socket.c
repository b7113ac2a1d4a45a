/* SPDX-License-Identifier: MIT */
/*
 * Unix seqpacket sockets that pass one descriptor a message. Receiving hands
 * over every descriptor that came, wanted or not, so that the caller can close
 * each of them.
 */
#include "sealing/sealing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sealing/uapi.h"

#define SOCKET_TYPE (SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK)
#define LISTEN_QUEUE 16

int sealing_socket_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCKET_TYPE, 0, ret_fds) < 0 ? -errno : 0;
}

static int open_for(const char *path, struct sockaddr_un *ret_address)
{
	size_t length = strlen(path);
	int fd;

	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (length == 0 || length >= sizeof(ret_address->sun_path))
		return -EINVAL;
	memcpy(ret_address->sun_path, path, length);
	fd = socket(AF_UNIX, SOCKET_TYPE, 0);
	return fd < 0 ? -errno : fd;
}

/* @fd, or what the last call said, and no descriptor then. */
static int socket_or_error(int fd, int ret)
{
	int error = -errno;

	if (ret == 0)
		return fd;
	sealing_close(fd);
	return error;
}

/* The file that bind makes has the mode of the socket itself. */
static int bind_and_listen(int fd, const struct sockaddr_un *address,
			   unsigned int mode)
{
	if (fchmod(fd, (mode_t)mode) < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -1;
	return listen(fd, LISTEN_QUEUE);
}

int sealing_socket_listen(const char *path, unsigned int mode)
{
	struct sockaddr_un address;
	int fd = open_for(path, &address);

	if (fd < 0)
		return fd;
	return socket_or_error(fd, bind_and_listen(fd, &address, mode));
}

int sealing_socket_connect(const char *path)
{
	struct sockaddr_un address;
	int fd = open_for(path, &address);

	if (fd < 0)
		return fd;
	return socket_or_error(fd,
			       connect(fd, (const struct sockaddr *)&address,
				       sizeof(address)));
}

int sealing_socket_accept(int fd)
{
	int ret = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return ret < 0 ? -errno : ret;
}

int sealing_socket_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int get_option(int fd, int option, int *ret_value)
{
	socklen_t size = sizeof(*ret_value);

	return getsockopt(fd, SOL_SOCKET, option, ret_value, &size) < 0 ?
		       -errno :
		       0;
}

static bool has_peer(int fd)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);

	return getpeername(fd, (struct sockaddr *)&address, &size) == 0;
}

int sealing_socket_state(int fd, enum sealing_socket *ret_state)
{
	int domain, type, is_listening;
	int ret = get_option(fd, SO_DOMAIN, &domain);

	if (ret == 0)
		ret = get_option(fd, SO_TYPE, &type);
	if (ret == 0)
		ret = get_option(fd, SO_ACCEPTCONN, &is_listening);
	if (ret < 0)
		return ret;
	if (domain != AF_UNIX || type != SOCK_SEQPACKET)
		*ret_state = SEALING_SOCKET_OTHER;
	else if (is_listening)
		*ret_state = SEALING_SOCKET_LISTENING;
	else
		*ret_state = has_peer(fd) ? SEALING_SOCKET_CONNECTED :
					    SEALING_SOCKET_UNCONNECTED;
	return 0;
}

int sealing_socket_peer(int fd, struct sealing_peer *ret_peer)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return -errno;
	*ret_peer = (struct sealing_peer){ who.pid, who.uid, who.gid };
	return 0;
}

int sealing_socket_peer_pidfd(int fd)
{
#ifdef SO_PEERPIDFD
	int pidfd;
	int ret = get_option(fd, SO_PEERPIDFD, &pidfd);

	if (ret == 0)
		return pidfd;
	/* EINVAL until Linux 6.15 for a process that has been waited for. */
	if (ret == -EINVAL)
		return -ESRCH;
	return ret == -ENOPROTOOPT ? -EOPNOTSUPP : ret;
#else
	(void)fd;
	return -EOPNOTSUPP;
#endif
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

/* A process, which the socket's owner asked for (SO_PASSPIDFD). */
static void take_pidfd(const struct cmsghdr *header)
{
	int fd;

	memcpy(&fd, CMSG_DATA(header), sizeof(int));
	if (fd >= 0)
		sealing_close(fd);
}

static void take_control(struct msghdr *message,
			 struct sealing_message *ret_message)
{
	struct cmsghdr *header;

	for (header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == SOL_SOCKET &&
		    header->cmsg_type == SCM_RIGHTS) {
			take_fds(header, ret_message);
			continue;
		}
		ret_message->has_other_control = true;
		if (header->cmsg_level == SOL_SOCKET &&
		    header->cmsg_type == SCM_PIDFD)
			take_pidfd(header);
	}
}

/* The end, or the peer has shut its side down: nothing more comes. */
static bool is_peer_gone(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLRDHUP };

	return poll(&pollfd, 1, 0) == 1;
}

/* Other control data than descriptors comes to who asked for it alone. */
#define OTHER_CONTROL 512

/* Room for all descriptors: one that the kernel closes for us can stall us. */
union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(SEALING_RECEIVE_MAX * sizeof(int)) +
		   OTHER_CONTROL];
};

int sealing_socket_receive(int fd, void *data, size_t size,
			   struct sealing_message *ret_message)
{
	union control control;
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
	ret_message->size = (size_t)got;
	ret_message->is_data_cut = (message.msg_flags & MSG_TRUNC) != 0;
	ret_message->is_control_cut = (message.msg_flags & MSG_CTRUNC) != 0;
	ret_message->has_other_control = false;
	ret_message->fd_count = 0;
	take_control(&message, ret_message);
	/* An empty message and the end look the same. */
	if (got == 0 && message.msg_controllen == 0 &&
	    !ret_message->is_control_cut && is_peer_gone(fd))
		return -ENODATA;
	return 0;
}

/* --- close ---------------------------------------------------------------- */

/*
 * Of what is readable when the peer is gone: a message or the end? Whoever asks
 * for credentials gets them with each message, but not with the end.
 */
static bool is_message(int fd)
{
	struct msghdr message = { 0 };
	const int yes = 1, no = 0;
	ssize_t got;

	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes));
	got = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT);
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &no, sizeof(no));
	return got >= 0 && (message.msg_flags & MSG_CTRUNC);
}

/* Messages, or connections that nobody has accepted. */
static bool is_anything_left(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLRDHUP };

	if (poll(&pollfd, 1, 0) != 1 || !(pollfd.revents & POLLIN))
		return false;
	return !(pollfd.revents & POLLRDHUP) || is_message(fd);
}

void sealing_socket_close(int fd)
{
	int saved = errno;

	if (is_anything_left(fd))
		sealing_close_elsewhere(fd);
	else
		sealing_close(fd);
	errno = saved;
}
