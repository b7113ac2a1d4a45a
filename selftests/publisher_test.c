/* SPDX-License-Identifier: MIT */
/*
 * Generations: a publisher and its subscribers, restarts on either side, and
 * readers that misbehave.
 */
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kinds.h"

#define READERS 3

FIXTURE(place)
{
	char folder[64];
	char path[80];
	struct sealmem_publisher publisher;
	struct sealmem_subscriber subscriber;
	/* What was received last. */
	struct sealmem_readonly_region got;
	uint32_t refusal;
};

static void open_publisher(struct th_self_place *self)
{
	struct sealmem_channel listener = { 0 };

	ASSERT_OK(sealmem_channel_listen(self->path, 0600, &listener));
	ASSERT_OK(sealmem_publisher_open(&listener, READERS,
					 &self->publisher));
	EXPECT_EQ(sealmem_channel_fd(&listener), -1);
}

/* As if its process had been killed: the socket file stays behind. */
static void restart_publisher(struct th_self_place *self)
{
	sealmem_publisher_close(&self->publisher);
	ASSERT_SYS(unlink(self->path));
	open_publisher(self);
}

FIXTURE_SETUP(place)
{
	snprintf(self->folder, sizeof(self->folder),
		 "/tmp/sealmem-place-XXXXXX");
	ASSERT_NOT_NULL(mkdtemp(self->folder));
	snprintf(self->path, sizeof(self->path), "%s/socket", self->folder);
	open_publisher(self);
	ASSERT_OK(sealmem_subscriber_open(self->path, NULL,
					  &self->subscriber));
}

FIXTURE_TEARDOWN(place)
{
	sealmem_readonly_region_close(&self->got);
	sealmem_subscriber_close(&self->subscriber);
	sealmem_publisher_close(&self->publisher);
	unlink(self->path);
	ASSERT_SYS(rmdir(self->folder));
}

static struct sealmem_token publish(struct th_self_place *self, char content)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_token token;

	ASSERT_OK(sealmem_readonly_region_create_from(&content, 1, NULL,
						      &region));
	token = sealmem_readonly_region_token(&region);
	EXPECT_OK(sealmem_publisher_publish(&self->publisher, &region, NULL));
	sealmem_readonly_region_close(&region);
	return token;
}

static int next(struct th_self_place *self, int timeout_ms)
{
	sealmem_readonly_region_close(&self->got);
	return sealmem_subscriber_next(&self->subscriber, timeout_ms,
				       &self->got, &self->refusal);
}

/* Connect, and let the publisher see it. */
static void meet(struct th_self_place *self)
{
	uint32_t before = sealmem_publisher_reader_count(&self->publisher);

	EXPECT_ERR(EAGAIN, next(self, 0));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher),
		  before + 1);
}

static void expect_next(struct th_self_place *self, struct sealmem_token token,
			uint64_t generation)
{
	EXPECT_OK(next(self, 0));
	EXPECT_TRUE(sealmem_token_equal(
		sealmem_readonly_region_token(&self->got), token));
	EXPECT_EQ(sealmem_subscriber_generation(&self->subscriber),
		  generation);
	EXPECT_ERR(EAGAIN, next(self, 0));
}

/* ---- what it is for -------------------------------------------------- */

TEST_F(place, who_comes_late_gets_the_newest)
{
	struct sealmem_token newest;

	EXPECT_EQ(sealmem_publisher_generation(&self->publisher), 0);
	publish(self, 'a');
	newest = publish(self, 'b');
	EXPECT_EQ(sealmem_publisher_generation(&self->publisher), 2);
	meet(self);
	expect_next(self, newest, 2);
}

TEST_F(place, who_is_there_gets_each)
{
	meet(self);
	EXPECT_ERR(EAGAIN, next(self, 0));
	expect_next(self, publish(self, 'a'), 1);
	expect_next(self, publish(self, 'b'), 2);
	expect_next(self, publish(self, 'c'), 3);
}

TEST_F(place, of_several_the_newest_counts)
{
	struct sealmem_token newest;

	meet(self);
	publish(self, 'a');
	publish(self, 'b');
	newest = publish(self, 'c');
	expect_next(self, newest, 3);
}

TEST_F(place, a_publisher_restarts)
{
	meet(self);
	expect_next(self, publish(self, 'a'), 1);
	restart_publisher(self);
	EXPECT_ERR(EAGAIN, next(self, 0));
	meet(self);
	expect_next(self, publish(self, 'b'), 1);
}

