/* SPDX-License-Identifier: MIT */
/*
 * Channels over sockets that the caller opened, and sockets that a channel was
 * over.
 */
#include <netinet/in.h>
#include <sys/un.h>

#include "channel_peer.h"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

FIXTURE(adopt)
{
	struct peer peer;
	char path[64];
};

FIXTURE_SETUP(adopt)
{
	snprintf(self->path, sizeof(self->path), "/tmp/sealmem-adopt-%d",
		 getpid());
}

FIXTURE_TEARDOWN(adopt)
{
	unlink(self->path);
}

/* Both ends, neither close-on-exec nor without blocking. */
static void open_pair(int fds[2], int type)
{
	ASSERT_SYS(socketpair(AF_UNIX, type, 0, fds));
}

static void expect_adopted(int fd, struct sealmem_channel *ret_channel)
{
	EXPECT_OK(sealmem_channel_adopt(fd, ret_channel));
	EXPECT_EQ(sealmem_channel_fd(ret_channel), fd);
	EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST_F(adopt, connected)
{
	struct peer *peer = &self->peer;
	int fds[2];

	open_pair(fds, SOCK_SEQPACKET);
	expect_adopted(fds[0], &peer->ours);
	expect_adopted(fds[1], &peer->theirs);
	peer->open_files = count_files();
	/* It is the caller's whether others who share it have to wait. */
	EXPECT_FALSE(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	write_honest(&peer->letter);
	send_letter(&peer->theirs, &peer->letter);
	expect_honest(peer);
	write_honest(&peer->letter);
	enclose(&peer->letter, pipe_end(0));
	expect_refused(peer, EBADMSG, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	peer_close(peer);
	EXPECT_ERRNO(EBADF, fcntl(fds[0], F_GETFD));
}

/* Blocking, but nothing here blocks in it. */
TEST_F(adopt, sends_without_waiting)
{
	struct sealmem_readonly_region region = { 0 };
	struct peer *peer = &self->peer;
	int fds[2], ret, count = 0;

	open_pair(fds, SOCK_SEQPACKET);
	expect_adopted(fds[0], &peer->ours);
	expect_adopted(fds[1], &peer->theirs);
	ASSERT_OK(sealmem_readonly_region_create_from("x", 1, NULL, &region));
	while ((ret = sealmem_channel_send_readonly(&peer->ours, &region,
						    NULL)) == 0)
		ASSERT_LT(++count, 100000);
	EXPECT_EQ(ret, -EAGAIN);
	sealmem_readonly_region_close(&region);
	sealmem_channel_close(&peer->ours);
	sealmem_channel_close(&peer->theirs);
}

static int bind_here(struct th_self_adopt *self, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	ASSERT_SYS(fd);
	strcpy(address.sun_path, self->path);
	ASSERT_SYS(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

TEST_F(adopt, listening)
{
	struct sealmem_channel listener = { 0 };
	struct peer *peer = &self->peer;
	int fd = bind_here(self, SOCK_SEQPACKET);

	EXPECT_ERR(ENOTCONN, sealmem_channel_adopt(fd, &listener));
	ASSERT_SYS(listen(fd, 1));
	expect_adopted(fd, &listener);
	EXPECT_ERR(EAGAIN, sealmem_channel_accept(&listener, 0, &peer->ours));
	EXPECT_ERR(EAGAIN, sealmem_channel_accept(&listener, 1, &peer->ours));
	ASSERT_OK(sealmem_channel_connect(self->path, &peer->theirs));
	EXPECT_OK(sealmem_channel_accept(&listener, 0, &peer->ours));
	peer->open_files = count_files();
	write_honest(&peer->letter);
	send_letter(&peer->theirs, &peer->letter);
	expect_honest(peer);
	peer_close(peer);
	sealmem_channel_close(&listener);
}

/* What is refused stays as it was: open, the caller's, and unchanged. */
static void expect_not_adopted(int fd, int error)
{
	struct sealmem_channel channel = { 0 };
	int descriptor_flags = fcntl(fd, F_GETFD), flags = fcntl(fd, F_GETFL);

	EXPECT_EQ(sealmem_channel_adopt(fd, &channel), -error);
	EXPECT_EQ(sealmem_channel_fd(&channel), -1);
	EXPECT_EQ(fcntl(fd, F_GETFD), descriptor_flags);
	EXPECT_EQ(fcntl(fd, F_GETFL), flags);
	if (fd >= 0)
		close(fd);
}

TEST_F(adopt, no_channel)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	int fds[2];

	for (int i = 0; i < 2; i++) {
		open_pair(fds, types[i]);
		expect_not_adopted(fds[0], EPROTOTYPE);
		expect_not_adopted(fds[1], EPROTOTYPE);
	}
	expect_not_adopted(socket(AF_UNIX, SOCK_SEQPACKET, 0), ENOTCONN);
	expect_not_adopted(pipe_end(0), ENOTSOCK);
	expect_not_adopted(open("/proc/version", O_RDONLY), ENOTSOCK);
	expect_not_adopted(memfd_create("no-socket", 0), ENOTSOCK);
	expect_not_adopted(open("/proc", O_PATH), EBADF);
	expect_not_adopted(-1, EBADF);
}

TEST_F(adopt, socket_of_another_family)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		SKIP("no IPv4 here: %s", strerror(errno));
	expect_not_adopted(fd, EPROTOTYPE);
}

/* ---- and back -------------------------------------------------------- */

TEST_F(adopt, release)
{
	struct sealmem_channel channel = { 0 };
	int fds[2];

	open_pair(fds, SOCK_SEQPACKET);
	expect_adopted(fds[0], &channel);
	EXPECT_EQ(sealmem_channel_release(&channel), fds[0]);
	EXPECT_EQ(sealmem_channel_fd(&channel), -1);
	EXPECT_ERR(EBADF, sealmem_channel_release(&channel));
	EXPECT_EQ(send(fds[0], "mine", 4, MSG_NOSIGNAL), 4);
	close(fds[0]);
	close(fds[1]);
}

/* ---- control data that somebody asked for ---------------------------- */

static void expect_control_refused(struct peer *peer, int option)
{
	int fd = sealmem_channel_fd(&peer->ours);
	const int yes = 1, no = 0;

	ASSERT_SYS(setsockopt(fd, SOL_SOCKET, option, &yes, sizeof(yes)));
	for (int fds = 0; fds < 3; fds++) {
		write_bytes(&peer->letter, SEALMEM_KIND_READONLY, page_size());
		for (int i = 0; i < fds; i++)
			enclose_honest(&peer->letter);
		send_letter(&peer->theirs, &peer->letter);
		expect_answer(peer, EBADMSG, SEALMEM_REFUSAL_CONTROL);
		EXPECT_EQ(count_files(), peer->open_files);
	}
	ASSERT_SYS(setsockopt(fd, SOL_SOCKET, option, &no, sizeof(no)));
	write_honest(&peer->letter);
	send_letter(&peer->theirs, &peer->letter);
	expect_honest(peer);
}

TEST_F(adopt, credentials_are_surplus)
{
	peer_open(&self->peer);
	expect_control_refused(&self->peer, SO_PASSCRED);
	expect_control_refused(&self->peer, SO_TIMESTAMP);
	peer_close(&self->peer);
}

/* Each brings a descriptor that nobody here asked for. */
TEST_F(adopt, pidfd_is_surplus)
{
	struct peer *peer = &self->peer;
	const int yes = 1;

	peer_open(peer);
	if (setsockopt(sealmem_channel_fd(&peer->ours), SOL_SOCKET,
		       SO_PASSPIDFD, &yes, sizeof(yes)) < 0) {
		peer_close(peer);
		SKIP("this kernel has no SO_PASSPIDFD");
	}
	expect_control_refused(peer, SO_PASSPIDFD);
	peer_close(peer);
}

/* The peer can send credentials, but not make the receiver get them. */
TEST_F(adopt, credentials_nobody_asked_for)
{
	struct peer *peer = &self->peer;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred)) +
			   CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct ucred self_ = { getpid(), getuid(), getgid() };
	struct msghdr message = { .msg_control = &control };
	struct iovec iov;
	struct cmsghdr *header = &control.header;

	peer_open(peer);
	write_honest(&peer->letter);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_CREDENTIALS;
	header->cmsg_len = CMSG_LEN(sizeof(self_));
	memcpy(CMSG_DATA(header), &self_, sizeof(self_));
	message.msg_controllen = CMSG_SPACE(sizeof(self_));
	add_control(&message, peer->letter.fds, 1);
	iov = (struct iovec){ peer->letter.bytes, BYTES };
	message.msg_iov = &iov;
	message.msg_iovlen = 1;
	ASSERT_EQ(sendmsg(sealmem_channel_fd(&peer->theirs), &message,
			  MSG_NOSIGNAL), BYTES);
	close(peer->letter.fds[0]);
	expect_honest(peer);
	peer_close(peer);
}

TH_MAIN
