/* SPDX-License-Identifier: MIT */
/*
 * Cases that go wrong in every way the harness must notice, for harness_test.
 * No name is part of another, so that each can be selected alone. A case that
 * leaves processes behind tells their pids, so that their end can be checked.
 */
#include <pthread.h>

#include "harness.h"

/* Volatile, so that no compiler sees what is wrong with using it. */
static int *volatile nowhere = (int *)64;
static void *volatile lost;
static int contended;
static int first_free_fd;

/* For a minute only: a broken harness might not end it. */
static void hang(void)
{
	TH_LOG("pid %d;", getpid());
	signal(SIGTERM, SIG_IGN);
	sleep(60);
}

static pid_t fork_checked(void)
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	return pid;
}

static void wait_for(pid_t pid)
{
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
}

/* ---- what may happen ---------------------------------------------------- */

TEST(good_case)
{
	EXPECT_TRUE(true);
	TH_LOG("a remark");
}

TEST(skip_case)
{
	SKIP("reason %d", 7);
}

TEST(skip_late)
{
	/* Not a leak: the case had no chance to close it. */
	ASSERT_SYS(dup(STDIN_FILENO));
	SKIP("on\ntwo lines");
}

TEST_SIGNAL(dies_of_segv, SIGSEGV)
{
	*nowhere = 1;
}

TEST_SIGNAL(dies_of_abort, SIGABRT)
{
	abort();
}

TEST_SIGNAL(dies_with_open_fd, SIGKILL)
{
	ASSERT_SYS(dup(STDIN_FILENO));
	raise(SIGKILL);
}

TEST_SIGNAL(dies_or_skips, SIGSEGV)
{
	SKIP("cannot die here");
}

/* Dead but not waited for: nobody is left behind. */
TEST(child_that_ends)
{
	pid_t pid = fork_checked();

	if (!pid)
		_exit(3);
	ASSERT_OK(waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT));
}

TEST(inherits_no_fd)
{
	int fd = dup(STDIN_FILENO);

	EXPECT_EQ(fd, first_free_fd);
	close(fd);
}

TEST(checks_that_pass)
{
	char bytes[4] = "abc";
	size_t five = 5;
	int i = 0;

	errno = 77;
	ASSERT_OK(0);
	ASSERT_ERR(EPERM, -EPERM);
	EXPECT_EQ(errno, 77);
	EXPECT_EQ(i++, 0);
	EXPECT_EQ(i, 1);
	EXPECT_LT(-1, five);
	EXPECT_LT(-2, -1);
	EXPECT_LE(INT64_MIN, INT64_MIN);
	EXPECT_GE(UINT64_MAX, INT64_MAX);
	EXPECT_NE(UINT64_MAX, -1);
	EXPECT_EQ(true, five == 5);
	EXPECT_STREQ((char *)NULL, NULL);
	EXPECT_MEMEQ(bytes, "abd", 2);
	EXPECT_MEMEQ(bytes, NULL, 0);
	EXPECT_NOT_NULL((const volatile char *)bytes);
	EXPECT_SYS(0);
	EXPECT_MAP_ERRNO(EBADF, mmap(NULL, 1, PROT_READ, MAP_SHARED, -1, 0));
}

/* ---- checks that fail --------------------------------------------------- */

TEST(expect_goes_on)
{
	EXPECT_EQ(1 + 1, 3);
	TH_LOG("went on");
}

TEST(assert_ends)
{
	ASSERT_EQ(1 + 1, 3);
	TH_LOG("went on");
}

static void helper(void)
{
	ASSERT_TRUE(false);
}

TEST(helper_asserts)
{
	helper();
	TH_LOG("went on");
}

TEST(skip_without_reason)
{
	SKIP("%s", "");
}

TEST(skip_after_failure)
{
	EXPECT_TRUE(false);
	SKIP("too late");
}

TEST(fails_in_grandchild)
{
	pid_t pid = fork_checked();

	if (!pid) {
		EXPECT_EQ(4, 5);
		_exit(0);
	}
	wait_for(pid);
}

