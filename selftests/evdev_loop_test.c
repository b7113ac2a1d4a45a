/* SPDX-License-Identifier: MIT */
/* The loop that waits for devices and clients, by epoll and by io_uring. */
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "filter.h"
#include "tools/gamepad/loop.h"

#define FOR_EVER UINT64_MAX
#define MANY	 1000

/* Since Linux 5.11; the same number everywhere. */
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

FIXTURE(loop)
{
	struct loop *loop;
};

FIXTURE_VARIANT(loop)
{
	enum loop_kind kind;
	bool old;
};

FIXTURE_VARIANT_ADD(loop, epoll) { LOOP_EPOLL, .old = false };
FIXTURE_VARIANT_ADD(loop, old_epoll) { LOOP_EPOLL, .old = true };
FIXTURE_VARIANT_ADD(loop, ring) { LOOP_URING, .old = false };

FIXTURE_SETUP(loop)
{
	int ret;

	if (variant->old)
		refuse_call(SYS_epoll_pwait2, ENOSYS);
	ret = loop_open(variant->kind, &self->loop);
	if (ret == -EOPNOTSUPP)
		SKIP("no io_uring here, or built without liburing");
	ASSERT_OK(ret);
}

FIXTURE_TEARDOWN(loop)
{
	loop_close(self->loop);
}

/**
 * struct told - A watch that remembers
 * @watch: Comes first
 * @loop: Where it is
 * @calls: How often it was called
 * @revents: With what the last time
 * @other: What it removes when it is called, if anything
 * @turns: How often it wants to be called again
 */
struct told {
	struct loop_watch watch;
	struct loop *loop;
	unsigned int calls;
	uint32_t revents;
	struct told *other;
	unsigned int turns;
};

static void note(struct loop_watch *watch, uint32_t revents)
{
	struct told *told = (struct told *)watch;

	told->calls++;
	told->revents = revents;
}

static void watch_it(struct th_self_loop *self, int fd, bool edge,
		     struct told *ret_told)
{
	*ret_told = (struct told){
		.watch = { .fd = fd, .events = POLLIN, .edge = edge,
			   .ready = note },
		.loop = self->loop,
	};
	ASSERT_OK(loop_add(self->loop, &ret_told->watch));
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int counter(unsigned int value)
{
	int fd = eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT_SYS(fd);
	return fd;
}

static void add_one(int fd)
{
	ASSERT_SYS(eventfd_write(fd, 1));
}

static void take_all(int fd)
{
	eventfd_t value;

	ASSERT_SYS(eventfd_read(fd, &value));
}

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

/* The other's place is taken at once, by somebody with nothing to read. */
static void replace_other(struct loop_watch *watch, uint32_t revents)
{
	struct told *told = (struct told *)watch;

	note(watch, revents);
	if (!told->other)
		return;
	loop_remove(told->loop, &told->other->watch);
	told->other->watch.fd = told->other->other->watch.fd;
	EXPECT_OK(loop_add(told->loop, &told->other->watch));
	told->other->other = NULL;
	told->other = NULL;
}

/* Both are ready; whichever is called first removes the other in mid-turn. */
static void try_replacing(struct th_self_loop *self, bool edge)
{
	struct told a, b, silent = { .watch.fd = counter(0) };
	int first = counter(1), second = counter(1);

	watch_it(self, first, edge, &a);
	watch_it(self, second, edge, &b);
	a.watch.ready = b.watch.ready = replace_other;
	a.other = &b;
	b.other = &silent;
	ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	EXPECT_EQ(0, b.calls);
	EXPECT_LE(1, a.calls);
	loop_remove(self->loop, &a.watch);
	loop_remove(self->loop, &b.watch);
	close(first);
	close(second);
	close(silent.watch.fd);
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

/* ---- many --------------------------------------------------------------- */

static void take_and_note(struct loop_watch *watch, uint32_t revents)
{
	note(watch, revents);
	take_all(watch->fd);
}

static void allow_descriptors(unsigned int count)
{
	struct rlimit limit;

	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur >= count)
		return;
	limit.rlim_cur = count;
	if (limit.rlim_max < count || setrlimit(RLIMIT_NOFILE, &limit) < 0)
		SKIP("not allowed %u descriptors", count);
}

static unsigned int all_calls(const struct told *many)
{
	unsigned int calls = 0;

	for (int i = 0; i < MANY; i++)
		calls += many[i].calls;
	return calls;
}

/* More are ready at once than a ring has room for. */
static void ready_once(struct th_self_loop *self, struct told *many)
{
	for (int i = 0; i < MANY; i++) {
		many[i].calls = 0;
		add_one(many[i].watch.fd);
	}
	while (all_calls(many) < MANY)
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	for (int i = 0; i < MANY; i++)
		EXPECT_EQ(1, many[i].calls);
}

TEST_F(loop, waits_for_a_thousand)
{
	struct told *many = calloc(MANY, sizeof(*many));

	ASSERT_NOT_NULL(many);
	allow_descriptors(MANY + 64);
	for (int i = 0; i < MANY; i++) {
		watch_it(self, counter(0), i % 2, &many[i]);
		many[i].watch.ready = take_and_note;
	}
	for (int turn = 0; turn < 5; turn++)
		ready_once(self, many);
	for (int i = 0; i < MANY; i += 97) {
		many[i].calls = 0;
		add_one(many[i].watch.fd);
		ASSERT_OK(loop_run_once(self->loop, FOR_EVER, NULL));
		EXPECT_EQ(1, many[i].calls);
	}
	for (int i = 0; i < MANY; i++) {
		loop_remove(self->loop, &many[i].watch);
		close(many[i].watch.fd);
	}
	free(many);
}

/* ---- time and signals --------------------------------------------------- */

TEST_F(loop, does_not_end_before_its_time)
{
	uint64_t until_us;

	for (uint64_t us = 1; us < 40000; us = us * 3 + 7) {
		until_us = now_us() + us;
		ASSERT_OK(loop_run_once(self->loop, until_us, NULL));
		EXPECT_GE(now_us(), until_us);
	}
	/* What is past is over. */
	ASSERT_OK(loop_run_once(self->loop, 1, NULL));
	ASSERT_OK(loop_run_once(self->loop, 0, NULL));
}

static void hear(int number)
{
	(void)number;
}

/* The kernel's word: a sanitizer runs the handler later than it came. */
static bool is_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGUSR1);
}

