/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a writer makes readable, for readers that wait in poll or
 * epoll: each is told, and none can hold up or kill the writer.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "snapshot_wait.h"

/* ---- event loops ----------------------------------------------------- */

FIXTURE(loop)
{
	struct buffer buffer;
	struct sealmem_snapshot_writer *writer;
	struct sealmem_snapshot_reader reader;
	int fds[2];
	int epoll;
	uint32_t id;
};

FIXTURE_VARIANT(loop)
{
	/* 0: an eventfd; else the type of a socket. */
	int type;
};

FIXTURE_VARIANT_ADD(loop, eventfd) { 0 };
FIXTURE_VARIANT_ADD(loop, stream) { SOCK_STREAM };
FIXTURE_VARIANT_ADD(loop, datagram) { SOCK_DGRAM };
FIXTURE_VARIANT_ADD(loop, seqpacket) { SOCK_SEQPACKET };

/* The first is the reader's; of sockets the other goes to the writer alone. */
FIXTURE_SETUP(loop)
{
	struct epoll_event event = { .events = EPOLLIN };

	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	self->writer = &self->buffer.writer;
	ASSERT_OK(sealmem_snapshot_writer_set_wake(
		self->writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	if (variant->type == 0)
		self->fds[0] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	else
		ASSERT_SYS(socketpair(AF_UNIX, variant->type | SOCK_CLOEXEC, 0,
				      self->fds));
	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(
		self->writer, self->fds[variant->type != 0], &self->id));
	if (variant->type != 0)
		close(self->fds[1]);
	self->epoll = epoll_create1(EPOLL_CLOEXEC);
	ASSERT_SYS(epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->fds[0],
			     &event));
}

FIXTURE_TEARDOWN(loop)
{
	close(self->fds[0]);
	close(self->epoll);
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

/* What epoll says at once, or 0. */
static uint32_t ready(struct th_self_loop *self)
{
	struct epoll_event event = { 0 };
	int count = epoll_wait(self->epoll, &event, 1, 0);

	ASSERT_SYS(count);
	return count == 0 ? 0 : event.events;
}

static void drain(int fd)
{
	char bytes[4096];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

TEST_F(loop, hears_of_each_value)
{
	EXPECT_EQ(0, ready(self));
	for (uint32_t i = 1; i < 100; i++) {
		publish(&self->buffer, i);
		EXPECT_EQ(EPOLLIN, ready(self));
		drain(self->fds[0]);
		EXPECT_EQ(0, ready(self));
		EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
		EXPECT_EQ(i, read_newest(&self->reader));
	}
}

/* The writer is neither held up nor killed, and the reader still hears of it. */
TEST_F(loop, that_never_reads)
{
	for (uint32_t i = 1; i < 5000; i++)
		publish(&self->buffer, i);
	EXPECT_EQ(EPOLLIN, ready(self));
	drain(self->fds[0]);
	publish(&self->buffer, 5000);
	EXPECT_EQ(EPOLLIN, ready(self));
}

TEST_F(loop, that_is_gone)
{
	close(self->fds[0]);
	for (uint32_t i = 1; i < 100; i++)
		publish(&self->buffer, i);
	self->fds[0] = dup(self->epoll);
}

TEST_F(loop, hears_of_the_end)
{
	sealmem_snapshot_writer_close(self->writer);
	EXPECT_TRUE(ready(self) & EPOLLIN);
	drain(self->fds[0]);
	/* Which only a connection tells for good. */
	if (variant->type == SOCK_STREAM || variant->type == SOCK_SEQPACKET)
		EXPECT_TRUE(ready(self) & EPOLLHUP);
}

TEST_F(loop, that_is_removed)
{
	EXPECT_ERR(EINVAL, sealmem_snapshot_writer_remove_wake_fd(
				   self->writer, self->id + 1));
	EXPECT_ERR(EINVAL, sealmem_snapshot_writer_remove_wake_fd(
				   self->writer, UINT32_MAX));
	EXPECT_OK(sealmem_snapshot_writer_remove_wake_fd(self->writer,
							 self->id));
	EXPECT_ERR(EINVAL, sealmem_snapshot_writer_remove_wake_fd(
				   self->writer, self->id));
	drain(self->fds[0]);
	publish(&self->buffer, 1);
	EXPECT_FALSE(ready(self) & EPOLLIN &&
		     variant->type != SOCK_STREAM &&
		     variant->type != SOCK_SEQPACKET);
}

/* ---- eventfds, whose flags both sides share --------------------------- */

FIXTURE(writer)
{
	struct buffer buffer;
	struct sealmem_snapshot_writer *writer;
	struct sealmem_snapshot_reader reader;
	pthread_t thread;
};

FIXTURE_SETUP(writer)
{
	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	self->writer = &self->buffer.writer;
	ASSERT_OK(sealmem_snapshot_writer_set_wake(
		self->writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
}

FIXTURE_TEARDOWN(writer)
{
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

TEST_F(writer, full_counter_does_not_block)
{
	const uint64_t most = UINT64_MAX - 1;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t count;
	uint32_t id;

	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fd, &id));
	publish(&self->buffer, 1);
	ASSERT_EQ((int)sizeof(count), read(fd, &count, sizeof(count)));
	EXPECT_EQ(1, count);
	ASSERT_EQ((int)sizeof(most), write(fd, &most, sizeof(most)));
	publish(&self->buffer, 2);
	ASSERT_EQ((int)sizeof(count), read(fd, &count, sizeof(count)));
	EXPECT_EQ(most, count);
	close(fd);
}

/* The number of a socket that was removed may be an eventfd's next. */
TEST_F(writer, another_kind_in_the_same_place)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), fds[2];
	uint64_t count = 0;
	uint32_t ids[3];
	char byte;

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fds[1],
						      &ids[0]));
	ASSERT_OK(sealmem_snapshot_writer_remove_wake_fd(self->writer, ids[0]));
	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fd,
						      &ids[1]));
	publish(&self->buffer, 1);
	EXPECT_EQ((int)sizeof(count), read(fd, &count, sizeof(count)));
	ASSERT_OK(sealmem_snapshot_writer_remove_wake_fd(self->writer, ids[1]));
	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fds[1],
						      &ids[2]));
	publish(&self->buffer, 2);
	EXPECT_EQ(1, recv(fds[0], &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(ids[0], ids[1]);
	EXPECT_EQ(ids[0], ids[2]);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void *publish_once(void *argument)
{
	publish(argument, 1);
	return NULL;
}

/* Why hostile readers get a socket. */
TEST_F(writer, not_promised_that_an_eventfd_cannot_block_it)
{
	const uint64_t most = UINT64_MAX - 1;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct timespec soon;
	uint64_t count;
	uint32_t id;

	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fd, &id));
	ASSERT_EQ((int)sizeof(most), write(fd, &most, sizeof(most)));
	ASSERT_SYS(fcntl(fd, F_SETFL, 0));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, publish_once,
				    &self->buffer));
	while (!sealmem_snapshot_has_changed(&self->reader))
		sched_yield();
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_sec++;
	EXPECT_EQ(ETIMEDOUT, pthread_timedjoin_np(self->thread, NULL, &soon));
	ASSERT_EQ((int)sizeof(count), read(fd, &count, sizeof(count)));
	ASSERT_EQ(0, pthread_join(self->thread, NULL));
	close(fd);
}

