/* SPDX-License-Identifier: MIT */
/*
 * The turns of a loop: how many it tells at once, when a turn ends, and what
 * an idle one costs.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "evdev_loop.h"

#define MANY 1000

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