TEST_F(place, the_same_region_is_delivered_once)
{
	meet(self);
	expect_next(self, publish(self, 'a'), 1);
	ASSERT_SYS(shutdown(sealmem_subscriber_fd(&self->subscriber),
			    SHUT_RDWR));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), 0);
	EXPECT_ERR(EAGAIN, next(self, 0));
	meet(self);
	EXPECT_ERR(EAGAIN, next(self, 0));
	EXPECT_ERR(EAGAIN, next(self, 0));
	expect_next(self, publish(self, 'b'), 2);
}

TEST_F(place, what_is_known_does_not_hide_what_is_newer)
{
	meet(self);
	expect_next(self, publish(self, 'a'), 1);
	/* It is hung up on, and comes back to what it has. */
	ASSERT_EQ(send(sealmem_subscriber_fd(&self->subscriber), "x", 1, 0),
		  1);
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_ERR(EAGAIN, next(self, 0));
	meet(self);
	expect_next(self, publish(self, 'b'), 2);
}

TEST_F(place, subscribe_before_anybody_is_there)
{
	sealmem_publisher_close(&self->publisher);
	EXPECT_ERR(EAGAIN, next(self, 0));
	ASSERT_SYS(unlink(self->path));
	EXPECT_ERR(EAGAIN, next(self, 1));
	EXPECT_EQ(sealmem_subscriber_fd(&self->subscriber), -1);
	open_publisher(self);
	meet(self);
	expect_next(self, publish(self, 'a'), 1);
}

TEST_F(place, next_waits_for_a_publisher_to_come)
{
	pid_t child;
	int status;

	sealmem_publisher_close(&self->publisher);
	ASSERT_SYS(unlink(self->path));
	child = fork();
	ASSERT_SYS(child);
	if (child == 0) {
		struct pollfd polled = { .events = POLLIN };

		usleep(50000);
		open_publisher(self);
		publish(self, 'a');
		polled.fd = sealmem_publisher_fd(&self->publisher);
		ASSERT_EQ(poll(&polled, 1, -1), 1);
		EXPECT_OK(sealmem_publisher_step(&self->publisher));
		/* Until the reader hangs up. */
		ASSERT_EQ(poll(&polled, 1, -1), 1);
		_exit(0);
	}
	EXPECT_OK(next(self, -1));
	sealmem_subscriber_close(&self->subscriber);
	ASSERT_SYS(waitpid(child, &status, 0));
	EXPECT_EQ(status, 0);
}

/* Writes a pad, hands the region over, and waits to be killed. */
static void produce(struct sealmem_channel *supervisor, uint64_t time_us)
{
	struct sealmem_gamepad pad = { .connected = 1, .id = "pad",
				       .event_time_us = time_us };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };

	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &region, &writer));
	ASSERT_OK(sealmem_gamepad_write(&writer, 0, &pad));
	ASSERT_OK(sealmem_channel_send_readonly(supervisor, &region, NULL));
	for (;;)
		pause();
}

/* The publisher outlives the producers: readers stay connected. */
TEST_F(place, a_producer_is_killed_and_its_readers_go_on)
{
	struct sealmem_gamepad_reader reader = { 0 };
	struct sealmem_gamepad pad;

	meet(self);
	for (uint64_t i = 1; i <= 3; i++) {
		struct sealmem_channel ours = { 0 }, theirs = { 0 };
		struct sealmem_received_region received = { 0 };
		pid_t child;

		ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
		child = fork();
		ASSERT_SYS(child);
		if (child == 0)
			produce(&theirs, i);
		ASSERT_OK(sealmem_channel_receive(&ours, NULL, -1, &received,
						  NULL));
		EXPECT_OK(sealmem_publisher_publish(
			&self->publisher, &received.as.readonly, NULL));
		EXPECT_OK(sealmem_gamepad_follow(&self->subscriber, &reader, 0,
						 NULL));
		EXPECT_EQ(sealmem_subscriber_generation(&self->subscriber), i);
		EXPECT_EQ(sealmem_gamepad_read(&reader, 0, &pad),
			  SEALMEM_SNAPSHOT_FRESH);
		EXPECT_EQ(pad.event_time_us, i);
		ASSERT_SYS(kill(child, SIGKILL));
		ASSERT_SYS(waitpid(child, NULL, 0));
		/* What the dead one wrote last stays readable. */
		EXPECT_EQ(sealmem_gamepad_read(&reader, 0, &pad),
			  SEALMEM_SNAPSHOT_UNCHANGED);
		EXPECT_ERR(EAGAIN, sealmem_gamepad_follow(&self->subscriber,
							  &reader, 0, NULL));
		sealmem_received_region_close(&received);
		sealmem_channel_close(&ours);
		sealmem_channel_close(&theirs);
	}
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), 1);
	sealmem_gamepad_reader_close(&reader);
}

