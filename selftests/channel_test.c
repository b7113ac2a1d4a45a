/* SPDX-License-Identifier: MIT */
/*
 * Channels between two ends that are honest, if at times slow, full or gone.
 * Hostile peers are in channel_hostile_test.c, paths in channel_path_test.c.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include "kinds.h"

#define SIZE 64

FIXTURE(channel)
{
	struct sealmem_channel ours;
	struct sealmem_channel theirs;
	struct sealmem_received_region received;
	uint32_t refusal;
};

FIXTURE_SETUP(channel)
{
	ASSERT_OK(sealmem_channel_pair(&self->ours, &self->theirs));
}

FIXTURE_TEARDOWN(channel)
{
	sealmem_received_region_close(&self->received);
	sealmem_channel_close(&self->ours);
	sealmem_channel_close(&self->theirs);
}

/* What there is to be received, without waiting. */
static int receive(struct th_self_channel *self)
{
	sealmem_received_region_close(&self->received);
	self->refusal = 77;
	return sealmem_channel_receive(&self->theirs, NULL, 0, &self->received,
				       &self->refusal);
}

static void expect_nothing(struct th_self_channel *self, int error)
{
	EXPECT_EQ(receive(self), -error);
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(self->received.kind, SEALMEM_KIND_NONE);
}

static int send_made(struct sealmem_channel *channel, struct made *made)
{
	if (made->kind == SEALMEM_KIND_READONLY)
		return sealmem_channel_send_readonly(channel, &made->readonly,
						     NULL);
	if (made->kind == SEALMEM_KIND_WRITABLE)
		return sealmem_channel_send_writable(channel, &made->writable,
						     NULL);
	return sealmem_channel_send_unsafe(channel, &made->unsafe, NULL);
}

static bool made_is_empty(const struct made *made)
{
	return made_fd(made) < 0;
}

static struct sealmem_token made_token(const struct made *made)
{
	if (made->kind == SEALMEM_KIND_READONLY)
		return sealmem_readonly_region_token(&made->readonly);
	if (made->kind == SEALMEM_KIND_WRITABLE)
		return sealmem_writable_region_token(&made->writable);
	return sealmem_unsafe_region_token(&made->unsafe);
}

/* ---- every kind, whole ----------------------------------------------- */

/* The kind, the size, the identity and each byte are what was sent. */
static void expect_region(const struct sealmem_received_region *received,
			  enum sealmem_kind kind, struct sealmem_token token)
{
	struct made made = { .kind = received->kind };
	struct view view = { 0 };

	ASSERT_EQ(received->kind, kind);
	if (kind == SEALMEM_KIND_READONLY)
		made.readonly = received->as.readonly;
	else if (kind == SEALMEM_KIND_WRITABLE)
		made.writable = received->as.writable;
	else
		made.unsafe = received->as.unsafe;
	EXPECT_TRUE(sealmem_token_equal(made_token(&made), token));
	EXPECT_EQ(fcntl(made_fd(&made), F_GETFD), FD_CLOEXEC);
	ASSERT_OK(made_map(&made, &view));
	EXPECT_EQ(view.size, SIZE);
	for (size_t i = 0; i < SIZE; i++)
		EXPECT_EQ(view.bytes[i], FILL);
	view_unmap(&view);
}

static void expect_round_trip(struct th_self_channel *self,
			      enum sealmem_kind kind)
{
	struct sealmem_token token;
	struct made made;

	ASSERT_OK(made_create(&made, kind, SIZE));
	token = made_token(&made);
	EXPECT_OK(send_made(&self->ours, &made));
	/* Only the writable one is given away. */
	EXPECT_EQ(made_is_empty(&made), kind == SEALMEM_KIND_WRITABLE);
	EXPECT_OK(receive(self));
	EXPECT_EQ(self->refusal, SEALMEM_REFUSAL_NONE);
	expect_region(&self->received, kind, token);
	made_close(&made);
	expect_nothing(self, EAGAIN);
}

