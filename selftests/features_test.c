/* SPDX-License-Identifier: MIT */
/*
 * What the kernel can do: found by trying, remembered when certain. Every case
 * is a process that has not asked before.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sealmem/sealmem.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "harness.h"

#ifdef SYS_fcntl64
#define NUMBER_OF_FCNTL SYS_fcntl64
#else
#define NUMBER_OF_FCNTL SYS_fcntl
#endif

#define FEATURE_COUNT 9
#define ALL_FEATURES ((1u << FEATURE_COUNT) - 1)
#define SEAL_FEATURES \
	(SEALMEM_FEATURE_WRITE_SEAL | SEALMEM_FEATURE_FUTURE_WRITE_SEAL)
/* An old kernel says that it lacks these in a way that leaves no doubt. */
#define NEW_FEATURES \
	(SEALMEM_FEATURE_FUTURE_WRITE_SEAL | SEALMEM_FEATURE_NOEXEC_SEAL | \
	 SEALMEM_FEATURE_POPULATE_READ | SEALMEM_FEATURE_URING_FUTEX)

/* ---- what is there --------------------------------------------------- */

TEST(there_is_enough_to_test_with)
{
	uint32_t features = sealmem_features();

	EXPECT_TRUE(features & SEALMEM_FEATURE_MEMFD);
	EXPECT_TRUE(features & SEALMEM_FEATURE_WRITE_SEAL);
	EXPECT_EQ(features & ~ALL_FEATURES, 0);
}

TEST(later_calls_say_the_same)
{
	uint32_t features = sealmem_features();

	for (int i = 0; i < 100; i++)
		EXPECT_EQ(sealmem_features(), features);
}

struct asker {
	pthread_t thread;
	pthread_barrier_t *start;
	uint32_t features;
};

static void *ask(void *argument)
{
	struct asker *asker = argument;

	pthread_barrier_wait(asker->start);
	asker->features = sealmem_features();
	return NULL;
}

/* None hears of less, whoever of them tries what. */
TEST(first_calls_of_many_threads)
{
	struct asker askers[8];
	pthread_barrier_t start;

	ASSERT_EQ(pthread_barrier_init(&start, NULL, 8), 0);
	for (int i = 0; i < 8; i++) {
		askers[i].start = &start;
		ASSERT_EQ(pthread_create(&askers[i].thread, NULL, ask,
					 &askers[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		ASSERT_EQ(pthread_join(askers[i].thread, NULL), 0);
		EXPECT_EQ(askers[i].features, sealmem_features());
	}
	EXPECT_TRUE(askers[0].features & SEALMEM_FEATURE_MEMFD);
	pthread_barrier_destroy(&start);
}

/* ---- in words -------------------------------------------------------- */

TEST(every_feature_has_a_text)
{
	const char *names[FEATURE_COUNT], *purpose;

	for (int i = 0; i < FEATURE_COUNT; i++) {
		purpose = NULL;
		ASSERT_OK(sealmem_feature_text((uint32_t)1 << i, &names[i],
					       &purpose));
		EXPECT_STRNE(names[i], "");
		EXPECT_STRNE(purpose, "");
		EXPECT_OK(sealmem_feature_text((uint32_t)1 << i, NULL, NULL));
		for (int j = 0; j < i; j++)
			EXPECT_STRNE(names[i], names[j]);
	}
}

TEST(what_is_not_one_feature_has_none)
{
	uint32_t wrong[4 + 32 - FEATURE_COUNT] = { 0, 3, ALL_FEATURES,
						   UINT32_MAX };
	const char *name = "untouched", *purpose = name;

	for (int bit = FEATURE_COUNT; bit < 32; bit++)
		wrong[4 + bit - FEATURE_COUNT] = (uint32_t)1 << bit;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_ERR(EINVAL,
			   sealmem_feature_text(wrong[i], &name, &purpose));
		EXPECT_STREQ(name, "untouched");
		EXPECT_STREQ(purpose, "untouched");
	}
}

/* ---- what passes is not remembered ----------------------------------- */

static int next_fd(void)
{
	int fd = dup(STDIN_FILENO);

	ASSERT_SYS(fd);
	close(fd);
	return fd;
}

static void limit_files(rlim_t count)
{
	struct rlimit limit;

	ASSERT_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = count;
	ASSERT_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

TEST(no_descriptor_left)
{
	int next = next_fd();

	limit_files(next);
	EXPECT_EQ(sealmem_features(), 0);
	EXPECT_EQ(sealmem_features(), 0);
	limit_files(next + 2);
	EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_MEMFD);
	EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_WRITE_SEAL);
	/* And from now on it is. */
	limit_files(next);
	EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_WRITE_SEAL);
	/* LeakSanitizer wants to read files when the case has ended. */
	limit_files(next + 64);
}

