/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a snapshot in an io_uring, among whatever else is in it, on
 * memory that can only be read.
 */
#include "snapshot_wait.h"

#ifdef HAVE_LIBURING

#include <liburing.h>
#include <poll.h>

#define IS_SNAPSHOT 1
#define IS_SOCKET   2
#define IS_TIMEOUT  3

FIXTURE(ring)
{
	struct buffer buffer;
	struct sealmem_snapshot_reader reader;
	struct io_uring ring;
	bool is_open;
};

FIXTURE_VARIANT(ring)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(ring, plain) { 0 };
FIXTURE_VARIANT_ADD(ring, deferring) {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
};

static void set_user_data(struct io_uring_sqe *sqe, uint64_t what)
{
	sqe->user_data = what;
}

static struct io_uring_sqe *prepare_wait(struct th_self_ring *self)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);

	ASSERT_NOT_NULL(sqe);
	memset(sqe, 0xff, sizeof(*sqe));
	ASSERT_OK(sealmem_snapshot_prepare_wait(&self->reader, sqe));
	set_user_data(sqe, IS_SNAPSHOT);
	return sqe;
}

static void start_waiting(struct th_self_ring *self)
{
	prepare_wait(self);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
}

/* The next completion, and what it is of. */
static int complete(struct th_self_ring *self, uint64_t *ret_what)
{
	struct io_uring_cqe *cqe;
	int result;

	ASSERT_OK(io_uring_wait_cqe(&self->ring, &cqe));
	*ret_what = cqe->user_data;
	result = cqe->res;
	io_uring_cqe_seen(&self->ring, cqe);
	return result;
}

static int complete_wait(struct th_self_ring *self)
{
	uint64_t what;
	int result = complete(self, &what);

	EXPECT_EQ(IS_SNAPSHOT, what);
	return result;
}

static bool is_waiting(struct th_self_ring *self)
{
	struct io_uring_cqe *cqe;

	return io_uring_peek_cqe(&self->ring, &cqe) == -EAGAIN;
}

/* Does it know the request? One that cannot sleep tells, and the feature too. */
static void try_it(struct th_self_ring *self)
{
	int result;

	self->reader.summary--;
	start_waiting(self);
	self->reader.summary++;
	result = complete_wait(self);
	if (result == -EINVAL) {
		EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_URING_FUTEX);
		SKIP("this kernel's rings cannot wait on a futex");
	}
	EXPECT_EQ(-EAGAIN, result);
	EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_URING_FUTEX);
}

FIXTURE_SETUP(ring)
{
	int ret = io_uring_queue_init(8, &self->ring, variant->flags);

	if (ret == -EINVAL)
		SKIP("this kernel has no such ring");
	if (ret < 0)
		SKIP("no ring: %s", strerror(-ret));
	self->is_open = true;
	buffer_make(&self->buffer, 1, PART_SIZE);
	reader_attach(&self->buffer.region, &self->buffer.layout,
		      &self->reader);
	ASSERT_OK(sealmem_snapshot_writer_set_wake(
		&self->buffer.writer, SEALMEM_SNAPSHOT_WAKE_ALWAYS, 0));
	try_it(self);
}

FIXTURE_TEARDOWN(ring)
{
	if (self->is_open)
		io_uring_queue_exit(&self->ring);
	sealmem_snapshot_reader_close(&self->reader);
	buffer_close(&self->buffer);
}

TEST_F(ring, completes_when_something_is_published)
{
	for (uint32_t i = 1; i < 200; i++) {
		start_waiting(self);
		EXPECT_TRUE(is_waiting(self));
		publish(&self->buffer, i);
		EXPECT_EQ(0, complete_wait(self));
		EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
		EXPECT_EQ(i, read_newest(&self->reader));
	}
}

TEST_F(ring, completes_at_once_if_something_was)
{
	publish(&self->buffer, 1);
	start_waiting(self);
	EXPECT_EQ(-EAGAIN, complete_wait(self));
	EXPECT_TRUE(sealmem_snapshot_has_changed(&self->reader));
	start_waiting(self);
	EXPECT_TRUE(is_waiting(self));
	publish(&self->buffer, 2);
	EXPECT_EQ(0, complete_wait(self));
}

TEST_F(ring, completes_when_the_writer_says_goodbye)
{
	start_waiting(self);
	sealmem_snapshot_writer_close(&self->buffer.writer);
	EXPECT_EQ(0, complete_wait(self));
	EXPECT_EQ(SEALMEM_SNAPSHOT_FRESH,
		  sealmem_snapshot_wait(&self->reader, 0));
	EXPECT_EQ(SEALMEM_SNAPSHOT_WRITER_GONE,
		  sealmem_snapshot_wait(&self->reader, 0));
}

/* In a thread, at any moment of the loop: none is missed. */
#define VALUES 5000

static void *publish_many(void *argument)
{
	struct buffer *buffer = argument;

	for (uint32_t i = 1; i <= VALUES; i++)
		publish(buffer, i);
	return NULL;
}