TEST_F(channel, case_133_readonly)
{
	expect_round_trip(self, SEALMEM_KIND_READONLY);
}

TEST_F(channel, case_134_writable)
{
	expect_round_trip(self, SEALMEM_KIND_WRITABLE);
}

TEST_F(channel, case_135_unsafe)
{
	expect_round_trip(self, SEALMEM_KIND_UNSAFE);
}

TEST_F(channel, level_is_kept)
{
	struct sealmem_readonly_region frozen = { 0 };
	struct made live;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(sealmem_readonly_region_create_from("frozen", 6, NULL,
						      &frozen));
	ASSERT_OK(send_made(&self->ours, &live));
	ASSERT_OK(sealmem_channel_send_readonly(&self->ours, &frozen, NULL));
	ASSERT_OK(receive(self));
	EXPECT_EQ(sealmem_readonly_region_level(&self->received.as.readonly),
		  SEALMEM_LEVEL_LIVE);
	ASSERT_OK(receive(self));
	EXPECT_EQ(sealmem_readonly_region_level(&self->received.as.readonly),
		  SEALMEM_LEVEL_FROZEN);
	sealmem_readonly_region_close(&frozen);
	made_close(&live);
}

TEST_F(channel, messages_keep_their_order)
{
	struct sealmem_readonly_region region = { 0 };

	for (size_t size = 1; size <= 5; size++) {
		ASSERT_OK(sealmem_readonly_region_create_from(
			"order", size, NULL, &region));
		ASSERT_OK(sealmem_channel_send_readonly(&self->ours, &region,
							NULL));
		sealmem_readonly_region_close(&region);
	}
	for (size_t size = 1; size <= 5; size++) {
		ASSERT_OK(receive(self));
		EXPECT_EQ(sealmem_readonly_region_size(
				  &self->received.as.readonly), size);
	}
	expect_nothing(self, EAGAIN);
}

TEST_F(channel, both_directions)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	ASSERT_OK(sealmem_channel_send_writable(&self->ours, &made.writable,
						NULL));
	ASSERT_OK(receive(self));
	ASSERT_OK(sealmem_channel_send_writable(&self->theirs,
						&self->received.as.writable, NULL));
	EXPECT_TRUE(sealmem_writable_region_is_empty(
		&self->received.as.writable));
	ASSERT_OK(sealmem_channel_receive(&self->ours, NULL, 0,
					  &self->received, NULL));
	expect_region(&self->received, SEALMEM_KIND_WRITABLE,
		      made.writer.token);
	made_close(&made);
}

/* ---- another process ------------------------------------------------- */

/* Receives one of each kind and changes what it may. */
__attribute__((noreturn))
static void be_peer(struct th_self_channel *self)
{
	struct sealmem_writable_mapping mapping = { 0 };

	for (int kind = SEALMEM_KIND_READONLY; kind <= SEALMEM_KIND_UNSAFE;
	     kind++) {
		ASSERT_OK(sealmem_channel_receive(&self->theirs, NULL, -1,
						  &self->received, NULL));
		ASSERT_EQ(self->received.kind, kind);
		if (kind == SEALMEM_KIND_READONLY)
			continue;
		if (kind == SEALMEM_KIND_WRITABLE)
			ASSERT_OK(sealmem_writable_region_map(
				&self->received.as.writable, &mapping));
		else
			ASSERT_OK(sealmem_unsafe_region_map(
				&self->received.as.unsafe, &mapping));
		ASSERT_EQ(*(char *)mapping.addr, FILL);
		*(char *)mapping.addr = (char)kind;
	}
	_exit(0);
}