/* Only what needs a second descriptor is missing, this once. */
TEST(one_descriptor_left)
{
	int next = next_fd();
	uint32_t few, all;

	limit_files(next + 1);
	few = sealmem_features();
	limit_files(next + 2);
	all = sealmem_features();
	EXPECT_TRUE(all & SEALMEM_FEATURE_REOPEN);
	EXPECT_EQ(few, all & ~(uint32_t)SEALMEM_FEATURE_REOPEN);
	limit_files(next + 64);
}

/* ---- what is certain is remembered ----------------------------------- */

/* @verdict for a system call and, unless it is 0, its second argument. */
static void install_filter(long number, uint32_t second, uint32_t verdict)
{
	uint32_t at = offsetof(struct seccomp_data, args[1]) +
		      (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 0, second ? 1 : 0),
		BPF_STMT(BPF_RET | BPF_K, verdict),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		SKIP("no system call filters here");
}

static void fail_seals(int error)
{
	install_filter(NUMBER_OF_FCNTL, F_ADD_SEALS,
		       SECCOMP_RET_ERRNO | (uint32_t)error);
}

/* Whoever tries anything on memory from now on dies of SIGSYS. */
static void forbid_trying(void)
{
	install_filter(SYS_memfd_create, 0, SECCOMP_RET_KILL_PROCESS);
}

TEST(found_once)
{
	uint32_t features = sealmem_features();

	if ((features | NEW_FEATURES) != ALL_FEATURES)
		SKIP("this system lacks more than an old kernel does");
	forbid_trying();
	EXPECT_EQ(sealmem_features(), features);
}

TEST_SIGNAL(trying_is_noticed, SIGSYS)
{
	forbid_trying();
	TH_LOG("%u", sealmem_features());
}

TEST(missing_once_and_for_all)
{
	static const int errors[] = { EINVAL, ENOSYS, EOPNOTSUPP };

	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		int status;

		ASSERT_SYS(pid);
		if (!pid) {
			fail_seals(errors[i]);
			EXPECT_EQ(sealmem_features() & SEAL_FEATURES, 0);
			EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_MEMFD);
			if ((sealmem_features() | SEAL_FEATURES |
			     NEW_FEATURES) == ALL_FEATURES)
				forbid_trying();
			EXPECT_EQ(sealmem_features() & SEAL_FEATURES, 0);
			_exit(0);
		}
		ASSERT_EQ(waitpid(pid, &status, 0), pid);
		EXPECT_EQ(status, 0);
	}
}

/* A filter that forbids it says nothing of the kernel: it is tried again. */
TEST_SIGNAL(forbidden_is_not_missing, SIGSYS)
{
	fail_seals(EPERM);
	EXPECT_EQ(sealmem_features() & SEAL_FEATURES, 0);
	EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_MEMFD);
	if (th_failed())
		return;
	forbid_trying();
	TH_LOG("%u", sealmem_features());
}

/* A ring is tried without memory. */
static void answer_rings(uint32_t verdict)
{
	install_filter(SYS_io_uring_setup, 0, verdict);
}

TEST(rings_missing_once_and_for_all)
{
	answer_rings(SECCOMP_RET_ERRNO | ENOSYS);
	EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_URING_FUTEX);
	answer_rings(SECCOMP_RET_KILL_PROCESS);
	EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_URING_FUTEX);
}

TEST_SIGNAL(rings_forbidden_are_not_missing, SIGSYS)
{
	answer_rings(SECCOMP_RET_ERRNO | EPERM);
	EXPECT_FALSE(sealmem_features() & SEALMEM_FEATURE_URING_FUTEX);
	EXPECT_TRUE(sealmem_features() & SEALMEM_FEATURE_MEMFD);
	if (th_failed())
		return;
	answer_rings(SECCOMP_RET_KILL_PROCESS);
	TH_LOG("%u", sealmem_features());
}

TH_MAIN