static void *asserting_thread(void *arg)
{
	ASSERT_EQ(8, 9);
	return arg;
}

static void run_thread(void *(*function)(void *))
{
	pthread_t thread;

	ASSERT_OK(pthread_create(&thread, NULL, function, NULL));
	contended++;
	ASSERT_OK(pthread_join(thread, NULL));
}

/* Every check, failing; harness_test knows the texts. */
TEST(all_checks)
{
	size_t five = 5;
	int minus = -1;
	const char *none = NULL;

	EXPECT_TRUE(five == 6);
	EXPECT_FALSE(five == 5);
	EXPECT_EQ(minus, SIZE_MAX);
	EXPECT_NE(five, 5);
	EXPECT_LT(five, minus);
	EXPECT_LE(five, 4U);
	EXPECT_GT(minus, five);
	EXPECT_GE(-2, minus);
	EXPECT_EQ(INT64_MIN, UINT64_MAX);
	EXPECT_NULL(nowhere);
	EXPECT_NOT_NULL(none);
	EXPECT_STREQ(none, "some");
	EXPECT_STRNE("some", "some");
	EXPECT_MEMEQ("100%s", "100%d", 5);
	EXPECT_OK(-EACCES);
	EXPECT_OK(9);
	EXPECT_ERR(EPERM, -EINVAL);
	EXPECT_ERR(EPERM, EPERM);
	EXPECT_ERRNO(EPERM, close(-1));
	EXPECT_ERRNO(EPERM, 0);
	EXPECT_ERRNO(EPERM, (errno = EPERM, 0));
	EXPECT_SYS(close(-1));
	EXPECT_MAP_ERRNO(EPERM, mmap(NULL, 0, PROT_READ, MAP_SHARED, 0, 0));
	EXPECT_MAP_ERRNO(EPERM, NULL);
}

/* ---- endings that are no endings ---------------------------------------- */

TEST(calls_exit)
{
	exit(0);
}

TEST(calls_quick_exit)
{
	_exit(5);
}

TEST(crashes)
{
	*nowhere = 1;
}

TEST(is_killed)
{
	raise(SIGKILL);
}

TEST_SIGNAL(does_not_die, SIGSEGV)
{
}

TEST_SIGNAL(dies_otherwise, SIGSEGV)
{
	raise(SIGKILL);
}

TEST_SIGNAL(fails_then_dies, SIGABRT)
{
	EXPECT_TRUE(false);
	abort();
}

TEST(comes_back_twice)
{
	pid_t pid = fork_checked();

	if (pid)
		wait_for(pid);
}

/* ---- what is left behind ------------------------------------------------ */

TEST(leaks_fd)
{
	ASSERT_SYS(open("/dev/zero", O_RDONLY | O_CLOEXEC));
}

TEST(leaks_high_fd)
{
	struct rlimit limit = { 4096, 4096 };

	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_SYS(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 2000));
}

TEST(leaks_with_no_fd_to_spare)
{
	struct rlimit limit = { 0, 0 };

	ASSERT_SYS(dup(STDIN_FILENO));
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

TEST(closes_foreign_fd)
{
	ASSERT_SYS(close(STDIN_FILENO));
}

TEST(leaks_map)
{
	int fd = memfd_create("leaked", MFD_CLOEXEC);

	ASSERT_SYS(fd);
	ASSERT_TRUE(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) !=
		    MAP_FAILED);
	ASSERT_SYS(close(fd));
}

/* Seen in sanitizer builds only. */
TEST(leaks_heap)
{
	lost = malloc(10);
	lost = NULL;
}

static void *racing_thread(void *arg)
{
	contended++;
	return arg;
}

/* Seen in ThreadSanitizer builds only. */
TEST(races)
{
	run_thread(racing_thread);
}

TEST(leaves_process)
{
	if (!fork_checked())
		hang();
	usleep(100 * 1000);
}