TEST_F(channel, peer_in_another_process)
{
	struct made made[3];
	int status;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid)
		be_peer(self);
	for (int i = 0; i < 3; i++) {
		ASSERT_OK(made_create(&made[i], SEALMEM_KIND_READONLY + i,
				      SIZE));
		ASSERT_OK(send_made(&self->ours, &made[i]));
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(*(char *)made[0].writer.addr, FILL);
	EXPECT_EQ(*(char *)made[1].writer.addr, SEALMEM_KIND_WRITABLE);
	EXPECT_EQ(*(char *)made[2].writer.addr, SEALMEM_KIND_UNSAFE);
	for (int i = 0; i < 3; i++)
		made_close(&made[i]);
}

/* ---- nothing there, and nothing more --------------------------------- */

TEST_F(channel, nothing_in_time)
{
	expect_nothing(self, EAGAIN);
	EXPECT_ERR(EAGAIN, sealmem_channel_receive(&self->theirs, NULL, 1,
						   &self->received, NULL));
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Again and again, since the first may come before the wait. */
static void set_alarms(int every_us)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, every_us }, { 0, every_us } };

	ASSERT_SYS(sigaction(SIGALRM, &action, NULL));
	ASSERT_SYS(setitimer(ITIMER_REAL, &often, NULL));
}

TEST_F(channel, wait_is_interrupted)
{
	set_alarms(1000);
	EXPECT_ERR(EINTR, sealmem_channel_receive(&self->theirs, NULL, -1,
						  &self->received, NULL));
	set_alarms(0);
}

TEST_F(channel, wait_ends_with_the_connection)
{
	pid_t pid = fork();
	int status;

	ASSERT_SYS(pid);
	if (!pid) {
		sealmem_channel_close(&self->ours);
		EXPECT_ERR(ENODATA,
			   sealmem_channel_receive(&self->theirs, NULL, -1,
						   &self->received, NULL));
		_exit(0);
	}
	sealmem_channel_close(&self->ours);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

/* Both are woken by one message; who comes too late waits on. */
TEST_F(channel, wait_of_two)
{
	int outcomes = 0, status;
	struct made made;
	pid_t pids[2];

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		ASSERT_SYS(pids[i]);
		if (pids[i])
			continue;
		sealmem_channel_close(&self->ours);
		_exit(-sealmem_channel_receive(&self->theirs, NULL, -1,
					       &self->received, NULL));
	}
	/* That both wait by now is likely, and nothing depends on it. */
	usleep(10000);
	ASSERT_OK(send_made(&self->ours, &made));
	sealmem_channel_close(&self->ours);
	made_close(&made);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(waitpid(pids[i], &status, 0), pids[i]);
		outcomes += WEXITSTATUS(status);
	}
	EXPECT_EQ(outcomes, 0 + ENODATA);
}

TEST_F(channel, connection_is_no_listener)
{
	struct sealmem_channel channel = { 0 };

	EXPECT_ERR(EINVAL, sealmem_channel_accept(&self->ours, -1, &channel));
	EXPECT_EQ(sealmem_channel_fd(&channel), -1);
}

TEST_F(channel, peer_gone)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	sealmem_channel_close(&self->ours);
	for (int i = 0; i < 2; i++)
		expect_nothing(self, ENODATA);
	EXPECT_ERR(EPIPE, send_made(&self->theirs, &made));
	EXPECT_FALSE(made_is_empty(&made));
	made_close(&made);
}

TEST_F(channel, last_message_outlives_its_sender)
{
	struct sealmem_token token;
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	token = made_token(&made);
	ASSERT_OK(send_made(&self->ours, &made));
	made_close(&made);
	sealmem_channel_close(&self->ours);
	EXPECT_OK(receive(self));
	expect_region(&self->received, SEALMEM_KIND_WRITABLE, token);
	expect_nothing(self, ENODATA);
}

/* The peer left a message of ours unread, which the kernel tells once. */
TEST_F(channel, peer_gone_without_reading)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(send_made(&self->theirs, &made));
	sealmem_channel_close(&self->ours);
	expect_nothing(self, ECONNRESET);
	expect_nothing(self, ENODATA);
	made_close(&made);
}