TEST_F(place, follow_keeps_the_reader_when_the_newer_one_does_not_fit)
{
	const struct sealmem_snapshot_layout layout = {
		.struct_size = sizeof(layout), .part_count = 1, .part_size = 8,
	};
	struct sealmem_snapshot_reader reader = { 0 }, before;

	meet(self);
	publish(self, 'a');
	memcpy(&before, &reader, sizeof(before));
	EXPECT_ERR(EPROTO, sealmem_snapshot_follow(&self->subscriber, &layout,
						   &reader, 0, NULL));
	EXPECT_MEMEQ(&reader, &before, sizeof(before));
	EXPECT_ERR(EAGAIN, sealmem_snapshot_follow(&self->subscriber, &layout,
						   &reader, 0, NULL));
}

/* ---- processes that have copies of the publisher's descriptors --------- */

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	return poll(&polled, 1, timeout_ms) == 1;
}

/* A child of fork keeps a reader's connection open that is let go here. */
TEST_F(place, who_was_let_go_stays_gone_after_a_fork)
{
	struct sealmem_channel gone = { 0 };
	int pipe_fds[2];
	pid_t child;
	char byte;

	ASSERT_OK(sealmem_channel_connect(self->path, &gone));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	ASSERT_SYS(pipe(pipe_fds));
	child = fork();
	ASSERT_SYS(child);
	if (child == 0) {
		sealmem_channel_close(&gone);
		close(pipe_fds[1]);
		_exit(read(pipe_fds[0], &byte, 1) == 0 ? 0 : 1);
	}
	sealmem_channel_close(&gone);
	ASSERT_TRUE(is_readable(sealmem_publisher_fd(&self->publisher), -1));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), 0);
	/* Another one in its place is not taken for it. */
	meet(self);
	EXPECT_FALSE(is_readable(sealmem_publisher_fd(&self->publisher), 0));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), 1);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	ASSERT_EQ(waitpid(child, NULL, 0), child);
}

/* ---- readers that misbehave ------------------------------------------ */

TEST_F(place, who_talks_is_hung_up_on)
{
	meet(self);
	ASSERT_EQ(send(sealmem_subscriber_fd(&self->subscriber), "x", 1, 0),
		  1);
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), 0);
}

TEST_F(place, who_does_not_read_is_hung_up_on_and_comes_back_to_the_newest)
{
	struct sealmem_readonly_region region = { 0 };
	int i;

	ASSERT_OK(sealmem_readonly_region_create_from("a", 1, NULL, &region));
	meet(self);
	for (i = 0; i < 100000; i++) {
		EXPECT_OK(sealmem_publisher_publish(&self->publisher, &region,
						    NULL));
		if (sealmem_publisher_reader_count(&self->publisher) == 0)
			break;
	}
	sealmem_readonly_region_close(&region);
	EXPECT_LT(i, 100000);
	/* What was sent until then, and then the end. */
	do {
		EXPECT_NE(next(self, 0), -EMFILE);
	} while (sealmem_subscriber_fd(&self->subscriber) >= 0);
	meet(self);
	EXPECT_OK(next(self, 0));
	EXPECT_EQ(sealmem_subscriber_generation(&self->subscriber),
		  sealmem_publisher_generation(&self->publisher));
}