static void block_signal(sigset_t *ret_while_waiting)
{
	struct sigaction action = { .sa_handler = hear };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	ASSERT_SYS(sigaction(SIGUSR1, &action, NULL));
	ASSERT_SYS(sigprocmask(SIG_BLOCK, &blocked, ret_while_waiting));
	sigdelset(ret_while_waiting, SIGUSR1);
}

TEST_F(loop, lets_signals_in_while_it_waits)
{
	int fd = counter(0);
	struct told told;
	sigset_t open;

	watch_it(self, fd, false, &told);
	block_signal(&open);
	raise(SIGUSR1);
	ASSERT_OK(loop_run_once(self->loop, now_us() + 1000, NULL));
	EXPECT_TRUE(is_pending());
	EXPECT_ERR(EINTR, loop_run_once(self->loop, FOR_EVER, &open));
	EXPECT_FALSE(is_pending());
	/* And not before it waits the next time. */
	raise(SIGUSR1);
	EXPECT_TRUE(is_pending());
	EXPECT_ERR(EINTR, loop_run_once(self->loop, FOR_EVER, &open));
	EXPECT_FALSE(is_pending());
	EXPECT_EQ(0, told.calls);
	loop_remove(self->loop, &told.watch);
	close(fd);
}

/* A signal comes also right after something was submitted to a ring. */
TEST_F(loop, hears_a_signal_in_the_turn_after_adding)
{
	int fd = counter(0);
	struct told told;
	sigset_t open;

	block_signal(&open);
	for (int i = 1; i < 20; i++) {
		watch_it(self, fd, i % 2, &told);
		raise(SIGUSR1);
		EXPECT_ERR(EINTR, loop_run_once(self->loop, FOR_EVER, &open));
		EXPECT_FALSE(is_pending());
		loop_remove(self->loop, &told.watch);
	}
	close(fd);
}

TEST_F(loop, hears_signals_however_busy)
{
	int fd = counter(1);
	struct told told;
	sigset_t open;
	int turns;

	watch_it(self, fd, false, &told);
	block_signal(&open);
	raise(SIGUSR1);
	for (turns = 0; turns < 1000 && is_pending(); turns++)
		loop_run_once(self->loop, FOR_EVER, &open);
	EXPECT_FALSE(is_pending());
	EXPECT_LE(turns, told.calls);
	loop_remove(self->loop, &told.watch);
	close(fd);
}

/* ---- what a ring is for ------------------------------------------------- */

/* Ends by a signal at the first call that is not the end. */
static void forbid_all_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(2);
}

/* The loop is the child's own: a ring obeys who made it. */
static void idle_without_calls(enum loop_kind kind, const int *fds)
{
	struct th_self_loop self = { 0 };
	struct told told[4];

	if (loop_open(kind, &self.loop) < 0)
		_exit(2);
	for (int i = 0; i < 4; i++)
		watch_it(&self, fds[i], i % 2, &told[i]);
	loop_run_once(self.loop, 0, NULL);
	forbid_all_calls();
	for (int i = 0; i < 10000; i++)
		loop_run_once(self.loop, 0, NULL);
	/* Not _exit(): a sanitizer has calls to make there. */
	syscall(SYS_exit_group, 0);
	__builtin_unreachable();
}

TEST_F(loop, idles_in_a_ring_without_a_system_call)
{
	int fds[4], status;
	pid_t child;

	for (int i = 0; i < 4; i++)
		fds[i] = counter(0);
	child = fork();
	ASSERT_SYS(child);
	if (child == 0)
		idle_without_calls(variant->kind, fds);
	ASSERT_SYS(waitpid(child, &status, 0));
	if (variant->kind == LOOP_URING)
		EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	else
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

FIXTURE(refused)
{
	char unused;
};

FIXTURE_VARIANT(refused)
{
	unsigned int error;
};

FIXTURE_VARIANT_ADD(refused, unknown) { ENOSYS };
FIXTURE_VARIANT_ADD(refused, forbidden) { EPERM };
FIXTURE_VARIANT_ADD(refused, without_the_flags) { EINVAL };

TEST_F(refused, means_that_rings_are_not_supported)
{
	struct loop *loop = NULL;

	refuse_call(SYS_io_uring_setup, variant->error);
	EXPECT_ERR(EOPNOTSUPP, loop_open(LOOP_URING, &loop));
	EXPECT_NULL(loop);
}

/* Set up but not to be used: that shows when it is tried, and not later. */
TEST(a_ring_that_cannot_be_entered_is_not_supported)
{
	struct loop *loop = NULL;

	refuse_call(SYS_io_uring_enter, EPERM);
	EXPECT_ERR(EOPNOTSUPP, loop_open(LOOP_URING, &loop));
	EXPECT_NULL(loop);
}

TH_MAIN