/* ---- full ------------------------------------------------------------ */

static int fill(struct th_self_channel *self, struct made *made)
{
	int count = 0, ret;

	while ((ret = send_made(&self->ours, made)) == 0)
		ASSERT_LT(++count, 100000);
	EXPECT_EQ(ret, -EAGAIN);
	return count;
}

/* The peer does not read: nobody waits for it, nothing is lost or given up. */
TEST_F(channel, full)
{
	struct made many, one;
	int count;

	ASSERT_OK(made_create(&many, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(made_create(&one, SEALMEM_KIND_WRITABLE, SIZE));
	count = fill(self, &many);
	EXPECT_GT(count, 1);
	EXPECT_ERR(EAGAIN, send_made(&self->ours, &one));
	ASSERT_FALSE(made_is_empty(&one));

	for (int i = 0; i < count; i++) {
		ASSERT_OK(receive(self));
		expect_region(&self->received, SEALMEM_KIND_READONLY,
			      many.writer.token);
	}
	expect_nothing(self, EAGAIN);
	EXPECT_OK(send_made(&self->ours, &one));
	EXPECT_TRUE(made_is_empty(&one));
	EXPECT_OK(receive(self));
	expect_region(&self->received, SEALMEM_KIND_WRITABLE,
		      one.writer.token);
	made_close(&many);
	made_close(&one);
}

/* ---- handles --------------------------------------------------------- */

TEST(empty_channel)
{
	struct sealmem_channel channel = { 0 }, other = { 0 };
	struct sealmem_received_region received = { 0 };
	struct made made[3];

	for (int i = 0; i < 3; i++) {
		ASSERT_OK(made_create(&made[i], SEALMEM_KIND_READONLY + i,
				      SIZE));
		EXPECT_ERR(EBADF, send_made(&channel, &made[i]));
		EXPECT_FALSE(made_is_empty(&made[i]));
		made_close(&made[i]);
	}
	EXPECT_ERR(EBADF, sealmem_channel_receive(&channel, NULL, -1,
						  &received, NULL));
	EXPECT_ERR(EBADF, sealmem_channel_accept(&channel, -1, &other));
	EXPECT_EQ(sealmem_channel_fd(&channel), -1);
	sealmem_channel_close(&channel);
	sealmem_received_region_close(&received);
}

TEST_F(channel, empty_region)
{
	struct made made = { 0 };

	for (int i = 0; i < 3; i++) {
		made.kind = SEALMEM_KIND_READONLY + i;
		EXPECT_ERR(EBADF, send_made(&self->ours, &made));
	}
	expect_nothing(self, EAGAIN);
}

/* Of a type that keeps messages apart, and never waits. */
TEST_F(channel, socket)
{
	int fd = sealmem_channel_fd(&self->ours), type = 0;
	socklen_t size = sizeof(type);

	ASSERT_SYS(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size));
	EXPECT_EQ(type, SOCK_SEQPACKET);
	EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

TEST_F(channel, close_and_errno)
{
	int fd = sealmem_channel_fd(&self->ours);

	EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(fcntl(sealmem_channel_fd(&self->theirs), F_GETFD),
		  FD_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		errno = 12345;
		sealmem_channel_close(&self->ours);
		EXPECT_EQ(errno, 12345);
		EXPECT_EQ(sealmem_channel_fd(&self->ours), -1);
	}
	EXPECT_ERRNO(EBADF, fcntl(fd, F_GETFD));
}

/* Results are returned: what errno was before makes no difference. */
TEST_F(channel, errno_is_no_channel)
{
	static const int errors[] = { 0, EINTR, EAGAIN, EPIPE, ENODATA };
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		errno = errors[i];
		EXPECT_OK(send_made(&self->ours, &made));
		errno = errors[i];
		EXPECT_OK(receive(self));
		errno = errors[i];
		expect_nothing(self, EAGAIN);
	}
	made_close(&made);
}

TH_MAIN