TEST_F(place, surplus_readers_are_turned_away)
{
	struct sealmem_channel readers[READERS + 1] = { 0 };
	struct sealmem_received_region received = { 0 };

	publish(self, 'a');
	for (int i = 0; i <= READERS; i++)
		ASSERT_OK(sealmem_channel_connect(self->path, &readers[i]));
	EXPECT_ERR(EUSERS, sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), READERS);
	EXPECT_ERR(ENODATA, sealmem_channel_receive(&readers[READERS], NULL, 0,
						    &received, NULL));
	/* One leaves, and there is room for one. */
	sealmem_channel_close(&readers[0]);
	sealmem_channel_close(&readers[READERS]);
	ASSERT_OK(sealmem_channel_connect(self->path, &readers[0]));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_OK(sealmem_channel_receive(&readers[0], NULL, 0, &received,
					  NULL));
	EXPECT_EQ(received.generation, 1);
	sealmem_received_region_close(&received);
	for (int i = 0; i <= READERS; i++)
		sealmem_channel_close(&readers[i]);
}

TEST_F(place, who_cannot_be_accepted_waits)
{
	struct rlimit before, none;

	EXPECT_ERR(EAGAIN, next(self, 0));
	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_ERR(EMFILE, sealmem_publisher_step(&self->publisher));
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &before));
	EXPECT_OK(sealmem_publisher_step(&self->publisher));
	EXPECT_EQ(sealmem_publisher_reader_count(&self->publisher), 1);
}

/* ---- wrong use ------------------------------------------------------- */

TEST(what_is_empty_says_so)
{
	struct sealmem_publisher publisher = { 0 };
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_channel channel = { 0 };

	EXPECT_ERR(EBADF, sealmem_publisher_open(&channel, 1, &publisher));
	EXPECT_ERR(EBADF, sealmem_publisher_step(&publisher));
	EXPECT_ERR(EBADF, sealmem_publisher_publish(&publisher, &region,
						    NULL));
	EXPECT_EQ(sealmem_publisher_fd(&publisher), -1);
	EXPECT_EQ(sealmem_publisher_generation(&publisher), 0);
	EXPECT_EQ(sealmem_publisher_reader_count(&publisher), 0);
	sealmem_publisher_close(&publisher);
	EXPECT_ERR(EBADF, sealmem_subscriber_open_channel(&channel, NULL,
							  &subscriber));
	EXPECT_ERR(EBADF, sealmem_subscriber_next(&subscriber, -1, &region,
						  NULL));
	EXPECT_EQ(sealmem_subscriber_fd(&subscriber), -1);
	EXPECT_EQ(sealmem_subscriber_generation(&subscriber), 0);
	sealmem_subscriber_close(&subscriber);
}

TEST_F(place, arguments_out_of_range)
{
	char path[SEALMEM_SUBSCRIBER_PATH_MAX + 2];
	char label[SEALMEM_LABEL_MAX + 2];
	struct sealmem_publisher publisher = { 0 };
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_policy policy = { .struct_size = 1 };
	struct sealmem_readonly_region region = { 0 };

	EXPECT_ERR(EINVAL, sealmem_publisher_open(&self->publisher.listener, 0,
						  &publisher));
	EXPECT_ERR(EINVAL, sealmem_publisher_open(
				   &self->publisher.listener,
				   SEALMEM_PUBLISHER_READERS_MAX + 1,
				   &publisher));
	EXPECT_ERR(EBADF, sealmem_publisher_publish(&self->publisher, &region,
						    NULL));
	memset(label, 'x', sizeof(label));
	label[sizeof(label) - 1] = '\0';
	ASSERT_OK(sealmem_readonly_region_create_from("a", 1, NULL, &region));
	EXPECT_ERR(EINVAL, sealmem_publisher_publish(&self->publisher, &region,
						     label));
	EXPECT_EQ(sealmem_publisher_generation(&self->publisher), 0);
	sealmem_readonly_region_close(&region);

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	EXPECT_ERR(EINVAL, sealmem_subscriber_open(path, NULL, &subscriber));
	EXPECT_ERR(EINVAL, sealmem_subscriber_open("", NULL, &subscriber));
	EXPECT_ERR(EINVAL, sealmem_subscriber_open("x", &policy, &subscriber));
}

TEST_F(place, what_is_at_the_path_is_something_else)
{
	struct sealmem_subscriber subscriber = { 0 };
	struct sealmem_readonly_region region = { 0 };
	char path[SEALMEM_SUBSCRIBER_PATH_MAX + 1];

	snprintf(path, sizeof(path), "%s/below", self->path);
	ASSERT_OK(sealmem_subscriber_open(path, NULL, &subscriber));
	EXPECT_ERR(ENOTDIR, sealmem_subscriber_next(&subscriber, -1, &region,
						    NULL));
	sealmem_subscriber_close(&subscriber);
}

TH_MAIN
