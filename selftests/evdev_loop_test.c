/* SPDX-License-Identifier: MIT */
/* The loop that waits for devices and clients: who is told of what. */
#include <signal.h>
#include <stdlib.h>

#include "evdev_loop.h"

/* ---- what is told ------------------------------------------------------- */

TEST_F(loop, tells_what_is_ready_and_nothing_else)
{
	int fd = counter(0);
	struct told told;

	watch_it(self, fd, false, &told);
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(0, told.calls);
	add_one(fd);
	ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
	EXPECT_EQ(1, told.calls);
	EXPECT_EQ(POLLIN, told.revents);
	take_all(fd);
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(1, told.calls);
	loop_remove(self->loop, &told.watch);
	close(fd);
}

TEST_F(loop, goes_on_telling_what_is_left)
{
	int fd = counter(1);
	struct told told;

	watch_it(self, fd, false, &told);
	for (unsigned int i = 1; i < 100; i++) {
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
		EXPECT_EQ(i, told.calls);
	}
	loop_remove(self->loop, &told.watch);
	close(fd);
}

TEST_F(loop, tells_news_to_who_wants_no_more)
{
	int fd = counter(1);
	struct told told;

	watch_it(self, fd, true, &told);
	for (unsigned int i = 1; i < 100; i++) {
		told.calls = 0;
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
		EXPECT_EQ(1, told.calls);
		/* With what is left, and with what is new. */
		if (i % 2)
			take_all(fd);
		add_one(fd);
	}
	loop_remove(self->loop, &told.watch);
	close(fd);
}

static void want_more(struct loop_watch *watch, uint32_t revents)
{
	struct told *told = (struct told *)watch;

	note(watch, revents);
	watch->again = told->calls < told->turns;
}

TEST_F(loop, calls_again_who_wants_it)
{
	int fd = counter(1);
	struct told told;

	watch_it(self, fd, true, &told);
	told.watch.ready = want_more;
	told.turns = 3;
	for (unsigned int i = 1; i <= 3; i++) {
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
		EXPECT_EQ(i, told.calls);
	}
	take_all(fd);
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(3, told.calls);
	loop_remove(self->loop, &told.watch);
	close(fd);
}

TEST_F(loop, forgets_who_wanted_more_and_left)
{
	int fd = counter(0);
	struct told told;

	watch_it(self, fd, true, &told);
	loop_remove(self->loop, &told.watch);
	told.watch.ready = want_more;
	told.turns = 10;
	/* Wanting it from the beginning will do. */
	told.watch.again = true;
	ASSERT_OK(loop_add(self->loop, &told.watch));
	ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
	EXPECT_EQ(1, told.calls);
	EXPECT_EQ(0, told.revents);
	loop_remove(self->loop, &told.watch);
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(1, told.calls);
	close(fd);
}

/* ---- removing ----------------------------------------------------------- */

TEST_F(loop, does_not_call_who_was_removed)
{
	int fd = counter(0);
	struct told told;

	for (int edge = 0; edge < 2; edge++) {
		watch_it(self, fd, edge, &told);
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
		add_one(fd);
		loop_remove(self->loop, &told.watch);
		loop_remove(self->loop, &told.watch);
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
		EXPECT_EQ(0, told.calls);
		take_all(fd);
	}
	close(fd);
}

static void remove_and_free(struct loop_watch *watch, uint32_t revents)
{
	struct told *told = (struct told *)watch;

	(void)revents;
	told->other->calls++;
	watch->again = true;
	loop_remove(told->loop, watch);
	memset(told, 0xff, sizeof(*told));
	free(told);
}

TEST_F(loop, lets_a_watch_remove_and_free_itself)
{
	struct told *told = malloc(sizeof(*told)), counted = { 0 };
	int fd = counter(1);

	ASSERT_NOT_NULL(told);
	watch_it(self, fd, true, told);
	told->watch.ready = remove_and_free;
	told->other = &counted;
	for (int i = 0; i < 3; i++)
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(1, counted.calls);
	close(fd);
}

static int silent;

/* The other's place is taken at once, by somebody with nothing to read. */
static void replace_other(struct loop_watch *watch, uint32_t revents)
{
	struct told *told = (struct told *)watch, *other = told->other;

	note(watch, revents);
	if (!other)
		return;
	loop_remove(told->loop, &other->watch);
	other->watch.fd = silent;
	EXPECT_OK(loop_add(told->loop, &other->watch));
	other->other = told->other = NULL;
}

/* Both are ready; whichever is called first removes the other in mid-turn. */
static void try_replacing(struct th_self_loop *self, bool edge)
{
	struct told a, b;
	int first = counter(1), second = counter(1);

	silent = counter(0);
	watch_it(self, first, edge, &a);
	watch_it(self, second, edge, &b);
	a.watch.ready = b.watch.ready = replace_other;
	a.other = &b;
	b.other = &a;
	ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(0, a.calls && b.calls);
	EXPECT_LE(1, a.calls + b.calls);
	loop_remove(self->loop, &a.watch);
	loop_remove(self->loop, &b.watch);
	close(first);
	close(second);
	close(silent);
}

TEST_F(loop, is_not_confused_by_who_takes_a_place)
{
	for (int i = 0; i < 20; i++)
		try_replacing(self, i % 2);
}

TEST_F(loop, does_not_hold_on_to_a_file)
{
	struct told told;
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	for (int edge = 0; edge < 2; edge++) {
		ASSERT_SYS(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
		watch_it(self, fds[0], edge, &told);
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
		loop_remove(self->loop, &told.watch);
		close(fds[0]);
		EXPECT_ERRNO(EPIPE, write(fds[1], "x", 1));
		close(fds[1]);
	}
}

TEST_F(loop, refuses_a_watch_that_is_in_it)
{
	int fd = counter(0);
	struct told told;

	watch_it(self, fd, false, &told);
	EXPECT_ERR(EINVAL, loop_add(self->loop, &told.watch));
	loop_remove(self->loop, &told.watch);
	ASSERT_OK(loop_add(self->loop, &told.watch));
	loop_remove(self->loop, &told.watch);
	close(fd);
}

/* ---- the end of a device ------------------------------------------------ */

TEST_F(loop, tells_of_a_hangup_until_it_is_removed)
{
	struct told told;
	int fds[2];

	for (int edge = 0; edge < 2; edge++) {
		ASSERT_SYS(pipe2(fds, O_CLOEXEC | O_NONBLOCK));
		watch_it(self, fds[0], edge, &told);
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
		close(fds[1]);
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
		EXPECT_EQ(POLLHUP, told.revents);
		EXPECT_EQ(1, told.calls);
		if (!edge) {
			ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
			EXPECT_EQ(2, told.calls);
		}
		loop_remove(self->loop, &told.watch);
		told.calls = 0;
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
		EXPECT_EQ(0, told.calls);
		close(fds[0]);
	}
}

TEST_F(loop, tells_of_a_bad_descriptor_at_once_or_later)
{
	struct told told = { .watch = { .fd = counter(0), .events = POLLIN,
					.ready = note } };
	int ret;

	close(told.watch.fd);
	ret = loop_add(self->loop, &told.watch);
	if (ret == 0) {
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
		EXPECT_EQ(POLLERR | POLLNVAL, told.revents);
		/* Once is enough. */
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
		EXPECT_EQ(1, told.calls);
		loop_remove(self->loop, &told.watch);
	} else {
		EXPECT_ERR(EBADF, ret);
		EXPECT_EQ(0, told.watch.id);
	}
}

TH_MAIN