TEST_SIGNAL(dies_leaving_process, SIGKILL)
{
	if (!fork_checked())
		hang();
	usleep(100 * 1000);
	raise(SIGKILL);
}

TEST_TIMEOUT(hangs_alone, 2)
{
	hang();
}

TEST_TIMEOUT(hangs_in_grandchild, 2)
{
	pid_t pid;

	TH_LOG("pid %d;", getpid());
	pid = fork_checked();
	if (!pid)
		hang();
	wait_for(pid);
}

/* Out of reach of a signal to the group that it was given. */
TEST_TIMEOUT(hangs_in_other_group, 2)
{
	ASSERT_SYS(setpgid(0, getpgid(getppid())));
	hang();
}

TEST_TIMEOUT(hangs_stopped, 2)
{
	TH_LOG("pid %d;", getpid());
	raise(SIGSTOP);
}

/* ---- output ------------------------------------------------------------- */

TEST(prints_results)
{
	printf("TAP version 13\n1..9\nok 1 forged\nBail out!\n");
	fprintf(stderr, "ok 2 forged\n");
	printf("not ok 3 forged without new line");
}

TEST(prints_once)
{
	/* Without a new line it stays in the buffer till the end. */
	printf("only once");
}

/* ---- fixtures ----------------------------------------------------------- */

FIXTURE(steps)
{
	int fd;
	char zero;
};

FIXTURE_SETUP(steps)
{
	EXPECT_EQ(self->zero, 0);
	self->fd = dup(STDIN_FILENO);
	ASSERT_SYS(self->fd);
	TH_LOG("setup");
}

FIXTURE_TEARDOWN(steps)
{
	close(self->fd);
	TH_LOG("teardown");
}

TEST_F(steps, balanced)
{
	EXPECT_GE(self->fd, 0);
}

TEST_F(steps, asserting_itself)
{
	ASSERT_TRUE(false);
}

TEST_F(steps, asserting_in_grandchild)
{
	pid_t pid = fork_checked();

	if (!pid) {
		ASSERT_EQ(6, 7);
		TH_LOG("went on");
	}
	wait_for(pid);
	TH_LOG("parent went on");
}

TEST_F(steps, asserting_in_thread)
{
	run_thread(asserting_thread);
}

TEST_F(steps, skipping)
{
	SKIP("no need");
}

TEST_F_SIGNAL(steps, dying, SIGABRT)
{
	ASSERT_GE(self->fd, 0);
	abort();
}

TEST_F_TIMEOUT(steps, sleeping, 2)
{
	sleep(20);
}

FIXTURE(setups) { };

FIXTURE_VARIANT(setups)
{
	enum { EXPECTS, ASSERTS, SKIPS } how;
};

FIXTURE_VARIANT_ADD(setups, expecting) { .how = EXPECTS };
FIXTURE_VARIANT_ADD(setups, asserting) { .how = ASSERTS };
FIXTURE_VARIANT_ADD(setups, skipping) { .how = SKIPS };

FIXTURE_SETUP(setups)
{
	EXPECT_NE(variant->how, EXPECTS);
	ASSERT_NE(variant->how, ASSERTS);
	if (variant->how == SKIPS)
		SKIP("in setup");
}

FIXTURE_TEARDOWN(setups)
{
	TH_LOG("teardown");
}

TEST_F(setups, body)
{
	TH_LOG("body");
}

FIXTURE(teardowns) { };

FIXTURE_TEARDOWN(teardowns)
{
	ASSERT_TRUE(false);
}

TEST_F(teardowns, body)
{
}

/* The same name twice cannot be written, but it can be registered. */
__attribute__((constructor)) static void start(void)
{
	static struct th_case twin = {
		.name = "good_case", .fixture = &th_no_fixture,
	};

	if (getenv("VICTIM_TWIN")) {
		twin.next = th_cases;
		th_cases = &twin;
	}
	first_free_fd = dup(STDIN_FILENO);
	close(first_free_fd);
}

TH_MAIN