TEST_F_TIMEOUT(ring, last_value_is_heard, 60)
{
	uint32_t newest = 0, number;
	pthread_t thread;
	int result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, publish_many,
				    &self->buffer));
	while (newest != VALUES && !th_failed()) {
		start_waiting(self);
		result = complete_wait(self);
		EXPECT_TRUE(result == 0 || result == -EAGAIN);
		sealmem_snapshot_has_changed(&self->reader);
		number = read_newest(&self->reader);
		newest = number != 0 ? number : newest;
	}
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

TEST_F(ring, writer_gone_is_told_by_a_poll_beside_it)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct io_uring_sqe *sqe;
	uint64_t what;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	prepare_wait(self);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_poll_add(sqe, sealmem_channel_fd(&ours), POLLRDHUP);
	set_user_data(sqe, IS_SOCKET);
	ASSERT_EQ(2, io_uring_submit(&self->ring));
	publish(&self->buffer, 1);
	EXPECT_EQ(0, complete_wait(self));
	sealmem_channel_close(&theirs);
	EXPECT_TRUE(complete(self, &what) & POLLRDHUP);
	EXPECT_EQ(IS_SOCKET, what);
	sealmem_channel_close(&ours);
}

/* ---- other readers --------------------------------------------------- */

TEST_F(ring, wake_without_a_value)
{
	start_waiting(self);
	poke_sleeper(waited_word(&self->reader));
	EXPECT_EQ(0, complete_wait(self));
	EXPECT_FALSE(sealmem_snapshot_has_changed(&self->reader));
	EXPECT_EQ(0, read_newest(&self->reader));
}

/* Moved to where nobody wakes it, or not: a timeout that is linked to it ends
 * it. */
TEST_F(ring, linked_timeout_bounds_what_others_can_do)
{
	struct __kernel_timespec soon = { .tv_nsec = 300000000 };
	const uint32_t *word = waited_word(&self->reader);
	struct io_uring_sqe *sqe = prepare_wait(self);
	int results[4] = { 0 };
	uint64_t what;

	sqe->flags |= IOSQE_IO_LINK;
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_link_timeout(sqe, &soon, 0);
	set_user_data(sqe, IS_TIMEOUT);
	ASSERT_EQ(2, io_uring_submit(&self->ring));
	TH_LOG("moved %ld", syscall(SYS_futex, word, FUTEX_REQUEUE, 0,
				    (unsigned long)INT_MAX, word + 15, 0));
	for (int i = 0; i < 2; i++) {
		int result = complete(self, &what);

		ASSERT_LE(what, IS_TIMEOUT);
		results[what] = result;
	}
	EXPECT_EQ(-ECANCELED, results[IS_SNAPSHOT]);
	/* The kernel says how many it has cancelled, which here is 1. */
	EXPECT_TRUE(results[IS_TIMEOUT] == -ETIME || results[IS_TIMEOUT] == 1);
}

/* ---- the request ----------------------------------------------------- */

TEST_F(ring, closed_with_a_request_in_it)
{
	start_waiting(self);
	io_uring_queue_exit(&self->ring);
	self->is_open = false;
	publish(&self->buffer, 1);
}

TEST_F(ring, request_can_be_cancelled)
{
	struct io_uring_sqe *sqe;
	int results[4] = { 0 };
	uint64_t what;

	start_waiting(self);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_cancel64(sqe, IS_SNAPSHOT, 0);
	set_user_data(sqe, IS_SOCKET);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	for (int i = 0; i < 2; i++) {
		int result = complete(self, &what);

		ASSERT_LE(what, IS_TIMEOUT);
		results[what] = result;
	}
	EXPECT_EQ(-ECANCELED, results[IS_SNAPSHOT]);
	EXPECT_GE(results[IS_SOCKET], 0);
}

TEST(request_is_written_whole)
{
	struct io_uring_sqe sqe, zero = { 0 };
	struct sealmem_snapshot_reader reader;
	struct buffer buffer;

	_Static_assert(sizeof(sqe) == SEALMEM_SNAPSHOT_SQE_SIZE, "kernel's");
	buffer_make(&buffer, 1, PART_SIZE);
	reader_attach(&buffer.region, &buffer.layout, &reader);
	publish(&buffer, 1);
	EXPECT_TRUE(sealmem_snapshot_has_changed(&reader));
	memset(&sqe, 0xff, sizeof(sqe));
	ASSERT_OK(sealmem_snapshot_prepare_wait(&reader, &sqe));
	EXPECT_EQ(51, sqe.opcode);
	EXPECT_EQ(2, sqe.fd);
	EXPECT_EQ((uintptr_t)waited_word(&reader), sqe.addr);
	EXPECT_EQ(1, sqe.addr2);
	EXPECT_EQ(UINT32_MAX, sqe.addr3);
	sqe.opcode = 0;
	sqe.fd = 0;
	sqe.addr = sqe.addr2 = sqe.addr3 = 0;
	EXPECT_MEMEQ(&zero, &sqe, sizeof(sqe));
	sealmem_snapshot_reader_close(&reader);
	buffer_close(&buffer);
}

#else

TEST(waiting_in_a_ring)
{
	SKIP("built without liburing (Debian: liburing-dev)");
}

#endif

TH_MAIN