/* The same with a socket: by its flags on both ends nothing can be done. */
TEST_F(writer, socket_that_blocks_and_is_full_does_not_block_it)
{
	int fds[2], one = 1;
	uint32_t id;

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	ASSERT_SYS(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &one,
			      sizeof(one)));
	ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fds[1],
						      &id));
	for (uint32_t i = 1; i < 1000; i++)
		publish(&self->buffer, i);
	ASSERT_ERRNO(EAGAIN, send(fds[1], "", 1, MSG_DONTWAIT));
	close(fds[0]);
	publish(&self->buffer, 1000);
	close(fds[1]);
}

/* ---- what can be added ------------------------------------------------ */

TEST_F(writer, wants_an_eventfd_that_does_not_block_or_a_socket)
{
	struct wrong {
		int fd;
		int error;
	} wrong[] = {
		{ eventfd(0, EFD_CLOEXEC), EINVAL },
		{ open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC), EINVAL },
		{ open("/dev/full", O_RDWR | O_NONBLOCK | O_CLOEXEC), EINVAL },
		{ open("/", O_RDONLY | O_CLOEXEC), EINVAL },
		{ open("/", O_PATH | O_CLOEXEC), EBADF },
		{ memfd_create("wrong", MFD_CLOEXEC), EINVAL },
		{ -1, EBADF },
		{ INT_MAX, EBADF },
	};
	uint32_t id = 7;

	ASSERT_SYS(fcntl(wrong[5].fd, F_SETFL, O_NONBLOCK));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_EQ(-wrong[i].error,
			  sealmem_snapshot_writer_add_wake_fd(
				  self->writer, wrong[i].fd, &id));
		if (wrong[i].error == EINVAL)
			close(wrong[i].fd);
	}
	close(wrong[4].fd);
	EXPECT_EQ(7, id);
}

TEST_F(writer, as_many_as_there_is_room_for)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint32_t ids[SEALMEM_SNAPSHOT_WAKE_FDS_MAX], id = 77;
	uint64_t count;

	for (uint32_t i = 0; i < SEALMEM_SNAPSHOT_WAKE_FDS_MAX; i++) {
		ASSERT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fd,
							      &ids[i]));
		for (uint32_t j = 0; j < i; j++)
			EXPECT_NE(ids[i], ids[j]);
	}
	EXPECT_ERR(ENOSPC, sealmem_snapshot_writer_add_wake_fd(self->writer, fd,
							       &id));
	EXPECT_EQ(77, id);
	ASSERT_OK(sealmem_snapshot_writer_remove_wake_fd(self->writer, ids[5]));
	publish(&self->buffer, 1);
	ASSERT_EQ((int)sizeof(count), read(fd, &count, sizeof(count)));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WAKE_FDS_MAX - 1, count);
	EXPECT_OK(sealmem_snapshot_writer_add_wake_fd(self->writer, fd, &id));
	EXPECT_EQ(ids[5], id);
	/* The writer has copies: it closes what it has. */
	close(fd);
	publish(&self->buffer, 2);
}

TEST_F(writer, no_descriptor_left_for_its_copy)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), next = dup(fd);
	struct rlimit limit, old;
	uint32_t id = 7;

	close(next);
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &old));
	limit = old;
	limit.rlim_cur = (rlim_t)next;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_ERR(EMFILE, sealmem_snapshot_writer_add_wake_fd(self->writer, fd,
							       &id));
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_EQ(7, id);
	close(fd);
}

TEST(no_writer)
{
	struct sealmem_snapshot_writer writer = { 0 };
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint32_t id = 7;

	EXPECT_ERR(EBADF, sealmem_snapshot_writer_add_wake_fd(&writer, fd, &id));
	EXPECT_ERR(EBADF, sealmem_snapshot_writer_remove_wake_fd(&writer, 0));
	EXPECT_EQ(7, id);
	close(fd);
}

TH_MAIN
